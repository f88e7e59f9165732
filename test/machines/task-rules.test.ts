/** Rules of the task that take more than one step, by example. */

import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { maxTaskRounds, type TaskCommandEvent, taskPromptKey } from '../../machines/task-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createFailure } from '../../src/errors.ts';
import { contextOfTask, createTaskInput, gateResult, type TaskStep, taskSteps } from './task-steps.ts';

interface Life {
	/** Takes events one after the other, a second apart; answers the last step. */
	take(...events: readonly (TaskCommandEvent | ((current: AnyMachineSnapshot) => TaskCommandEvent))[]): TaskStep;
	readonly state: string;
	readonly context: ReturnType<typeof contextOfTask>;
}

function begin(input: Parameters<typeof createTaskInput>[0] = {}): Life {
	let step = taskSteps.create(createTaskInput(input), 0);
	let at = 0;
	return {
		take(...events) {
			for (const event of events) {
				at += 1_000;
				step = taskSteps.take(step.after, typeof event === 'function' ? event(step.after) : event, at);
				expect([step.accepted, step.event.type]).toEqual([true, step.event.type]);
			}
			return step;
		},
		get state() {
			return formatState(step.after.value);
		},
		get context() {
			return contextOfTask(step.after);
		},
	};
}

const keyOf = (snapshot: AnyMachineSnapshot) => taskPromptKey('tsk_1', contextOfTask(snapshot).prompts);
const prompted = (snapshot: AnyMachineSnapshot): TaskCommandEvent => {
	return { type: 'PROMPTED', token: keyOf(snapshot), promptId: 'pmt_1' };
};
const refused =
	(code: 'agent_not_running' | 'agent_not_found') =>
	(snapshot: AnyMachineSnapshot): TaskCommandEvent => {
		return { type: 'PROMPT_REFUSED', token: keyOf(snapshot), failure: createFailure(code, 'No.') };
	};
const settled =
	(outcome: 'finished' | 'failed' | 'cancelled' | 'interrupted') =>
	(snapshot: AnyMachineSnapshot): TaskCommandEvent => {
		return { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: keyOf(snapshot), outcome, failure: null, by: null };
	};
const jobOf = (snapshot: AnyMachineSnapshot) => contextOfTask(snapshot).job;
const rebased = (snapshot: AnyMachineSnapshot): TaskCommandEvent => {
	return { type: 'REBASED', job: jobOf(snapshot), changed: true, commit: 'fee1' };
};
const checked =
	(passed: boolean) =>
	(snapshot: AnyMachineSnapshot): TaskCommandEvent => {
		return { type: 'CHECKED', job: jobOf(snapshot), results: [gateResult(passed)] };
	};
const backoffElapsed = (snapshot: AnyMachineSnapshot): TaskCommandEvent => {
	return { type: `xstate.after.backoff.task.${formatState(snapshot.value)}` } as unknown as TaskCommandEvent;
};
const finish = [prompted, settled('finished'), rebased] as const;

