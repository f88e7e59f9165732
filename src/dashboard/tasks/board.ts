/** The board: which tasks stand where, and in what order. Pure. */

import type { OpenRequest, Task } from '../store/resources.ts';

export type TaskState = Task['state'];

export interface BoardColumn {
	readonly id: string;
	readonly title: string;
	/** What stands here, in a few words, for an empty column. */
	readonly meaning: string;
	readonly states: readonly TaskState[];
	/** Shown even when nothing stands in it. */
	readonly isAlwaysShown: boolean;
}

export const boardColumns: readonly BoardColumn[] = [
	{
		id: 'waiting',
		title: 'To do',
		meaning: 'Waits for its turn, its agent, or what it depends on.',
		states: ['assigned'],
		isAlwaysShown: true,
	},
	{
		id: 'working',
		title: 'Working',
		meaning: 'An agent is at it.',
		states: ['working', 'conflicted'],
		isAlwaysShown: true,
	},
	{
		id: 'review',
		title: 'Review',
		meaning: 'Rebased and checked; a person decides.',
		states: ['in_review'],
		isAlwaysShown: true,
	},
	{ id: 'approved', title: 'Approved', meaning: 'Ready to be merged.', states: ['approved'], isAlwaysShown: true },
	{ id: 'done', title: 'Done', meaning: 'Merged.', states: ['completed'], isAlwaysShown: true },
	{ id: 'failed', title: 'Failed', meaning: 'Given up.', states: ['failed'], isAlwaysShown: false },
];

export interface FilledColumn extends BoardColumn {
	readonly tasks: readonly Task[];
}

/** What is done or given up stands there newest first; everything else as agents take it up. */
export function fillBoard(tasks: readonly Task[]): readonly FilledColumn[] {
	return boardColumns
		.map((column) => ({ ...column, tasks: tasks.filter(({ state }) => column.states.includes(state)).sort(order) }))
		.filter(({ isAlwaysShown, tasks: filled }) => isAlwaysShown || filled.length > 0);
}

const over: ReadonlySet<TaskState> = new Set(['completed', 'failed']);

function order(a: Task, b: Task): number {
	if (over.has(a.state) && over.has(b.state)) return compare(b.stateChangedAt, a.stateChangedAt);
	// Conflicts wait for somebody; the rest of the column goes on by itself.
	const byTrouble = Number(b.state === 'conflicted') - Number(a.state === 'conflicted');
	return byTrouble || b.priority - a.priority || compare(a.createdAt, b.createdAt) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}

export interface BoardFilter {
	/** In description, branch or id. */
	readonly text: string;
	/** Id of an agent, a supervisor; empty: any. */
	readonly agentId: string;
	readonly supervisorId: string;
}

export function filterTasks(tasks: readonly Task[], { text, agentId, supervisorId }: BoardFilter): readonly Task[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return tasks.filter((task) => {
		if (agentId !== '' && task.agentId !== agentId) return false;
		if (supervisorId !== '' && task.supervisorId !== supervisorId) return false;
		const searched = `${task.description}\n${task.branch}\n${task.id}\n${task.repository}`.toLowerCase();
		return words.every((word) => searched.includes(word));
	});
}

/** The first line that says something. */
export function titleOf({ description }: Pick<Task, 'description'>): string {
	return description.split('\n').find((line) => line.trim() !== '') ?? '';
}

/** What is to be done, beyond what its title says already; empty when that is all. */
export function detailsOf({ description }: Pick<Task, 'description'>): string {
	const title = titleOf({ description }).trim();
	return title.length <= titleLimit ? description.trim().slice(title.length).trim() : description.trim();
}

/** So many characters of a title are shown at its head. */
export const titleLimit = 200;

/** What its agent asks while it has the task's prompt: begun, or still behind others in its queue. */
export function asksFor(
	{ agentId, promptId }: Pick<Task, 'agentId' | 'promptId'>,
	open: readonly OpenRequest[],
): readonly OpenRequest[] {
	return promptId === null ? [] : open.filter((request) => request.agentId === agentId);
}

/** Tasks it waits for: those that are not completed, and those that are gone. */
export function blockersOf(task: Task, tasks: ReadonlyMap<string, Task>): readonly string[] {
	return task.dependsOn.filter((id) => tasks.get(id)?.state !== 'completed');
}
