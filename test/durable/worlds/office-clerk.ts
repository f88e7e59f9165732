/** A clerk: the child in three steps, with an effect, a second's delay, a word to its parent, an output. */
import { assign, sendParent, setup } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition, EffectDefinition } from '../../../src/durable/definition.ts';

/** The clerk's own child: it only counts. */
const internMachine = setup({
	types: { context: {} as { errands: number }, events: {} as { type: 'ERRAND' } | { type: 'GO_HOME' } },
	actions: { run: assign(({ context }) => ({ errands: context.errands + 1 })) },
}).createMachine({
	id: 'intern',
	options: { maxIterations: 10 },
	context: { errands: 0 },
	initial: 'present',
	states: { present: { on: { ERRAND: { actions: 'run' }, GO_HOME: 'gone' } }, gone: { type: 'final' } },
});

const intern: DurableDefinition = {
	kind: 'intern',
	machine: internMachine,
	version: 1,
	context: z.object({ errands: z.number() }),
};

export const clerkMachine = setup({
	types: {
		context: {} as { id: string; file: string | null },
		input: {} as { id: string },
		events: {} as { type: 'FETCHED'; file: string } | { type: 'STAMPED' } | { type: 'HURRY' },
	},
	actors: { intern: internMachine },
	actions: {
		fetch: (_, _params: { id: string }) => {},
		stamp: (_, _params: { id: string }) => {},
		keep: assign((_, { file }: { file: string }) => ({ file })),
		report: sendParent(({ context }) => ({ type: 'REPORT', from: context.id })),
	},
	delays: { lunch: 1_000 },
}).createMachine({
	id: 'clerk',
	options: { maxIterations: 10 },
	context: ({ input }) => {
		if (input.id === 'impostor') throw new Error('no such clerk');
		return { id: input.id, file: null };
	},
	invoke: { src: 'intern', id: 'intern' },
	initial: 'fetching',
	output: ({ context }) => ({ file: context.file }),
	states: {
		fetching: {
			entry: { type: 'fetch', params: ({ context }) => ({ id: context.id }) },
			on: { FETCHED: { target: 'lunching', actions: { type: 'keep', params: ({ event }) => event } } },
		},
		lunching: { after: { lunch: 'stamping' }, on: { HURRY: 'stamping' } },
		stamping: {
			entry: ['report', { type: 'stamp', params: ({ context }) => ({ id: context.id }) }],
			on: { STAMPED: 'finished' },
		},
		finished: { type: 'final' },
	},
});

export function createClerk(effects: Readonly<Record<'fetch' | 'stamp', EffectDefinition>>): DurableDefinition {
	return {
		kind: 'clerk',
		machine: clerkMachine,
		version: 1,
		context: z.object({ id: z.string(), file: z.string().nullable() }),
		effects,
		children: { intern },
	};
}
