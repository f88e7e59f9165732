/** The relay on its own, with a real Valkey or Redis: order, repetition, gaps, hashes. */

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { eventCatalogue } from '../../src/events/catalogue.ts';
import { familyOf } from '../../src/relay/cloud-event.ts';
import { runTtlMs } from '../../src/relay/mirror.ts';
import { agentRow, createRelayWorld, runRow } from '../support/relay-world.ts';
import { testValkeyUrl, viewValkey } from '../support/valkey.ts';

const url = testValkeyUrl ?? '';

async function createScene() {
	const valkey = await viewValkey();
	return { valkey, ...createRelayWorld(url, valkey.prefix) };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const queued = { topic: 'prompt.queued', data: { promptId: 'pmt_1' } };

describe.skipIf(!testValkeyUrl)('the relay', () => {
	test('every topic arrives in the stream and on its channels, in order and as it was committed', async () => {
		const { valkey, begin, tell, journal } = await createScene();
		const heard = await valkey.listen('events*');
		await begin();
		const topics = Object.keys(eventCatalogue);
		tell(...topics.map((topic) => ({ topic, agentId: 'agt_1', data: { topic, odd: '\u2028"\\\n€' } })));
		const wanted = journal.filter(({ topic }) => !topic.startsWith('agent.output.'));
		await expect.poll(() => valkey.seqs()).toEqual(wanted.map(({ seq }) => seq));
		const events = await valkey.stream();
		expect(events.map(({ type, data }) => [type, data])).toEqual(
			wanted.map(({ topic, data }) => [`dev.statecraft.${topic}`, data]),
		);
		await vi.waitFor(() => expect(heard).toHaveLength(2 * wanted.length));
		const on = (channel: string) => heard.filter((one) => one.channel === channel).map(({ event }) => event);
		expect(on(`${valkey.prefix}:events`)).toEqual(events);
		for (const family of new Set(wanted.map(({ topic }) => familyOf(topic)))) {
			expect(on(`${valkey.prefix}:events:${family}`)).toEqual(
				events.filter(({ type }) => type.startsWith(`dev.statecraft.${family}.`)),
			);
		}
	});

	test('what agents say comes, too, once it is asked for', async () => {
		const { valkey, begin, tell } = await createScene();
		const heard = await valkey.listen('events:output');
		await begin({ withOutput: true });
		tell(queued, { topic: 'agent.output.message', agentId: 'agt_1', data: { text: 'hi' } });
		await expect.poll(() => valkey.seqs()).toEqual([1, 2]);
		await vi.waitFor(() => expect(heard.map(({ event }) => event.data)).toEqual([{ text: 'hi' }]));
	});

	test('a first start begins with what comes, and a later one where the last was', async () => {
		const { valkey, begin, tell, fill } = await createScene();
		fill(5);
		const first = await begin();
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([6]);
		await first.stop();
		fill(1_200);
		await begin();
		await expect.poll(() => valkey.seqs()).toEqual(range(6, 1_206));
	});

	test('a kill repeats what was relayed and not noted down: on the channels, never in the stream', async () => {
		const { valkey, begin, tell, settings, relayed } = await createScene();
		const heard = await valkey.listen('events');
		const saveSetting = async () => {};
		const dying = await begin({
			saveSetting: async (id, value) => void (settings as Map<string, string>).set(id, value),
		});
		await dying.stop();
		const killed = await begin({ saveSetting });
		tell(queued, queued, queued);
		await expect.poll(() => valkey.seqs()).toEqual([1, 2, 3]);
		await killed.stop();
		await begin();
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1, 2, 3, 4]);
		await vi.waitFor(() => expect(heard.map(({ event }) => event.id)).toEqual(['1', '2', '3', '1', '2', '3', '4']));
		expect(relayed()).toBe(4);
	});

	test('the place is saved after the events are in the stream, and at a stop', async () => {
		const { valkey, begin, tell, settings } = await createScene();
		const relay = await begin({
			saveSetting: async (id, value) => {
				const { reached } = JSON.parse(value);
				expect(await valkey.seqs()).toEqual(range(1, reached));
				(settings as Map<string, string>).set(id, value);
			},
		});
		tell(queued, queued);
		await expect.poll(() => valkey.seqs()).toEqual([1, 2]);
		await relay.stop();
		expect([...settings.values()].map((value) => JSON.parse(value))).toEqual([{ since: 0, reached: 2 }]);
	});

	test('ten thousand events follow, read in pages', async () => {
		const { valkey, begin, fill, reads, states, tell } = await createScene();
		await (await begin()).stop();
		fill(10_000);
		await begin();
		await vi.waitFor(async () => expect(await valkey.client.xlen(`${valkey.prefix}:events`)).toBe(10_000), {
			interval: 20,
			timeout: 20_000,
		});
		expect(await valkey.seqs()).toEqual(range(1, 10_000));
		expect(Math.max(...reads.map(({ found }) => found))).toBeLessThanOrEqual(500);
		await vi.waitFor(() => expect(states.at(-1)).toEqual({ isUp: true, lag: 0 }));
		expect(Math.max(...states.map(({ lag }) => lag))).toBe(10_000);
		tell(queued);
		await expect.poll(() => valkey.client.xlen(`${valkey.prefix}:events`)).toBe(10_001);
	});

	test('the stream is capped', async () => {
		const { valkey, begin, fill, tell } = await createScene();
		await begin({ streamLength: 1_000 });
		fill(5_000);
		tell(queued);
		await vi.waitFor(async () => expect((await valkey.seqs()).at(-1)).toBe(5_001));
		const length = await valkey.client.xlen(`${valkey.prefix}:events`);
		expect(length).toBeGreaterThanOrEqual(1_000);
		expect(length).toBeLessThan(1_200);
	});

	test('a busy bus costs few reads of the journal', async () => {
		const { valkey, begin, tell, reads } = await createScene();
		await begin();
		for (let turn = 0; turn < 150; turn++) {
			tell(queued);
			await delay(2);
		}
		await expect.poll(() => valkey.seqs()).toEqual(range(1, 150));
		expect(reads.length).toBeLessThan(120);
	});

	test('two at a time, as when a host does not know yet that its turn is over, put nothing in the stream twice', async () => {
		const { valkey, begin, tell, fill, warnings } = await createScene();
		await begin();
		await begin();
		for (let turn = 0; turn < 40; turn++) {
			fill(30);
			tell(queued);
			await delay(5);
		}
		await expect.poll(async () => (await valkey.seqs()).at(-1)).toBe(1_240);
		expect(await valkey.seqs()).toEqual(range(1, 1_240));
		expect(warnings).toEqual([]);
	});

	test('whose turn it is can be decided elsewhere: the place is taken up anew with each turn', async () => {
		const { valkey, begin, tell, settings } = await createScene();
		const turns: Array<(signal: AbortSignal) => Promise<void>> = [];
		await begin({ alone: async (work) => void turns.push(work) });
		tell(queued, queued, queued);
		// Another host had relayed the first two.
		(settings as Map<string, string>).set('relayed:valkey', JSON.stringify({ since: 2, reached: 2 }));
		const [work] = turns;
		const turn = new AbortController();
		const worked = work?.(turn.signal);
		await expect.poll(() => valkey.seqs()).toEqual([3]);
		turn.abort();
		await worked;
		tell(queued);
		expect(await valkey.seqs()).toEqual([3]);
		// The other had its turn, and relayed that one.
		const heard = await valkey.listen('events');
		(settings as Map<string, string>).set('relayed:valkey', JSON.stringify({ since: 0, reached: 4 }));
		const next = new AbortController();
		const workedAgain = work?.(next.signal);
		tell(queued);
		await vi.waitFor(() => expect(heard.map(({ event }) => event.id)).toEqual(['5']));
		next.abort();
		await workedAgain;
	});
});

