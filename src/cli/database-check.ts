/** Looks into the SQLite file without a server: is it there, and is it sound. */

import { stat } from 'node:fs/promises';
import type { Check } from './doctor-checks.ts';

const name = 'database';

/** Opens the file for reading only, so that a running server is not disturbed. */
export async function checkDatabase(file: string): Promise<Check> {
	const info = await stat(file).catch(() => undefined);
	if (info === undefined) return { name, verdict: 'warn', finding: 'no SQLite file in the data directory (yet)' };
	const finding = `${file} (${Math.ceil(info.size / 1024)} KiB)`;
	try {
		const { default: Database } = await import('better-sqlite3');
		const database = new Database(file, { readonly: true, fileMustExist: true });
		try {
			const verdict = database.pragma('quick_check(1)', { simple: true });
			if (verdict === 'ok') return { name, verdict: 'ok', finding };
			return { name, verdict: 'bad', finding: `${finding}: ${verdict}`, advice: 'restore it from a backup' };
		} finally {
			database.close();
		}
	} catch (error) {
		return { name, verdict: 'bad', finding: `${finding}: ${error instanceof Error ? error.message : String(error)}` };
	}
}
