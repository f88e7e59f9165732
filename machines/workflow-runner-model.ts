/**
 * The vocabulary of the workflow runner: context, events, triggers, and the pure rules by which it
 * settles dispatches. Everything is JSON; the only clock is `event.at`.
 */

import type { EventObject } from 'xstate';
import { backoffWithJitter } from './backoff.ts';
import type { MachineFailure } from './failure.ts';
import type { PromptSettled } from './prompt-settlement.ts';

/** What becomes of dispatches whose prompt did not finish. */
export interface DispatchRetry {
	/** Attempts in all. */
	readonly maxAttempts: number;
	readonly backoffMs: { readonly initial: number; readonly max: number };
	/** Whether an attempt that a crash or a restart cut short is followed by another one. */
	readonly interrupted: 'retry' | 'leave';
}

export interface RunnerInput {
	readonly workflowId: string;
	readonly agentId: string;
	/** The revision of the workflow it follows. */
	readonly revision: number;
	/** Tells its trigger from others the workflow had, or will have: a cursor belongs to one trigger. */
	readonly triggerKey: string;
	/** How far the trigger was read by the runner before. */
	readonly cursor: unknown;
	readonly retry: DispatchRetry;
}

/** The dispatch under way. */
export interface CurrentDispatch {
	readonly id: string;
	readonly sourceId: string;
	/** 1 for the first. */
	readonly attempt: number;
	readonly maxAttempts: number;
	/** Null until the agent has accepted its prompt. */
	readonly promptId: string | null;
	/** The queue item it stands for. */
	readonly queueItemId: string | null;
}

/** Why a runner ends. */
export type EndReason = 'edited' | 'disabled' | 'removed' | 'agentEnded' | 'exhausted';

export interface RunnerOutput {
	readonly workflowId: string;
	readonly revision: number;
	readonly reason: EndReason;
}

export interface RunnerContext extends RunnerInput {
	/** When the trigger is read next, epoch milliseconds. */
	readonly nextPollAt: number;
	/** When the trigger expects to yield something, epoch milliseconds; null: when it is nudged. */
	readonly expectsAt: number | null;
	/** When the next outstanding dispatch is due, epoch milliseconds; null for none. */
	readonly nextDueAt: number | null;
	/** Something may be there to be read now. */
	readonly nudged: boolean;
	/** The trigger will never yield anything again. */
	readonly exhausted: boolean;
	readonly dispatch: CurrentDispatch | null;
	/** Failures to read the trigger, or to hand over a prompt, in a row. */
	readonly failures: number;
	/** Until when it backs off, epoch milliseconds. */
	readonly retryAt: number;
	readonly lastError: MachineFailure | null;
	/** Set once it was told to end: it does so as soon as no dispatch is under way. */
	readonly ending: EndReason | null;
}

export function createRunnerContext(input: RunnerInput): RunnerContext {
	return {
		...input,
		nextPollAt: 0,
		expectsAt: null,
		nextDueAt: null,
		nudged: false,
		exhausted: false,
		dispatch: null,
		failures: 0,
		retryAt: 0,
		lastError: null,
		ending: null,
	};
}

export type RunnerCommandEvent =
	| { readonly type: 'NUDGE' }
	| { readonly type: 'END'; readonly reason: EndReason }
	| {
			readonly type: 'POLLED';
			readonly cursor: unknown;
			/** Epoch milliseconds; null: when it is nudged. */
			readonly nextPollAt: number | null;
			readonly exhausted: boolean;
	  }
	| { readonly type: 'POLL_FAILED'; readonly failure: MachineFailure; readonly retryAt: number | null }
	| {
			readonly type: 'TAKEN';
			readonly dispatch: Omit<CurrentDispatch, 'promptId'>;
	  }
	| { readonly type: 'NOTHING_DUE'; readonly nextDueAt: number | null }
	| { readonly type: 'SUBMITTED'; readonly token: string; readonly promptId: string }
	/** It cannot be made a prompt of now; that is not the item's fault, and no attempt. */
	| { readonly type: 'SUBMIT_REFUSED'; readonly token: string; readonly failure: MachineFailure }
	/** It cannot be made a prompt of: an attempt that failed. */
	| { readonly type: 'SUBMIT_FAILED'; readonly token: string; readonly failure: MachineFailure }
	/** It is not to be made a prompt of. */
	| { readonly type: 'SKIPPED'; readonly token: string; readonly failure: MachineFailure }
	| PromptSettled;

