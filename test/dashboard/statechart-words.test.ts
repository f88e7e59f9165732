/** Steps of the journal in words of people. */

import { expect, test } from 'vitest';
import { describeEvent, describeStep } from '../../src/dashboard/statechart/event-words.ts';

test.each([
	['BackoffElapsed', 'Back-off over'],
	['xstate.after.startupDeadline.agent.starting', 'Timer: startup deadline'],
	['xstate.init', 'Begins'],
	['SESSION_IDENTIFIED', 'Session identified'],
	['constructor', 'Constructor'],
])('%s is told as %s', (name, words) => {
	expect(describeEvent(name)).toBe(words);
});

test('a step is told by its states', () => {
	expect(describeStep({ from: null, to: 'pending' })).toBe('Begins as pending');
	expect(describeStep({ from: 'starting', to: 'starting' })).toBe('stays starting');
	expect(describeStep({ from: 'starting', to: 'idle.ready' })).toBe('starting → idle.ready');
});
