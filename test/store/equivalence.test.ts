/**
 * The two adapters against each other: the one in memory applies unit after unit, the one on SQLite
 * groups and coalesces. Seeded, so that a failure can be run again: SEED=<n>.
 */
import { expect, test } from 'vitest';
import type { DomainRecord, StoredMessage, WriteUnit } from '../../src/durable/store.ts';
import { StatecraftError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { actorWrite, at, effect, journalEntry, message, promptInsert, promptUpdate, timer } from './units.ts';

const seeds =
	process.env.SEED === undefined ? Array.from({ length: 10 }, (_, index) => index + 1) : [Number(process.env.SEED)];

/** A small generator of repeatable random numbers (mulberry32). */
function createRandom(seed: number) {
	let state = seed;
	const next = (): number => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	return {
		below: (limit: number): number => Math.floor(next() * limit),
		chance: (probability: number): boolean => next() < probability,
	};
}

type Random = ReturnType<typeof createRandom>;

/** Units over few addresses and ids, so that they collide often; mostly right, sometimes stale or refused. */
function createUnitSource(random: Random) {
	const versions = new Map<string, number>();
	const address = () => `a:${random.below(5)}`;
	const promptId = () => `pmt_${random.below(6)}`;

	function createRecord(): DomainRecord {
		const id = promptId();
		switch (random.below(6)) {
			case 0:
			case 1:
				return promptInsert(id, random.chance(0.3) ? { idempotency_key: `k${random.below(4)}` } : {});
			case 2:
				return { op: 'delete', table: 'prompts', id };
			case 3:
				return promptUpdate(id, { idempotency_key: random.chance(0.5) ? `k${random.below(4)}` : null });
			case 4:
				return promptUpdate(id, { status: `s${random.below(9)}`, generation: random.below(9) });
			default:
				return promptUpdate(id, { status: `s${random.below(9)}` });
		}
	}

	/** A message's id names the step that sent it, and so, always, the same receiver. */
	function createMessage(from: string, version: number): StoredMessage {
		return message(from, version, `a:${(Number(from.slice(2)) + version) % 5}`);
	}

	function createStep(): Pick<WriteUnit, 'actors' | 'journal' | 'removed'> {
		const actor = address();
		const removes = random.chance(0.15);
		const follows = random.chance(0.9) ? (removes ? 0 : (versions.get(actor) ?? 0)) : random.below(5);
		if (removes && random.chance(0.5)) {
			versions.delete(actor);
			return { removed: [actor] };
		}
		versions.set(actor, follows + 1);
		return {
			...(removes ? { removed: [actor] } : {}),
			actors: [actorWrite(actor, follows + 1, { snapshot: String(random.below(1e6)) })],
			journal: [journalEntry(actor, follows + 1)],
		};
	}

	return (): WriteUnit => {
		const owner = address();
		const sometimes = <Value>(probability: number, create: () => Value): Value[] =>
			random.chance(probability) ? [create()] : [];
		const effectId = () => `${address()}/${random.below(3)}/0`;
		return {
			...(random.chance(0.7) ? createStep() : {}),
			timersCleared: sometimes(0.2, () => ({ address: address(), id: `t${random.below(2)}` })),
			timersSet: sometimes(0.3, () => timer(owner, `t${random.below(2)}`, at + random.below(1e6))),
			effectsAsked: sometimes(0.3, () => effect(owner, random.below(3))),
			effectsRetried: sometimes(0.2, () => ({
				id: effectId(),
				attempts: random.below(9),
				nextAttemptAt: random.chance(0.5) ? at : null,
				lastError: null,
			})),
			effectsSettled: sometimes(0.3, effectId),
			messagesSent: sometimes(0.3, () => createMessage(owner, random.below(3))),
			messagesConsumed: sometimes(0.3, effectId),
			records: [...sometimes(0.5, createRecord), ...sometimes(0.3, createRecord)],
			events: sometimes(0.3, () => ({ topic: 'a.b', agentId: owner, at, data: String(random.below(1e6)) })),
		};
	};
}

const byKey = <Row>(rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

test.each(seeds)('grouped writes leave what the same units leave one after the other, seed %i', async (seed) => {
	const folder = createDatabaseFolder();
	const database = await folder.open({ synchronous: 'NORMAL' });
	const sqlite = createSqliteStore(database);
	const memory = createMemoryStore();
	const random = createRandom(seed);
	const createUnit = createUnitSource(random);
	try {
		for (let round = 0; round < 60; round++) {
			const units = Array.from({ length: 1 + random.below(12) }, createUnit);
			const [expected, actual] = await Promise.all([memory.commit(units), sqlite.commit(units)]);
			const codes = (outcomes: typeof expected) =>
				outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error instanceof StatecraftError && outcome.error.code));
			expect(codes(actual), `round ${round}`).toEqual(codes(expected));
			const stored = async (store: typeof sqlite | typeof memory) => {
				const actors = [];
				for await (const page of store.loadActors()) actors.push(...page);
				return {
					actors,
					timers: byKey(await store.loadTimers()),
					effects: await store.loadEffects(),
					messages: await store.loadMessages(),
				};
			};
			expect(await stored(sqlite), `round ${round}`).toEqual(await stored(memory));
			const prompts = await database.client.prompt.findMany();
			const view = (id: unknown, status: unknown, generation: unknown, key: unknown) => [id, status, generation, key];
			expect(byKey(prompts.map((row) => view(row.id, row.status, row.generation, row.idempotencyKey)))).toEqual(
				byKey(memory.rows('prompts').map((row) => view(row.id, row.status, row.generation, row.idempotency_key))),
			);
		}
		const journal = await database.client.transition.findMany({ orderBy: { seq: 'asc' } });
		expect(journal.map(({ address, version }) => [address, version])).toEqual(
			memory.journal().map(({ address, version }) => [address, version]),
		);
		const events = await database.client.event.findMany({ orderBy: { seq: 'asc' } });
		expect(events.map(({ data }) => data)).toEqual(memory.events().map(({ data }) => data));
	} finally {
		await folder.remove();
	}
});
