/** Rules of the runner by example: short lives, one second a step. */

import { describe, expect, test } from 'vitest';
import type { PromptSettled } from '../../machines/prompt-settlement.ts';
import {
	type RunnerCommandEvent,
	type RunnerInput,
	runnerName,
	runnerTriggers,
	triggerOfRunner,
} from '../../machines/workflow-runner-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createFailure } from '../../src/errors.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import { contextOfRunner, createRunnerInput, type RunnerStep, runnerSteps } from './workflow-runner-steps.ts';

interface RunnerLife {
	readonly state: string;
	readonly context: ReturnType<typeof contextOfRunner>;
	readonly step: RunnerStep;
	/** When the next event is taken. */
	readonly at: number;
	can(event: RunnerCommandEvent): boolean;
	/** Takes events that it must not refuse, each a second after the one before. */
	take(...events: readonly RunnerCommandEvent[]): RunnerLife;
	/** Lets the pause of a runner that backs off pass. */
	backedOff(): RunnerLife;
	/** Effects that the last step asked for. */
	asked(): readonly string[];
	/** What the last step wrote to the row of the dispatch. */
	dispatchRow(): Readonly<Record<string, unknown>> | undefined;
	/** What it wrote to the row of the workflow. */
	workflowRow(): Readonly<Record<string, unknown>> | undefined;
	topics(): readonly string[];
}

function begin(retry: Partial<RunnerInput['retry']> = {}): RunnerLife {
	return lifeAt(runnerSteps.create(createRunnerInput(retry), 0), 0);
}

function lifeAt(step: RunnerStep, now: number): RunnerLife {
	const at = now + 1_000;
	const written = () => runnerSteps.project(step, runnerAddress('wfl_1'));
	const changeOf = (table: string) => {
		const record = written().records.find((one) => one.table === table);
		return record?.op === 'update' ? record.set : undefined;
	};
	return {
		state: formatState(step.after.value),
		context: contextOfRunner(step.after),
		step,
		at,
		can: (event) => runnerSteps.take(step.after, event, at).accepted,
		take(...events) {
			const [event, ...rest] = events;
			if (!event) return lifeAt(step, now);
			const next = runnerSteps.take(step.after, event, at);
			if (!next.accepted) throw new Error(`${formatState(step.after.value)} refuses ${event.type}`);
			return lifeAt(next, at).take(...rest);
		},
		backedOff: () => lifeAt(step, Math.max(now, contextOfRunner(step.after).retryAt)).take(backoffDue),
		asked: () => step.actions.map(({ type }) => type).filter((type) => !type.startsWith('xstate.')),
		dispatchRow: () => changeOf('dispatches'),
		workflowRow: () => changeOf('workflows'),
		topics: () => written().events.map(({ topic }) => topic),
	};
}

const passing = createFailure('turn_failed', 'It went wrong.');
const lasting = createFailure('template_invalid', 'It will go wrong again.');
const quiet: RunnerCommandEvent = { type: 'NOTHING_DUE', nextDueAt: null };
const end: RunnerCommandEvent = { type: 'END', reason: 'edited' };
const nudge: RunnerCommandEvent = { type: 'NUDGE' };
const readUp = polled({});
const failedPoll = (retryAt: number | null = null): RunnerCommandEvent => {
	return { type: 'POLL_FAILED', failure: passing, retryAt };
};

function polled(choice: { nextPollAt?: number | null; exhausted?: boolean; cursor?: unknown }): RunnerCommandEvent {
	return { type: 'POLLED', cursor: 'c', nextPollAt: 3_600_000, exhausted: false, ...choice };
}

function taken(attempt = 1, queueItemId: string | null = null): RunnerCommandEvent {
	return { type: 'TAKEN', dispatch: { id: 'dsp_1', sourceId: 'issue:1', attempt, maxAttempts: 2, queueItemId } };
}

function submitted(attempt = 1): RunnerCommandEvent {
	return { type: 'SUBMITTED', token: `dsp_1/${attempt}`, promptId: `pmt_${attempt}` };
}

