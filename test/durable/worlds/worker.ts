/** A worker for the fuzz: everything that is to happen exactly once leaves a token in its context. */
import { assign, enqueueActions, sendParent, setup, stopChild } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition } from '../../../src/durable/definition.ts';

const runnerMachine = setup({
	types: { context: {} as { token: string }, input: {} as { token: string }, events: {} as { type: 'NEVER' } },
	actions: { report: sendParent(({ context }) => ({ type: 'PROGRESS', token: context.token })) },
}).createMachine({
	id: 'runner',
	options: { maxIterations: 10 },
	context: ({ input }) => ({ token: input.token }),
	initial: 'first',
	output: ({ context }) => ({ token: context.token }),
	states: {
		first: { after: { 30: 'second' } },
		second: { entry: 'report', after: { 30: 'third' } },
		third: { type: 'final' },
	},
});

/** What came about, by kind; each token once, if all is well. */
export interface WorkerContext {
	readonly marked: readonly string[];
	readonly got: readonly string[];
	readonly rang: readonly string[];
	readonly progress: readonly string[];
	readonly ended: readonly string[];
	readonly shouted: readonly string[];
}

type Token = { readonly token: string };
type Kind = keyof WorkerContext;
const childOf = (event: unknown): string => (event as { actorId: string }).actorId;

const workerMachine = setup({
	types: {
		context: {} as WorkerContext,
		events: {} as
			| { type: 'ON' }
			| { type: 'OFF' }
			| ({ type: 'MARK' | 'GOT' | 'RANG' | 'PROGRESS' | 'HIRE' | 'SHOUT' | 'SHOUTED' } & Token)
			| ({ type: 'PASS'; to: string } & Token)
			| ({ type: 'ALARM'; delay: number } & Token),
	},
	actors: { runner: runnerMachine },
	actions: {
		note: assign(({ context }, { kind, token }: Token & { kind: Kind }) => ({ [kind]: [...context[kind], token] })),
		tell: (_, _params: { to: string; event: Token & { type: string } }) => {},
		shout: (_, _params: Token) => {},
		alarm: enqueueActions(({ enqueue }, { token, delay }: Token & { delay: number }) => {
			enqueue.raise({ type: 'RANG', token }, { id: token, delay });
		}),
		hire: enqueueActions(({ enqueue }, { token }: Token) => {
			enqueue.spawnChild('runner', { id: token, input: { token } } as never);
		}),
		dismiss: stopChild((_, { token }: Token) => token as never),
	},
}).createMachine({
	id: 'worker',
	options: { maxIterations: 10 },
	context: { marked: [], got: [], rang: [], progress: [], ended: [], shouted: [] },
	initial: 'on',
	on: {
		GOT: { actions: { type: 'note', params: ({ event }) => ({ kind: 'got', token: event.token }) } },
		RANG: { actions: { type: 'note', params: ({ event }) => ({ kind: 'rang', token: event.token }) } },
		PROGRESS: { actions: { type: 'note', params: ({ event }) => ({ kind: 'progress', token: event.token }) } },
		SHOUTED: { actions: { type: 'note', params: ({ event }) => ({ kind: 'shouted', token: event.token }) } },
		PASS: {
			actions: {
				type: 'tell',
				params: ({ event }) => ({ to: event.to, event: { type: 'GOT', token: event.token } }),
			},
		},
		SHOUT: { actions: { type: 'shout', params: ({ event }) => event } },
		ALARM: { actions: { type: 'alarm', params: ({ event }) => event } },
		HIRE: { actions: { type: 'hire', params: ({ event }) => event } },
		'xstate.done.actor.*': {
			actions: [
				{
					type: 'note',
					params: ({ event }: { event: unknown }) => ({ kind: 'ended', token: childOf(event) }) as const,
				},
				{ type: 'dismiss', params: ({ event }: { event: unknown }) => ({ token: childOf(event) }) },
			],
		},
	},
	states: {
		on: {
			on: {
				OFF: 'off',
				MARK: { actions: { type: 'note', params: ({ event }) => ({ kind: 'marked', token: event.token }) } },
			},
		},
		off: { on: { ON: 'on' } },
	},
});

const tokens = z.array(z.string());

/** `shouted` is told of each shout that reaches the world outside. */
export function createWorker(shouted: (token: string) => void): DurableDefinition {
	return {
		kind: 'worker',
		machine: workerMachine,
		version: 1,
		context: z.object({ marked: tokens, got: tokens, rang: tokens, progress: tokens, ended: tokens, shouted: tokens }),
		effects: {
			shout: {
				repeat: 'always',
				async run({ token }: Token) {
					shouted(token);
					return { type: 'SHOUTED', token };
				},
			},
		},
		children: {
			runner: { kind: 'runner', machine: runnerMachine, version: 1, context: z.object({ token: z.string() }) },
		},
	};
}
