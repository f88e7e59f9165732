/**
 * One Statecraft per data directory: two that write one database would run every agent twice.
 *
 * 1. The lock is an exclusive lock on a SQLite file, held by an open transaction. The system drops it
 *    with the process, however that ends: there is nothing to clean up and no process id to trust.
 * 2. `lock.json` only tells people who holds it. It may be stale or missing; nothing is decided by it.
 * 3. Nobody opens the locked file by other means: closing any handle of a file drops all of a
 *    process's locks on it.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StatecraftError } from '../errors.ts';
import { type LockInfo, lockInfoPath, readLockInfo } from './lock-info.ts';
import { readSqliteFailure, toStoreError } from './sqlite/failure.ts';

export interface Lock {
	/** Tells more of the holder, such as the address once it listens. */
	update(info: Partial<LockInfo>): void;
	/** Gives the directory back. May be called again. */
	release(): void;
}

/** Creates the directory if need be and locks it. Throws `store_locked` naming the holder. */
export function acquireLock(dataDir: string, info: Partial<LockInfo> = {}): Lock {
	const infoPath = lockInfoPath(dataDir);
	const handle = lockFile(dataDir, infoPath);
	let current: LockInfo = {
		pid: process.pid,
		host: hostname(),
		address: null,
		startedAt: Date.now(),
		...info,
	};
	writeInfo(infoPath, current);
	return {
		update(change) {
			if (!handle.open) return;
			current = { ...current, ...change };
			writeInfo(infoPath, current);
		},
		release() {
			if (!handle.open) return;
			// While it is still ours: the next holder writes its own.
			rmSync(infoPath, { force: true });
			handle.close();
		},
	};
}

function lockFile(dataDir: string, infoPath: string): Database.Database {
	let handle: Database.Database | undefined;
	try {
		mkdirSync(dataDir, { recursive: true });
		handle = new Database(join(dataDir, 'lock.db'), { timeout: 0 });
		handle.exec('BEGIN EXCLUSIVE');
		return handle;
	} catch (error) {
		handle?.close();
		if (readSqliteFailure(error).code.startsWith('SQLITE_BUSY')) throw createLockedError(dataDir, infoPath, error);
		throw toStoreError(error);
	}
}

function createLockedError(dataDir: string, infoPath: string, cause: unknown): StatecraftError {
	const holder = readLockInfo(dataDir);
	const named = holder === undefined ? `another process (see ${infoPath})` : describe(holder);
	return new StatecraftError(
		'store_locked',
		`The data directory ${dataDir} is in use by ${named}`,
		{
			actual: holder,
			hint: 'Stop that one first, or start with another data directory.',
		},
		{ cause },
	);
}

function describe({ pid, host, address, startedAt }: LockInfo): string {
	const listening = address === null ? '' : `, listening on ${address}`;
	return `process ${pid} on ${host}${listening}, started ${new Date(startedAt).toISOString()}`;
}

/** Replaces the file whole, so that no reader finds half of it. */
function writeInfo(path: string, info: LockInfo): void {
	const draft = `${path}.${process.pid}`;
	writeFileSync(draft, `${JSON.stringify(info, null, '\t')}\n`);
	renameSync(draft, path);
}