function settled(outcome: PromptSettled['outcome'], choice: Partial<PromptSettled> = {}): RunnerCommandEvent {
	const { token = 'dsp_1/1' } = choice;
	return { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token, outcome, failure: null, by: null, ...choice };
}

function due(timer: string): RunnerCommandEvent {
	return { type: `xstate.after.${timer}` } as unknown as RunnerCommandEvent;
}

const wakeDue = due('wake.workflowRunner.waiting');
const backoffDue = due('backoff.workflowRunner.backingOff');
const checkDue = due('promptCheck.workflowRunner.following');

const waiting = () => begin().take(quiet, readUp, quiet);
const submitting = () => begin().take(taken());
const following = () => submitting().take(submitted());

describe('a cycle', () => {
	test('[WR5] begins with what is left from before, and reads the trigger when that is done', () => {
		const first = begin();
		expect([first.state, first.asked()]).toEqual(['taking', ['findDue']]);
		const reading = first.take(quiet);
		expect([reading.state, reading.asked()]).toEqual(['polling', ['poll']]);
	});

	test('[WR6] takes up one item after another, and rests until the clock says so', () => {
		const resting = waiting();
		expect(resting.state).toBe('waiting');
		const due = begin().take(quiet, readUp, { type: 'NOTHING_DUE', nextDueAt: 60_000 });
		expect([due.state, due.context.nextDueAt]).toEqual(['waiting', 60_000]);
		expect(due.take(wakeDue).asked()).toEqual(['findDue']);
		const second = following().take(settled('finished'), readUp, taken(2));
		expect([second.state, second.asked()]).toEqual(['submitting', ['submit']]);
	});

	test('[WR6] reads on from where it came to', () => {
		const { actions } = begin().take(quiet, polled({ cursor: 7, nextPollAt: 0 }), quiet).step;
		expect(actions).toContainEqual({ type: 'poll', params: { workflowId: 'wfl_1', revision: 1, cursor: 7 } });
	});

	test('[WR7] goes no further while a dispatch is under way', () => {
		for (const busy of [submitting(), following(), following().take(end)]) {
			for (const event of [readUp, failedPoll(), taken(2), quiet, wakeDue, backoffDue])
				expect(busy.can(event)).toBe(false);
		}
	});
});

describe('a nudge', () => {
	test('[WR8] makes one that waits read at once', () => {
		const nudged = waiting().take(nudge);
		expect([nudged.state, nudged.asked(), nudged.context.nudged]).toEqual(['polling', ['poll'], false]);
	});

	test.each([
		['while it reads', () => begin().take(quiet, nudge, readUp, quiet)],
		['while it looks for what is due', () => begin().take(quiet, readUp, nudge, quiet)],
		['while it hands over', () => begin().take(quiet, readUp, taken(), nudge, submitted(), settled('finished'))],
		['while it follows', () => begin().take(quiet, readUp, taken(), submitted(), nudge, settled('finished'))],
		['while it backs off', () => begin().take(quiet, failedPoll(), quiet, nudge).backedOff()],
	])('[WR8] %s is not lost', (_name, live) => {
		const after = live();
		expect([after.state, after.asked(), after.context.nudged]).toEqual(['polling', ['poll'], false]);
	});

	test('[WR8, WR9] does not cut a backoff short', () => {
		const nudged = begin().take(quiet, failedPoll(900_000), quiet, nudge);
		expect([nudged.state, nudged.asked(), nudged.context.retryAt]).toEqual(['backingOff', [], 900_000]);
	});
});

