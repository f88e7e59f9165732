/** Timers of every kind: `after`, delayed raises with ids, delayed sends to another actor. */
import { assign, cancel, enqueueActions, sendTo, setup } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition } from '../../../src/durable/definition.ts';

const bellMachine = setup({
	types: { context: {} as { rings: number }, events: {} as { type: 'RING' } },
	actions: { count: assign(({ context }) => ({ rings: context.rings + 1 })) },
}).createMachine({
	id: 'bell',
	options: { maxIterations: 10 },
	context: { rings: 0 },
	on: { RING: { actions: 'count' } },
});

const clockworkMachine = setup({
	types: {
		context: {} as { rung: string[] },
		events: {} as
			| { type: 'WAIT' }
			| { type: 'LEAVE' }
			| { type: 'ARM'; id: string; delay: number }
			| { type: 'DISARM'; id: string }
			| { type: 'ALARM'; id: string }
			| { type: 'RING_LATER'; delay: number }
			| { type: 'NOTHING' },
	},
	actors: { bell: bellMachine },
	actions: {
		arm: enqueueActions(({ enqueue }, { id, delay }: { id: string; delay: number }) => {
			enqueue.raise({ type: 'ALARM', id }, { id, delay });
		}),
		ringLater: sendTo(
			'bell',
			{ type: 'RING' },
			{ id: 'ring', delay: ({ event }) => (event.type === 'RING_LATER' ? event.delay : 0) },
		),
		disarm: cancel(({ event }) => (event.type === 'DISARM' ? event.id : '')),
		note: assign(({ context }, params: { id: string }) => ({ rung: [...context.rung, params.id] })),
	},
	delays: { patience: 1_000 },
}).createMachine({
	id: 'clockwork',
	options: { maxIterations: 10 },
	context: { rung: [] },
	invoke: { src: 'bell', id: 'bell' },
	initial: 'idle',
	on: {
		ARM: { actions: { type: 'arm', params: ({ event }) => event } },
		DISARM: { actions: 'disarm' },
		ALARM: { actions: { type: 'note', params: ({ event }) => ({ id: event.id }) } },
		RING_LATER: { actions: 'ringLater' },
	},
	states: {
		idle: { on: { WAIT: 'waiting' } },
		waiting: {
			on: { LEAVE: 'idle', WAIT: { target: 'waiting', reenter: true } },
			after: { patience: { target: 'idle', actions: { type: 'note', params: { id: 'patience' } } } },
		},
	},
});

const bell: DurableDefinition = {
	kind: 'bell',
	machine: bellMachine,
	version: 1,
	context: z.object({ rings: z.number() }),
};

export const clockwork: DurableDefinition = {
	kind: 'clockwork',
	machine: clockworkMachine,
	version: 1,
	context: z.object({ rung: z.array(z.string()) }),
	children: { bell },
};
