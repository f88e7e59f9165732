/** A manager: the parent that hires clerks, hears of their work, and hands it on to the agent. */
import { assign, enqueueActions, setup, stopChild } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition } from '../../../src/durable/definition.ts';
import { pingEvent, settingRow } from './counter.ts';
import { clerkMachine } from './office-clerk.ts';

interface ManagerContext {
	readonly hired: readonly string[];
	readonly reports: readonly string[];
	readonly files: readonly string[];
	readonly failures: readonly string[];
	readonly praise: readonly string[];
	readonly favourite: unknown;
}

interface Ended {
	readonly actorId: string;
}

/** The types of the machine do not know the events by which children end. */
interface Told {
	readonly event: unknown;
}

const childOf = (event: unknown): string => (event as Ended).actorId;
const outputOf = (event: unknown): { file: string } => (event as { output: { file: string } }).output;

const machine = setup({
	types: {
		context: {} as ManagerContext,
		events: {} as
			| { type: 'HIRE'; id: string }
			| { type: 'ADOPT'; id: string }
			| { type: 'REPLACE'; id: string }
			| { type: 'FIRE'; id: string }
			| { type: 'PUSH'; id: string }
			| { type: 'REPORT'; from: string }
			| { type: 'PRAISE'; task: string }
			| { type: 'CLOSE' },
	},
	actors: { clerk: clerkMachine },
	actions: {
		hire: enqueueActions(({ enqueue }, { id }: { id: string }) => {
			enqueue.spawnChild('clerk', { id, input: { id } } as never);
			enqueue.assign(({ context }) => ({ hired: [...context.hired, id] }));
		}),
		/** Spawned inside an assignment, its reference kept in context. */
		adopt: assign(({ context, spawn }, { id }: { id: string }) => ({
			hired: [...context.hired, id],
			favourite: spawn('clerk', { id, input: { id } } as never),
		})),
		push: enqueueActions(({ enqueue }, { id }: { id: string }) => {
			enqueue.sendTo(id as never, { type: 'HURRY' } as never);
		}),
		dismiss: stopChild((_, { id }: { id: string }) => id as never),
		noteReport: assign(({ context }, { from }: { from: string }) => ({ reports: [...context.reports, from] })),
		notePraise: assign(({ context }, { task }: { task: string }) => ({ praise: [...context.praise, task] })),
		noteFailure: assign(({ context }, { actorId }: Ended) => ({ failures: [...context.failures, actorId] })),
		noteFile: assign(({ context }, { file }: { file: string }) => ({ files: [...context.files, file] })),
		tell: (_, _params: { to: string; event: { type: string; task: string } }) => {},
		/** A write. */
		book: (_, _params: { id: string }) => {},
	},
}).createMachine({
	id: 'manager',
	options: { maxIterations: 10 },
	context: { hired: [], reports: [], files: [], failures: [], praise: [], favourite: null },
	initial: 'open',
	states: {
		open: {
			on: {
				HIRE: { actions: { type: 'hire', params: ({ event }) => event } },
				ADOPT: { actions: { type: 'adopt', params: ({ event }) => event } },
				REPLACE: {
					actions: [
						{ type: 'dismiss', params: ({ event }) => event },
						{ type: 'hire', params: ({ event }) => event },
					],
				},
				FIRE: { actions: { type: 'dismiss', params: ({ event }) => event } },
				PUSH: { actions: { type: 'push', params: ({ event }) => event } },
				REPORT: { actions: { type: 'noteReport', params: ({ event }) => event } },
				PRAISE: { actions: { type: 'notePraise', params: ({ event }) => event } },
				CLOSE: 'closed',
				'xstate.done.actor.*': {
					actions: [
						{ type: 'noteFile', params: ({ event }: Told) => outputOf(event) },
						{ type: 'book', params: ({ event }: Told) => ({ id: childOf(event) }) },
						{
							type: 'tell',
							params: ({ event }: Told) => ({
								to: 'agent:a',
								event: { type: 'TASK', task: childOf(event) },
							}),
						},
						{ type: 'dismiss', params: ({ event }: Told) => ({ id: childOf(event) }) },
					],
				},
				'xstate.error.actor.*': {
					actions: [
						{ type: 'noteFailure', params: ({ event }: Told) => ({ actorId: childOf(event) }) },
						{ type: 'dismiss', params: ({ event }: Told) => ({ id: childOf(event) }) },
					],
				},
			},
		},
		closed: { type: 'final' },
	},
});
export function createManager(clerk: DurableDefinition): DurableDefinition {
	return {
		kind: 'manager',
		machine,
		version: 1,
		context: z.object({
			hired: z.array(z.string()),
			reports: z.array(z.string()),
			files: z.array(z.string()),
			failures: z.array(z.string()),
			praise: z.array(z.string()),
			favourite: z.unknown(),
		}),
		writes: {
			book: ({ id }: { id: string }, { version }) => ({
				records: [settingRow(`booked ${id} ${version}`)],
				events: [pingEvent(id)],
			}),
		},
		children: { clerk },
	};
}
