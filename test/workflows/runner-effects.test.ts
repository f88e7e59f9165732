/** What a runner's machine asks for: over SQLite, with agents, triggers and stops in the test's hands. */

import { describe, expect, test } from 'vitest';
import type { AgentContext } from '../../machines/agent-model.ts';
import type { CurrentPrompt, RunnerCommandEvent } from '../../machines/workflow-runner-model.ts';
import type { EffectContext } from '../../src/durable/definition.ts';
import { StatecraftError } from '../../src/errors.ts';
import { createIntake } from '../../src/workflows/intake.ts';
import { createQueueBroker } from '../../src/workflows/queue-broker.ts';
import { createPromptRenderer } from '../../src/workflows/rendering.ts';
import { createRunnerEffects } from '../../src/workflows/runner-effects.ts';
import { PollError } from '../../src/workflows/triggers/poll-error.ts';
import type { PollRequest, PollResult } from '../../src/workflows/triggers/source.ts';
import { createWorkItem } from '../../src/workflows/triggers/work-item.ts';
import { by, createServiceWorld, rule } from './service-world.ts';

type Held = Partial<Pick<AgentContext, 'queue' | 'turn' | 'resumable' | 'requests'>>;

async function openDesk() {
	const world = await createServiceWorld();
	const { clock, reads, system } = world;
	const submitted: unknown[][] = [];
	const cancelled: unknown[][] = [];
	const asked: PollRequest[] = [];
	const stop = new AbortController();
	const desk = {
		/** What the trigger answers. */
		read: { items: [], cursor: 'c', nextPollAt: null } as PollResult,
		/** Called while the trigger is read, or a prompt is submitted or cancelled. */
		meanwhile: async () => {},
		/** Contexts of the agents that are there. */
		agents: {} as Record<string, Held>,
	};
	const agents = {
		async submitPrompt(...call: unknown[]) {
			submitted.push(call);
			await desk.meanwhile();
			return { id: 'pmt_new', repeated: false };
		},
		async cancelPrompt(...call: unknown[]) {
			cancelled.push(call);
			await desk.meanwhile();
		},
	};
	const effects = createRunnerEffects({
		...{ clock, reads },
		sources: {
			of: () => ({
				async poll(request) {
					asked.push(request as PollRequest);
					await desk.meanwhile();
					return desk.read;
				},
			}),
		},
		intake: createIntake({ clock, reads, write: system.write }),
		queues: createQueueBroker({ clock, reads, write: system.write }),
		renderer: createPromptRenderer({ clock, reads }),
		agents: () => agents as never,
		contextOf: (agentId) => {
			const held = desk.agents[agentId];
			return held && ({ queue: [], turn: null, resumable: null, requests: [], ...held } as unknown as AgentContext);
		},
	});
	const context = { signal: stop.signal } as EffectContext;
	const workflowId = await world.create({ template: 'say {{ item.body }}' });
	const followed = { workflowId, revision: 1 };

	return Object.assign(desk, {
		...{ world, workflowId, submitted, cancelled, asked, stop },
		poll: (change: object = {}) => effects.poll({ ...followed, cursor: 'b', ...change }, context),
		findDue: (change: object = {}) => effects.findDue({ ...followed, ...change }),
		submit: (dispatchId: string, change: object = {}) =>
			effects.submit({ ...followed, agentId: 'agt_1', dispatchId, attempt: 1, ...change }, context),
		checkPrompt: (change: Partial<CurrentPrompt> = {}) => effects.checkPrompt({ ...current(), ...change }),
		withdrawPrompt: () => effects.withdrawPrompt(current()),
		async handIn(sourceId = 'one') {
			const { dispatchId } = await world.service.trigger(workflowId, { sourceId, title: sourceId, body: 'hello' }, by);
			return dispatchId;
		},
		async addPrompt(change: object = {}) {
			const row = { id: 'pmt_1', agent_id: 'agt_1', status: 'queued', text: 'hello', repeatable: false, created_at: 1 };
			await system.write({ records: [{ op: 'insert', table: 'prompts', row: { ...row, ...change } }] });
		},
		edit: (change: object = {}) => world.service.replace(workflowId, { ...rule, template: 'edited', ...change }, by),
	});

	function current(): CurrentPrompt {
		return { workflowId, promptId: 'pmt_1', token: 'dsp_1/1' };
	}
}

type Desk = Awaited<ReturnType<typeof openDesk>>;

const changes: ReadonlyArray<readonly [string, (desk: Desk) => Promise<unknown>]> = [
	['edited', (desk) => desk.edit()],
	['disabled', ({ world, workflowId }) => world.service.setEnabled(workflowId, false, by)],
	['removed', ({ world, workflowId }) => world.service.remove(workflowId, by)],
	['agentEnded', ({ world }) => world.update('agents', 'agt_1', { tags: '["terminal"]' })],
];

