import { expect, test } from 'vitest';
import { taskMachine } from '../../../machines/task.ts';
import { activities, activityWords } from '../../../src/dashboard/tasks/activity.ts';

interface State {
	readonly states: Readonly<Record<string, { readonly states: object }>>;
}

const innermost = ({ states }: State): readonly string[] =>
	Object.values(states).flatMap((state) => Object.keys(state.states));

test('there are words for all that a task does inside its states, and for nothing that it does not', () => {
	expect([...activities].sort()).toEqual([...new Set(innermost(taskMachine.root))].sort());
});

test('what has no words yet is read out as it is written', () => {
	expect(activityWords('tidyingUp')).toBe('tidying up');
	expect(activityWords('resting')).toBeNull();
});
