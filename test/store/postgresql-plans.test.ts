/** How PostgreSQL goes about what must not become slow: by its indexes, where there is much to read. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PrismaClient } from '../../src/store/generated-postgresql/client.ts';
import { createPool } from '../../src/store/postgresql/pool.ts';
import { postgresqlReads } from '../../src/store/postgresql/reads.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { createQueries, type Queries } from '../../src/store/queries.ts';
import type { ReadClient } from '../../src/store/read-client.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { agentRow, at, step } from './units.ts';

describeOnPostgresql('plans of PostgreSQL', () => {
	let server: TestDatabase;
	let client: PrismaClient;
	const statements: Array<{ readonly sql: string; readonly parameters: readonly (string | number)[] }> = [];
	let reads: Queries;

	beforeAll(async () => {
		server = await createTestDatabase();
		const store = createPostgresqlStore(await server.open());
		const event = (agentId: string) => ({ topic: 'a.b', agentId, at, data: '{}' });
		for (let round = 1; round <= 40; round++) {
			const units = Array.from({ length: 40 }, (_, agent) =>
				step(`agent:agt_${agent}`, round, {
					records: round === 1 ? [agentRow(`agt_${agent}`)] : [],
					events: Array.from({ length: 50 }, () => event(`agt_${agent}`)),
				}),
			);
			await store.commit(units);
		}
		await server.query('ANALYZE');
		const connect = () => createPool({ connectionString: server.url, max: 2 });
		client = new PrismaClient({
			adapter: { provider: 'postgres', adapterName: 'pg', connect, connectToShadowDb: connect },
			log: [{ emit: 'event', level: 'query' }],
		});
		(client as PrismaClient<'query'>).$on('query', ({ query, params }) => {
			if (/^\s*(SELECT|WITH)/.test(query)) statements.push({ sql: query, parameters: JSON.parse(params) });
		});
		reads = createQueries(client as unknown as ReadClient, postgresqlReads);
	}, 120_000);
	afterAll(async () => {
		await client.$disconnect();
		await server.remove();
	});

	/** The plans of what a read asks, whose statements write parameters as `$1`. */
	async function explain(read: () => Promise<unknown>): Promise<string> {
		statements.length = 0;
		await read();
		await expect.poll(() => statements.length).toBeGreaterThan(0);
		const lines: string[] = [];
		for (const { sql, parameters } of statements) {
			const inOrder: (string | number)[] = [];
			const asked = sql.replaceAll(/\$(\d+)/g, (_, index) => {
				inOrder.push(parameters[Number(index) - 1] ?? 0);
				return '?';
			});
			lines.push(...(await server.query(`EXPLAIN ${asked}`, ...inOrder)).flat().map(String));
		}
		return lines.join('\n');
	}

	const large = /Seq Scan on "?(events|transitions|actors)/;

	test.each<[string, RegExp, () => Promise<unknown>]>([
		[
			'events of an agent',
			/events_block_agent_id_idx/,
			() => reads.events({ after: 0, agentIds: ['agt_7'], limit: 50 }),
		],
		[
			'the last events of an agent',
			/events_block_agent_id_idx/,
			() => reads.events({ after: 0, before: 70_000, agentIds: ['agt_7'], limit: 50 }),
		],
		['events from a cursor', /events_pkey/, () => reads.events({ after: 60_000, limit: 50 })],
		['the last number', /events_pkey/, () => reads.lastEventSeq()],
		[
			'the journal of an actor',
			/transitions_block_address_idx/,
			() => reads.journal('agent:agt_7', { after: 0, limit: 9 }),
		],
		['a page of it', /transitions_block_address_idx/, () => reads.transitions('agent:agt_7', { limit: 9, offset: 3 })],
	])('%s: by index', async (_, index, read) => {
		const plan = await explain(read);
		expect(plan).toMatch(index);
		expect(plan).not.toMatch(large);
	});

	test('a page of actors at boot comes in the order of the index, parents before children', async () => {
		const plan = await server.query(
			'EXPLAIN SELECT "address" FROM "actors" WHERE "address" > ? ORDER BY "address" LIMIT 5',
			'a',
		);
		expect(plan.join('\n')).toMatch(/actors_pkey/);
		expect(plan.join('\n')).not.toMatch(/Sort/);
	});
});
