/** The small machine: two states and a number, so that what is measured is the way and not the load. */

import { assign, setup } from 'xstate';
import type { DurableDefinition } from '../../src/durable/definition.ts';

export const counterMachine = setup({
	types: { context: {} as { count: number }, events: {} as { type: 'TICK' } },
	actions: { count: assign(({ context }) => ({ count: context.count + 1 })) },
}).createMachine({
	id: 'counter',
	options: { maxIterations: 100 },
	context: { count: 0 },
	initial: 'even',
	states: {
		even: { on: { TICK: { target: 'odd', actions: 'count' } } },
		odd: { on: { TICK: { target: 'even', actions: 'count' } } },
	},
});

export const counterDefinition: DurableDefinition = {
	kind: 'counter',
	machine: counterMachine,
	version: 1,
	context: { parse: (value) => value },
};
