import { expect, test } from 'vitest';
import { taskMachine } from '../../../machines/task.ts';
import type { Task } from '../../../src/dashboard/store/resources.ts';
import { offerTaskCommands, sayWhatCameOf, type TaskCommand } from '../../../src/dashboard/tasks/task-commands.ts';

const eventOf: Readonly<Record<TaskCommand, string>> = {
	approve: 'APPROVE',
	merge: 'MERGE',
	'request-changes': 'REQUEST_CHANGES',
	submit: 'SUBMIT',
	begin: 'BEGIN',
	retry: 'RETRY',
	assign: 'ASSIGN',
	'clean-up': 'CLEAN_UP',
	cancel: 'CANCEL',
};

interface Place {
	readonly state: Task['state'];
	readonly activity: string | null;
	readonly events: ReadonlySet<string>;
}

/** Every state in which a task can rest, with the events that its machine declares for it. */
const places: readonly Place[] = Object.entries(taskMachine.states).flatMap(([name, node]): readonly Place[] => {
	const state = name as Task['state'];
	const around = [...taskMachine.root.ownEvents, ...node.ownEvents];
	const inside = Object.entries(node.states);
	if (inside.length === 0) return [{ state, activity: null, events: new Set(around) }];
	return inside.map(([activity, child]) => ({ state, activity, events: new Set([...around, ...child.ownEvents]) }));
});

test.each(places)('a task that is $state, $activity is offered what its machine takes there', ({ events, ...task }) => {
	for (const command of offerTaskCommands(task)) expect(events).toContain(eventOf[command]);
});

test('no command is left out where it would be taken', () => {
	// Cleaning again, and beginning a step that git is at, is of no use to anybody.
	const needless = new Set(['clean-up cleaned', 'cancel resting', 'cancel withdrawing']);
	const missing = places.flatMap(({ events, ...task }) =>
		Object.entries(eventOf)
			.filter(([command, event]) => events.has(event) && !offerTaskCommands(task).includes(command as TaskCommand))
			.filter(([command]) => !taskMachine.root.ownEvents.includes(eventOf[command as TaskCommand] as never))
			.map(([command]) => `${command} ${task.activity}`)
			.filter((which) => !needless.has(which)),
	);
	expect(missing).toEqual([]);
});

test.each([
	['completed', null, 'Merged'],
	['approved', null, 'It is still being merged'],
	['approved', { code: 'branch_moved', message: 'No', retryable: false, detail: null }, null],
	['working', null, null],
] as const)('a merge that left its task %s, with the error %o, is told as %s', (state, error, words) => {
	expect(sayWhatCameOf('merge', { state, error })).toBe(words);
});