describe('a trigger that cannot be read', () => {
	test('[WR9] is tried again after pauses that double, up to five minutes, and its cursor stays', () => {
		let life = begin().take(quiet, polled({ cursor: 7, nextPollAt: 0 }), quiet);
		const pauses: number[] = [];
		for (let failure = 0; failure < 12; failure++) {
			life = life.take(failedPoll());
			pauses.push(life.context.retryAt - (life.at - 1_000));
			expect([life.context.cursor, life.context.failures]).toEqual([7, failure + 1]);
			// The shortest pauses are over by the time it is known that nothing is due.
			const next = life.take(quiet);
			life = next.state === 'backingOff' ? next.backedOff() : next;
			expect(life.asked()).toEqual(['poll']);
		}
		for (const [index, pause] of pauses.entries()) {
			const middle = Math.min(300_000, 1_000 * 2 ** index);
			expect(pause).toBeGreaterThanOrEqual(0.8 * middle);
			expect(pause).toBeLessThanOrEqual(1.2 * middle);
		}
		const well = life.take(readUp);
		expect([well.context.failures, well.context.lastError]).toEqual([0, null]);
	});

	test('[WR6] that names no time is read every hour all the same, and people are not told of that', () => {
		const rests = begin().take(quiet, polled({ nextPollAt: null }), quiet);
		// It was read a step before the one that brought it to rest.
		expect([rests.state, rests.context.nextPollAt - (rests.at - 2_000)]).toEqual(['waiting', 3_600_000]);
		expect(rests.workflowRow()).toMatchObject({ runner_state: 'waiting', runner_next_at: null });
		const timed = begin().take(quiet, polled({ nextPollAt: 90_000_000_000 }), quiet);
		expect(timed.workflowRow()).toMatchObject({ runner_next_at: 90_000_000_000 });
	});

	test('[WR8, WR9] is tried again though it was only a nudge that made it read', () => {
		const rests = begin().take(quiet, polled({ nextPollAt: 3_600_000 }), quiet);
		const again = rests.take(nudge, failedPoll(), quiet).backedOff();
		expect([again.state, again.asked(), again.context.nudged]).toEqual(['polling', ['poll'], false]);
		expect(again.take(readUp, quiet).state).toBe('waiting');
	});

	test('[WR9] keeps no item waiting that is due, or falls due', () => {
		const next = begin().take(quiet, failedPoll(900_000), taken(), submitted(), settled('finished'));
		expect([next.state, next.asked()]).toEqual(['taking', ['findDue']]);
		const rests = next.take({ type: 'NOTHING_DUE', nextDueAt: 20_000 });
		expect([rests.state, rests.workflowRow()?.runner_next_at]).toEqual(['backingOff', 900_000]);
		expect(rests.take(backoffDue).asked()).toEqual(['findDue']);
	});

	test('[WR9] is not tried before it says it may be', () => {
		expect(begin().take(quiet, failedPoll(5_000_000)).context.retryAt).toBe(5_000_000);
		// One that asks for less than the pause gets the pause.
		expect(begin().take(quiet, failedPoll(2_001)).context.retryAt).toBeGreaterThanOrEqual(2_800);
	});
});

