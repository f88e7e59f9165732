/** Steps of the task's machine, the events it may meet, and what holds after each step. */

import assert from 'node:assert/strict';
import { type AnyMachineSnapshot, getNextTransitions } from 'xstate';
import {
	maxTaskRounds,
	type TaskCommandEvent,
	type TaskContext,
	type TaskGateResult,
	type TaskInput,
	taskPromptKey,
} from '../../machines/task-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createFailure } from '../../src/errors.ts';
import { taskAddress } from '../../src/tasks/address.ts';
import { splitTaskState } from '../../src/tasks/task-projection.ts';
import { taskTransitions } from '../../src/tasks/transitions.ts';
import type { TaskState } from '../../src/tasks/views.ts';
import { inertTaskDefinition } from '../support/inert-task-definition.ts';
import { createMachineSteps, type MachineStep } from './machine-steps.ts';

export type TaskStep = MachineStep<TaskCommandEvent>;

export const taskSteps = createMachineSteps<TaskCommandEvent>(inertTaskDefinition);

export function contextOfTask(snapshot: AnyMachineSnapshot): TaskContext {
	return snapshot.context as TaskContext;
}

export function stateOfTask(snapshot: AnyMachineSnapshot): TaskState {
	return splitTaskState(snapshot)[0] as TaskState;
}

export function createTaskInput(input: Partial<TaskInput> = {}): TaskInput {
	return { taskId: 'tsk_1', agentId: 'agt_1', gated: true, ...input };
}

const passing = createFailure('turn_failed', 'It went wrong.');
const lasting = createFailure('prompt_too_large', 'It will go wrong again.');
const gone = createFailure('agent_not_found', 'There is no such agent.');
const given = createFailure('task_failed', 'Somebody gave it up.');

export function gateResult(passed: boolean): TaskGateResult {
	return { name: 'lint', passed, exitCode: passed ? 0 : 1, output: '', durationMs: 1 };
}

/** Every event a task may meet in a situation: fitting ones, late ones, those of its timers, an unknown one. */
export function taskEventsFor(snapshot: AnyMachineSnapshot): readonly TaskCommandEvent[] {
	const { taskId, prompt, job } = contextOfTask(snapshot);
	const current = taskPromptKey(taskId, prompt?.number ?? 1);
	const timers = [...new Set(getNextTransitions(snapshot).map(({ eventType }) => eventType))];
	return [
		{ type: 'BEGIN' },
		{ type: 'ASSIGN', agentId: 'agt_1' },
		{ type: 'ASSIGN', agentId: 'agt_2' },
		{ type: 'NUDGE' },
		...[current, 'tsk_1/99'].flatMap((token): TaskCommandEvent[] => [
			{ type: 'PROMPTED', token, promptId: 'pmt_1' },
			{ type: 'PROMPT_REFUSED', token, failure: passing },
			{ type: 'PROMPT_REFUSED', token, failure: gone },
			settled(token, 'finished'),
			settled(token, 'cancelled'),
			settled(token, 'interrupted'),
			{ ...settled(token, 'failed'), failure: passing },
			{ ...settled(token, 'failed'), failure: lasting },
		]),
		{ type: 'SUBMIT' },
		{ type: 'REPORT_CONFLICT' },
		{ type: 'RESUME_WORK' },
		...[job, job + 7].flatMap((job): TaskCommandEvent[] => [
			{ type: 'REBASED', job, changed: true, commit: 'fee1' },
			{ type: 'REBASED', job, changed: false, commit: 'fee1' },
			{ type: 'CONFLICTED', job, files: ['a.txt'] },
			{ type: 'CHECKED', job, results: [gateResult(true)] },
			{ type: 'CHECKED', job, results: [gateResult(true), gateResult(false)] },
			{ type: 'GIT_FAILED', job, failure: passing },
			{ type: 'MERGED', job, commit: 'c0ffee' },
			{ type: 'BASE_MOVED', job },
			{ type: 'MERGE_REFUSED', job, failure: passing },
			{ type: 'CLEANED', job },
		]),
		{ type: 'APPROVE' },
		{ type: 'REQUEST_CHANGES', comment: 'More of it.' },
		{ type: 'MERGE' },
		{ type: 'FAIL', failure: given },
		{ type: 'CANCEL', failure: given },
		{ type: 'RETRY' },
		{ type: 'CLEAN_UP' },
		...timers
			.filter((type) => type.startsWith('xstate.after.'))
			.map((type) => ({ type }) as unknown as TaskCommandEvent),
		{ type: 'UNKNOWN' } as unknown as TaskCommandEvent,
	];
}

function settled(token: string, outcome: 'finished' | 'failed' | 'cancelled' | 'interrupted') {
	return { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token, outcome, failure: null, by: null } as const;
}

/** Effects that a state asks for when it is entered, by its path; others ask for none. */
const effectsOfEntry: Readonly<Record<string, readonly string[]>> = {
	assigned: ['lookForWork'],
	in_review: ['lookForWork'],
	'approved.rebasing': ['rebase'],
	'approved.checking': ['runGates'],
	'approved.merging': ['merge'],
	'completed.cleaning': ['removeWork'],
	'failed.withdrawing': ['withdrawPrompt'],
	'failed.resting': ['lookForWork'],
	'failed.cleaning': ['removeWork'],
	'failed.cleaned': ['lookForWork'],
	'completed.resting': ['lookForWork'],
	...Object.fromEntries(
		['working', 'conflicted'].flatMap((state) => [
			[`${state}.prompting`, ['submitPrompt']],
			[`${state}.following`, ['checkPrompt']],
			[`${state}.withdrawing`, ['withdrawPrompt']],
			[`${state}.rebasing`, ['rebase']],
			[`${state}.checking`, ['runGates']],
		]),
	),
};

