/** A folder of its own for the database of a test, in the system's temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';

export interface DatabaseFolder {
	readonly path: string;
	readonly url: string;
	/** Opens the folder's database, migrated; closed with the folder if not before. */
	open(options?: Partial<DatabaseOptions>): Promise<Database>;
	/** Opens it as it is. */
	openRaw(options?: Partial<DatabaseOptions>): Promise<Database>;
	remove(): Promise<void>;
}

export function createDatabaseFolder(): DatabaseFolder {
	const path = mkdtempSync(join(tmpdir(), 'statecraft-store-'));
	const url = `file:${join(path, 'statecraft.db')}`;
	const opened: Database[] = [];
	const openRaw: DatabaseFolder['openRaw'] = async (options) => {
		const database = await openDatabase({ url, ...options });
		opened.push(database);
		return database;
	};
	return {
		path,
		url,
		openRaw,
		async open(options) {
			const database = await openRaw(options);
			await migrateDatabase(database);
			return database;
		},
		async remove() {
			for (const database of opened) await database.close();
			rmSync(path, { recursive: true, force: true });
		},
	};
}