const item = (sourceId: string) => createWorkItem({ sourceId, title: sourceId, at: 1, metadata: {} });
const error = (code: ConstructorParameters<typeof StatecraftError>[0]) => async () => {
	throw new StatecraftError(code, 'no');
};

describe('reading a trigger', () => {
	test('stores what it yields, once, and answers how far it came', async () => {
		const desk = await openDesk();
		const now = desk.world.clock.now();
		desk.read = { items: [item('one'), item('two')], cursor: 'c', nextPollAt: now + 5 };
		const polled = { type: 'POLLED', cursor: 'c', nextPollAt: now + 5, exhausted: false };
		expect(await desk.poll()).toEqual(polled);
		expect(await desk.poll()).toEqual(polled);
		const { items } = await desk.world.reads.dispatches({}, { limit: 9, offset: 0 });
		expect(items.map(({ sourceId }) => sourceId).sort()).toEqual(['one', 'two']);
		expect(desk.asked[0]).toMatchObject({
			workflowId: desk.workflowId,
			agentId: 'agt_1',
			cursor: 'b',
			now,
			since: now,
		});
		expect(desk.asked[0]?.signal).toBe(desk.stop.signal);
	});

	test('is done again when the source says, or when nudged', async () => {
		const desk = await openDesk();
		for (const nextPollAt of [null, desk.world.clock.now() + 86_400_000]) {
			desk.read = { items: [], cursor: 1, nextPollAt, exhausted: true };
			expect(await desk.poll()).toMatchObject({ nextPollAt, exhausted: true });
		}
	});

	test('that fails is told, with the time it asks for', async () => {
		const desk = await openDesk();
		desk.meanwhile = async () => {
			throw new PollError('rate_limited', 'wait', 77);
		};
		expect(await desk.poll()).toMatchObject({ type: 'POLL_FAILED', retryAt: 77, failure: { code: 'rate_limited' } });
		desk.meanwhile = async () => {
			throw new TypeError('bug');
		};
		const failure = { code: 'trigger_failed', message: 'bug', retryable: true };
		expect(await desk.poll()).toEqual({ type: 'POLL_FAILED', retryAt: null, failure });
	});

	test('that a stop cuts short is left for the next start', async () => {
		const desk = await openDesk();
		desk.meanwhile = async () => {
			desk.stop.abort();
			throw new Error('aborted');
		};
		await expect(desk.poll()).rejects.toThrow('aborted');
	});

	test.each(changes)(
		'of a workflow that is %s ends the runner, before and meanwhile, and stores nothing',
		async (reason, change) => {
			const desk = await openDesk();
			desk.read = { items: [item('one')], cursor: 1, nextPollAt: null };
			desk.meanwhile = () => change(desk) as Promise<void>;
			expect(await desk.poll()).toEqual({ type: 'END', reason });
			expect(await desk.poll()).toEqual({ type: 'END', reason });
			expect(desk.asked).toHaveLength(1);
			expect((await desk.world.reads.dispatches({}, { limit: 9, offset: 0 })).total).toBe(0);
		},
	);
});

describe('looking for what is due', () => {
	test('takes what a lost runner had taken, in the same attempt; then what is due, in its next', async () => {
		const desk = await openDesk();
		const left = await desk.handIn('left');
		const due = await desk.handIn('due');
		await desk.world.update('dispatches', left, { status: 'dispatched', next_attempt_at: null, attempts: 2 });
		const dispatch = { maxAttempts: 3, queueItemId: null };
		expect(await desk.findDue()).toEqual({
			type: 'TAKEN',
			dispatch: { ...dispatch, id: left, sourceId: 'left', attempt: 2 },
		});
		await desk.world.update('dispatches', left, { status: 'completed' });
		expect(await desk.findDue()).toEqual({
			type: 'TAKEN',
			dispatch: { ...dispatch, id: due, sourceId: 'due', attempt: 1 },
		});
	});

	test('tells when the next is due; null for none', async () => {
		const desk = await openDesk();
		expect(await desk.findDue()).toEqual({ type: 'NOTHING_DUE', nextDueAt: null });
		const later = desk.world.clock.now() + 1;
		await desk.world.update('dispatches', await desk.handIn(), { next_attempt_at: later });
		expect(await desk.findDue()).toEqual({ type: 'NOTHING_DUE', nextDueAt: later });
		desk.world.clock.advance(1);
		expect(await desk.findDue()).toMatchObject({ type: 'TAKEN' });
	});

	test.each(changes)('for a workflow that is %s ends the runner', async (reason, change) => {
		const desk = await openDesk();
		await change(desk);
		expect(await desk.findDue()).toEqual({ type: 'END', reason });
	});
});

