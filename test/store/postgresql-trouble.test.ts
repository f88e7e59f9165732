/** What a connection can do to a store, at every point of a commit: nothing is believed that is not so. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { UnitOutcome } from '../../src/durable/store.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import type { SqlStore } from '../../src/store/sql-store.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { type Breakage, type PostgresqlWire, startPostgresqlWire } from '../support/postgresql-wire.ts';
import { at, step } from './units.ts';

const timeout = 120_000;
const event = { topic: 'a.b', agentId: null, at, data: '{}' };
const unit = (version: number) => step('a:1', version, { events: [event] });

describeOnPostgresql('a store on PostgreSQL whose connection breaks', () => {
	let server: TestDatabase;
	let wire: PostgresqlWire;
	beforeAll(async () => {
		server = await createTestDatabase();
		await (await server.open()).close();
	});
	afterAll(() => server.remove());
	beforeEach(async () => {
		await server.clear();
		wire = await startPostgresqlWire(server.port);
	});
	afterEach(() => wire.close());

	async function openThroughWire() {
		return server.open({ url: server.through(wire.port), answerTimeoutMs: 400 });
	}

	async function readStored() {
		const [actor] = await server.query('SELECT "version" FROM "actors" WHERE "address" = \'a:1\'');
		const journal = await server.query('SELECT "seq", "version" FROM "transitions" ORDER BY "seq"');
		const events = await server.query('SELECT "seq" FROM "events" ORDER BY "seq"');
		return { version: Number(actor?.[0] ?? 0), journal, events: events.flat() };
	}

	/** Commits the version and tells whether the store says that it is written. */
	async function commit(store: SqlStore, version: number): Promise<boolean> {
		const outcomes: readonly UnitOutcome[] | 'rejected' = await store.commit([unit(version)]).catch((error) => {
			expect(error).toMatchObject({ code: 'store_unavailable' });
			return 'rejected';
		});
		if (outcomes === 'rejected') return false;
		expect(outcomes).toEqual([{ ok: true, events: [{ ...event, seq: version }] }]);
		return true;
	}

	test.each(['before', 'after', 'silent'] satisfies Breakage[])(
		'[ST3, ST5] at every request, %s it: what it says it wrote is there once, what it says it did not is not',
		{ timeout },
		async (breakage) => {
			const database = await openThroughWire();
			const store = createPostgresqlStore(database);
			await commit(store, 1);
			let version = 1;
			const said: boolean[] = [];
			for (let n = 1; ; n++) {
				wire.breakAt(n, breakage);
				const written = await commit(store, version + 1);
				if (!wire.hasBroken) break;
				said.push(written);
				if (written) version += 1;
				else expect(await readStored(), `request ${n}`).toMatchObject({ version });
				const numbers = Array.from({ length: version }, (_, index) => index + 1);
				const stored = await readStored();
				expect(stored, `request ${n}`).toEqual({ version, journal: numbers.map((i) => [i, i]), events: numbers });
				// Whatever it was, the next one finds the store well.
				expect(await commit(store, version + 1)).toBe(true);
				version += 1;
			}
			// BEGIN, the writer's mark, the numbers, actors, journal, events, COMMIT.
			expect(said.length).toBe(7);
			// An answer to COMMIT that was lost is found out; a COMMIT that never arrived has written nothing.
			expect(said.at(-1)).toBe(breakage !== 'before');
			await database.close();
		},
	);

	test('[ST3] a server that ends the connection while a commit is under way leaves no doubt', { timeout }, async () => {
		const database = await server.open();
		const store = createPostgresqlStore(database);
		let version = 0;
		let isOver = false;
		const killing = (async () => {
			let killed = 0;
			while (!isOver) killed += await server.terminate("application_name = 'statecraft writer'");
			return killed;
		})();
		for (let round = 0; round < 60; round++) if (await commit(store, version + 1)) version += 1;
		isOver = true;
		expect(await killing).toBeGreaterThan(5);
		const numbers = Array.from({ length: version }, (_, index) => index + 1);
		expect(await readStored()).toEqual({ version, journal: numbers.map((i) => [i, i]), events: numbers });
		expect(await commit(store, version + 1)).toBe(true);
		await database.close();
	});

	test('a connection that was cut while it was idle is not noticed', async () => {
		const database = await server.open();
		const store = createPostgresqlStore(database);
		await commit(store, 1);
		await server.terminate("application_name = 'statecraft writer'");
		expect(await commit(store, 2)).toBe(true);
		await database.close();
	});

	test('a writer that another one has taken the place of writes no more, and is told why', async () => {
		const fenced: string[] = [];
		const first = await server.open({ onFenced: ({ code }) => fenced.push(code) });
		const store = createPostgresqlStore(first);
		await commit(store, 1);
		const second = await server.open();
		await second.writer.enter({ alone: true }).catch(() => undefined);
		await expect(store.commit([unit(2)])).rejects.toMatchObject({ code: 'store_locked' });
		await expect(store.touchAgents([{ id: 'agt_1', at }])).rejects.toMatchObject({ code: 'store_locked' });
		expect(fenced[0]).toBe('store_locked');
		expect(first.writer.trouble).toMatchObject({ code: 'store_locked' });
		expect(await commit(createPostgresqlStore(second), 2)).toBe(true);
		await Promise.all([first.close(), second.close()]);
	});
});
