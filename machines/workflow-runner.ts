import { assign, setup } from 'xstate';
import type { MachineFailure } from './failure.ts';
import {
	backoffDelayMs,
	type CurrentDispatch,
	type CurrentPrompt,
	createRunnerContext,
	currentPrompt,
	type EndReason,
	isCurrentAttempt,
	isPollDue,
	lookAgainMs,
	promptCheckMs,
	type RunnerContext,
	type RunnerEvent,
	type RunnerInput,
	type RunnerOutput,
	retryAt,
	wakeDelayMs,
} from './workflow-runner-model.ts';

/**
 * The workflow runner: reads one workflow's trigger, takes up what is due, one dispatch at a time, and
 * follows each until its prompt is settled. Dispatches that wait are rows; the one under way, the
 * cursor and every backoff are here, and survive kill -9 with it.
 *
 * It lives while its agent does and its workflow stands as it is: told to end, it ends as soon as no
 * dispatch is under way, and the orchestrator looks whether another is to follow it.
 */
export const workflowRunnerMachine = setup({
	types: {
		context: {} as RunnerContext,
		events: {} as RunnerEvent,
		input: {} as RunnerInput,
		output: {} as RunnerOutput,
		tags: {} as 'waiting' | 'dispatching' | 'backingOff' | 'needsAttention',
	},
	actions: {
		// --- effects: run after the commit ------------------------------------------------------
		/** Reads the trigger and stores what it yields. */
		poll: (_, _params: { workflowId: string; revision: number; cursor: unknown }) => {},
		/** Looks for the dispatch that is due next. */
		findDue: (_, _params: { workflowId: string; revision: number }) => {},
		/** Renders the template and submits the prompt, with the attempt as idempotency key. */
		submit: (
			_,
			_params: { workflowId: string; agentId: string; revision: number; dispatchId: string; attempt: number },
		) => {},
		/** Looks whether the prompt was settled before anybody listened. */
		checkPrompt: (_, _params: CurrentPrompt) => {},
		/** Takes the prompt back if its turn has not begun. */
		withdrawPrompt: (_, _params: CurrentPrompt) => {},

		// --- what it knows ----------------------------------------------------------------------
		noteNudge: assign({ nudged: true }),
		takeNudge: assign({ nudged: false }),
		notePoll: assign(({ event }, params: { cursor: unknown; nextPollAt: number | null; exhausted: boolean }) => ({
			cursor: params.cursor,
			nextPollAt: Math.min(params.nextPollAt ?? Number.POSITIVE_INFINITY, event.at + lookAgainMs),
			expectsAt: params.nextPollAt,
			exhausted: params.exhausted,
			failures: 0,
			lastError: null,
		})),
		noteFailure: assign(({ context, event }, params: { failure: MachineFailure; retryAt: number | null }) => ({
			failures: context.failures + 1,
			lastError: params.failure,
			retryAt: retryAt(context, event.at, params.retryAt),
		})),
		noteDue: assign((_, params: { nextDueAt: number | null }) => ({ nextDueAt: params.nextDueAt })),
		/** What is due would only be refused again. */
		forgetDue: assign({ nextDueAt: null }),
		takeDispatch: assign((_, params: { dispatch: Omit<CurrentDispatch, 'promptId'> }) => ({
			dispatch: { ...params.dispatch, promptId: null },
			lastError: null,
		})),
		notePrompt: assign(({ context }, params: { promptId: string }) => ({
			dispatch: context.dispatch && { ...context.dispatch, promptId: params.promptId },
			failures: 0,
		})),
		/** What becomes of the dispatch's row is worked out from the same event: see `settle`. */
		endDispatch: assign({ dispatch: null }),
		beginEnding: assign((_, params: { reason: EndReason }) => ({ ending: params.reason })),
		noteExhausted: assign({ ending: 'exhausted' as const }),
	},
	guards: {
		isEnding: ({ context }) => context.ending !== null,
		isPollDue: ({ context, event }) => isPollDue(context, event.at),
		isBackingOff: ({ context, event }) => context.retryAt > event.at,
		isExhausted: ({ context }, params: { nextDueAt: number | null }) =>
			context.exhausted && !context.nudged && params.nextDueAt === null,
		isCurrentAttempt: ({ context }, params: { token: string }) => isCurrentAttempt(context, params.token),
		wasRefused: ({ context }, params: { token: string }) =>
			context.ending === null && isCurrentAttempt(context, params.token),
	},
	delays: {
		wake: ({ context, event }) => wakeDelayMs(context, event.at),
		backoff: ({ context, event }) => backoffDelayMs(context, event.at),
		promptCheck: promptCheckMs,
	},
}).createMachine({
	id: 'workflowRunner',
	options: { maxIterations: 100 },
	context: ({ input }) => createRunnerContext(input),
	// First whatever is left from before.
	initial: 'taking',
	on: {
		NUDGE: { actions: 'noteNudge' },
		END: { target: '.ended', actions: { type: 'beginEnding', params: ({ event }) => event } },
	},
	states: {
		deciding: {
			description: 'Never rested in: the same step goes on.',
			tags: ['waiting'],
			always: [{ guard: 'isEnding', target: 'ended' }, { guard: 'isPollDue', target: 'polling' }, { target: 'taking' }],
		},

		polling: {
			description: 'Reads the trigger.',
			tags: ['waiting'],
			entry: [
				'takeNudge',
				{
					type: 'poll',
					params: ({ context }) => ({
						workflowId: context.workflowId,
						revision: context.revision,
						cursor: context.cursor,
					}),
				},
			],
			on: {
				POLLED: { target: 'taking', actions: { type: 'notePoll', params: ({ event }) => event } },
				POLL_FAILED: {
					// What is there need not wait for a trigger that may not be readable for days.
					target: 'taking',
					// Whatever there was to be read is still there.
					actions: [{ type: 'noteFailure', params: ({ event }) => event }, 'noteNudge'],
				},
			},
		},

		taking: {
			description: 'Looks for the dispatch that is due next.',
			tags: ['waiting'],
			entry: {
				type: 'findDue',
				params: ({ context }) => ({ workflowId: context.workflowId, revision: context.revision }),
			},
			on: {
				TAKEN: { target: 'submitting', actions: { type: 'takeDispatch', params: ({ event }) => event } },
				NOTHING_DUE: [
					{
						guard: { type: 'isExhausted', params: ({ event }) => event },
						target: 'ended',
						actions: 'noteExhausted',
					},
					{
						guard: 'isBackingOff',
						target: 'backingOff',
						actions: { type: 'noteDue', params: ({ event }) => event },
					},
					{ target: 'waiting', actions: { type: 'noteDue', params: ({ event }) => event } },
				],
			},
		},

		waiting: {
			description: 'Nothing to do until the clock or a nudge says so.',
			tags: ['waiting'],
			always: { guard: 'isPollDue', target: 'polling' },
			after: { wake: 'deciding' },
		},

		backingOff: {
			description: 'The trigger could not be read, or the agent took no prompt: tries again later.',
			tags: ['backingOff', 'needsAttention'],
			after: { backoff: 'deciding' },
		},

		submitting: {
			description: 'Makes a prompt of the dispatch.',
			tags: ['dispatching'],
			entry: {
				type: 'submit',
				params: ({ context }) => ({
					workflowId: context.workflowId,
					agentId: context.agentId,
					revision: context.revision,
					dispatchId: context.dispatch?.id ?? '',
					attempt: context.dispatch?.attempt ?? 0,
				}),
			},
			on: {
				SUBMITTED: {
					guard: { type: 'isCurrentAttempt', params: ({ event }) => event },
					target: 'following',
					actions: { type: 'notePrompt', params: ({ event }) => event },
				},
				SUBMIT_REFUSED: [
					{
						guard: { type: 'wasRefused', params: ({ event }) => event },
						target: 'backingOff',
						actions: [
							'endDispatch',
							{ type: 'noteFailure', params: ({ event }) => ({ failure: event.failure, retryAt: null }) },
							'forgetDue',
						],
					},
					{
						guard: { type: 'isCurrentAttempt', params: ({ event }) => event },
						target: 'deciding',
						actions: 'endDispatch',
					},
				],
				SUBMIT_FAILED: {
					guard: { type: 'isCurrentAttempt', params: ({ event }) => event },
					target: 'deciding',
					actions: 'endDispatch',
				},
				SKIPPED: {
					guard: { type: 'isCurrentAttempt', params: ({ event }) => event },
					target: 'deciding',
					actions: 'endDispatch',
				},
				PROMPT_SETTLED: {
					guard: { type: 'isCurrentAttempt', params: ({ event }) => event },
					target: 'deciding',
					actions: 'endDispatch',
				},
				END: { actions: { type: 'beginEnding', params: ({ event }) => event } },
			},
		},

		following: {
			description: 'The agent has the prompt; waits for what comes of it.',
			tags: ['dispatching'],
			initial: 'listening',
			entry: { type: 'checkPrompt', params: ({ context }) => currentPrompt(context) },
			// Word of its end comes by itself; but a lost one must not leave a dispatch under way for ever.
			after: { promptCheck: { target: 'following', reenter: true } },
			on: {
				PROMPT_SETTLED: {
					guard: { type: 'isCurrentAttempt', params: ({ event }) => event },
					target: 'deciding',
					actions: 'endDispatch',
				},
				END: { target: '.ending', actions: { type: 'beginEnding', params: ({ event }) => event } },
			},
			states: {
				listening: {
					description: 'Whatever the agent makes of it.',
					always: { guard: 'isEnding', target: 'ending' },
				},
				ending: {
					description: 'Takes the prompt back unless its turn has begun, and ends with it.',
					entry: { type: 'withdrawPrompt', params: ({ context }) => currentPrompt(context) },
				},
			},
		},

		ended: {
			description: 'Gone with this step; the orchestrator removes it.',
			type: 'final',
		},
	},
	output: ({ context }) => ({
		workflowId: context.workflowId,
		revision: context.revision,
		reason: context.ending ?? 'exhausted',
	}),
});