describe('making a prompt of a dispatch', () => {
	test('renders it, under the key of the attempt, to be answered to the runner', async () => {
		const desk = await openDesk();
		const id = await desk.handIn();
		const token = `${id}/1`;
		expect(await desk.submit(id)).toEqual({ type: 'SUBMITTED', token, promptId: 'pmt_new' });
		const replyTo = { address: `orchestrator:main/${desk.workflowId}`, token };
		expect(desk.submitted).toEqual([
			['agt_1', { text: 'say hello', idempotencyKey: token, replyTo }, { by: `workflow ${desk.workflowId}` }],
		]);
	});

	test.each(changes)('is left when the workflow is %s meanwhile', async (_reason, change) => {
		const desk = await openDesk();
		const id = await desk.handIn();
		await change(desk);
		const refused = { type: 'SUBMIT_REFUSED', token: `${id}/1`, failure: { code: 'superseded' } };
		expect(await desk.submit(id)).toMatchObject(refused);
		expect(desk.submitted).toEqual([]);
	});

	test.each(changes)(
		'finds the one that was made before a crash, though the workflow is %s since',
		async (_reason, change) => {
			const desk = await openDesk();
			const id = await desk.handIn();
			await desk.addPrompt({ idempotency_key: `${id}/1` });
			await change(desk);
			expect(await desk.submit(id)).toEqual({ type: 'SUBMITTED', token: `${id}/1`, promptId: 'pmt_1' });
			expect(desk.submitted).toEqual([]);
		},
	);

	test('finds it with the agent that the workflow prompted before: by its runner, or by the dispatch', async () => {
		const desk = await openDesk();
		const id = await desk.handIn();
		await desk.world.addAgent('agt_2');
		await desk.addPrompt({ idempotency_key: `${id}/1` });
		await desk.edit({ agent: 'agt_2' });
		const found = { type: 'SUBMITTED', token: `${id}/1`, promptId: 'pmt_1' };
		expect(await desk.submit(id)).toEqual(found);
		await desk.world.update('dispatches', id, { prompt_id: 'pmt_1' });
		expect(await desk.submit(id, { agentId: 'agt_2', revision: 2 })).toEqual(found);
		expect(await desk.submit(id, { agentId: 'agt_2', revision: 2, attempt: 2 })).toMatchObject({ promptId: 'pmt_new' });
	});

	test('of a queue item that another workflow has is skipped', async () => {
		const desk = await openDesk();
		const id = await desk.handIn();
		const { id: itemId } = await desk.world.service.enqueue('work', {}, by);
		await desk.world.update('dispatches', id, { queue_item_id: itemId });
		await desk.world.update('queue_items', itemId, { status: 'claimed', dispatch_id: 'dsp_other' });
		const skipped = { type: 'SKIPPED', token: `${id}/1`, failure: { code: 'superseded', retryable: false } };
		expect(await desk.submit(id)).toMatchObject(skipped);
		await desk.world.update('queue_items', itemId, { dispatch_id: id });
		expect(await desk.submit(id)).toMatchObject({ type: 'SUBMITTED' });
		expect(desk.submitted).toHaveLength(1);
	});

	test.each([
		['prompt_blank', 'SKIPPED'],
		['template_invalid', 'SUBMIT_FAILED'],
		['prompt_too_large', 'SUBMIT_FAILED'],
		['agent_not_running', 'SUBMIT_REFUSED'],
		['queue_full', 'SUBMIT_REFUSED'],
		['store_unavailable', 'SUBMIT_REFUSED'],
		['actor_quarantined', 'SUBMIT_REFUSED'],
	] as const)('that fails with %s is %s', async (code, type) => {
		const desk = await openDesk();
		const id = await desk.handIn();
		desk.meanwhile = error(code);
		expect(await desk.submit(id)).toMatchObject({ type, token: `${id}/1`, failure: { code } });
	});

	test('whose template does not fit the item says where', async () => {
		const desk = await openDesk();
		const id = await desk.handIn();
		await desk.edit({ template: 'one\n{{ item.metadata.who }}' });
		const failed = await desk.submit(id, { revision: 2 });
		expect(failed).toMatchObject({ type: 'SUBMIT_FAILED', failure: { detail: { issues: [{ path: 'template:2' }] } } });
	});

	test('that a stop cuts short is left for the next start', async () => {
		const desk = await openDesk();
		const id = await desk.handIn();
		desk.meanwhile = async () => {
			desk.stop.abort();
			await error('shutting_down')();
		};
		await expect(desk.submit(id)).rejects.toMatchObject({ code: 'shutting_down' });
	});
});

