/** Readers by cursor, while several processes write: nothing comes to be behind what has been seen. */
import { setImmediate as yieldToIo } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PostgresqlDatabase } from '../../src/store/postgresql/database.ts';
import { takeNumbers } from '../../src/store/postgresql/numbering.ts';
import { postgresqlReads } from '../../src/store/postgresql/reads.ts';
import { postgresqlStatements } from '../../src/store/postgresql/statements.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { createQueries, type Queries } from '../../src/store/queries.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { at, step } from './units.ts';

describeOnPostgresql('two stores on one PostgreSQL', () => {
	let server: TestDatabase;
	let one: PostgresqlDatabase;
	let other: PostgresqlDatabase;
	let reads: Queries;
	beforeAll(async () => {
		server = await createTestDatabase();
		one = await server.open();
		other = await server.open();
		reads = createQueries(one.client, postgresqlReads);
	});
	beforeEach(() => server.clear());
	afterAll(() => server.remove());

	const eventOf = (name: string) => ({ topic: `of.${name}`, agentId: null, at, data: '{}' });

	test('[ST4] a commit that took its numbers first is seen first, however long it takes', async () => {
		let letGo = () => {};
		const released = new Promise<void>((resolve) => {
			letGo = resolve;
		});
		let hold = () => {};
		const held = new Promise<void>((resolve) => {
			hold = resolve;
		});
		const slow = one.writer.transact(async () => {
			const numbers = await takeNumbers(one.writer, [{ events: [eventOf('slow')] }]);
			const [stored] = numbers.numberEvents([eventOf('slow')]);
			hold();
			await released;
			const row = [stored?.seq, stored?.topic, null, at, '{}'];
			const { sql, parameter } = postgresqlStatements.createStatement(postgresqlStatements.insertEvents, [row]);
			await one.writer.execute(sql, parameter);
		});
		await held;
		let isDone = false;
		const quick = createPostgresqlStore(other)
			.commit([{ events: [eventOf('quick')] }])
			.then((outcomes) => {
				isDone = true;
				return outcomes;
			});
		await expect.poll(() => server.query(waitingForNumbers)).toHaveLength(1);
		expect(isDone).toBe(false);
		expect(await reads.events({ after: 0, limit: 10 })).toEqual([]);
		letGo();
		await Promise.all([slow, quick]);
		expect((await reads.events({ after: 0, limit: 10 })).map(({ seq, topic }) => [seq, topic])).toEqual([
			[1, 'of.slow'],
			[2, 'of.quick'],
		]);
	});

	test('[ST4] a reader that goes on from what it saw last meets every event once, and there are no gaps', async () => {
		const rounds = 60;
		let writing = 2;
		async function write(database: PostgresqlDatabase, name: string): Promise<void> {
			const store = createPostgresqlStore(database);
			for (let round = 1; round <= rounds; round++) {
				const good = { ...step(`${name}:1`, round), events: [eventOf(name), eventOf(name)] };
				// Every third batch has a unit at fault: it is split, and the numbers of that unit are given back.
				const bad = { ...step(`${name}:2`, 7), events: [eventOf(name)] };
				const units = round % 3 === 0 ? [bad, good] : [good];
				expect((await store.commit(units)).at(-1)?.ok).toBe(true);
			}
			writing -= 1;
		}
		const seen: number[] = [];
		async function follow(): Promise<void> {
			for (let isLast = false; ; isLast = writing === 0) {
				const events = await reads.events({ after: seen.at(-1) ?? 0, limit: 7 });
				seen.push(...events.map(({ seq }) => seq));
				if (isLast && events.length === 0) return;
				await yieldToIo();
			}
		}
		await Promise.all([write(one, 'one'), write(other, 'other'), follow()]);
		expect(seen).toEqual(Array.from({ length: 4 * rounds }, (_, index) => index + 1));
		const journal = await server.query('SELECT "seq" FROM "transitions" ORDER BY "seq"');
		expect(journal.flat()).toEqual(Array.from({ length: 2 * rounds }, (_, index) => index + 1));
	});
});

const waitingForNumbers = `SELECT 1 FROM pg_stat_activity
	WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE "numbering"%'`;
