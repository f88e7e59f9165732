/**
 * What becomes of prompts in the end, told to whoever submitted them. A prompt is held while it waits,
 * runs, is to be taken up again with its session, or while a human is asked whether to run it again;
 * the step after which the agent holds it no longer has settled it, for good.
 */

import type { AgentContext, AgentEvent, ReplyTo } from './agent-model.ts';
import type { MachineFailure } from './failure.ts';

/** Told by the agent's machine, in the step that settles the prompt for good. */
export interface PromptSettled {
	readonly type: 'PROMPT_SETTLED';
	readonly promptId: string;
	/** What the submitter named it. */
	readonly token: string;
	readonly outcome: 'finished' | 'failed' | 'cancelled' | 'interrupted';
	readonly failure: MachineFailure | null;
	/** Who cancelled it. */
	readonly by: string | null;
}

/** A prompt as far as its settlement goes. */
interface HeldPrompt {
	readonly id: string;
	readonly replyTo?: ReplyTo;
}

export interface Settlement {
	/** Address of the actor that submitted the prompt. */
	readonly to: string;
	readonly event: PromptSettled;
}

/** Settlements of a step; of prompts whose submitter wants to be told. */
export function settledPrompts(
	before: AgentContext | null,
	after: AgentContext,
	event: AgentEvent,
): readonly Settlement[] {
	if (before === null || holdsTheSame(before, after)) return [];
	const held = new Set(heldPrompts(after).map(({ id }) => id));
	return heldPrompts(before).flatMap(({ id, replyTo }) => {
		if (!replyTo || held.has(id)) return [];
		const fate = fateOf(id, before, after, event);
		return { to: replyTo.address, event: { type: 'PROMPT_SETTLED', promptId: id, token: replyTo.token, ...fate } };
	});
}

/** Prompts that are not settled yet, each once. */
export function heldPrompts({ turn, queue, resumable, requests }: AgentContext): readonly HeldPrompt[] {
	const askedAbout = requests.flatMap(({ origin, promptId, replyTo }) =>
		origin === 'interruption' ? { id: promptId, ...(replyTo && { replyTo }) } : [],
	);
	return [...(turn ? [turn] : []), ...queue, ...(resumable ? [resumable] : []), ...askedAbout];
}

/** Whether the agent may still work on the prompt. */
export function holdsPrompt(context: AgentContext, promptId: string): boolean {
	return heldPrompts(context).some(({ id }) => id === promptId);
}

/** A prompt as its row tells of it. */
interface PromptRow {
	readonly status: 'queued' | 'running' | PromptSettled['outcome'];
	readonly error: MachineFailure | null;
}

/** The end of a prompt that no agent holds, by its row: for whoever may have missed word of it. */
export function settledByRow(prompt: PromptRow | undefined, promptId: string, token: string): PromptSettled {
	const named = { type: 'PROMPT_SETTLED', promptId, token, by: null } as const;
	if (!prompt) return { ...named, outcome: 'interrupted', failure: interrupted('The prompt is gone.') };
	const { status, error: failure } = prompt;
	switch (status) {
		case 'finished':
		case 'failed':
		case 'cancelled':
		case 'interrupted':
			return { ...named, outcome: status, failure };
		case 'queued':
		case 'running': {
			const message = 'The agent was begun afresh and knows nothing of the prompt.';
			return { ...named, outcome: 'interrupted', failure: interrupted(message) };
		}
		default:
			return status satisfies never;
	}
}

function holdsTheSame(before: AgentContext, after: AgentContext): boolean {
	const kept = ['turn', 'queue', 'resumable', 'requests'] as const;
	return kept.every((key) => before[key] === after[key]);
}

type Fate = Pick<PromptSettled, 'outcome' | 'failure' | 'by'>;

function fateOf(id: string, before: AgentContext, after: AgentContext, event: AgentEvent): Fate {
	const { turn, queue } = before;
	if (turn?.id === id) {
		if (event.type !== 'RESULT') return { outcome: 'interrupted', failure: interruption(after, event), by: null };
		const by = event.outcome === 'cancelled' ? (turn.cancelledBy ?? null) : null;
		return { outcome: event.outcome, failure: event.failure ?? null, by };
	}
	if (queue.some((prompt) => prompt.id === id)) {
		return { outcome: 'cancelled', failure: null, by: ('by' in event && event.by) || null };
	}
	return { outcome: 'interrupted', failure: abandonment(event), by: null };
}

/** Why a turn was cut short. */
export function interruption(after: AgentContext, event: AgentEvent): MachineFailure {
	switch (event.type) {
		case 'STOP':
		case 'KILL':
		case 'RESTART':
			return interrupted(`The agent was asked to ${event.type.toLowerCase()} in mid-turn.`, {
				reason: event.reason ?? null,
				by: event.by ?? null,
			});
		case 'GROUP_RESTART': {
			const { groupId, failedAgentId, reason } = event;
			return interrupted('The agent was restarted with its group in mid-turn.', { groupId, failedAgentId, reason });
		}
		case 'SHUTDOWN':
			return interrupted('Statecraft was shut down in mid-turn.');
		case 'RECONCILE':
			return interrupted(event.failure.message);
		default: {
			const cause = after.failure ?? ('failure' in event ? event.failure : undefined);
			return interrupted(cause?.message ?? 'The turn was cut short.', { cause: cause ?? null });
		}
	}
}

/** Why a turn that had been cut short was not taken up again. */
function abandonment(event: AgentEvent): MachineFailure {
	switch (event.type) {
		case 'ANSWER':
			return interrupted('The turn was cut short, and its prompt was not to be run again.', { by: event.by ?? null });
		case 'STOP':
		case 'KILL':
		case 'SHUTDOWN':
			return interrupted('The turn was cut short, and the agent was stopped before its prompt could be run again.');
		default:
			return interrupted('The turn was cut short, and could not be taken up again with its session.');
	}
}

function interrupted(message: string, detail?: MachineFailure['detail']): MachineFailure {
	return { code: 'interrupted', message, retryable: true, ...(detail && { detail }) };
}
