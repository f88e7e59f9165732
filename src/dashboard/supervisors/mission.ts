/** Missions as people look at them: in what order, and what may be asked of one. Pure. */

import { wordsOfState } from '../components/state-badge.tsx';
import type { Supervisor, Task } from '../store/resources.ts';

const over: ReadonlySet<Supervisor['state']> = new Set(['completed', 'failed']);

export function isOver({ state }: Pick<Supervisor, 'state'>): boolean {
	return over.has(state);
}

/** Ids of agents that have one under way: no agent has two. */
export function findBusyAgents(supervisors: ReadonlyArray<Pick<Supervisor, 'state' | 'agentId'>>): ReadonlySet<string> {
	return new Set(supervisors.filter((one) => !isOver(one)).map(({ agentId }) => agentId));
}

/** How much a person is needed: the higher, the more. */
function needOf({ state, pendingQuestions }: Supervisor): number {
	if (over.has(state)) return 0;
	if (pendingQuestions.length > 0) return 3;
	return state === 'blocked' || state === 'interrupted' ? 2 : 1;
}

/** Those that need a person first, those that are over last, the newest first among their like. */
export function orderMissions(supervisors: readonly Supervisor[]): readonly Supervisor[] {
	return [...supervisors].sort((a, b) => {
		return needOf(b) - needOf(a) || Number(a.createdAt < b.createdAt) - Number(a.createdAt > b.createdAt);
	});
}

/** The line of a mission that says what it is about. */
export function missionTitle({ mission }: Pick<Supervisor, 'mission'>): string {
	return mission.split('\n').find((line) => line.trim() !== '') ?? '';
}

export interface TaskTally {
	readonly total: number;
	readonly completed: number;
	readonly failed: number;
	/** Waiting for a person: in review, approved or in conflict. */
	readonly waiting: number;
}

export function tallyTasks(ids: readonly string[], tasks: ReadonlyMap<string, Pick<Task, 'state'>>): TaskTally {
	const states = ids.flatMap((id) => tasks.get(id)?.state ?? []);
	const count = (...wanted: ReadonlyArray<Task['state']>) => states.filter((state) => wanted.includes(state)).length;
	return {
		total: ids.length,
		completed: count('completed'),
		failed: count('failed'),
		waiting: count('in_review', 'approved', 'conflicted'),
	};
}

const sources: Readonly<Record<NonNullable<Supervisor['restorationSource']>, string>> = {
	daemon_restart: 'Statecraft was restarted',
	agent_restart: 'its agent came back',
	task_reassignment: 'it was given to another agent',
	manual: 'somebody asked for it',
};

/** Why it was restored last; null if it never was. */
export function restorationWords({ restorationSource }: Pick<Supervisor, 'restorationSource'>): string | null {
	return restorationSource && sources[restorationSource];
}

/** What a save point holds, in one line: `idle, 40 %, Greeting, 2 tasks, 1 question`. */
export function describeSavePoint(context: Readonly<Record<string, unknown>>): string {
	const { state, progress, currentActivity, spawnedTaskIds, pendingQuestions } = context;
	const parts = [
		typeof state === 'string' ? wordsOfState(state) : null,
		typeof progress === 'number' ? `${progress} %` : null,
		typeof currentActivity === 'string' ? currentActivity : null,
		countOf(spawnedTaskIds, 'task'),
		countOf(pendingQuestions, 'question'),
	];
	return parts.filter((part) => part !== null).join(', ');
}

function countOf(list: unknown, noun: string): string | null {
	if (!Array.isArray(list) || list.length === 0) return null;
	return `${list.length} ${list.length === 1 ? noun : `${noun}s`}`;
}
