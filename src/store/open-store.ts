/** The database as it should be, with all that reads and writes it. */

import { randomBytes } from 'node:crypto';
import { openDatabase } from './database.ts';
import { migrateDatabase } from './migrate.ts';
import { createQueries } from './queries.ts';
import { createSqliteStore } from './sqlite-store.ts';

/** Opens the database and brings its schema up to date; whoever opened it closes it. */
export async function openStore(options: Parameters<typeof openDatabase>[0]) {
	const database = await openDatabase(options);
	try {
		await migrateDatabase(database);
		const store = createSqliteStore(database);
		const reads = createQueries(database.client);
		const instance = (await reads.setting('instance')) ?? (await chooseInstance(store));
		return { database, store, reads, instance };
	} catch (thrown) {
		await database.close();
		throw thrown;
	}
}

/** Marks this installation's processes for as long as its database lives. */
async function chooseInstance(store: ReturnType<typeof createSqliteStore>): Promise<string> {
	const instance = randomBytes(12).toString('hex');
	await store.saveSetting('instance', instance);
	return instance;
}
