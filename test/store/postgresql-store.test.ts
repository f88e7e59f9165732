import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { describeOnPostgresql, openSuiteDatabase } from '../support/on-postgresql.ts';
import { describeStore } from './conformance.ts';
import { readTable } from './stored-tables.ts';

describeOnPostgresql('on PostgreSQL', () => {
	const suite = openSuiteDatabase();

	describeStore('store', async () => {
		await suite.server.clear();
		return {
			store: createPostgresqlStore(suite.database, { pageSize: 3 }),
			keepsNul: false,
			// Rows of a table lie where they were inserted, as long as none was changed or removed.
			rows: (table) => readTable(suite.database, table, 'ctid'),
			reopen: async () => createPostgresqlStore(await suite.server.open(), { pageSize: 3 }),
			close: async () => undefined,
		};
	});
});
