/** Nudges: who is told that there may be something to read, how often, and what becomes of those that fail. */

import { describe, expect, onTestFinished, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import type { StoredEvent } from '../../src/durable/store.ts';
import type { DurableActor } from '../../src/durable/system.ts';
import { StatecraftError } from '../../src/errors.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createNudges } from '../../src/workflows/nudges.ts';
import type { Interest } from '../../src/workflows/triggers/source.ts';
import type { WorkflowView } from '../../src/workflows/views.ts';
import { createManualClock } from '../support/manual-clock.ts';

interface Reading {
	readonly id: string;
	answer(interests: readonly Interest[] | Error | undefined): Promise<void>;
}

interface Sending {
	readonly address: string;
	succeed(): Promise<void>;
	fail(code: ConstructorParameters<typeof StatecraftError>[0]): Promise<void>;
}

/** Every read and every nudge waits until the test lets it go. */
function openDesk() {
	const clock = createManualClock();
	const bus = createEventBus();
	const errors: string[] = [];
	const reads: Reading[] = [];
	const sent: Sending[] = [];
	const runners = new Map<string, { state: string; nudged: boolean }>();
	let seq = 0;

	const nudges = createNudges({
		clock,
		bus,
		onError: (where, error) => errors.push(`${where}: ${error.message}`),
		reads: {
			workflow: (id) =>
				new Promise((resolve, reject) => {
					reads.push({
						id,
						async answer(interests) {
							if (interests instanceof Error) reject(interests);
							else
								resolve(
									interests &&
										({ id, agentId: 'agt_1', trigger: { type: 'manual', interests } } as unknown as WorkflowView),
								);
							await settled();
						},
					});
				}),
		},
		sources: {
			of: () => ({
				poll: async () => ({ items: [], cursor: null, nextPollAt: null }),
				interests: (trigger) => (trigger as { interests: readonly Interest[] }).interests,
			}),
		},
		system: {
			get(address) {
				const runner = runners.get(address);
				if (!runner) return undefined;
				const snapshot = { context: { nudged: runner.nudged }, matches: (state: string) => state === runner.state };
				return { getSnapshot: () => snapshot as unknown as AnyMachineSnapshot } as DurableActor;
			},
			send: (address) =>
				new Promise((resolve, reject) => {
					sent.push({
						address,
						async succeed() {
							resolve({ address, version: 1, state: 'waiting', changed: true });
							await settled();
						},
						async fail(code) {
							reject(new StatecraftError(code, 'no'));
							await settled();
						},
					});
				}),
		},
	});
	onTestFinished(() => nudges.stop());

	async function tell(topic: string, agentId: string | null, data: object = {}): Promise<void> {
		seq += 1;
		bus.publish([{ seq, topic, agentId, at: 0, data: JSON.stringify(data) } as unknown as StoredEvent]);
		await settled();
	}

	return {
		...{ clock, errors, reads, sent, runners, nudges, tell },
		runnerIs: (state: string | null, workflowId = 'wfl_1') =>
			tell('workflow.runner.changed', 'agt_1', { workflowId, state }),
		addresses: () => sent.map(({ address }) => address),
	};
}

function settled(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

const idle: Interest = { topic: 'agent.idle', agentId: 'agt_1' };
const added: Interest = { topic: 'queue.item.added', agentId: null };
const runner = 'orchestrator:main/wfl_1';

/** A runner whose interests are known and whose first nudge has arrived. */
async function openKnown(interests: readonly Interest[] = [idle, added]) {
	const desk = openDesk();
	await desk.runnerIs('waiting');
	await desk.reads[0]?.answer(interests);
	await desk.sent[0]?.succeed();
	desk.sent.length = 0;
	return desk;
}

describe('what a runner listens to', () => {
	test('is learnt once it is there; then it is nudged, for what happened before', async () => {
		const { runnerIs, reads, sent, addresses } = openDesk();
		await runnerIs('waiting');
		await runnerIs('dispatching');
		expect(reads.map(({ id }) => id)).toEqual(['wfl_1']);
		expect(sent).toEqual([]);
		await reads[0]?.answer([idle]);
		expect(addresses()).toEqual([runner]);
	});

	test('nudges it: events about its agent, or about any where it asks for that', async () => {
		const { tell, sent, addresses } = await openKnown();
		await tell('agent.idle', 'agt_2');
		await tell('agent.busy', 'agt_1');
		expect(sent).toEqual([]);
		await tell('agent.idle', 'agt_1');
		await sent[0]?.succeed();
		await tell('queue.item.added', null);
		await sent[1]?.succeed();
		await tell('queue.item.added', 'agt_2');
		expect(addresses()).toEqual([runner, runner, runner]);
	});

	test('is forgotten when it ends, and learnt anew by the next one', async () => {
		const { tell, runnerIs, reads, sent } = await openKnown();
		await runnerIs(null);
		await tell('agent.idle', 'agt_1');
		expect(sent).toEqual([]);
		await runnerIs('waiting');
		await reads[1]?.answer([added]);
		await sent[0]?.succeed();
		await tell('agent.idle', 'agt_1');
		expect(sent).toHaveLength(1);
		await tell('queue.item.added', null);
		expect(sent).toHaveLength(2);
	});

	test('is what the last runner listens to, when word of an earlier one comes late', async () => {
		const { tell, runnerIs, reads, sent } = openDesk();
		await runnerIs('waiting');
		await runnerIs(null);
		await runnerIs('waiting');
		await reads[1]?.answer([added]);
		await reads[0]?.answer([idle]);
		await sent[0]?.succeed();
		await tell('agent.idle', 'agt_1');
		expect(sent).toHaveLength(1);
		await tell('queue.item.added', null);
		expect(sent).toHaveLength(2);
	});

	test('is not kept of a runner that ended before it was known', async () => {
		const { tell, runnerIs, reads, sent } = openDesk();
		await runnerIs('waiting');
		await runnerIs(null);
		await reads[0]?.answer([idle]);
		await tell('agent.idle', 'agt_1');
		expect(sent).toEqual([]);
	});

	test('is asked for again after a read that failed', async () => {
		const { runnerIs, reads, sent, errors } = openDesk();
		await runnerIs('waiting');
		await reads[0]?.answer(new Error('the disk is gone'));
		expect(errors).toEqual(['nudges of wfl_1: the disk is gone']);
		await runnerIs('backingOff');
		await reads[1]?.answer([idle]);
		expect(sent).toHaveLength(1);
	});

	test('is nothing for a workflow that is gone', async () => {
		const { runnerIs, reads, tell, sent } = openDesk();
		await runnerIs('waiting');
		await reads[0]?.answer(undefined);
		await sent[0]?.fail('actor_not_found');
		await tell('agent.idle', 'agt_1');
		expect(sent).toHaveLength(1);
	});
});

describe('at boot', () => {
	test('every runner is nudged; one that cannot be read keeps nobody from it', async () => {
		const { nudges, reads, errors, addresses } = openDesk();
		const begun = nudges.begin(['wfl_1', 'wfl_2']);
		await reads[0]?.answer(new Error('no JSON'));
		await reads[1]?.answer([]);
		await begun;
		expect(errors).toEqual(['nudges of wfl_1: no JSON']);
		expect(addresses()).toEqual(['orchestrator:main/wfl_2']);
	});
});

describe('nudges', () => {
	test('are one under way and one to come, however many there are', async () => {
		const { tell, sent } = await openKnown();
		for (let count = 0; count < 5; count++) await tell('agent.idle', 'agt_1');
		expect(sent).toHaveLength(1);
		await sent[0]?.succeed();
		expect(sent).toHaveLength(2);
		await sent[1]?.succeed();
		expect(sent).toHaveLength(2);
	});

	test('are not sent to a runner that is nudged already', async () => {
		const { tell, sent, runners } = await openKnown();
		runners.set(runner, { state: 'following', nudged: true });
		await tell('agent.idle', 'agt_1');
		expect(sent).toEqual([]);
		runners.set(runner, { state: 'polling', nudged: false });
		await tell('agent.idle', 'agt_1');
		expect(sent).toHaveLength(1);
	});

	test.each(['dispatch.created', 'dispatch.released'])(
		'follow %s, unless the runner reads its trigger',
		async (topic) => {
			const { tell, sent, runners } = await openKnown([]);
			runners.set(runner, { state: 'polling', nudged: false });
			await tell(topic, 'agt_1', { workflowId: 'wfl_1' });
			expect(sent).toEqual([]);
			runners.set(runner, { state: 'waiting', nudged: false });
			await tell(topic, 'agt_1', { workflowId: 'wfl_1' });
			expect(sent).toHaveLength(1);
		},
	);

	test('that the store refuses are tried again after a second, one for all of them', async () => {
		const { tell, sent, clock } = await openKnown();
		await tell('agent.idle', 'agt_1');
		await sent[0]?.fail('store_unavailable');
		for (let count = 0; count < 5; count++) await tell('agent.idle', 'agt_1');
		expect({ sent: sent.length, armed: clock.armed }).toEqual({ sent: 1, armed: 1 });
		clock.advance(999);
		await settled();
		expect(sent).toHaveLength(1);
		clock.advance(1);
		await settled();
		expect({ sent: sent.length, armed: clock.armed }).toEqual({ sent: 2, armed: 0 });
	});

	test('are given up for a runner that is not there', async () => {
		const { tell, sent, clock } = await openKnown();
		await tell('agent.idle', 'agt_1');
		await sent[0]?.fail('actor_not_found');
		expect({ sent: sent.length, armed: clock.armed }).toEqual({ sent: 1, armed: 0 });
	});
});

describe('after the stop', () => {
	test('nothing is heard, sent or waited for', async () => {
		const { tell, runnerIs, reads, sent, clock, nudges } = await openKnown();
		await tell('agent.idle', 'agt_1');
		await sent[0]?.fail('store_unavailable');
		nudges.stop();
		await settled();
		await tell('agent.idle', 'agt_1');
		await runnerIs('waiting', 'wfl_2');
		expect(reads).toHaveLength(1);
		expect({ sent: sent.length, armed: clock.armed }).toEqual({ sent: 1, armed: 0 });
	});

	test('a nudge that fails is not tried again, and a read that comes late is told to nobody', async () => {
		const { tell, sent, clock, nudges, reads, runnerIs, errors } = await openKnown();
		await runnerIs('waiting');
		await tell('agent.idle', 'agt_1');
		await tell('workflow.runner.changed', 'agt_1', { workflowId: 'wfl_2', state: 'waiting' });
		nudges.stop();
		await sent[0]?.fail('shutting_down');
		await reads[1]?.answer(new Error('the database is closed'));
		expect({ sent: sent.length, armed: clock.armed, errors }).toEqual({ sent: 1, armed: 0, errors: [] });
	});
});
