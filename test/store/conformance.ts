/**
 * The contract of the store port, as tests that every adapter passes. `[STn]` is rule n of
 * src/durable/store.ts.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ColumnValue, DurableStore, StoredActor, UnitOutcome, WriteUnit } from '../../src/durable/store.ts';
import { StatecraftError } from '../../src/errors.ts';
import {
	actorWrite,
	agentRow,
	at,
	effect,
	journalEntry,
	message,
	promptInsert,
	promptUpdate,
	step,
	timer,
} from './units.ts';

type Row = Readonly<Record<string, ColumnValue>>;

/** An adapter under test, with eyes for what the port does not read back. */
export interface StoreUnderTest {
	readonly store: DurableStore;
	/** Rows in the order of insertion, by column names; booleans as booleans. */
	rows(table: string): Promise<readonly Row[]>;
	/** The same data, opened anew, as after a restart; undefined where nothing outlives the process. */
	reopen?(): Promise<DurableStore>;
	close(): Promise<void>;
}

export function describeStore(name: string, createStore: () => Promise<StoreUnderTest>): void {
	describe(name, () => {
		let world: StoreUnderTest;
		let store: DurableStore;
		beforeEach(async () => {
			world = await createStore();
			store = world.store;
		});
		afterEach(() => world.close());

		const commit = async (...units: readonly WriteUnit[]) => summarize(await store.commit(units));
		const versions = async () => (await loadAll(store)).map(({ address, version }) => `${address}@${version}`);
		const journalOf = async (table = 'transitions') =>
			(await world.rows(table)).map((row) => `${row.address}@${row.version}`);

		describe('actors', () => {
			test('[ST1] a first step stores the actor exactly as it was given, not quarantined', async () => {
				const write = actorWrite('a:1/kid', 1, { parent: 'a:1', source: 'kid', snapshot: '{"s":"ü€😀\\u0000"}' });
				expect(await commit({ actors: [write] })).toEqual(['ok']);
				expect(await store.readActor('a:1/kid')).toEqual({ ...write, quarantine: null });
			});

			test('an actor that is not stored reads as undefined', async () => {
				expect(await store.readActor('a:1')).toBeUndefined();
			});

			test('steps of one actor in one call end in the last snapshot, and every journal row is written', async () => {
				await commit(step('a:1', 1), step('a:1', 2), step('b:1', 1), step('a:1', 3));
				expect(await versions()).toEqual(['a:1@3', 'b:1@1']);
				expect((await store.readActor('a:1'))?.snapshot).toBe('{"version":3}');
				expect(await journalOf()).toEqual(['a:1@1', 'a:1@2', 'b:1@1', 'a:1@3']);
			});

			test('[ST2] a stale step fails alone with expected and stored version', async () => {
				await commit(step('a:1', 1), step('b:1', 1));
				const outcomes = await store.commit([step('a:1', 3), step('b:1', 2)]);
				expect(summarize(outcomes)).toEqual(['stale_state', 'ok']);
				expect(errorOf(outcomes[0])?.extras).toEqual({ expected: 2, actual: 1 });
				expect(await versions()).toEqual(['a:1@1', 'b:1@2']);
				expect(await journalOf()).toEqual(['a:1@1', 'b:1@1', 'b:1@2']);
			});

			test('[ST2] a first step of an actor that exists fails as actor_exists', async () => {
				await commit(step('a:1', 1));
				expect(await commit(step('a:1', 1))).toEqual(['actor_exists']);
				expect(await commit(step('b:1', 1), step('b:1', 1))).toEqual(['ok', 'actor_exists']);
			});

			test('[ST2] a later step of an actor that is not stored fails as stale', async () => {
				expect(await commit(step('a:1', 2))).toEqual(['stale_state']);
				expect(await versions()).toEqual([]);
			});

			test('[ST2] steps that follow a failed step of their actor fail with it, others are written', async () => {
				await commit(step('a:1', 1), step('b:1', 1));
				const bad = step('a:1', 2, { records: [promptInsert('pmt_1'), promptInsert('pmt_1')] });
				expect(await commit(step('b:1', 2), bad, step('a:1', 3), step('b:1', 3), step('a:1', 4))).toEqual([
					'ok',
					'constraint_violated',
					'stale_state',
					'ok',
					'stale_state',
				]);
				expect(await versions()).toEqual(['a:1@1', 'b:1@3']);
			});

			test('[ST2] two stale actors of one unit, or two steps with a gap, refuse the unit', async () => {
				await commit(step('a:1', 1));
				expect(await commit({ actors: [actorWrite('a:1', 2), actorWrite('b:1', 2)] })).toEqual(['stale_state']);
				expect(await commit({ actors: [actorWrite('a:1', 2), actorWrite('a:1', 4)] })).toEqual(['stale_state']);
				expect(await versions()).toEqual(['a:1@1']);
			});

			test('removing an actor takes its timers, its effects and the messages to it, and nothing else', async () => {
				const all = (address: string, peer: string) =>
					step(address, 1, {
						timersSet: [timer(address, 't')],
						effectsAsked: [effect(address, 1)],
						messagesSent: [message(address, 1, peer)],
					});
				await commit(all('a:1', 'b:1'), all('b:1', 'a:1'));
				expect(await commit({ removed: ['a:1'] })).toEqual(['ok']);
				expect(await versions()).toEqual(['b:1@1']);
				expect((await store.loadTimers()).map(({ address }) => address)).toEqual(['b:1']);
				expect((await store.loadEffects()).map(({ address }) => address)).toEqual(['b:1']);
				expect((await store.loadMessages()).map(({ to }) => to)).toEqual(['b:1']);
				expect(await journalOf()).toEqual(['a:1@1', 'b:1@1']);
			});

			test('an actor written, removed and created anew in one call stands as its last step left it', async () => {
				const outcomes = await commit(
					step('a:1', 1, { timersSet: [timer('a:1', 'old')] }),
					{ removed: ['a:1'] },
					step('a:1', 1, { timersSet: [timer('a:1', 'new')] }),
					step('a:1', 2),
				);
				expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok']);
				expect(await versions()).toEqual(['a:1@2']);
				expect((await store.loadTimers()).map(({ id }) => id)).toEqual(['new']);
			});

			test('a unit that removes an actor and writes it first replaces it', async () => {
				await commit(step('a:1', 1), step('a:1', 2));
				expect(await commit({ ...step('a:1', 1), removed: ['a:1'] })).toEqual(['ok']);
				expect(await versions()).toEqual(['a:1@1']);
			});

			test('[ST2] a step of an actor that the same call removed fails as stale', async () => {
				await commit(step('a:1', 1));
				expect(await commit({ removed: ['a:1'] }, step('a:1', 2))).toEqual(['ok', 'stale_state']);
			});

			test('loading answers every actor once, parents before their children', async () => {
				const addresses = Array.from({ length: 25 }, (_, index) => `a:${index}`).flatMap((a) => [`${a}/kid`, a]);
				await store.commit(addresses.map((address) => step(address, 1)));
				const loaded = (await loadAll(store)).map(({ address }) => address);
				expect(loaded).toEqual([...addresses].sort());
			});

			test('a quarantined actor keeps its reason through steps until it is taken back', async () => {
				await commit(step('a:1', 1));
				await store.quarantine('a:1', 'unknown state');
				await commit(step('a:1', 2));
				expect((await loadAll(store))[0]?.quarantine).toBe('unknown state');
				await store.quarantine('a:1', null);
				expect((await store.readActor('a:1'))?.quarantine).toBeNull();
			});

			test('quarantining an actor that is not stored is refused', async () => {
				await expect(store.quarantine('a:1', 'gone')).rejects.toMatchObject({ code: 'actor_not_found' });
			});
		});

		describe('timers, effects and messages', () => {
			test('a timer set again replaces the former, and comes back with a due time beyond 32 bits', async () => {
				await commit({ timersSet: [timer('a:1', 't', at), timer('b:1', 't', at + 2)] });
				await commit({ timersSet: [{ ...timer('a:1', 't', at + 1), target: 'b:1', event: '{"type":"LATER"}' }] });
				expect(await store.loadTimers()).toEqual([
					{ address: 'a:1', id: 't', target: 'b:1', event: '{"type":"LATER"}', dueAt: at + 1 },
					timer('b:1', 't', at + 2),
				]);
			});

			test('[ST1] of timers set and cleared in one call the last word counts', async () => {
				await commit({ timersSet: [timer('a:1', 'kept')] });
				await commit(
					{ timersSet: [timer('a:1', 'gone'), timer('a:1', 'back')] },
					{
						timersCleared: [
							{ address: 'a:1', id: 'gone' },
							{ address: 'a:1', id: 'back' },
						],
					},
					{
						timersCleared: [
							{ address: 'a:1', id: 'back' },
							{ address: 'b:1', id: 'kept' },
						],
						timersSet: [timer('a:1', 'back')],
					},
				);
				expect((await store.loadTimers()).map(({ id }) => id).sort()).toEqual(['back', 'kept']);
			});

			test('effects come back in the order asked for, with what their last attempt left', async () => {
				const asked = ['b:1', 'a:1', 'c:1'].map((address) => effect(address, 1));
				await commit(...asked.map((each) => ({ effectsAsked: [each] })));
				await commit({
					effectsRetried: [{ id: 'a:1/1/0', attempts: 2, nextAttemptAt: null, lastError: 'no such file' }],
					effectsSettled: ['b:1/1/0'],
				});
				expect(await store.loadEffects()).toEqual([
					{ ...effect('a:1', 1), attempts: 2, nextAttemptAt: null, lastError: 'no such file' },
					effect('c:1', 1),
				]);
			});

			test('[ST1] an effect asked for, retried twice and settled in one call is gone', async () => {
				const retry = { id: 'a:1/1/0', attempts: 1, nextAttemptAt: at, lastError: 'x' };
				await commit(
					{ effectsAsked: [effect('a:1', 1), effect('b:1', 1)] },
					{ effectsRetried: [retry, { ...retry, id: 'b:1/1/0' }] },
					{ effectsRetried: [{ ...retry, id: 'b:1/1/0', attempts: 2 }], effectsSettled: ['a:1/1/0'] },
				);
				expect((await store.loadEffects()).map(({ id, attempts }) => `${id} ${attempts}`)).toEqual(['b:1/1/0 2']);
			});

			test('[ST2] an effect or message with an id in use is a violated constraint', async () => {
				const first = { effectsAsked: [effect('a:1', 1)], messagesSent: [message('a:1', 1, 'b:1')] };
				expect(await commit(first, { effectsAsked: [effect('a:1', 1)] })).toEqual(['ok', 'constraint_violated']);
				expect(await commit({ messagesSent: [message('a:1', 1, 'c:1')] })).toEqual(['constraint_violated']);
				expect((await store.loadMessages()).map(({ to }) => to)).toEqual(['b:1']);
			});

			test('[ST1] a message id freed in a call may be used again by a later unit of it', async () => {
				await commit({ messagesSent: [message('a:1', 1, 'b:1')] });
				expect(await commit({ messagesConsumed: ['a:1/1/0'] }, { messagesSent: [message('a:1', 1, 'c:1')] })).toEqual([
					'ok',
					'ok',
				]);
				expect(await store.loadMessages()).toEqual([message('a:1', 1, 'c:1')]);
			});

			test('messages come back in the order sent, without the consumed ones', async () => {
				await commit(...['c:1', 'a:1', 'b:1'].map((from) => ({ messagesSent: [message(from, 1, 'z:1')] })));
				await commit({ messagesConsumed: ['a:1/1/0'] });
				expect((await store.loadMessages()).map(({ from }) => from)).toEqual(['c:1', 'b:1']);
			});
		});

		describe('records', () => {
			test('every kind of value comes back as it went in', async () => {
				const record = agentRow('agt_1', {
					name: 'quote " \' ü😀 \\ \n',
					auto_start: false,
					labels: '{"a":"\\u0000"}',
				});
				expect(await commit({ records: [record] })).toEqual(['ok']);
				expect(await world.rows('agents')).toEqual([record.row]);
			});

			test('text that looks like a number or like JSON stays text', async () => {
				await commit({ records: [promptInsert('pmt_1', { text: '0012', content: 'null', idempotency_key: '1e3' })] });
				expect((await world.rows('prompts'))[0]).toMatchObject({
					text: '0012',
					content: 'null',
					idempotency_key: '1e3',
				});
			});

			test('columns left out of an insert are null', async () => {
				await commit({ records: [promptInsert('pmt_1')] });
				expect((await world.rows('prompts'))[0]).toMatchObject({ result: null, finished_at: null });
			});

			test('[ST1] a row inserted, updated, deleted and inserted again in one call ends as last inserted', async () => {
				const outcomes = await commit(
					{ records: [promptInsert('pmt_1'), promptUpdate('pmt_1', { status: 'running', started_at: at })] },
					{ records: [{ op: 'delete', table: 'prompts', id: 'pmt_1' }, promptInsert('pmt_2')] },
					{ records: [promptInsert('pmt_1', { text: 'again' }), promptUpdate('pmt_2', { status: 'running' })] },
				);
				expect(outcomes).toEqual(['ok', 'ok', 'ok']);
				const rows = await world.rows('prompts');
				expect(rows.map(({ id, text, status }) => [id, text, status]).sort()).toEqual([
					['pmt_1', 'again', 'queued'],
					['pmt_2', 'do it', 'running'],
				]);
			});

			test('[ST1] of updates of one row in one call the last wins, column by column', async () => {
				await commit({ records: [promptInsert('pmt_1'), promptInsert('pmt_2')] });
				await commit(
					{ records: [promptUpdate('pmt_1', { status: 'running', generation: 1 })] },
					{ records: [promptUpdate('pmt_2', { status: 'running', generation: 7 })] },
					{ records: [promptUpdate('pmt_1', { status: 'finished' })] },
					{ records: [promptUpdate('pmt_1', { status: 'failed', generation: 2 })] },
					{ records: [promptUpdate('pmt_1', { status: 'interrupted' })] },
				);
				const rows = await world.rows('prompts');
				expect(rows.map(({ id, status, generation }) => `${id} ${status} ${generation}`)).toEqual([
					'pmt_1 interrupted 2',
					'pmt_2 running 7',
				]);
			});

			test('an update or deletion of a row that does not exist changes nothing', async () => {
				expect(await commit({ records: [promptUpdate('pmt_1', { status: 'running' })] })).toEqual(['ok']);
				expect(await commit({ records: [{ op: 'delete', table: 'prompts', id: 'pmt_1' }] })).toEqual(['ok']);
				expect(await world.rows('prompts')).toEqual([]);
			});

			test('[ST2] a unit that violates a constraint leaves nothing behind, the others of the call are written', async () => {
				const unit = (id: string, key: string) =>
					step(`a:${id}`, 1, { records: [promptInsert(id, { idempotency_key: key })] });
				const units = Array.from({ length: 20 }, (_, index) =>
					unit(`pmt_${index}`, index === 13 ? 'key 4' : `key ${index}`),
				);
				const outcomes = await commit(...units);
				expect(outcomes.map((outcome, index) => `${index} ${outcome}`).filter((each) => !each.endsWith('ok'))).toEqual([
					'13 constraint_violated',
				]);
				expect(await world.rows('prompts')).toHaveLength(19);
				expect(await versions()).not.toContain('a:pmt_13@1');
			});

			test('[ST2] a required column that is missing or set to null is a violated constraint', async () => {
				await commit({ records: [promptInsert('pmt_1')] });
				expect(await commit({ records: [promptUpdate('pmt_1', { status: null })] })).toEqual(['constraint_violated']);
				expect(await commit({ records: [{ op: 'insert', table: 'settings', row: { id: 'x' } }] })).toEqual([
					'constraint_violated',
				]);
			});

			test('a unique value may pass from one row to another within a unit', async () => {
				await commit({ records: [agentRow('agt_1', { name: 'ada' })] });
				const rename = { op: 'update', table: 'agents', id: 'agt_1', set: { name: 'old ada' } } as const;
				expect(await commit({ records: [rename, agentRow('agt_2', { name: 'ada' })] })).toEqual(['ok']);
				expect(await commit({ records: [agentRow('agt_3', { name: 'ada' })] })).toEqual(['constraint_violated']);
			});

			test.each([
				['an unknown table', { op: 'delete', table: 'nonsense', id: 'x' }],
				['a table of the core', { op: 'delete', table: 'actors', id: 'x' }],
				['an unknown column', promptUpdate('pmt_1', { colour: 'red' })],
				['a property name in place of a column', promptUpdate('pmt_1', { agentId: 'agt_1' })],
				['a number in a text column', promptUpdate('pmt_1', { status: 1 })],
				['a fraction in an integer column', promptUpdate('pmt_1', { generation: 1.5 })],
				['text in a boolean column', promptUpdate('pmt_1', { repeatable: 'yes' })],
				['a change of the id', promptUpdate('pmt_1', { id: 'pmt_2' })],
			] as const)('[ST2] %s is a bug of that unit alone', async (_, record) => {
				expect(await commit(step('a:1', 1, { records: [record] }), step('b:1', 1))).toEqual(['internal', 'ok']);
				expect(await versions()).toEqual(['b:1@1']);
			});
		});

		describe('events and numbers', () => {
			const event = (topic: string) => ({ topic, agentId: 'agt_1', at, data: '{"n":1}' });

			test('[ST4] events are answered with their numbers, in the order of the units', async () => {
				const outcomes = await store.commit([
					{ events: [event('a.one'), event('a.two')] },
					{},
					{ events: [{ ...event('b.one'), agentId: null }] },
				]);
				const answered = outcomes.flatMap((outcome) => (outcome.ok ? outcome.events : []));
				expect(answered.map(({ topic }) => topic)).toEqual(['a.one', 'a.two', 'b.one']);
				expect(answered.map(({ seq }) => seq)).toEqual([...answered.map(({ seq }) => seq)].sort((a, b) => a - b));
				const rows = await world.rows('events');
				expect(rows.map(({ seq, topic, agent_id }) => ({ seq, topic, agentId: agent_id }))).toEqual(
					answered.map(({ seq, topic, agentId }) => ({ seq, topic, agentId })),
				);
			});

			test('[ST4] numbers grow across calls, also when calls overlap and units fail', async () => {
				const calls = Array.from({ length: 8 }, (_, index) =>
					store.commit([
						step(`a:${index}`, index === 5 ? 9 : 1, { events: [event(`call.${index}`)] }),
						{ events: [event(`after.${index}`)] },
					]),
				);
				const answered = (await Promise.all(calls)).flat().flatMap((outcome) => (outcome.ok ? outcome.events : []));
				const seqs = answered.map(({ seq }) => seq);
				expect(answered).toHaveLength(15);
				expect(new Set(seqs).size).toBe(15);
				expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
			});

			test('[ST4] [ST5] a store opened anew has everything and goes on above the highest number', async ({ skip }) => {
				if (world.reopen === undefined) return skip('nothing outlives the process');
				const [first] = await store.commit([step('a:1', 1, { events: [event('one')] })]);
				await store.commit([step('a:1', 5, { events: [event('refused')] })]);
				store = await world.reopen();
				expect(await versions()).toEqual(['a:1@1']);
				const [second] = await store.commit([step('a:1', 2, { events: [event('two')] })]);
				const seqs = [first, second].flatMap((outcome) => (outcome?.ok ? outcome.events : [])).map(({ seq }) => seq);
				expect(seqs).toHaveLength(2);
				expect(seqs[1]).toBeGreaterThan(seqs[0] ?? 0);
				expect(await journalOf()).toEqual(['a:1@1', 'a:1@2']);
			});
		});

		test('[ST1] calls that overlap are written one after the other, in the order asked for', async () => {
			const calls = [1, 2, 3, 4, 5].map((version) => commit(step('a:1', version)));
			expect(await Promise.all(calls)).toEqual([['ok'], ['ok'], ['ok'], ['ok'], ['ok']]);
			expect(await journalOf()).toEqual([1, 2, 3, 4, 5].map((version) => `a:1@${version}`));
		});

		test('a call without units, and a unit without content, write nothing and succeed', async () => {
			expect(await commit()).toEqual([]);
			expect(await commit({}, {})).toEqual(['ok', 'ok']);
		});

		test('a journal row comes back as it was given, with null where nothing is known', async () => {
			const entry = { ...journalEntry('a:1', 1), trigger: null, generation: null };
			await commit({ journal: [entry] });
			expect(await world.rows('transitions')).toMatchObject([entry]);
		});
	});
}

function summarize(outcomes: readonly UnitOutcome[]): string[] {
	return outcomes.map((outcome) => (outcome.ok ? 'ok' : (errorOf(outcome)?.code ?? 'not an error of the catalogue')));
}

function errorOf(outcome: UnitOutcome | undefined): StatecraftError | undefined {
	return outcome?.ok === false && outcome.error instanceof StatecraftError ? outcome.error : undefined;
}

async function loadAll(store: DurableStore): Promise<StoredActor[]> {
	const pages: StoredActor[] = [];
	for await (const page of store.loadActors()) pages.push(...page);
	return pages;
}