describe('an attempt', () => {
	test('[WR10] that the agent takes no prompt of is none: the item is due at once, and the runner backs off', () => {
		const refused = submitting().take({ type: 'SUBMIT_REFUSED', token: 'dsp_1/1', failure: passing });
		expect([refused.state, refused.context.failures, refused.context.lastError]).toEqual(['backingOff', 1, passing]);
		expect(refused.dispatchRow()).toMatchObject({
			status: 'pending',
			attempts: 0,
			max_attempts: 2,
			next_attempt_at: 2_000,
		});
		expect(refused.topics()).toContain('dispatch.released');
	});

	test('[WR9] that is handed over ends the row of failures', () => {
		const refused = submitting().take({ type: 'SUBMIT_REFUSED', token: 'dsp_1/1', failure: passing });
		expect(refused.backedOff().take(failedPoll()).context.failures).toBe(2);
		expect(refused.backedOff().take(failedPoll(), taken(), submitted()).context.failures).toBe(0);
	});

	test.each([
		['fails', () => following().take(settled('failed', { failure: passing }))],
		['cannot be made a prompt', () => submitting().take({ type: 'SUBMIT_FAILED', token: 'dsp_1/1', failure: passing })],
		['fails, nobody knows why', () => following().take(settled('failed'))],
	])('[WR11] that %s is followed by another one, later', (_name, live) => {
		const { dispatchRow, at } = live();
		const row = dispatchRow();
		expect(row).toMatchObject({ status: 'failed', attempts: 1, max_attempts: 2 });
		const pause = Number(row?.next_attempt_at) - (at - 1_000);
		expect(pause).toBeGreaterThanOrEqual(800);
		expect(pause).toBeLessThanOrEqual(1_200);
	});

	test('[WR11] is waited for twice as long after each that failed', () => {
		const second = begin({ maxAttempts: 9 }).take({
			type: 'TAKEN',
			dispatch: { id: 'dsp_1', sourceId: 'issue:1', attempt: 4, maxAttempts: 9, queueItemId: null },
		});
		const failed = second.take(submitted(4), settled('failed', { token: 'dsp_1/4' }));
		const pause = Number(failed.dispatchRow()?.next_attempt_at) - (failed.at - 1_000);
		expect(pause).toBeGreaterThanOrEqual(6_400);
		expect(pause).toBeLessThanOrEqual(9_600);
	});

	test.each([
		['was the last', 2, settled('failed', { token: 'dsp_1/2', failure: passing })],
		['would fail again', 1, settled('failed', { failure: lasting })],
	])('[WR11] that %s is the end: the item is left, its queue has a dead letter', (_name, attempt, event) => {
		const dead = begin().take(taken(attempt, 'qit_1'), submitted(attempt), event);
		expect(dead.dispatchRow()).toMatchObject({ status: 'failed', attempts: attempt, next_attempt_at: null });
		const { records } = runnerSteps.project(dead.step, runnerAddress('wfl_1'));
		expect(records).toContainEqual(
			expect.objectContaining({ table: 'queue_items', set: expect.objectContaining({ status: 'dead' }) }),
		);
	});

	test('[WR12] that was cut short is followed by another one, or left, as the policy says', () => {
		const cut = (retry: Partial<RunnerInput['retry']>, attempt = 1) =>
			begin(retry).take(taken(attempt), submitted(attempt), settled('interrupted', { token: `dsp_1/${attempt}` }));
		const again = cut({ interrupted: 'retry' });
		expect(again.dispatchRow()).toMatchObject({ status: 'interrupted', attempts: 1 });
		expect(Number(again.dispatchRow()?.next_attempt_at)).toBeGreaterThan(again.at - 1_000);
		expect(cut({ interrupted: 'leave' }).dispatchRow()).toMatchObject({ status: 'interrupted', next_attempt_at: null });
		expect(cut({ interrupted: 'retry' }, 2).dispatchRow()).toMatchObject({ next_attempt_at: null });
	});

	test('[WR13] that somebody cancels, or that is not to be made, is skipped', () => {
		const cancelled = following().take(settled('cancelled', { by: 'operator' }));
		expect(cancelled.dispatchRow()).toMatchObject({ status: 'skipped', attempts: 1, next_attempt_at: null });
		expect(cancelled.dispatchRow()?.error).toContain('operator');
		const skipped = submitting().take({ type: 'SKIPPED', token: 'dsp_1/1', failure: lasting });
		expect(skipped.dispatchRow()).toMatchObject({ status: 'skipped', next_attempt_at: null });
		expect([cancelled.state, skipped.state]).toEqual(['polling', 'polling']);
	});

	test('[WR14] is told of by its own key: of any other, nothing is believed', () => {
		for (const busy of [submitting(), following()]) {
			expect(busy.can(settled('finished', { token: 'dsp_1/2' }))).toBe(false);
			expect(busy.can(settled('finished', { token: 'dsp_0/1' }))).toBe(false);
		}
		expect(submitting().can(submitted(2))).toBe(false);
	});

	test('[WR14] may be settled before its prompt is known to be handed over; that is then no news', () => {
		const early = submitting().take(settled('finished'));
		expect(early.dispatchRow()).toMatchObject({ status: 'completed', attempts: 1, prompt_id: 'pmt_1' });
		expect([early.state, early.can(submitted()), early.can(settled('finished'))]).toEqual(['polling', false, false]);
		const second = early.take(readUp, taken(2));
		expect([second.can(submitted(1)), second.can(settled('failed')), second.can(submitted(2))]).toEqual([
			false,
			false,
			true,
		]);
	});

	test('[WR17] is asked after when it is handed over, and every ten minutes', () => {
		expect(following().asked()).toEqual(['checkPrompt']);
		expect(following().step.actions).toContainEqual(
			expect.objectContaining({ type: 'xstate.raise', params: expect.objectContaining({ delay: 600_000 }) }),
		);
		const later = following().take(checkDue);
		expect([later.state, later.asked()]).toEqual(['following.listening', ['checkPrompt']]);
		expect(following().take(end, checkDue).asked()).toEqual(['checkPrompt', 'withdrawPrompt']);
	});
});

