/** Steps of the runner's machine, the events it may meet, and what holds after each step. */

import assert from 'node:assert/strict';
import { type AnyMachineSnapshot, getNextTransitions } from 'xstate';
import {
	attemptKey,
	currentPrompt,
	type RunnerCommandEvent,
	type RunnerContext,
	type RunnerInput,
	runnerName,
	settle,
} from '../../machines/workflow-runner-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createFailure } from '../../src/errors.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import { inertRunnerDefinition } from '../support/inert-workflow-definitions.ts';
import { createMachineSteps, type MachineStep } from './machine-steps.ts';

export type RunnerStep = MachineStep<RunnerCommandEvent>;

export const runnerSteps = createMachineSteps<RunnerCommandEvent>(inertRunnerDefinition);

export function contextOfRunner(snapshot: AnyMachineSnapshot): RunnerContext {
	return snapshot.context as RunnerContext;
}

export function createRunnerInput(retry: Partial<RunnerInput['retry']> = {}): RunnerInput {
	return {
		workflowId: 'wfl_1',
		agentId: 'agt_1',
		revision: 1,
		triggerKey: 'key',
		cursor: null,
		retry: { maxAttempts: 2, backoffMs: { initial: 1_000, max: 60_000 }, interrupted: 'retry', ...retry },
	};
}

const passing = createFailure('turn_failed', 'It went wrong.');
const lasting = createFailure('template_invalid', 'It will go wrong again.');

/** Every event a runner may meet in a situation: fitting ones, late ones, those of its timers, an unknown one. */
export function runnerEventsFor(snapshot: AnyMachineSnapshot, at: number): readonly RunnerCommandEvent[] {
	const { dispatch, workflowId } = contextOfRunner(snapshot);
	const current = dispatch ? attemptKey(dispatch.id, dispatch.attempt) : 'dsp_1/1';
	const timers = snapshot.status === 'active' ? getNextTransitions(snapshot).map(({ eventType }) => eventType) : [];
	const settled = { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: current, failure: null, by: null } as const;
	return [
		{ type: 'NUDGE' },
		{ type: 'END', reason: 'edited' },
		{ type: 'END', reason: 'agentEnded' },
		{ type: 'POLLED', cursor: 1, nextPollAt: at - 1, exhausted: false },
		{ type: 'POLLED', cursor: 2, nextPollAt: at + 60_000, exhausted: false },
		{ type: 'POLLED', cursor: 2, nextPollAt: at + 60_000, exhausted: true },
		{ type: 'POLL_FAILED', failure: passing, retryAt: null },
		{ type: 'POLL_FAILED', failure: passing, retryAt: at + 900_000 },
		taken(1),
		taken(2),
		{ type: 'NOTHING_DUE', nextDueAt: null },
		{ type: 'NOTHING_DUE', nextDueAt: at + 5_000 },
		...[current, 'dsp_0/9'].flatMap((token): RunnerCommandEvent[] => [
			{ type: 'SUBMITTED', token, promptId: 'pmt_1' },
			{ type: 'SUBMIT_REFUSED', token, failure: passing },
			{ type: 'SUBMIT_FAILED', token, failure: passing },
			{ type: 'SUBMIT_FAILED', token, failure: lasting },
			{ type: 'SKIPPED', token, failure: lasting },
			{ ...settled, token, outcome: 'finished' },
			{ ...settled, token, outcome: 'failed', failure: passing },
			{ ...settled, token, outcome: 'interrupted' },
			{ ...settled, token, outcome: 'cancelled', by: 'operator' },
			{ ...settled, token, outcome: 'cancelled', by: runnerName(workflowId) },
			{ ...settled, token, outcome: 'cancelled' },
		]),
		...[...new Set(timers)]
			.filter((type) => type.startsWith('xstate.after.'))
			.map((type) => ({ type }) as unknown as RunnerCommandEvent),
		{ type: 'UNKNOWN' } as unknown as RunnerCommandEvent,
	];
}

function taken(attempt: number): RunnerCommandEvent {
	const dispatch = { id: 'dsp_1', sourceId: 'issue:1', attempt, maxAttempts: 2, queueItemId: 'qit_1' };
	return { type: 'TAKEN', dispatch };
}

const effects = ['poll', 'findDue', 'submit', 'checkPrompt', 'withdrawPrompt'];

/** What holds after every step of a runner, whatever the event. */
export function checkRunnerStep(step: RunnerStep): void {
	const { before, after, accepted, actions, event } = step;
	const old = before && contextOfRunner(before);
	const context = contextOfRunner(after);
	if (!accepted) {
		assert.deepEqual([after.value, context, actions], [before?.value, old, []], 'a refused event changed something');
		return;
	}
	checkShape(after, event.at);
	checkEffects(step);
	checkDispatch(step);
	checkTimers(step);
	const nudged = old?.nudged || event.type === 'NUDGE';
	const polls = actions.some(({ type }) => type === 'poll');
	assert.ok(!nudged || context.nudged || polls || after.status === 'done', 'a nudge was lost');
	if (old?.ending) assert.ok(context.ending, 'forgot that it is to end');
}

