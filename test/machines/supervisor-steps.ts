/** Steps of the supervisor's machine, the events it may meet, and what holds after each step. */

import assert from 'node:assert/strict';
import type { AnyMachineSnapshot } from 'xstate';
import {
	type MissionState,
	missionState,
	type RestoreCommand,
	type SupervisorCommandEvent,
	type SupervisorContext,
	type SupervisorInput,
	tasksOutstanding,
} from '../../machines/supervisor-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createFailure } from '../../src/errors.ts';
import { supervisorAddress } from '../../src/supervisors/address.ts';
import { inertSupervisorDefinition } from '../support/inert-supervisor-definition.ts';
import { createMachineSteps, type MachineStep } from './machine-steps.ts';

export type SupervisorStep = MachineStep<SupervisorCommandEvent>;

export const supervisorSteps = createMachineSteps<SupervisorCommandEvent>(inertSupervisorDefinition);

export const mission: SupervisorInput = { supervisorId: 'sup_1', agentId: 'agt_1', mission: 'Sail around the world.' };

export function contextOfSupervisor(snapshot: AnyMachineSnapshot): SupervisorContext {
	return snapshot.context as SupervisorContext;
}

export function projectSupervisor(step: SupervisorStep) {
	return supervisorSteps.project(step, supervisorAddress('sup_1'));
}

const failure = createFailure('agent_not_running', 'The agent is stopped.');

export const stored: MissionState = {
	currentActivity: 'Sailing',
	progress: 40,
	spawnedTaskIds: ['tsk_1'],
	pendingQuestions: [{ id: 'req_1', question: 'Which way?', choices: [], context: null, askedAt: 1 }],
	awaiting: { mode: 'all', taskIds: ['tsk_1', 'tsk_2'], ended: [] },
};

export function restoring(choice: Partial<RestoreCommand> = {}): RestoreCommand {
	return {
		type: 'RESTORE',
		source: 'daemon_restart',
		recovery: 'resumed',
		agentId: 'agt_1',
		state: stored,
		ends: [],
		text: 'You are back.',
		start: false,
		...choice,
	};
}

const empty: MissionState = {
	currentActivity: null,
	progress: 0,
	spawnedTaskIds: [],
	pendingQuestions: [],
	awaiting: null,
};

/** Every event a supervisor may meet in a situation: fitting ones, late ones, an unknown one. */
export function supervisorEventsFor(snapshot: AnyMachineSnapshot): readonly SupervisorCommandEvent[] {
	const context = contextOfSupervisor(snapshot);
	const { pendingQuestions, saves, outbox } = context;
	const key = context.current?.note.key ?? 'sup_1/mission';
	const own = missionState(context);
	const asked = pendingQuestions[0]?.id ?? 'req_9';
	const settled = { type: 'PROMPT_SETTLED', promptId: 'pmt_1', failure: null, by: null } as const;
	return [
		...[key, 'sup_1/req_9'].flatMap((token): SupervisorCommandEvent[] => [
			{ type: 'PROMPTED', key: token, agentId: 'agt_1', promptId: 'pmt_1' },
			{ type: 'PROMPT_REFUSED', key: token, failure },
			{ ...settled, token, outcome: 'finished' },
			{ ...settled, token, outcome: 'cancelled' },
			{ ...settled, token, outcome: 'failed', failure },
			{ ...settled, token, outcome: 'failed' },
			{ ...settled, token, outcome: 'interrupted', failure },
			{ ...settled, token, outcome: 'interrupted' },
		]),
		{ type: 'TURN_NOTED', promptId: 'pmt_1', prompt: 'Sail', reply: null, session: { id: 'ses_1', generation: 1 } },
		{ type: 'REPORT', activity: 'Sailing', progress: 40 },
		{ type: 'REPORT', progress: 101 },
		{ type: 'REPORT' },
		...[`req_${saves}_${outbox.length}`, asked].slice(pendingQuestions.length > 1 ? 1 : 0).map(ask),
		{ type: 'ANSWER', requestId: asked, answer: { optionId: 'north' }, by: 'operator' },
		{ type: 'TASK_SPAWNED', taskId: 'tsk_1' },
		{ type: 'WAIT_FOR_TASKS', taskIds: ['tsk_1', 'tsk_2'], mode: 'all' },
		{ type: 'WAIT_FOR_TASKS', taskIds: ['tsk_1', 'tsk_2'], mode: 'any' },
		{ type: 'TASKS_ENDED', ends: [{ taskId: 'tsk_1', state: 'completed', summary: null }] },
		{ type: 'TASKS_ENDED', ends: [{ taskId: 'tsk_2', state: 'failed', summary: 'It sank.' }] },
		{ type: 'TASKS_ENDED', ends: [{ taskId: 'tsk_9', state: 'completed', summary: null }] },
		{ type: 'BLOCK', reason: 'There is no wind.' },
		{ type: 'COMPLETE', summary: 'Around.' },
		{ type: 'FAIL', reason: 'Enough.', by: 'operator' },
		{ type: 'INTERRUPT', source: 'daemon_restart', reason: 'Statecraft was restarted.' },
		restoring({ state: own }),
		restoring({ source: 'task_reassignment', agentId: 'agt_2', start: true, state: own }),
		restoring({ recovery: 'checkpoint', state: { ...stored, pendingQuestions } }),
		restoring({ recovery: 'fresh', state: empty }),
		{ type: 'UNKNOWN' } as unknown as SupervisorCommandEvent,
	];
}

function ask(requestId: string): SupervisorCommandEvent {
	return { type: 'ASK', requestId, question: 'Which way?', choices: ['north'], context: null };
}

