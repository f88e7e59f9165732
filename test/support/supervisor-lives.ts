/** Lives that bring a supervisor into each of its states, and what it takes next there. */

import type { RestoreCommand, SupervisorCommandEvent, SupervisorInput } from '../../machines/supervisor-model.ts';
import type { DomainRecord } from '../../src/durable/store.ts';
import { createFailure } from '../../src/errors.ts';
import type { RecordedLife } from './recorded-snapshots.ts';

export const supervisorInput: SupervisorInput = {
	supervisorId: 'sup_golden',
	agentId: 'agt_golden',
	mission: 'Sail around the world.',
};

/** The row that the service would have written. */
export function supervisorRow({ supervisorId: id, agentId, mission: text }: SupervisorInput): DomainRecord {
	const row = {
		...{ id, agent_id: agentId, mission: text, state: 'initializing', progress: 0, spawned_task_ids: '[]' },
		...{ pending_questions: '[]', has_pending_questions: false, restoration_count: 0, version: 1 },
		...{ created_at: 0, updated_at: 0 },
	};
	return { op: 'insert', table: 'supervisors', row };
}

const mission = 'sup_golden/mission';
const told: SupervisorCommandEvent = { type: 'PROMPTED', key: mission, agentId: 'agt_golden', promptId: 'pmt_1' };
const settled = { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: mission, failure: null, by: null } as const;
const finished: SupervisorCommandEvent = { ...settled, outcome: 'finished' };
const noted: SupervisorCommandEvent = {
	type: 'TURN_NOTED',
	promptId: 'pmt_1',
	prompt: 'Sail around the world.',
	reply: 'Setting sail.',
	session: { id: 'ses_1', generation: 2 },
};
const reported: SupervisorCommandEvent = { type: 'REPORT', activity: 'Leaving port', progress: 10 };
const asked: SupervisorCommandEvent = {
	type: 'ASK',
	requestId: 'req_1',
	question: 'Which way?',
	choices: ['north', 'south'],
	context: 'There is ice in the north.',
};
const answered: SupervisorCommandEvent = {
	type: 'ANSWER',
	requestId: 'req_1',
	answer: { optionId: 'south' },
	by: 'ann',
};
const spawned: SupervisorCommandEvent = { type: 'TASK_SPAWNED', taskId: 'tsk_1' };
const awaited: SupervisorCommandEvent = { type: 'WAIT_FOR_TASKS', taskIds: ['tsk_1', 'tsk_2'], mode: 'all' };
const oneEnded: SupervisorCommandEvent = {
	type: 'TASKS_ENDED',
	ends: [{ taskId: 'tsk_2', state: 'failed', summary: 'It sank.' }],
};
const allEnded: SupervisorCommandEvent = {
	type: 'TASKS_ENDED',
	ends: [{ taskId: 'tsk_1', state: 'completed', summary: null }],
};
const restored: RestoreCommand = {
	type: 'RESTORE',
	source: 'daemon_restart',
	recovery: 'resumed',
	agentId: 'agt_golden',
	state: {
		currentActivity: 'Leaving port',
		progress: 10,
		spawnedTaskIds: ['tsk_1'],
		pendingQuestions: [],
		awaiting: null,
	},
	ends: [],
	text: 'You are back.',
	start: false,
};

export const supervisorLives: readonly RecordedLife<SupervisorCommandEvent>[] = [
	{ state: 'initializing', events: [reported], next: told, nextState: 'working' },
	{ state: 'idle', events: [told, finished, noted, reported], next: asked, nextState: 'waiting_for_user' },
	{ state: 'working', events: [told, spawned, awaited, asked, answered], next: finished, nextState: 'working' },
	{
		state: 'waiting_for_user',
		events: [told, asked, spawned, awaited, finished, noted],
		next: answered,
		nextState: 'working',
	},
	{
		state: 'waiting_for_tasks',
		events: [told, spawned, awaited, oneEnded, finished],
		next: allEnded,
		nextState: 'working',
	},
	{
		state: 'blocked',
		events: [told, asked, { ...settled, outcome: 'failed', failure: createFailure('turn_failed', 'It went wrong.') }],
		next: answered,
		nextState: 'working',
	},
	{
		state: 'interrupted',
		events: [
			...[told, finished, noted, restored, asked, answered],
			{ type: 'INTERRUPT', source: 'daemon_restart', reason: 'Statecraft was restarted.' },
			{ ...settled, token: 'sup_golden/restoration-1', promptId: 'pmt_2', outcome: 'interrupted' },
		],
		next: restored,
		nextState: 'working',
	},
];
