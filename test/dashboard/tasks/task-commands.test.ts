import { expect, test } from 'vitest';
import { taskMachine } from '../../../machines/task.ts';
import type { Task } from '../../../src/dashboard/store/resources.ts';
import { offerTaskCommands, type TaskCommand } from '../../../src/dashboard/tasks/task-commands.ts';

const events: Readonly<Record<TaskCommand, string>> = {
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

const states = ['assigned', 'working', 'conflicted', 'in_review', 'approved', 'completed', 'failed'] as const;

/** Every event that is declared in the state, or in one inside or around it. */
function eventsIn(state: Task['state']): ReadonlySet<string> {
	const node = taskMachine.states[state];
	if (node === undefined) throw new Error(`the task's machine has no state ${state}`);
	return new Set([...node.events, ...taskMachine.root.ownEvents]);
}

test.each(states)('what is offered to a task that is %s is something its machine knows there', (state) => {
	const offered = offerTaskCommands({ state, activity: null });
	expect(offered.length).toBeGreaterThan(0);
	for (const command of offered) expect(eventsIn(state)).toContain(events[command]);
});

test('what was cleaned is not cleaned again', () => {
	expect(offerTaskCommands({ state: 'completed', activity: 'resting' })).toEqual(['clean-up']);
	expect(offerTaskCommands({ state: 'completed', activity: 'cleaned' })).toEqual([]);
});
