/** What people, and other programs of ours, are told of who holds a data directory. Nothing is decided by it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who holds a data directory. */
export interface LockInfo {
	readonly pid: number;
	readonly host: string;
	/** Where it listens, `127.0.0.1:7117`; null until it does. */
	readonly address: string | null;
	/** Epoch milliseconds. */
	readonly startedAt: number;
}

export function lockInfoPath(dataDir: string): string {
	return join(dataDir, 'lock.json');
}

/** Who holds, or held, the directory, as far as it is known. */
export function readLockInfo(dataDir: string): LockInfo | undefined {
	try {
		return JSON.parse(readFileSync(lockInfoPath(dataDir), 'utf8'));
	} catch {
		// Missing, or just being replaced: it is only for people.
		return undefined;
	}
}