export type RunnerEvent = RunnerCommandEvent & { readonly at: number };

/** Why a transition happened: the journal's closed vocabulary for runners. */
export const runnerTriggers = [
	'Spawned',
	'Nudged',
	'Ended',
	'Polled',
	'PollFailed',
	'DispatchTaken',
	'NothingDue',
	'PromptSubmitted',
	'PromptRefused',
	'DispatchFailed',
	'DispatchSkipped',
	'PromptSettled',
	'WakeDue',
	'BackoffElapsed',
	'PromptCheckDue',
] as const;

export type RunnerTrigger = (typeof runnerTriggers)[number];

const triggerOfEvent: Readonly<Record<RunnerCommandEvent['type'], RunnerTrigger>> = {
	NUDGE: 'Nudged',
	END: 'Ended',
	POLLED: 'Polled',
	POLL_FAILED: 'PollFailed',
	TAKEN: 'DispatchTaken',
	NOTHING_DUE: 'NothingDue',
	SUBMITTED: 'PromptSubmitted',
	SUBMIT_REFUSED: 'PromptRefused',
	SUBMIT_FAILED: 'DispatchFailed',
	SKIPPED: 'DispatchSkipped',
	PROMPT_SETTLED: 'PromptSettled',
};

/** The trigger of a step, from its event alone. */
export function triggerOfRunner(event: EventObject): RunnerTrigger {
	if (event.type === 'xstate.init') return 'Spawned';
	if (event.type.startsWith('xstate.after.wake')) return 'WakeDue';
	if (event.type.startsWith('xstate.after.backoff')) return 'BackoffElapsed';
	if (event.type.startsWith('xstate.after.promptCheck')) return 'PromptCheckDue';
	return triggerOfEvent[event.type as RunnerCommandEvent['type']];
}

/** What the prompt of an attempt is named, and its idempotency key: the same however often it is submitted. */
export function attemptKey(dispatchId: string, attempt: number): string {
	return `${dispatchId}/${attempt}`;
}

/** Who a runner is when it cancels a prompt of its own. */
export function runnerName(workflowId: string): string {
	return `workflow ${workflowId}`;
}

export function isCurrentAttempt({ dispatch }: RunnerContext, token: string): boolean {
	return dispatch !== null && token === attemptKey(dispatch.id, dispatch.attempt);
}

/** The prompt that stands for the current attempt. */
export interface CurrentPrompt {
	readonly workflowId: string;
	readonly promptId: string;
	readonly token: string;
}

export function currentPrompt({ workflowId, dispatch }: RunnerContext): CurrentPrompt {
	const token = dispatch ? attemptKey(dispatch.id, dispatch.attempt) : '';
	return { workflowId, promptId: dispatch?.promptId ?? '', token };
}

/** What became of an attempt, for the dispatch's row. */
export interface Settlement {
	readonly status: 'completed' | 'failed' | 'interrupted' | 'skipped' | 'pending';
	/** When it is tried again, epoch milliseconds; null: it is left as it is. */
	readonly nextAttemptAt: number | null;
	readonly failure: MachineFailure | null;
	/** How often a prompt was made of it, and after how many it is left. */
	readonly attempts: number;
	readonly maxAttempts: number;
}

/** How the event ends the current attempt; undefined when it does not. */
export function settle(context: RunnerContext, event: RunnerEvent): Settlement | undefined {
	const { dispatch } = context;
	if (!dispatch) return undefined;
	const { attempt: attempts, maxAttempts } = dispatch;
	const outcome = settleAttempt(context, event);
	if (outcome?.status !== 'pending') return outcome && { ...outcome, attempts, maxAttempts };
	// Refused, nothing was made of it: the attempt, and its key, are still to be used. Taken back by ourselves,
	// its key is used up, but that shall not count against the item.
	if (event.type === 'SUBMIT_REFUSED') return { ...outcome, attempts: attempts - 1, maxAttempts };
	return { ...outcome, attempts, maxAttempts: maxAttempts + 1 };
}

