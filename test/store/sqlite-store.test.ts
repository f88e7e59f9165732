import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UnitOutcome } from '../../src/durable/store.ts';
import type { Database } from '../../src/store/database.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { parseTables } from '../../src/store/tables.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { describeStore } from './conformance.ts';
import { readTable } from './stored-tables.ts';
import { agents, at, promptInsert, step } from './units.ts';

describeStore('store on SQLite', async () => {
	const folder = createDatabaseFolder();
	let database = await folder.open();
	return {
		// Pages smaller than what is loaded, so that paging is tested as well.
		store: createSqliteStore(database, { pageSize: 10 }),
		rows: (table) => readTable(database, table),
		async reopen() {
			await database.close();
			database = await folder.open();
			return createSqliteStore(database);
		},
		close: () => folder.remove(),
	};
});

describe('store on SQLite in trouble', () => {
	let folder: DatabaseFolder;
	let database: Database;
	beforeEach(async () => {
		folder = createDatabaseFolder();
		database = await folder.open({ busyTimeoutMs: 10 });
	});
	afterEach(() => folder.remove());

	const codes = (outcomes: readonly UnitOutcome[]) => outcomes.map(({ ok }) => ok);

	test('[ST3] a full disk rejects the whole call, writes nothing, and the store works again when there is room', async () => {
		const store = createSqliteStore(database);
		await store.commit([step('a:1', 1), agents('agt_1')]);
		const [page] = await database.connection
			.queryRaw({ sql: 'PRAGMA page_count', args: [], argTypes: [] })
			.then(({ rows }) => rows);
		await database.connection.executeScript(`PRAGMA max_page_count = ${Number(page?.[0]) + 2}`);
		const big = step('b:1', 1, { records: [promptInsert('pmt_1', { text: 'x'.repeat(200_000) })] });
		await expect(store.commit([step('a:1', 2), big])).rejects.toMatchObject({
			code: 'store_unavailable',
			message: 'The disk is full (SQLITE_FULL)',
		});
		expect(await readTable(database, 'actors')).toMatchObject([{ address: 'a:1', version: 1 }]);
		await database.connection.executeScript('PRAGMA max_page_count = 1000000');
		expect(codes(await store.commit([step('a:1', 2), big]))).toEqual([true, true]);
	});

	test('[ST3] a database that another connection holds locked rejects the call, and takes it once it is free', async () => {
		const store = createSqliteStore(database);
		const other = await folder.openRaw({ busyTimeoutMs: 10 });
		await other.connection.executeScript('BEGIN IMMEDIATE');
		await expect(store.commit([step('a:1', 1)])).rejects.toMatchObject({ code: 'store_unavailable' });
		expect(await readTable(database, 'actors')).toEqual([]);
		await other.connection.executeScript('ROLLBACK');
		expect(codes(await store.commit([step('a:1', 1)]))).toEqual([true]);
	});

	test('[ST3] a commit that fails at its very end leaves nothing written and no transaction open', async () => {
		await database.connection.executeScript(`
			CREATE TABLE parents (id TEXT PRIMARY KEY);
			CREATE TABLE kids (id TEXT PRIMARY KEY, parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);`);
		const kids = parseTables('model Kid {\n  id String @id\n  parent String?\n\n  @@map("kids")\n}\n');
		const store = createSqliteStore(database, { tables: kids });
		const orphan = { op: 'insert', table: 'kids', row: { id: 'kid', parent: 'nobody' } } as const;
		const units = [step('a:1', 1, { records: [orphan] }), step('b:1', 1)];
		await expect(store.commit(units)).rejects.toMatchObject({ code: 'constraint_violated' });
		expect(await readTable(database, 'actors')).toEqual([]);
		expect(codes(await store.commit([step('b:1', 1)]))).toEqual([true]);
	});

	test('what others read is committed: a half-written batch is not seen', async () => {
		const store = createSqliteStore(database);
		await store.commit([step('a:1', 1)]);
		await database.connection.executeScript('BEGIN IMMEDIATE; UPDATE actors SET version = 99');
		expect(await readTable(database, 'actors')).toMatchObject([{ version: 1 }]);
		await database.connection.executeScript('ROLLBACK');
	});

	test('what others read through cannot write', async () => {
		await expect(database.client.setting.create({ data: { id: 'a', value: 'b' } })).rejects.toThrow(/readonly/);
	});

	test('numbers of rows that were deleted are not given out again', async () => {
		const event = { topic: 'a.b', agentId: null, at, data: '{}' };
		await createSqliteStore(database).commit([{ events: [event, event, event] }]);
		await database.connection.executeScript('DELETE FROM events');
		const [outcome] = await createSqliteStore(database).commit([{ events: [event] }]);
		expect(outcome?.ok === true && outcome.events[0]?.seq).toBe(4);
	});
});

describe('writes without a transition', () => {
	test('signs of life touch the agents they name and nothing else; settings are set and set again', async () => {
		const folder = createDatabaseFolder();
		const database = await folder.open();
		const store = createSqliteStore(database);
		await store.commit([agents('agt_1', 'agt_2')]);
		await store.touchAgents([]);
		await store.touchAgents([
			{ id: 'agt_1', at: at + 1 },
			{ id: 'agt_1', at: at + 2 },
			{ id: 'agt_9', at },
		]);
		await store.saveSetting('instance', 'one');
		await store.saveSetting('instance', 'two');
		const stored = await readTable(database, 'agents');
		expect(stored.map((agent) => agent.last_seen_at)).toEqual([at + 2, null]);
		expect(await readTable(database, 'settings')).toEqual([{ id: 'instance', value: 'two' }]);
		await folder.remove();
	});
});
