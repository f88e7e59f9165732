/**
 * Prompts that are under way, as far as their traces go. Owns nothing that matters after a crash: what it
 * has to know is worked out again from the agents' contexts and the prompts' rows.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import { heldPrompts } from '../../machines/prompt-settlement.ts';
import type { HeldPrompt, Turn } from './prompt-spans.ts';
import { type SpanReference, spanIdOf, timeOf, traceIdOf } from './spans.ts';

export interface PromptBook {
	/** The prompt; opened if it is not known. */
	open(id: string, agentId: string, submitter?: SpanReference | null): HeldPrompt;
	get(id: string): HeldPrompt | undefined;
	/** The one that the agent works on. */
	workedOn(agentId: string): HeldPrompt | undefined;
	beginTurn(prompt: HeldPrompt, turn: Pick<Turn, 'generation' | 'startedAt'>): void;
	/** Answers the turn that was in progress. */
	endTurn(prompt: HeldPrompt): Turn | null;
	/** All of an agent. */
	of(agentId: string): readonly HeldPrompt[];
	close(prompt: HeldPrompt): void;
}

export function createPromptBook(): PromptBook {
	const prompts = new Map<string, HeldPrompt>();
	const byAgent = new Map<string, Set<HeldPrompt>>();
	const working = new Map<string, HeldPrompt>();
	return {
		open(id, agentId, submitter = null) {
			const known = prompts.get(id);
			if (known) return known;
			const prompt: HeldPrompt = { id, agentId, queuedAt: null, turn: null, ending: null, submitter };
			prompts.set(id, prompt);
			byAgent.set(agentId, (byAgent.get(agentId) ?? new Set()).add(prompt));
			return prompt;
		},
		get: (id) => prompts.get(id),
		workedOn: (agentId) => working.get(agentId),
		beginTurn(prompt, turn) {
			prompt.turn = { ...turn, tools: new Map() };
			working.set(prompt.agentId, prompt);
		},
		endTurn(prompt) {
			const { turn } = prompt;
			prompt.turn = null;
			if (working.get(prompt.agentId) === prompt) working.delete(prompt.agentId);
			return turn;
		},
		of: (agentId) => [...(byAgent.get(agentId) ?? [])],
		close(prompt) {
			prompts.delete(prompt.id);
			const own = byAgent.get(prompt.agentId);
			own?.delete(prompt);
			if (own?.size === 0) byAgent.delete(prompt.agentId);
		},
	};
}

/** Opens what agents held when the last process ended. */
export async function reopenPrompts(
	book: PromptBook,
	contexts: readonly AgentContext[],
	turnStarts: (promptIds: readonly string[]) => Promise<ReadonlyMap<string, number | null>>,
	now: number,
): Promise<void> {
	const starts = await turnStarts(contexts.flatMap((context) => heldPrompts(context).map(({ id }) => id)));
	for (const context of contexts) {
		const { agentId, generation, turn, queue } = context;
		for (const { id, replyTo } of heldPrompts(context)) {
			const prompt = book.open(id, agentId, submitterOf(replyTo?.token));
			const startedAt = starts.get(id) ?? null;
			if (turn?.id === id) book.beginTurn(prompt, { generation, startedAt: startedAt ?? now });
			// One that waits again waits since some moment that nobody noted.
			else if (queue.some((queued) => queued.id === id))
				prompt.queuedAt = startedAt === null ? (timeOf(id) ?? now) : now;
			else prompt.ending = { status: 'interrupted', error: 'interrupted' };
		}
	}
}

const attemptPattern = /^(dsp_\w+)\/(\d+)$/;

/** The attempt at a dispatch whose key this is. */
export function readAttempt(
	token: string | undefined,
): { readonly dispatchId: string; readonly number: number } | undefined {
	const [, dispatchId, number] = attemptPattern.exec(token ?? '') ?? [];
	return dispatchId === undefined ? undefined : { dispatchId, number: Number(number) };
}

/** The span of the attempt whose key this is: of another trace. */
export function submitterOf(token: string | undefined): SpanReference | null {
	const attempt = readAttempt(token);
	return attempt ? attemptSpan(attempt.dispatchId, attempt.number) : null;
}

export function attemptSpan(dispatchId: string, attempt: number): SpanReference {
	return { traceId: traceIdOf(dispatchId), spanId: spanIdOf('attempt', dispatchId, attempt) };
}
