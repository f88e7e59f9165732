/** A counter that can be switched on and off: the smallest machine that shows what a gate does. */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition } from '../../../src/durable/definition.ts';

export const counterMachine = setup({
	types: {
		context: {} as { count: number },
		input: {} as { count?: number } | undefined,
		emitted: {} as { type: 'counted'; count: number },
		events: {} as
			| { type: 'ON' }
			| { type: 'OFF' }
			| { type: 'ADD'; by: number }
			| { type: 'PEEK' }
			| { type: 'EXPLODE' }
			| { type: 'DOUBT' }
			| { type: 'PAY'; id: string }
			| { type: 'FINISH' },
	},
	actions: {
		add: assign(({ context }, params: { by: number }) => ({ count: context.count + params.by })),
		explode: assign(() => {
			throw new Error('the assignment blew up');
		}),
		shout: emit(({ context }) => ({ type: 'counted', count: context.count }) as const),
		/** A write: a row that goes with the step. */
		book: (_, _params: { id: string }) => {},
	},
	guards: {
		isSure: () => {
			throw new Error('the guard is in doubt');
		},
	},
}).createMachine({
	id: 'counter',
	options: { maxIterations: 10 },
	context: ({ input }) => {
		if (input?.count === -1) throw new Error('the input is no good');
		return { count: input?.count ?? 0 };
	},
	initial: 'off',
	on: { FINISH: '.finished', PEEK: { actions: 'shout' } },
	states: {
		off: {
			on: {
				ON: 'on',
				EXPLODE: { target: 'on', actions: 'explode' },
				DOUBT: { guard: 'isSure', target: 'on' },
				PAY: { actions: { type: 'book', params: ({ event }) => ({ id: event.id }) } },
			},
		},
		on: {
			initial: 'resting',
			on: {
				OFF: 'off',
				ADD: {
					target: '.counting',
					actions: [{ type: 'add', params: ({ event }) => ({ by: event.by }) }, 'shout'],
				},
			},
			states: {
				resting: {},
				counting: { always: { guard: ({ context }) => context.count >= 100, target: 'full' } },
				full: {},
			},
		},
		finished: { type: 'final' },
	},
});

export const counter: DurableDefinition = {
	kind: 'counter',
	machine: counterMachine,
	version: 1,
	context: z.object({ count: z.number() }),
	writes: {
		book: ({ id }: { id: string }) => ({ records: [settingRow(id)], events: [pingEvent(id)] }),
	},
	describe: ({ event }) => ({ trigger: event.type === 'ON' ? 'SwitchedOn' : null, generation: null }),
};

/** A row that any step may write: two with one id violate a constraint. */
export function settingRow(id: string, value = '1') {
	return { op: 'insert', table: 'settings', row: { id, value } } as const;
}

export function pingEvent(id: string) {
	return { topic: 'test.pinged', agentId: null, at: 0, data: JSON.stringify({ id }) };
}
