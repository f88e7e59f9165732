import { afterAll, beforeAll } from 'vitest';
import type { PostgresqlDatabase } from '../../src/store/postgresql/database.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { describeStore } from './conformance.ts';
import { readTable } from './stored-tables.ts';

describeOnPostgresql('on PostgreSQL', () => {
	let server: TestDatabase;
	let database: PostgresqlDatabase;
	beforeAll(async () => {
		server = await createTestDatabase();
		database = await server.open();
	});
	afterAll(() => server.remove());

	describeStore('store', async () => {
		await server.clear();
		return {
			store: createPostgresqlStore(database, { pageSize: 3 }),
			keepsNul: false,
			// Rows of a table lie where they were inserted, as long as none was changed or removed.
			rows: (table) => readTable(database, table, 'ctid'),
			reopen: async () => createPostgresqlStore(await server.open(), { pageSize: 3 }),
			close: async () => undefined,
		};
	});
});
