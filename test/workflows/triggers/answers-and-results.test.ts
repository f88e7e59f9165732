import { describe, expect, test } from 'vitest';
import type { ColumnValue } from '../../../src/durable/store.ts';
import { createDispatchResultSource } from '../../../src/workflows/triggers/dispatch-result.ts';
import { createRequestAnsweredSource } from '../../../src/workflows/triggers/request-answered.ts';
import { at, promptInsert, requestInsert } from '../../store/units.ts';
import { type EventWorld, openEventWorld } from './event-world.ts';
import { sourceIds, startPolling } from './polling.ts';

const now = at + 5_000;
const failure = { code: 'turn_failed', message: 'The turn failed.', retryable: true };

function insert(table: string, row: Readonly<Record<string, ColumnValue>>) {
	return { op: 'insert', table, row } as const;
}

function workflowRow(id: string, name: string) {
	const times = { created_at: at, updated_at: at };
	const config = { trigger: '{"type":"manual"}', template: 'do', retry: '{}', revision: 1, enabled: true };
	return insert('workflows', { id, name, agent_id: 'agt_own', ...config, ...times });
}

const item = {
	sourceId: 'issue:7',
	title: 'Fix login',
	body: null,
	url: 'https://example.org/7',
	labels: ['bug'],
	metadata: {},
};

function dispatchRow(id: string, workflowId: string) {
	return insert('dispatches', {
		id,
		workflow_id: workflowId,
		source_id: 'issue:7',
		live_key: id,
		title: 'Fix login',
		item: JSON.stringify(item),
		status: 'completed',
		priority: 0,
		attempts: 1,
		max_attempts: 3,
		prompt_id: 'pmt_1',
		created_at: at,
		updated_at: at,
	});
}

describe('the result of a dispatch', () => {
	async function openWorld(): Promise<EventWorld> {
		const world = await openEventWorld();
		await world.write([
			workflowRow('wfl_first', 'triage'),
			workflowRow('wfl_third', 'other'),
			dispatchRow('dsp_1', 'wfl_first'),
			promptInsert('pmt_1', {
				agent_id: 'agt_own',
				status: 'finished',
				result: JSON.stringify({ text: 'Done.', stopReason: 'end_turn', usage: null }),
			}),
		]);
		await world.createOwnWorkflow();
		return world;
	}

	const follow = (world: EventWorld, ...status: readonly string[]) =>
		startPolling(createDispatchResultSource(world.reads), { type: 'dispatch_result', workflow: 'wfl_first', status });

	const ofDispatch = { dispatchId: 'dsp_1', workflowId: 'wfl_first', sourceId: 'issue:7' };

	test('carries what the agent said, and what the dispatch was about', async () => {
		const world = await openWorld();
		const seq = await world.tell('dispatch.completed', 'agt_other', { ...ofDispatch, promptId: 'pmt_1' });
		expect((await follow(world, 'completed').poll(now)).items).toMatchObject([
			{
				sourceId: `event:${seq}`,
				title: 'triage completed: Fix login',
				body: 'Done.',
				url: 'https://example.org/7',
				labels: ['bug'],
				metadata: {
					dispatchId: 'dsp_1',
					workflowId: 'wfl_first',
					workflowName: 'triage',
					status: 'completed',
					promptId: 'pmt_1',
					result: 'Done.',
					error: null,
				},
			},
		]);
	});

	test('[WF20] is that of its workflow, and of the kinds that are asked for', async () => {
		const world = await openWorld();
		await world.tell('dispatch.completed', 'agt_own', { ...ofDispatch, promptId: 'pmt_1' });
		await world.tell('dispatch.skipped', 'agt_own', { ...ofDispatch, workflowId: 'wfl_third', error: failure });
		const seq = await world.tell('dispatch.skipped', 'agt_own', { ...ofDispatch, error: failure });
		expect(sourceIds(await follow(world, 'skipped').poll(now))).toEqual([`event:${seq}`]);
	});

	test.each(['failed', 'interrupted'] as const)('%s counts only once it is not tried again', async (status) => {
		const world = await openWorld();
		await world.tell(`dispatch.${status}`, 'agt_own', { ...ofDispatch, error: failure, nextAttemptAt: at + 1 });
		const seq = await world.tell(`dispatch.${status}`, 'agt_own', {
			...ofDispatch,
			error: failure,
			nextAttemptAt: null,
		});
		expect((await follow(world, 'failed', 'interrupted').poll(now)).items).toMatchObject([
			{ sourceId: `event:${seq}`, body: 'The turn failed.', metadata: { status, result: null, error: failure } },
		]);
	});

	test('cannot be read once its workflow is gone', async () => {
		const world = await openWorld();
		await world.write([{ op: 'delete', table: 'workflows', id: 'wfl_first' }]);
		const told = { code: 'trigger_failed', message: expect.stringContaining('wfl_first') };
		await expect(follow(world, 'completed').poll(now)).rejects.toMatchObject(told);
	});

	test('wakes the trigger by its topics, whoever the agent is', async () => {
		expect(follow(await openWorld(), 'completed', 'failed').interests).toEqual([
			{ topic: 'dispatch.completed', agentId: null },
			{ topic: 'dispatch.failed', agentId: null },
		]);
	});
});