describe('the end', () => {
	test.each([
		['looks for what is due', begin],
		['reads', () => begin().take(quiet)],
		['waits', waiting],
		['backs off', () => begin().take(quiet, failedPoll(), quiet)],
	])('[WR15] comes at once for one that %s', (_name, live) => {
		const ended = live().take(end);
		expect([ended.state, ended.step.after.output]).toEqual([
			'ended',
			{ workflowId: 'wfl_1', revision: 1, reason: 'edited' },
		]);
		for (const late of [readUp, quiet, taken(), nudge, end, wakeDue, backoffDue]) expect(ended.can(late)).toBe(false);
		expect(ended.dispatchRow()).toBeUndefined();
	});

	test('[WR15] while an item is handed over waits until that is known', () => {
		const ending = submitting().take(end);
		expect([ending.state, ending.asked()]).toEqual(['submitting', []]);
		const refused = ending.take({ type: 'SUBMIT_REFUSED', token: 'dsp_1/1', failure: passing });
		expect([refused.state, refused.dispatchRow()]).toMatchObject(['ended', { status: 'pending', attempts: 0 }]);
		const failed = ending.take({ type: 'SUBMIT_FAILED', token: 'dsp_1/1', failure: passing });
		expect([failed.state, failed.dispatchRow()]).toMatchObject(['ended', { status: 'failed', attempts: 1 }]);
		expect(ending.take({ type: 'SKIPPED', token: 'dsp_1/1', failure: lasting }).state).toBe('ended');
		expect(ending.take(settled('finished')).state).toBe('ended');
		const handedOver = ending.take(submitted());
		expect([handedOver.state, handedOver.asked()]).toEqual(['following.ending', ['checkPrompt', 'withdrawPrompt']]);
	});

	test('[WR15] while it follows takes the prompt back, and comes with the word of what became of it', () => {
		const ending = following().take(end);
		expect([ending.state, ending.asked()]).toEqual(['following.ending', ['withdrawPrompt']]);
		expect(ending.step.actions[0]?.params).toEqual({
			...{ workflowId: 'wfl_1', promptId: 'pmt_1', token: 'dsp_1/1' },
		});
		const finished = ending.take(settled('finished'));
		expect([finished.state, finished.dispatchRow()]).toMatchObject(['ended', { status: 'completed' }]);
		expect(ending.take({ type: 'END', reason: 'removed' }, settled('finished')).step.after.output).toMatchObject({
			reason: 'removed',
		});
	});

	test.each([
		['named', runnerName('wfl_1')],
		['unnamed', null],
	])('[WR13] a prompt it has taken back (%s) is released: due at once, and no attempt is lost', (_name, by) => {
		const released = following().take(end, settled('cancelled', { by }));
		// The key is used up: the next attempt has another number, and there is one more of them.
		expect(released.dispatchRow()).toMatchObject({ status: 'pending', attempts: 1, max_attempts: 3, error: null });
		expect(released.dispatchRow()?.next_attempt_at).toBe(released.at - 1_000);
		expect([released.state, released.topics()]).toEqual(['ended', ['workflow.runner.changed', 'dispatch.released']]);
	});

	test('[WR13] a cancellation that nobody is named for is a human one as long as the runner goes on', () => {
		expect(following().take(settled('cancelled')).dispatchRow()).toMatchObject({ status: 'skipped' });
	});

	test('[WR16] comes by itself when the trigger is exhausted and nothing is outstanding', () => {
		const last = begin().take(quiet, polled({ exhausted: true }));
		expect(last.take(quiet).step.after.output).toMatchObject({ reason: 'exhausted' });
		expect(last.take({ type: 'NOTHING_DUE', nextDueAt: 60_000 }).state).toBe('waiting');
		expect(last.take(nudge, quiet).state).toBe('polling');
		const busy = last.take(taken(), submitted(), settled('finished'));
		expect([busy.state, busy.take(quiet).step.after.output]).toMatchObject(['taking', { reason: 'exhausted' }]);
	});
});