describe('[TA15] a prompt', () => {
	test('that is cut short is given again twice, then the task has failed', () => {
		const life = begin();
		life.take({ type: 'BEGIN' }, prompted, settled('interrupted'));
		expect(life.state).toBe('working.backingOff');
		life.take(backoffElapsed, prompted, settled('interrupted'), { type: 'NUDGE' });
		expect([life.state, life.context.instruction, life.context.prompts]).toEqual([
			'working.prompting',
			{ kind: 'begin', attempt: 3 },
			3,
		]);
		life.take(prompted, settled('failed'));
		expect([life.state, life.context.error?.code]).toEqual(['failed.resting', 'turn_failed']);
	});

	test('that no agent takes is no attempt, however often, and waits longer each time', () => {
		const life = begin();
		life.take({ type: 'BEGIN' });
		const pauses = Array.from({ length: 12 }, () => {
			const { event } = life.take(refused('agent_not_running'));
			const pause = life.context.retryAt - event.at;
			life.take(backoffElapsed);
			return pause;
		});
		expect([life.context.instruction.attempt, life.context.refusals]).toEqual([1, 12]);
		expect(pauses[0]).toBeLessThan(2_500);
		expect(pauses.at(-1)).toBeGreaterThan(45_000);
		expect(Math.max(...pauses)).toBeLessThan(75_000);
		life.take(prompted);
		expect([life.context.refusals, life.context.error]).toEqual([0, null]);
	});

	test('to an agent that is gone fails the task', () => {
		const life = begin();
		life.take({ type: 'BEGIN' }, refused('agent_not_found'));
		expect([life.state, life.context.error?.code]).toEqual(['failed.resting', 'agent_not_found']);
		// Somebody else can have it.
		life.take({ type: 'RETRY' }, { type: 'ASSIGN', agentId: 'agt_2' }, { type: 'BEGIN' });
		expect([life.state, life.context.instruction.kind]).toEqual(['working.prompting', 'takeOver']);
	});
});

describe('[TA19] rounds', () => {
	test('are counted over gates and conflicts, and begin anew when a person has looked', () => {
		const life = begin();
		life.take({ type: 'BEGIN' });
		for (let round = 1; round < maxTaskRounds; round++) life.take(...finish, checked(false));
		life.take(prompted, settled('finished'), (now) => ({ type: 'CONFLICTED', job: jobOf(now), files: ['a.txt'] }));
		expect([life.state, life.context.rounds]).toEqual(['conflicted.prompting', maxTaskRounds]);
		life.take(...finish, checked(true));
		expect(life.state).toBe('in_review');
		life.take({ type: 'REQUEST_CHANGES', comment: 'More.' });
		expect([life.state, life.context.rounds, life.context.instruction.kind]).toEqual([
			'working.prompting',
			0,
			'changes',
		]);
		for (let round = 0; round < maxTaskRounds; round++) life.take(...finish, checked(false));
		life.take(...finish, checked(false));
		expect([life.state, life.context.error]).toMatchObject(['failed.resting', { code: 'gate_failed' }]);
	});
});

describe('[TA24] while it is being merged', () => {
	test('it can be neither failed nor cancelled, and afterwards neither', () => {
		const life = begin({ gated: false });
		const last = life.take(
			{ type: 'BEGIN' },
			...finish,
			checked(true),
			{ type: 'APPROVE' },
			{ type: 'MERGE' },
			rebased,
		);
		expect(life.state).toBe('approved.merging');
		const failure = createFailure('task_failed', 'Too late.');
		const isRefused = (after: AnyMachineSnapshot, type: 'FAIL' | 'CANCEL') =>
			!taskSteps.take(after, { type, failure }, 9_000).accepted;
		expect([isRefused(last.after, 'FAIL'), isRefused(last.after, 'CANCEL')]).toEqual([true, true]);
		const { after } = life.take((now) => ({ type: 'MERGED', job: jobOf(now), commit: 'c0ffee' }));
		expect([isRefused(after, 'FAIL'), isRefused(after, 'CANCEL')]).toEqual([true, true]);
	});
});

describe('[TA7] an agent that is replaced', () => {
	test('while its prompt is handed over has it taken back as soon as that is known', () => {
		const life = begin();
		const asked = life.take({ type: 'BEGIN' }, { type: 'ASSIGN', agentId: 'agt_2' });
		expect([life.state, asked.actions.map(({ type }) => type).filter((type) => type === 'submitPrompt')]).toEqual([
			'working.withdrawing',
			[],
		]);
		const known = life.take(prompted);
		expect(known.actions.find(({ type }) => type === 'withdrawPrompt')?.params).toMatchObject({ promptId: 'pmt_1' });
		const next = life.take(settled('cancelled'));
		expect(next.actions.find(({ type }) => type === 'submitPrompt')?.params).toMatchObject({
			...{ agentId: 'agt_2', number: 2, kind: 'takeOver' },
		});
	});
});