type Outcome = Pick<Settlement, 'status' | 'nextAttemptAt' | 'failure'>;

function settleAttempt(context: RunnerContext, event: RunnerEvent): Outcome | undefined {
	switch (event.type) {
		case 'SUBMIT_REFUSED':
			return { status: 'pending', nextAttemptAt: event.at, failure: event.failure };
		case 'SUBMIT_FAILED':
			return failed(context, event.failure, event.at);
		case 'SKIPPED':
			return { status: 'skipped', nextAttemptAt: null, failure: event.failure };
		case 'PROMPT_SETTLED':
			return settlePrompt(context, event, event.at);
		default:
			return undefined;
	}
}

function settlePrompt(context: RunnerContext, event: PromptSettled, at: number): Outcome {
	switch (event.outcome) {
		case 'finished':
			return { status: 'completed', nextAttemptAt: null, failure: null };
		case 'failed':
			return failed(context, event.failure, at);
		case 'interrupted': {
			const again = context.retry.interrupted === 'retry' && hasAttemptsLeft(context);
			const nextAttemptAt = again ? at + retryDelayMs(context) : null;
			return { status: 'interrupted', nextAttemptAt, failure: event.failure };
		}
		case 'cancelled': {
			if (wasTakenBack(context, event.by)) return { status: 'pending', nextAttemptAt: at, failure: null };
			const message = event.by === null ? 'The prompt was cancelled.' : `The prompt was cancelled by ${event.by}.`;
			const failure = { code: 'prompt_cancelled', message, retryable: false };
			return { status: 'skipped', nextAttemptAt: null, failure };
		}
		default:
			return event.outcome satisfies never;
	}
}

/** By the runner itself; also when nobody is named, while it was about to: its own word may have been lost. */
function wasTakenBack({ workflowId, ending }: RunnerContext, by: string | null): boolean {
	return by === runnerName(workflowId) || (by === null && ending !== null);
}

function failed(context: RunnerContext, failure: MachineFailure | null, at: number): Outcome {
	const again = failure?.retryable !== false && hasAttemptsLeft(context);
	return { status: 'failed', nextAttemptAt: again ? at + retryDelayMs(context) : null, failure };
}

function hasAttemptsLeft({ dispatch }: RunnerContext): boolean {
	return dispatch !== null && dispatch.attempt < dispatch.maxAttempts;
}

/** Milliseconds before the next attempt of the current dispatch. */
function retryDelayMs({ dispatch, retry }: RunnerContext): number {
	if (!dispatch) return 0;
	return backoffWithJitter(retry.backoffMs, dispatch.attempt - 1, attemptKey(dispatch.id, dispatch.attempt));
}

const pollBackoff = { initial: 1_000, max: 300_000 };

/** When a trigger that could not be read, or an agent that took no prompt, is tried again; never before it was to be. */
export function retryAt(context: RunnerContext, at: number, asked: number | null): number {
	const pause = backoffWithJitter(pollBackoff, context.failures, `${context.workflowId}/${at}`);
	return Math.max(at + pause, asked ?? 0, context.retryAt);
}

/** A trigger is read this often at least, should a nudge be lost, milliseconds. */
export const lookAgainMs = 3_600_000;

/** How often a prompt is asked after, should word of its end be lost, milliseconds. */
export const promptCheckMs = 600_000;

export function isPollDue({ nudged, nextPollAt, retryAt }: RunnerContext, at: number): boolean {
	return (nudged || nextPollAt <= at) && retryAt <= at;
}

/** Milliseconds until it may try again, or an item is due that need not wait for that. */
export function backoffDelayMs({ retryAt, nextDueAt }: RunnerContext, at: number): number {
	return Math.max(0, Math.min(retryAt, nextDueAt ?? retryAt) - at);
}

/** Milliseconds until there is something to do by the clock. */
export function wakeDelayMs({ nextPollAt, nextDueAt }: RunnerContext, at: number): number {
	return Math.max(0, Math.min(nextPollAt, nextDueAt ?? nextPollAt) - at);
}