/** What holds after every step of a supervisor, whatever the event. */
export function checkSupervisorStep(step: SupervisorStep): void {
	const { before, after, accepted, actions } = step;
	const old = before && contextOfSupervisor(before);
	if (!accepted) {
		const now = [after.value, contextOfSupervisor(after), actions];
		assert.deepEqual(now, [before?.value, old, []], 'a refused event changed something');
		return;
	}
	checkShape(after);
	checkNotes(step);
	checkTurns(step);
	checkSaves(step);
	checkRequests(step);
}

/** Each state is what its context says. */
function checkShape(snapshot: AnyMachineSnapshot): void {
	const { current, outbox, pendingQuestions, awaiting, progress, interruption, lost } = contextOfSupervisor(snapshot);
	const state = formatState(snapshot.value);
	const rests = ['idle', 'waiting_for_user', 'waiting_for_tasks', 'completed', 'failed'].includes(state);
	if (rests) assert.deepEqual([current, outbox], [null, []], 'it rests although there is something to tell');
	if (state === 'initializing' || state === 'working') assert.notEqual(current, null, 'it works on nothing');
	if (state === 'idle') assert.deepEqual([pendingQuestions, awaiting], [[], null]);
	if (state === 'waiting_for_user') assert.ok(pendingQuestions.length > 0);
	if (state === 'waiting_for_tasks') assert.ok(pendingQuestions.length === 0 && awaiting !== null);
	if (state === 'interrupted') assert.ok(interruption !== null || lost !== null, 'nobody knows why it is interrupted');
	if (state === 'working') assert.equal(interruption, null);
	assert.ok(progress >= 0 && progress <= 100);
	if (awaiting) assert.ok(tasksOutstanding(awaiting).length > 0, 'it waits for nothing');
	assert.equal(snapshot.status === 'done', snapshot.hasTag('ended'));
}

/** What was to be told is told, or still to be told, or not to be told any more; nothing is told twice at once. */
function checkNotes({ before, after, event }: SupervisorStep): void {
	const keys = [...contextOfSupervisor(after).outbox, ...currentNote(after)].map(({ key }) => key);
	assert.equal(new Set(keys).size, keys.length, 'two notes have one key');
	if (before === null || after.status === 'done') return;
	const waiting = contextOfSupervisor(before).outbox;
	for (const { key, kind } of waiting) {
		// A restoration that nobody has heard of is told by the next one.
		if (kind === 'restoration' && event.type === 'RESTORE') continue;
		assert.ok(keys.includes(key), `${key} was lost`);
	}
}

function currentNote(snapshot: AnyMachineSnapshot) {
	const { current } = contextOfSupervisor(snapshot);
	return current ? [current.note] : [];
}

/** A note is handed over in the step that makes it the current one, and one that ends is recalled. */
function checkTurns({ before, after, actions, event }: SupervisorStep): void {
	const asked = (name: string) => actions.filter(({ type }) => type === name);
	const old = before && contextOfSupervisor(before).current;
	const { current, agentId } = contextOfSupervisor(after);
	const begins = current !== null && current.note !== old?.note;
	assert.deepEqual(
		asked('promptAgent'),
		begins ? [{ type: 'promptAgent', params: { agentId, note: current?.note } }] : [],
	);
	assert.equal(asked('recallTurn').length, event.type === 'PROMPT_SETTLED' ? 1 : 0);
	if (begins) assert.equal(current?.promptId, null);
	if (asked('withdrawPrompt').length > 0) assert.match(event.type, /^(PROMPTED|FAIL|RESTORE)$/);
}

/** A save point has a row, and there are never more than the last ones. */
function checkSaves(step: SupervisorStep): void {
	const { before, after, event } = step;
	const saves = contextOfSupervisor(after).saves - (before ? contextOfSupervisor(before).saves : 0);
	const rows = projectSupervisor(step).records.filter(({ table, op }) => table === 'checkpoints' && op === 'insert');
	const isLost = contextOfSupervisor(after).lost !== null;
	const first = isLost ? 0 : 1;
	assert.equal(rows.length, before === null ? first : saves);
	const changesPhase = before !== null && before.value !== after.value;
	const isNamed = ['ASK', 'ANSWER', 'TASK_SPAWNED'].includes(event.type);
	if (before !== null && !isLost && (changesPhase || isNamed)) assert.equal(saves, 1, 'it was not saved');
	if (isLost) assert.equal(rows.length, 0, 'what is lost was saved');
	if (event.type === 'REPORT' || event.type === 'TURN_NOTED') assert.deepEqual([saves, changesPhase], [0, false]);
}

/** A question that comes has a request, one that goes has its request settled. */
function checkRequests(step: SupervisorStep): void {
	const { before, after, event } = step;
	const idsOf = (snapshot: AnyMachineSnapshot | null) =>
		(snapshot ? contextOfSupervisor(snapshot).pendingQuestions : []).map(({ id }) => id);
	const [old, now] = [idsOf(before), idsOf(after)];
	const rows = projectSupervisor(step).records.filter(({ table }) => table === 'requests');
	const opened = rows.filter(({ op }) => op === 'insert').length;
	const settled = rows.filter((row) => row.op === 'update' && 'status' in row.set).length;
	assert.equal(opened, event.type === 'ASK' ? now.length - old.length : 0);
	assert.equal(settled, old.filter((id) => !now.includes(id)).length);
	const told = projectSupervisor(step).events.filter(({ topic }) => topic === 'request.opened').length;
	assert.equal(told, event.type === 'RESTORE' ? now.length : opened);
}
