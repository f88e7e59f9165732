import { expect, test } from 'vitest';
import type { Supervisor } from '../../../src/dashboard/store/resources.ts';
import {
	describeSavePoint,
	findBusyAgents,
	missionTitle,
	orderMissions,
	restorationWords,
	tallyTasks,
} from '../../../src/dashboard/supervisors/mission.ts';

function mission(id: string, fields: Partial<Supervisor> = {}): Supervisor {
	return {
		id,
		agentId: 'agt_1',
		mission: id,
		state: 'working',
		currentActivity: null,
		progress: 0,
		errorMessage: null,
		spawnedTaskIds: [],
		pendingQuestions: [],
		restorationCount: 0,
		lastRestoredAt: null,
		restorationSource: null,
		version: 1,
		createdAt: '2026-01-01T00:00:00.000Z',
		updatedAt: '2026-01-01T00:00:00.000Z',
		...fields,
	};
}

const question = { id: 'req_1', question: 'Which?', choices: [], context: null, askedAt: '2026-01-01T00:00:00.000Z' };

test('missions that wait for a person come first, those that are over last', () => {
	const missions = [
		mission('done', { state: 'completed', createdAt: '2026-01-09T00:00:00.000Z' }),
		mission('old'),
		mission('blocked', { state: 'blocked' }),
		mission('new', { createdAt: '2026-01-02T00:00:00.000Z' }),
		mission('asks', { state: 'waiting_for_user', pendingQuestions: [question] }),
	];
	expect(orderMissions(missions).map(({ id }) => id)).toEqual(['asks', 'blocked', 'new', 'old', 'done']);
});

test('tasks are counted by what they need; one that is gone still counts as spawned', () => {
	const tasks = new Map([
		['a', { state: 'completed' } as const],
		['b', { state: 'in_review' } as const],
		['c', { state: 'conflicted' } as const],
		['d', { state: 'failed' } as const],
	]);
	expect(tallyTasks(['a', 'b', 'c', 'd', 'gone'], tasks)).toEqual({ total: 5, completed: 1, failed: 1, waiting: 2 });
});

test('a mission is called by its first line that says something', () => {
	expect(missionTitle({ mission: '\n\nShip it\nby Friday' })).toBe('Ship it');
});

test('it is said why a mission was restored, and nothing where it never was', () => {
	expect(restorationWords(mission('a', { restorationSource: 'daemon_restart' }))).toBe('Statecraft was restarted');
	expect(restorationWords(mission('a'))).toBeNull();
});

test('an agent is busy with a mission until that is over', () => {
	const missions = [
		mission('a', { agentId: 'agt_1', state: 'interrupted' }),
		mission('b', { agentId: 'agt_2', state: 'completed' }),
		mission('c', { agentId: 'agt_3', state: 'failed' }),
	];
	expect(findBusyAgents(missions)).toEqual(new Set(['agt_1']));
});

test('a save point is told in a line, whatever is missing in it', () => {
	const context = { state: 'waiting_for_user', progress: 40, currentActivity: 'Greeting', spawnedTaskIds: ['a', 'b'] };
	expect(describeSavePoint({ ...context, pendingQuestions: [question] })).toBe(
		'waiting for user, 40 %, Greeting, 2 tasks, 1 question',
	);
	expect(describeSavePoint({ currentActivity: null, spawnedTaskIds: [] })).toBe('');
});
