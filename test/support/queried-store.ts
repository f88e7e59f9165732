/** A database of the test that is running, for what there is to read in it; gone with the test. */

import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import type { DomainRecord } from '../../src/durable/store.ts';
import type { Parameter } from '../../src/store/executor.ts';
import { PrismaClient } from '../../src/store/generated/client.ts';
import { createQueries, type Queries } from '../../src/store/queries.ts';
import { createSqliteExecutor } from '../../src/store/sqlite/executor.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder } from './database-folder.ts';

export interface QueriedStore {
	readonly store: SqliteStore;
	readonly queries: Queries;
	/** Commits the records together. */
	write(...records: readonly DomainRecord[]): Promise<void>;
	/** How SQLite goes about the statements that Prisma makes of a read, one line each. */
	explain(read: (queries: Queries) => Promise<unknown>): Promise<string[]>;
}

export async function openQueriedStore(): Promise<QueriedStore> {
	const folder = createDatabaseFolder();
	onTestFinished(() => folder.remove());
	const database = await folder.open();
	const store = createSqliteStore(database);

	return {
		store,
		queries: createQueries(database.client),
		async write(...records) {
			for (const outcome of await store.commit([{ records }])) if (!outcome.ok) throw outcome.error;
		},
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