/** Each state is what its context says, and nothing that is due is waited for. */
function checkShape(snapshot: AnyMachineSnapshot, at: number): void {
	const { dispatch, ending, nudged, nextPollAt } = contextOfRunner(snapshot);
	const state = formatState(snapshot.value);
	assert.notEqual(state, 'deciding');
	assert.equal(dispatch !== null, snapshot.hasTag('dispatching'), 'a dispatch is under way exactly while dispatching');
	if (dispatch) assert.equal(dispatch.promptId !== null, state.startsWith('following'));
	if (state === 'waiting') assert.ok(!nudged && nextPollAt > at, 'it waits although it may read');
	if (ending) assert.match(state, /^(submitting|following\.ending|ended)$/);
	else assert.doesNotMatch(state, /ending|ended/);
	assert.equal(snapshot.status === 'done', state === 'ended');
	if (snapshot.status !== 'done') return;
	assert.deepEqual(snapshot.output, { workflowId: 'wfl_1', revision: 1, reason: ending });
}

/** A state that is entered asks for its work, once, and nothing else does; with what the runner knows. */
function checkEffects({ before, after, actions, event }: RunnerStep): void {
	const context = contextOfRunner(after);
	const { dispatch } = context;
	const asked = actions.filter(({ type }) => effects.includes(type));
	const from = before && formatState(before.value);
	const to = formatState(after.value);
	const isEntered = from !== to || event.type.startsWith('xstate.after') || event.type === 'END';
	const expected: Readonly<Record<string, readonly string[]>> = {
		polling: ['poll'],
		taking: ['findDue'],
		submitting: ['submit'],
		'following.listening': ['checkPrompt'],
		'following.ending': event.type === 'END' ? ['withdrawPrompt'] : ['checkPrompt', 'withdrawPrompt'],
	};
	const stays = to === 'submitting' && from === 'submitting';
	assert.deepEqual(
		asked.map(({ type }) => type),
		isEntered && !stays ? (expected[to] ?? []) : [],
	);
	const known = { ...context, ...currentPrompt(context), dispatchId: dispatch?.id, attempt: dispatch?.attempt };
	for (const { type, params } of asked) {
		for (const needed of askedWith[type] ?? []) assert.ok(needed in params, `${type} without ${needed}`);
		for (const [name, value] of Object.entries(params)) assert.deepEqual(value, known[name as keyof typeof known]);
	}
}

const askedWith: Readonly<Record<string, readonly string[]>> = {
	poll: ['workflowId', 'revision', 'cursor'],
	findDue: ['workflowId', 'revision'],
	submit: ['workflowId', 'revision', 'dispatchId', 'attempt'],
	checkPrompt: ['promptId', 'token'],
	withdrawPrompt: ['workflowId', 'promptId', 'token'],
};

/** One dispatch at a time, from the step that takes it to the one that says what became of it. */
function checkDispatch(step: RunnerStep): void {
	const { before, after, event } = step;
	const old = (before && contextOfRunner(before).dispatch) ?? null;
	const { dispatch } = contextOfRunner(after);
	const settlement = before && settle(contextOfRunner(before), event);
	const rows = runnerSteps.project(step, runnerAddress('wfl_1')).records.filter(({ table }) => table === 'dispatches');
	if (old === null && dispatch) {
		assert.equal(event.type, 'TAKEN');
		assert.deepEqual(rows.map(written), [['dsp_1', 'dispatched', dispatch.attempt]]);
	} else if (old && dispatch === null) {
		assert.ok(settlement, 'a dispatch was lost');
		assert.deepEqual(rows.map(written), [['dsp_1', settlement.status, settlement.attempts]]);
		assert.ok(
			settlement.attempts < settlement.maxAttempts || settlement.nextAttemptAt === null,
			'one attempt too many',
		);
	} else {
		assert.deepEqual(dispatch && { ...dispatch, promptId: null }, old && { ...old, promptId: null });
		assert.ok(rows.length === 0 || event.type === 'SUBMITTED');
	}
}

function written(record: { readonly op: string }): readonly unknown[] {
	const { id, set } = record as unknown as { id: string; set: Readonly<Record<string, unknown>> };
	return [id, set.status, set.attempts];
}

/** The timers that are set are those of the state, with the delay that the context says. */
function checkTimers({ before, after, actions, event }: RunnerStep): void {
	const { nextPollAt, nextDueAt, retryAt } = contextOfRunner(after);
	const set = new Set<string>();
	if (before) for (const { eventType } of getNextTransitions(before)) set.add(eventType);
	set.delete(event.type);
	for (const { type, params } of actions) {
		if (type === 'xstate.cancel') set.delete(params.sendId as string);
		if (type !== 'xstate.raise') continue;
		set.add(params.id as string);
		const due = {
			wake: Math.min(nextPollAt, nextDueAt ?? nextPollAt),
			backoff: retryAt,
			promptCheck: event.at + 600_000,
		};
		const [, , name = ''] = String(params.id).split('.');
		assert.equal(params.delay, Math.max(0, due[name as keyof typeof due] - event.at), `${name} is set to another time`);
	}
	const isTimer = (type: string) => type.startsWith('xstate.after.');
	const expected = after.status === 'active' ? getNextTransitions(after).map(({ eventType }) => eventType) : [];
	assert.deepEqual([...set].filter(isTimer).sort(), [...new Set(expected)].filter(isTimer).sort());
}