describe.skipIf(!testValkeyUrl)('hashes', () => {
	test('tell what rows say, with nothing for what is null, and are there before the event is', async () => {
		const { valkey, begin, tell, agents, runs } = await createScene();
		await begin();
		const error = { code: 'crashed', message: 'It crashed.', retryable: true };
		agents.set(
			'agt_1',
			agentRow('agt_1', { executionState: 'failed', substate: 'resting', version: 4, error } as object),
		);
		runs.set('run_1', runRow('run_1', 'agt_1', { state: 'failed', completedAt: Date.now(), exitCode: 3, pid: null }));
		runs.set('run_2', runRow('run_2', 'agt_1', { generation: 2 }));
		const heard = await valkey.listen('events:run');
		tell({ topic: 'run.state.changed', agentId: 'agt_1', data: { runId: 'run_1' } });
		await vi.waitFor(() => expect(heard).toHaveLength(1));
		expect(await valkey.hash('agent', 'agt_1')).toEqual({
			...{ id: 'agt_1', name: 'agt_1', state: 'failed', substate: 'resting', status: 'running', generation: '1' },
			...{ startedAt: '1970-01-01T00:00:00.000Z', updatedAt: '1970-01-01T00:00:00.000Z', version: '4' },
			error: JSON.stringify({ ...error, detail: null }),
		});
		expect(await valkey.hash('run', 'run_1')).toMatchObject({ state: 'failed', exitCode: '3', version: '3' });
		const ttl = await valkey.client.pttl(`${valkey.prefix}:run:run_1`);
		expect(ttl).toBeGreaterThan(runTtlMs - 60_000);
		expect(ttl).toBeLessThanOrEqual(runTtlMs);
		expect(await valkey.client.smembers(`${valkey.prefix}:agents`)).toEqual(['agt_1']);
		expect(await valkey.client.smembers(`${valkey.prefix}:runs`)).toEqual([]);
		tell({ topic: 'run.started', agentId: 'agt_1', data: { runId: 'run_2' } });
		await vi.waitFor(() => expect(heard).toHaveLength(2));
		expect(await valkey.client.pttl(`${valkey.prefix}:run:run_2`)).toBe(-1);
		expect(await valkey.client.smembers(`${valkey.prefix}:runs`)).toEqual(['run_2']);
	});

	test('a row that is gone takes its hash along', async () => {
		const { valkey, begin, tell, agents, runs } = await createScene();
		await begin();
		agents.set('agt_1', agentRow('agt_1'));
		runs.set('run_1', runRow('run_1', 'agt_1'));
		tell({ topic: 'run.started', agentId: 'agt_1', data: { runId: 'run_1' } });
		await expect.poll(() => valkey.hash('run', 'run_1')).toMatchObject({ state: 'running' });
		agents.clear();
		runs.clear();
		tell(
			{ topic: 'run.exited', agentId: 'agt_1', data: { runId: 'run_1' } },
			{ topic: 'agent.deleted', agentId: 'agt_1', data: { name: 'ada' } },
		);
		await expect.poll(() => valkey.hash('agent', 'agt_1')).toEqual({});
		expect(await valkey.client.keys(`${valkey.prefix}:*`)).toEqual(
			expect.not.arrayContaining([`${valkey.prefix}:run:run_1`, `${valkey.prefix}:agents`, `${valkey.prefix}:runs`]),
		);
	});

	test('an older row never overwrites a newer one', async () => {
		const { valkey, begin, tell, agents, runs } = await createScene();
		await begin();
		agents.set('agt_1', agentRow('agt_1', { version: 9, executionState: 'busy' }));
		runs.set('run_1', runRow('run_1', 'agt_1', { state: 'killed', completedAt: Date.now() }));
		tell({ topic: 'run.exited', agentId: 'agt_1', data: { runId: 'run_1' } });
		await expect.poll(() => valkey.hash('run', 'run_1')).toMatchObject({ state: 'killed' });
		// As a host sees them that has read a moment too early.
		agents.set('agt_1', agentRow('agt_1', { version: 8, executionState: 'idle' }));
		runs.set('run_1', runRow('run_1', 'agt_1', { state: 'running' }));
		tell({ topic: 'run.exited', agentId: 'agt_1', data: { runId: 'run_1' } });
		await expect.poll(() => valkey.seqs()).toEqual([1, 2]);
		expect(await valkey.hash('agent', 'agt_1')).toMatchObject({ version: '9', state: 'busy' });
		expect(await valkey.hash('run', 'run_1')).toMatchObject({ state: 'killed' });
	});

	test('a start writes those of all agents, and forgets those of agents and runs that are gone', async () => {
		const { valkey, begin, agents, runs, tell } = await createScene();
		for (let index = 0; index < 1_200; index++) {
			agents.set(`agt_${index}`, agentRow(`agt_${index}`));
			runs.set(`run_${index}`, runRow(`run_${index}`, `agt_${index}`));
		}
		const first = await begin();
		const count = async (set: string) => valkey.client.scard(`${valkey.prefix}:${set}`);
		await expect.poll(async () => [await count('agents'), await count('runs')]).toEqual([1_200, 1_200]);
		await first.stop();
		agents.delete('agt_3');
		runs.delete('run_3');
		await begin();
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1]);
		expect([await count('agents'), await count('runs')]).toEqual([1_199, 1_199]);
		expect([await valkey.hash('agent', 'agt_3'), await valkey.hash('run', 'run_3')]).toEqual([{}, {}]);
		expect(await valkey.hash('run', 'run_1199')).toMatchObject({ agentId: 'agt_1199' });
	});
});
