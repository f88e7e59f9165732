/** A runner of one errand: an effect whose every turn the test decides. */
import { assign, setup } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition, EffectDefinition } from '../../../src/durable/definition.ts';

const errandMachine = setup({
	types: {
		context: {} as { results: string[] },
		events: {} as
			| { type: 'GO'; what: string }
			| { type: 'DONE'; result: string }
			| { type: 'GAVE_UP'; reason: string }
			| { type: 'DEAF' },
	},
	actions: {
		run: (_, _params: { what: string }) => {},
		note: assign(({ context }, { result }: { result: string }) => ({ results: [...context.results, result] })),
	},
}).createMachine({
	id: 'errand',
	options: { maxIterations: 10 },
	context: { results: [] },
	initial: 'listening',
	states: {
		listening: {
			on: {
				GO: { actions: { type: 'run', params: ({ event }) => ({ what: event.what }) } },
				DONE: { actions: { type: 'note', params: ({ event }) => ({ result: event.result }) } },
				GAVE_UP: { actions: { type: 'note', params: ({ event }) => ({ result: `gave up: ${event.reason}` }) } },
				DEAF: 'deaf',
			},
		},
		deaf: {},
	},
});

export function createErrand(run: EffectDefinition): DurableDefinition {
	return {
		kind: 'errand',
		machine: errandMachine,
		version: 1,
		context: z.object({ results: z.array(z.string()) }),
		effects: { run },
	};
}
