/**
 * The two adapters against each other: the one in memory applies unit after unit, the one on SQLite
 * groups and coalesces. Seeded, so that a failure can be run again: SEED=<n>.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DurableStore, UnitOutcome, WriteUnit } from '../../src/durable/store.ts';
import type { Database } from '../../src/store/database.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { createDice, createRecordUnitSource, createUnitSource, type Dice } from './random-units.ts';
import { loadAll, type Row, summarize } from './scene.ts';
import { readTable } from './stored-tables.ts';

const seeds =
	process.env.SEED === undefined ? Array.from({ length: 10 }, (_, index) => index + 1) : [Number(process.env.SEED)];

let folder: DatabaseFolder;
let database: Database;
let sqlite: SqliteStore;
let memory: MemoryStore;
beforeEach(async () => {
	folder = createDatabaseFolder();
	database = await folder.open({ synchronous: 'NORMAL' });
	sqlite = createSqliteStore(database);
	memory = createMemoryStore();
});
afterEach(() => folder.remove());

const byKey = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** Commits the same batches to both and compares what became of each unit; answers the outcomes. */
async function commitBoth(dice: Dice, createUnit: () => WriteUnit, hint: string): Promise<readonly UnitOutcome[]> {
	const units = Array.from({ length: 1 + dice.below(12) }, createUnit);
	const [expected, actual] = await Promise.all([memory.commit(units), sqlite.commit(units)]);
	expect(summarize(actual), hint).toEqual(summarize(expected));
	return actual;
}

async function compareRecords(hint: string): Promise<void> {
	for (const table of ['agents', 'runs', 'prompts', 'requests']) {
		const rows: readonly Row[] = await readTable(database, table);
		expect(byKey(rows), `${table} ${hint}`).toEqual(byKey(memory.rows(table)));
	}
}

async function loadCore(store: DurableStore) {
	return {
		actors: await loadAll(store),
		timers: byKey(await store.loadTimers()),
		effects: await store.loadEffects(),
		messages: await store.loadMessages(),
	};
}

describe('grouped writes leave what the same units leave one after the other', () => {
	test.each(seeds)('units of every kind, seed %i', async (seed) => {
		const dice = createDice(seed);
		const createUnit = createUnitSource(dice);
		for (let round = 0; round < 60; round++) {
			await commitBoth(dice, createUnit, `round ${round}`);
			expect(await loadCore(sqlite), `round ${round}`).toEqual(await loadCore(memory));
			await compareRecords(`round ${round}`);
		}
		const journal = await database.client.transition.findMany({ orderBy: { seq: 'asc' } });
		expect(journal.map(({ address, version }) => [address, version])).toEqual(
			memory.journal().map(({ address, version }) => [address, version]),
		);
		const events = await database.client.event.findMany({ orderBy: { seq: 'asc' } });
		expect(events.map(({ data }) => data)).toEqual(memory.events().map(({ data }) => data));
	});

	test.each(seeds)('records that refer to each other, seed %i', async (seed) => {
		const dice = createDice(seed);
		const createUnit = createRecordUnitSource(dice);
		let whole = 0;
		for (let round = 0; round < 100; round++) {
			const outcomes = await commitBoth(dice, createUnit, `round ${round}`);
			if (outcomes.every(({ ok }) => ok)) whole += 1;
			await compareRecords(`round ${round}`);
		}
		// A batch with a refusal is split; what is grouped shows in those without.
		expect(whole).toBeGreaterThan(20);
	});
});