const effectNames = new Set(['stopGates', ...Object.values(effectsOfEntry).flat()]);

/** What holds after every step of a task, whatever the event. */
export function checkTaskStep(step: TaskStep): void {
	const { before, after, accepted, actions } = step;
	const old = before && contextOfTask(before);
	if (!accepted) {
		const context = contextOfTask(after);
		assert.deepEqual([after.value, context, actions], [before?.value, old, []], 'a refused event changed something');
		return;
	}
	checkShape(after);
	checkMove(step);
	checkEffects(step);
	checkPrompts(step);
	checkProjection(step);
}

/** Each state is what its context says. */
function checkShape(snapshot: AnyMachineSnapshot): void {
	const { prompt, agentId, mergeCommit, rounds, conflicts, error } = contextOfTask(snapshot);
	const path = formatState(snapshot.value);
	assert.doesNotMatch(path, /telling|deciding/, 'it rests where it never may');
	const holdsPrompt = /\.(prompting|following|withdrawing)$/.test(path);
	assert.equal(prompt !== null, holdsPrompt, 'a prompt is outstanding exactly where one is waited for');
	if (path.endsWith('.following')) assert.ok(prompt?.promptId);
	if (/\.(prompting|following|backingOff)$/.test(path)) assert.ok(agentId, 'nobody is prompted');
	assert.equal(mergeCommit !== null, path.startsWith('completed'), 'merged exactly when completed');
	assert.ok(rounds <= maxTaskRounds, 'sent on once too often');
	if (path === 'in_review') assert.deepEqual([conflicts, error], [[], null]);
	if (path.startsWith('failed')) assert.ok(error, 'it failed and nobody knows why');
	assert.equal(snapshot.status, 'active');
}

/** People's states change along the table, one at a time. */
function checkMove({ before, after }: TaskStep): void {
	const [from, to] = [before && stateOfTask(before), stateOfTask(after)];
	if (from === null) {
		assert.equal(to, 'assigned');
		return;
	}
	if (from !== to) assert.ok(taskTransitions[from].includes(to), `${from} became ${to}`);
}

/** A state that is entered asks for its work, once, and nothing else does. */
function checkEffects({ before, after, actions, event }: TaskStep): void {
	const from = before && formatState(before.value);
	const to = formatState(after.value);
	const asked = actions.filter(({ type }) => effectNames.has(type));
	const names = asked.map(({ type }) => type);
	const isReentered = /^xstate\.after\.promptCheck/.test(event.type) || (event.type === 'PROMPTED' && to === from);
	const isEntered = from !== to || isReentered;
	const expected = isEntered ? [...(effectsOfEntry[to] ?? [])] : [];
	if (to.startsWith('failed') && !from?.startsWith('failed')) expected.unshift('stopGates');
	if (from?.startsWith('completed') && to === 'completed.resting') expected.length = 0;
	if (from === 'assigned' && to === 'assigned' && event.type === 'ASSIGN') expected.push('lookForWork');
	assert.deepEqual(names.sort(), expected.sort(), `${from} to ${to}`);
	const { job, taskId } = contextOfTask(after);
	for (const { type, params } of asked) {
		assert.equal(params.taskId, taskId);
		if (['rebase', 'runGates', 'merge', 'removeWork'].includes(type)) {
			assert.deepEqual([params.job, job], [job, (before ? contextOfTask(before).job : 0) + 1]);
		}
	}
}

/** Keys of prompts are used once, and one prompt is outstanding at a time. */
function checkPrompts({ before, after, actions }: TaskStep): void {
	const old = before && contextOfTask(before);
	const { prompts, prompt, agentId } = contextOfTask(after);
	const submits = actions.filter(({ type }) => type === 'submitPrompt');
	assert.equal(prompts - (old?.prompts ?? 0), submits.length);
	for (const { params } of submits) {
		assert.deepEqual([params.number, params.agentId, prompt?.number], [prompts, agentId, prompts]);
	}
}

function checkProjection(step: TaskStep): void {
	const { before, after } = step;
	const { records, events } = taskSteps.project(step, taskAddress('tsk_1'));
	const context = contextOfTask(after);
	const [record] = records as ReadonlyArray<{ id: string; set: Readonly<Record<string, unknown>> }>;
	const { state, agent_id, merge_commit, error } = record?.set ?? {};
	assert.deepEqual(
		[records.length, record?.id, state, agent_id, merge_commit, error],
		[
			1,
			'tsk_1',
			stateOfTask(after),
			context.agentId,
			context.mergeCommit,
			context.error && JSON.stringify(context.error),
		],
	);
	const changes = events.filter(({ topic }) => topic === 'task.state.changed').map(({ data }) => JSON.parse(data));
	const from = before && stateOfTask(before);
	const expected = { taskId: 'tsk_1', from, to: stateOfTask(after), correlationId: 'task:tsk_1/2' };
	if (from === stateOfTask(after)) assert.deepEqual(changes, []);
	else
		assert.deepEqual(
			changes.map(({ trigger, ...told }) => told),
			[expected],
		);
}