describe('the answer to a request', () => {
	async function openWorld(): Promise<EventWorld> {
		const world = await openEventWorld();
		await world.write([
			requestInsert('req_1', { agent_id: 'agt_own', key: '1', title: 'May I deploy to Production?' }),
			requestInsert('req_2', { agent_id: 'agt_own', key: '2', kind: 'question', title: 'Which branch?' }),
			requestInsert('req_3', { agent_id: 'agt_other', key: '3', kind: 'question', title: 'Deploy when?' }),
		]);
		await world.createOwnWorkflow();
		return world;
	}

	async function answer({ tell }: EventWorld): Promise<readonly string[]> {
		const said = { answer: { optionId: 'yes' }, answeredBy: 'eve' };
		const seqs: number[] = [];
		for (const [requestId, agentId] of [
			['req_1', 'agt_own'],
			['req_2', 'agt_own'],
			['req_3', 'agt_other'],
		] as const) {
			seqs.push(await tell('request.answered', agentId, { requestId, ...said }));
		}
		return seqs.map((seq) => `event:${seq}`);
	}

	const listen = (world: EventWorld, config: Record<string, unknown> = {}) =>
		startPolling(createRequestAnsweredSource(world.reads), { type: 'request_answered', ...config });

	test('[WF20] comes with what was asked and who said what', async () => {
		const world = await openWorld();
		const [sourceId] = await answer(world);
		expect((await listen(world).poll(now)).items[0]).toMatchObject({
			sourceId,
			title: 'Answered: May I deploy to Production?',
			metadata: {
				requestId: 'req_1',
				title: 'May I deploy to Production?',
				kind: 'permission',
				answer: { optionId: 'yes' },
				answeredBy: 'eve',
				agentId: 'agt_own',
				at: new Date(at).toISOString(),
			},
		});
	});

	test.each([
		['of its own agent', {}, [0, 1]],
		['of any agent', { agent: '*' }, [0, 1, 2]],
		['of another agent', { agent: 'agt_other' }, [2]],
		['to a question', { kind: 'question' }, [1]],
		['to a title that contains a text, in any case', { agent: '*', contains: 'DEPLOY' }, [0, 2]],
		['to both', { agent: '*', contains: 'deploy', kind: 'question' }, [2]],
	])('counts when it is one %s', async (_, config, which) => {
		const world = await openWorld();
		const answers = await answer(world);
		expect(sourceIds(await listen(world, config).poll(now))).toEqual(which.map((index) => answers[index]));
	});

	test('wakes the trigger', async () => {
		expect(listen(await openWorld()).interests).toEqual([{ topic: 'request.answered', agentId: 'agt_own' }]);
	});
});
