/** Tests that need a PostgreSQL server: skipped, for everybody to see, where none is named. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { PostgresqlDatabase } from '../../src/store/postgresql/database.ts';
import { createTestDatabase, hasPostgresql, type TestDatabase } from './postgresql.ts';

export const describeOnPostgresql: (name: string, work: () => void) => void = hasPostgresql ? describe : describe.skip;

/** A database of a suite's own, and one connection to it, while its tests run. */
export interface SuiteDatabase {
	readonly server: TestDatabase;
	readonly database: PostgresqlDatabase;
}

/** Called where a suite is described: creates the database before its first test and removes it after its last. */
export function openSuiteDatabase(): SuiteDatabase {
	let opened: SuiteDatabase | undefined;
	beforeAll(async () => {
		const server = await createTestDatabase();
		opened = { server, database: await server.open() };
	});
	afterAll(() => opened?.server.remove());
	const require = (): SuiteDatabase => {
		if (opened === undefined) throw new Error('The database is there while tests run, not while they are described');
		return opened;
	};
	return {
		get server() {
			return require().server;
		},
		get database() {
			return require().database;
		},
	};
}
