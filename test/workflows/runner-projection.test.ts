/** What each step of a runner's life writes, row by row, and tells. */

import { describe, expect, test } from 'vitest';
import type { PromptSettled } from '../../machines/prompt-settlement.ts';
import { type RunnerCommandEvent, runnerName } from '../../machines/workflow-runner-model.ts';
import { createFailure } from '../../src/errors.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import { createRunnerInput, runnerSteps } from '../machines/workflow-runner-steps.ts';

const taken = (change: object = {}): RunnerCommandEvent => ({
	type: 'TAKEN',
	dispatch: { id: 'dsp_1', sourceId: 'one', attempt: 1, maxAttempts: 2, queueItemId: null, ...change },
});
const submitted: RunnerCommandEvent = { type: 'SUBMITTED', token: 'dsp_1/1', promptId: 'pmt_1' };
const settled = (outcome: PromptSettled['outcome'], change: Partial<PromptSettled> = {}): RunnerCommandEvent => ({
	...{ type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: 'dsp_1/1', failure: null, by: null },
	outcome,
	...change,
});
const quiet: RunnerCommandEvent = { type: 'NOTHING_DUE', nextDueAt: null };
const polled = (nextPollAt: number | null, cursor: unknown = 'c'): RunnerCommandEvent => ({
	...{ type: 'POLLED', exhausted: false },
	...{ cursor, nextPollAt },
});
const end: RunnerCommandEvent = { type: 'END', reason: 'disabled' };
const passing = createFailure('turn_failed', 'no');
const passed = { ...passing, retryable: true };

/** What the last of the events writes; each comes a second after the one before, the first at 1,000. */
function writes(...events: readonly RunnerCommandEvent[]) {
	let step = runnerSteps.create(createRunnerInput(), 0);
	for (const [index, event] of events.entries()) step = runnerSteps.take(step.after, event, (index + 1) * 1_000);
	const { records, events: told } = runnerSteps.project(step, runnerAddress('wfl_1'));
	const rowOf = (table: string): Readonly<Record<string, unknown>> | undefined => {
		const record = records.find((one) => one.table === table);
		return record?.op === 'update' ? { id: record.id, ...record.set } : undefined;
	};
	return {
		...{ workflow: rowOf('workflows'), dispatch: rowOf('dispatches'), item: rowOf('queue_items') },
		told: told.map(({ topic, agentId, at, data }) => ({ topic, agentId, at, ...JSON.parse(data) })),
	};
}

const named = { dispatchId: 'dsp_1', workflowId: 'wfl_1', sourceId: 'one' };

describe('the row of the workflow', () => {
	test('is written when the runner begins: what it does, and its cursor with the trigger it is of', () => {
		const { workflow, told } = writes();
		expect(workflow).toEqual({
			...{ id: 'wfl_1', runner_state: 'waiting', runner_next_at: null, runner_error: null },
			cursor: '{"of":"key","value":null}',
		});
		expect(told).toEqual([
			{
				topic: 'workflow.runner.changed',
				agentId: 'agt_1',
				at: 0,
				workflowId: 'wfl_1',
				state: 'waiting',
				reason: null,
				error: null,
			},
		]);
	});

	test('has the cursor when it moves, and is told of when it looks again', () => {
		const { workflow, told } = writes(quiet, polled(90_000));
		expect(workflow?.cursor).toBe('{"of":"key","value":"c"}');
		expect(told).toMatchObject([{ topic: 'workflow.runner.updated', workflowId: 'wfl_1', dispatchId: null }]);
		expect(writes(quiet, polled(90_000), quiet).workflow).not.toHaveProperty('cursor');
	});

	test('says when there is something to do next: the earlier of reading and dispatching', () => {
		const nextAt = (nextPollAt: number | null, nextDueAt: number | null) =>
			writes(quiet, polled(nextPollAt), { type: 'NOTHING_DUE', nextDueAt }).workflow?.runner_next_at;
		expect([nextAt(90_000, null), nextAt(90_000, 80_000), nextAt(90_000, 95_000)]).toEqual([90_000, 80_000, 90_000]);
		expect([nextAt(null, 80_000), nextAt(null, null)]).toEqual([80_000, null]);
	});

	test('says that it dispatches', () => {
		const { workflow, told } = writes(taken());
		expect(workflow).toMatchObject({ runner_state: 'dispatching', runner_next_at: null });
		expect(told[0]).toMatchObject({ topic: 'workflow.runner.changed', state: 'dispatching' });
	});

	test('says what it backs off from, and until when', () => {
		const refused = writes(taken(), { type: 'SUBMIT_REFUSED', token: 'dsp_1/1', failure: passing });
		expect(refused.workflow).toMatchObject({ runner_state: 'backingOff', runner_error: JSON.stringify(passing) });
		expect(refused.workflow?.runner_next_at).toBeGreaterThan(2_000);
		expect(refused.told[0]).toMatchObject({ state: 'backingOff', error: passing });
	});

	test('says that it has no runner any more, and why', () => {
		const { workflow, told } = writes(end);
		expect(workflow).toMatchObject({ runner_state: null, runner_next_at: null });
		expect(told).toMatchObject([{ topic: 'workflow.runner.changed', state: null, reason: 'disabled' }]);
	});
});