const lost = (message: string): RunnerCommandEvent => ({
	...{ type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: 'dsp_1/1', outcome: 'interrupted', by: null },
	failure: { code: 'interrupted', message, retryable: true },
});

describe('asking after a prompt', () => {
	const prompt = { id: 'pmt_1', repeatable: false };

	test.each<readonly [string, Held]>([
		['waits in line', { queue: [{ id: 'pmt_0', repeatable: false }, prompt] }],
		['runs', { turn: prompt as never }],
		['is to be taken up again', { resumable: prompt as never }],
		['somebody is asked about', { requests: [{ origin: 'interruption', promptId: 'pmt_1' } as never] }],
	])('that %s tells nothing', async (_what, held) => {
		const desk = await openDesk();
		await desk.addPrompt({ status: 'interrupted' });
		desk.agents.agt_1 = held;
		expect(await desk.checkPrompt()).toBeUndefined();
	});

	test('that some other question is about does', async () => {
		const desk = await openDesk();
		await desk.addPrompt({ status: 'finished' });
		desk.agents.agt_1 = { requests: [{ origin: 'agent', promptId: 'pmt_1' } as never] };
		expect(await desk.checkPrompt()).toMatchObject({ outcome: 'finished' });
	});

	test('of an agent that is set aside tells nothing', async () => {
		const desk = await openDesk();
		await desk.addPrompt();
		expect(await desk.checkPrompt()).toBeUndefined();
	});

	test.each(['finished', 'failed', 'cancelled', 'interrupted'])('that is %s tells so', async (status) => {
		const desk = await openDesk();
		const failure = { code: 'turn_failed', message: 'no', retryable: true };
		await desk.addPrompt({ status, error: JSON.stringify(failure) });
		desk.agents.agt_1 = {};
		expect(await desk.checkPrompt()).toEqual({
			...{ type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: 'dsp_1/1', outcome: status, failure, by: null },
		});
	});

	test.each(['queued', 'running'])('that is %s, and nobody knows of it, is interrupted', async (status) => {
		const desk = await openDesk();
		await desk.addPrompt({ status });
		desk.agents.agt_1 = {};
		expect(await desk.checkPrompt()).toEqual(lost('The agent was begun afresh and knows nothing of the prompt.'));
	});

	test('that is gone is interrupted', async () => {
		const desk = await openDesk();
		expect(await desk.checkPrompt()).toEqual(lost('The prompt is gone.'));
	});

	test('asks the agent that has it, whomever the workflow prompts now', async () => {
		const desk = await openDesk();
		await desk.world.addAgent('agt_2');
		await desk.addPrompt({ agent_id: 'agt_2', status: 'running' });
		desk.agents = { agt_1: {}, agt_2: { turn: prompt as never } };
		expect(await desk.checkPrompt()).toBeUndefined();
	});
});

describe('taking a prompt back', () => {
	const queued = { queue: [{ id: 'pmt_1', repeatable: false }] };

	test('cancels it while it waits in line, in the name of the workflow', async () => {
		const desk = await openDesk();
		await desk.addPrompt();
		desk.agents.agt_1 = queued;
		expect(await desk.withdrawPrompt()).toBeUndefined();
		expect(desk.cancelled).toEqual([['pmt_1', { by: `workflow ${desk.workflowId}`, onlyQueued: true }]]);
	});

	test('leaves one whose turn has begun, and asks after it', async () => {
		const desk = await openDesk();
		await desk.addPrompt({ status: 'finished' });
		desk.agents.agt_1 = {};
		expect(await desk.withdrawPrompt()).toMatchObject({ outcome: 'finished' });
		expect(desk.cancelled).toEqual([]);
	});

	test('of one that is gone says so', async () => {
		const desk = await openDesk();
		expect(await desk.withdrawPrompt()).toEqual(lost('The prompt is gone.'));
	});

	test.each(['prompt_settled', 'prompt_not_found', 'actor_quarantined'] as const)(
		'is done with when it ends in %s',
		async (code) => {
			const desk = await openDesk();
			await desk.addPrompt();
			desk.agents.agt_1 = queued;
			desk.meanwhile = error(code);
			expect(await desk.withdrawPrompt()).toBeUndefined();
		},
	);

	test('is tried again when the store is away', async () => {
		const desk = await openDesk();
		await desk.addPrompt();
		desk.agents.agt_1 = queued;
		desk.meanwhile = error('store_unavailable');
		await expect(desk.withdrawPrompt()).rejects.toMatchObject({ code: 'store_unavailable' });
	});
});
