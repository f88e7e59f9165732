/** Looks into the database without a server: is it there, and is it sound. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StatecraftError } from '../errors.ts';
import type { Check } from './doctor-checks.ts';

const name = 'database';

/** What `DATABASE_URL` names; without it the file in the data directory. A running server is not disturbed. */
export function checkDatabase(dataDir: string, url: string | undefined): Promise<Check> {
	if (url?.startsWith('postgres')) return checkPostgresql(url);
	return checkFile(url?.startsWith('file:') ? url.slice('file:'.length) : join(dataDir, 'statecraft.db'));
}

async function checkPostgresql(url: string): Promise<Check> {
	try {
		const { inspectPostgresql } = await import('../store/postgresql/inspection.ts');
		const { version, sizeKiB, migrations, holder } = await inspectPostgresql(url);
		const use = holder === null ? 'in use by nobody' : `in use by ${holder}`;
		const finding = `PostgreSQL ${version}, ${sizeKiB} KiB, ${migrations} migrations applied, ${use}`;
		return { name, verdict: migrations === 0 ? 'warn' : 'ok', finding };
	} catch (error) {
		const advice = error instanceof StatecraftError ? error.extras.hint : undefined;
		const finding = error instanceof Error ? error.message : String(error);
		return { name, verdict: 'bad', finding, ...(advice !== undefined && { advice }) };
	}
}

/** Opens the file for reading only. */
async function checkFile(file: string): Promise<Check> {
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
