/** An agent: takes one task at a time and hands it out of the house, at most once. */
import { assign, setup } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition, EffectDefinition } from '../../../src/durable/definition.ts';

interface AgentContext {
	readonly queue: readonly string[];
	readonly task: string | null;
	readonly delivered: readonly string[];
	readonly interrupted: readonly string[];
}

export const patienceMs = 5_000;

function praise(task: string) {
	return { to: 'manager:m', event: { type: 'PRAISE', task } };
}

const machine = setup({
	types: {
		context: {} as AgentContext,
		events: {} as { type: 'TASK'; task: string } | { type: 'DELIVERED'; task: string },
	},
	guards: {
		isWaiting: ({ context }) => context.queue.length > 0,
		isCurrent: ({ context }, { task }: { task: string }) => context.task === task,
	},
	actions: {
		enqueue: assign(({ context }, { task }: { task: string }) => ({ queue: [...context.queue, task] })),
		begin: assign(({ context }) => ({ task: context.queue[0] ?? null, queue: context.queue.slice(1) })),
		deliver: (_, _params: { task: string }) => {},
		finish: assign(({ context }) => ({ delivered: [...context.delivered, context.task ?? ''], task: null })),
		interrupt: assign(({ context }) => ({ interrupted: [...context.interrupted, context.task ?? ''], task: null })),
		tell: (_, _params: { to: string; event: { type: string; task: string } }) => {},
	},
	delays: { patience: patienceMs },
}).createMachine({
	id: 'office-agent',
	options: { maxIterations: 20 },
	context: { queue: [], task: null, delivered: [], interrupted: [] },
	initial: 'idle',
	on: { TASK: { actions: { type: 'enqueue', params: ({ event }) => event } } },
	states: {
		idle: { always: { guard: 'isWaiting', target: 'busy', actions: 'begin' } },
		busy: {
			entry: { type: 'deliver', params: ({ context }) => ({ task: context.task ?? '' }) },
			on: {
				DELIVERED: {
					guard: { type: 'isCurrent', params: ({ event }) => event },
					target: 'idle',
					actions: [{ type: 'tell', params: ({ event }) => praise(event.task) }, 'finish'],
				},
			},
			after: {
				patience: {
					target: 'idle',
					actions: [{ type: 'tell', params: ({ context }) => praise(context.task ?? '') }, 'interrupt'],
				},
			},
		},
	},
});

export function createOfficeAgent(deliver: EffectDefinition): DurableDefinition {
	return {
		kind: 'agent',
		machine,
		version: 1,
		context: z.object({
			queue: z.array(z.string()),
			task: z.string().nullable(),
			delivered: z.array(z.string()),
			interrupted: z.array(z.string()),
		}),
		effects: { deliver },
	};
}
