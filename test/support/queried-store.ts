/**
 * A database of the test that is running, for what there is to read in it; gone with the test. On SQLite,
 * unless the file said otherwise: see test/store/queries-on-postgresql.test.ts.
 */

import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import type { DomainRecord } from '../../src/durable/store.ts';
import type { Parameter } from '../../src/store/executor.ts';
import { PrismaClient } from '../../src/store/generated/client.ts';
import { postgresqlReads } from '../../src/store/postgresql/reads.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { createQueries, type Queries } from '../../src/store/queries.ts';
import { createSqliteExecutor } from '../../src/store/sqlite/executor.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder } from './database-folder.ts';
import type { SuiteDatabase } from './on-postgresql.ts';

export interface QueriedStore {
	readonly store: SqliteStore;
	readonly queries: Queries;
	/** Commits the records together. */
	write(...records: readonly DomainRecord[]): Promise<void>;
	/** How SQLite goes about the statements that Prisma makes of a read, one line each. */
	explain(read: (queries: Queries) => Promise<unknown>): Promise<string[]>;
}

let postgresql: SuiteDatabase | undefined;

/** From now on the tests of this file read from that database, emptied for each of them. */
export function readFromPostgresql(suite: SuiteDatabase): void {
	postgresql = suite;
}

/** For what is said of SQLite's plans alone. */
export function isOnSqlite(): boolean {
	return postgresql === undefined;
}

export async function openQueriedStore(): Promise<QueriedStore> {
	return postgresql === undefined ? openOnSqlite() : openOnPostgresql(postgresql);
}

async function openOnPostgresql({ server, database }: SuiteDatabase): Promise<QueriedStore> {
	await server.clear();
	const store = createPostgresqlStore(database);
	return {
		store,
		queries: createQueries(database.client, postgresqlReads),
		write: createWrite(store),
		explain: () => Promise.reject(new Error('These are the plans of SQLite')),
	};
}

function createWrite(store: SqliteStore): QueriedStore['write'] {
	return async (...records) => {
		for (const outcome of await store.commit([{ records }])) if (!outcome.ok) throw outcome.error;
	};
}

async function openOnSqlite(): Promise<QueriedStore> {
	const folder = createDatabaseFolder();
	onTestFinished(() => folder.remove());
	const database = await folder.open();
	const store = createSqliteStore(database);

	return {
		store,
		queries: createQueries(database.client),
		write: createWrite(store),
		async explain(read) {
			const statements = await recordStatements(folder.url, read);
			expect(statements).not.toEqual([]);
			const executor = createSqliteExecutor(database.connection);
			const plans = await Promise.all(
				statements.map(({ sql, parameters }) => executor.query(`EXPLAIN QUERY PLAN ${sql}`, ...parameters)),
			);
			return plans.flat().map((line) => String(line[3]));
		},
	};
}

interface Statement {
	readonly sql: string;
	readonly parameters: readonly Parameter[];
}

async function recordStatements(url: string, read: (queries: Queries) => Promise<unknown>): Promise<Statement[]> {
	const client = new PrismaClient({
		adapter: new PrismaBetterSqlite3({ url }),
		log: [{ emit: 'event', level: 'query' }],
	});
	const statements: Statement[] = [];
	client.$on('query', ({ query, params }) => {
		if (/^\s*(SELECT|WITH)/.test(query)) statements.push({ sql: query, parameters: JSON.parse(params) });
	});
	await read(createQueries(client));
	await client.$disconnect();
	return statements;
}
