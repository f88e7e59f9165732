/** What may be asked of a task in its state, and how it is asked for. Pure but for the call. */

import type { Api } from '../connection/api.ts';
import type { Task } from '../store/resources.ts';

export const taskCommands = [
	'approve',
	'merge',
	'request-changes',
	'submit',
	'begin',
	'retry',
	'assign',
	'clean-up',
	'cancel',
] as const;
export type TaskCommand = (typeof taskCommands)[number];

type State = Pick<Task, 'state' | 'activity'>;

const isAt = (states: ReadonlyArray<Task['state']>, activities?: readonly string[]) => {
	// Of a state that is not subdivided there is no activity.
	return ({ state, activity }: State) =>
		states.includes(state) && (activities === undefined || activity === null || activities.includes(activity));
};

/** Each is offered where the task's machine takes it. */
const conditions: Readonly<Record<TaskCommand, (task: State) => boolean>> = {
	approve: isAt(['in_review']),
	merge: isAt(['approved'], ['resting']),
	'request-changes': (task) => task.state === 'in_review' || isAt(['approved'], ['resting'])(task),
	// An agent that is at it submits it by ending its turn.
	submit: isAt(['working', 'conflicted'], ['waiting', 'backingOff']),
	begin: isAt(['assigned']),
	retry: isAt(['failed'], ['resting', 'cleaned']),
	assign: (task) => isAt(['assigned', 'working', 'conflicted'])(task) && task.activity !== 'telling',
	'clean-up': isAt(['completed', 'failed'], ['resting']),
	cancel: ({ state }) => state !== 'completed' && state !== 'failed',
};

export function offerTaskCommands(task: State): readonly TaskCommand[] {
	return taskCommands.filter((command) => conditions[command](task));
}

export const taskCommandLabels: Readonly<Record<TaskCommand, string>> = {
	approve: 'Approve',
	merge: 'Merge',
	'request-changes': 'Request changes…',
	submit: 'Check it now',
	begin: 'Begin now',
	retry: 'Begin again',
	assign: 'Assign…',
	'clean-up': 'Clean up…',
	cancel: 'Give up…',
};

const done: Readonly<Record<Exclude<TaskCommand, 'merge'>, string>> = {
	approve: 'Approved',
	'request-changes': 'Its agent is told what to change',
	submit: 'It is being rebased and checked',
	begin: 'Begun',
	retry: 'It waits for its turn again',
	assign: 'Assigned',
	'clean-up': 'Worktree and branch are being removed',
	cancel: 'Given up',
};

/** What to tell whoever asked, once the server has answered; null where the task itself says what went wrong. */
export function sayWhatCameOf(command: TaskCommand, { state, error }: Pick<Task, 'state' | 'error'>): string | null {
	if (command !== 'merge') return done[command];
	if (state === 'completed') return 'Merged';
	return state === 'approved' && error === null ? 'It is still being merged' : null;
}

/** Rejects with an `ApiError`; `stale_state` when the task is no longer in the state it was shown in. */
export function sendTaskCommand(
	api: Api,
	task: Pick<Task, 'id' | 'state'>,
	command: TaskCommand,
	body: Readonly<Record<string, string>> = {},
): Promise<Task> {
	const path = `/tasks/${encodeURIComponent(task.id)}`;
	if (command === 'begin') return api.post(`${path}/transition`, { from: task.state, to: 'working' });
	return api.post(`${path}/${command}`, { ...body, expectedState: task.state });
}