describe('the row of the dispatch', () => {
	test('is taken up: no longer due, nor finished', () => {
		const { dispatch, told } = writes(taken({ attempt: 2 }));
		expect(dispatch).toEqual({
			...{
				id: 'dsp_1',
				status: 'dispatched',
				attempts: 2,
				next_attempt_at: null,
				finished_at: null,
				updated_at: 1_000,
			},
		});
		expect(told[1]).toEqual({ topic: 'dispatch.dispatched', agentId: 'agt_1', at: 1_000, ...named, attempt: 2 });
	});

	test('has its prompt, once that is known', () => {
		expect(writes(taken(), submitted).dispatch).toEqual({ id: 'dsp_1', prompt_id: 'pmt_1', updated_at: 2_000 });
		expect(writes(taken(), submitted, { type: 'NUDGE' }).dispatch).toBeUndefined();
	});

	test('is completed, though the prompt ended before it was known', () => {
		const { dispatch, told } = writes(taken(), settled('finished'));
		expect(dispatch).toEqual({
			...{ id: 'dsp_1', status: 'completed', attempts: 1, max_attempts: 2, next_attempt_at: null, error: null },
			...{ finished_at: 2_000, prompt_id: 'pmt_1', updated_at: 2_000 },
		});
		expect(told).toMatchObject([{ state: 'waiting' }, { topic: 'dispatch.completed', ...named, promptId: 'pmt_1' }]);
	});

	test('failed with attempts left is due again after the pause; without, it is left', () => {
		const again = writes(taken(), submitted, settled('failed', { failure: passed }));
		expect(again.dispatch).toMatchObject({ status: 'failed', error: JSON.stringify(passed), finished_at: 3_000 });
		expect(again.dispatch?.next_attempt_at).toBeGreaterThan(3_000);
		const left = writes(taken({ maxAttempts: 1 }), submitted, settled('failed', { failure: passed }));
		expect(left.dispatch).toMatchObject({ status: 'failed', next_attempt_at: null });
		expect(left.told.at(-1)).toMatchObject({ topic: 'dispatch.failed', ...named, error: passed, nextAttemptAt: null });
	});

	test('failed without a word of why still says so', () => {
		const error = { code: 'turn_failed', message: 'The agent gave no reason.', retryable: true };
		expect(writes(taken(), submitted, settled('failed')).told.at(-1)).toMatchObject({
			topic: 'dispatch.failed',
			error,
		});
	});

	test('is interrupted, or skipped', () => {
		const cut = writes(taken(), submitted, settled('interrupted'));
		expect(cut.dispatch).toMatchObject({ status: 'interrupted', error: null });
		expect(cut.told.at(-1)).toMatchObject({ topic: 'dispatch.interrupted', ...named, error: null });
		const skipped = writes(taken(), { type: 'SKIPPED', token: 'dsp_1/1', failure: passing });
		expect(skipped.dispatch).toMatchObject({ status: 'skipped', next_attempt_at: null, finished_at: 2_000 });
		expect(skipped.dispatch).not.toHaveProperty('prompt_id');
		expect(skipped.told.at(-1)).toMatchObject({ topic: 'dispatch.skipped', ...named, error: passing });
	});

	test('taken back is due at once, has not finished, and loses no attempt', () => {
		const back = writes(taken(), submitted, end, settled('cancelled', { by: runnerName('wfl_1') }));
		expect(back.dispatch).toMatchObject({
			...{ status: 'pending', attempts: 1, max_attempts: 3, next_attempt_at: 4_000, finished_at: null, error: null },
		});
		expect(back.told.at(-1)).toMatchObject({ topic: 'dispatch.released', ...named, nextAttemptAt: 4_000 });
	});
});

describe('the row of the queue item', () => {
	const queued = taken({ maxAttempts: 1, queueItemId: 'qit_1' });

	test('is done or dead with its dispatch', () => {
		const done = { id: 'qit_1', status: 'done', visible_at: null, updated_at: 2_000 };
		expect(writes(queued, settled('finished')).item).toEqual(done);
		expect(writes(queued, settled('failed')).item).toEqual({ ...done, status: 'dead' });
	});

	test('stays while its dispatch goes on, and where there is none', () => {
		expect(writes(taken({ queueItemId: 'qit_1' }), settled('failed')).item).toBeUndefined();
		expect(writes(taken(), settled('finished')).item).toBeUndefined();
	});
});