describe('time', () => {
	test('[WR18] a timer that falls due with the end, or after it, does nothing', () => {
		expect(waiting().take(end).can(wakeDue)).toBe(false);
		// Due first, it does what it is for, and the end comes all the same.
		expect(waiting().take(wakeDue, end).state).toBe('ended');
		expect(following().take(checkDue, end, settled('finished')).state).toBe('ended');
		expect(begin().take(quiet, failedPoll(), quiet, backoffDue, end).state).toBe('ended');
	});

	test('[WR18] that has passed is no reason to wait', () => {
		const late = begin().take(quiet, readUp, { type: 'NOTHING_DUE', nextDueAt: 10 });
		expect(late.step.actions).toContainEqual(
			expect.objectContaining({ type: 'xstate.raise', params: expect.objectContaining({ delay: 0 }) }),
		);
	});
});

describe('what people see', () => {
	test("[WR19] the workflow's row says what the runner does, when it looks again, and how far it came", () => {
		const rowOf = ({ step }: RunnerLife) => {
			const [record] = runnerSteps.project(step, runnerAddress('wfl_1')).records;
			return record?.op === 'update' ? record.set : undefined;
		};
		expect(rowOf(begin())).toMatchObject({ runner_state: 'waiting', cursor: '{"of":"key","value":null}' });
		expect(rowOf(begin().take(quiet, readUp))).toMatchObject({ cursor: '{"of":"key","value":"c"}' });
		expect(rowOf(waiting())).toEqual({ runner_state: 'waiting', runner_next_at: 3_600_000, runner_error: null });
		expect(rowOf(submitting())).toMatchObject({ runner_state: 'dispatching', runner_next_at: null });
		expect(rowOf(begin().take(quiet, failedPoll(900_000), quiet))).toMatchObject({
			...{ runner_state: 'backingOff', runner_next_at: 900_000, runner_error: JSON.stringify(passing) },
		});
		expect(rowOf(waiting().take(end))).toMatchObject({ runner_state: null, runner_next_at: null });
	});

	test('[WR19] what becomes of a dispatch is told', () => {
		expect(submitting().topics()).toEqual(['workflow.runner.changed', 'dispatch.dispatched']);
		expect(following().dispatchRow()).toMatchObject({ prompt_id: 'pmt_1' });
		const outcomes = ['finished', 'failed', 'interrupted', 'cancelled'] as const;
		const told = outcomes.map((outcome) => following().take(settled(outcome)).topics()[1]);
		expect(told).toEqual(['dispatch.completed', 'dispatch.failed', 'dispatch.interrupted', 'dispatch.skipped']);
	});

	test('[WR20] every event has one trigger, of a closed vocabulary', () => {
		const types = ['xstate.init', 'NUDGE', 'END', 'POLLED', 'POLL_FAILED', 'TAKEN', 'NOTHING_DUE', 'SUBMITTED'];
		const more = ['SUBMIT_REFUSED', 'SUBMIT_FAILED', 'SKIPPED', 'PROMPT_SETTLED'];
		const events = [...types, ...more].map((type) => ({ type }));
		expect([...events, wakeDue, backoffDue, checkDue].map(triggerOfRunner)).toEqual(runnerTriggers);
	});
});
