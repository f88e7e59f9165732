/**
 * Rows and events of prompts, from an agent's contexts before and after a step, and what is told to
 * those who submitted them. See `projection.ts`. The prompt's row itself, with its text, rides with the
 * PROMPT event; here its status follows.
 */

import type { QueuedPrompt } from '../../machines/agent-model.ts';
import { interruption, settledPrompts } from '../../machines/prompt-settlement.ts';
import { type AgentStep, type Gathered, tell } from './agent-step.ts';

const noPrompts: readonly QueuedPrompt[] = [];

export function projectPrompts(step: AgentStep, into: Gathered): void {
	const { before, after } = step;
	const queuedBefore = before?.queue ?? noPrompts;
	if (before?.turn && before.turn.id !== after.turn?.id) turnEnded(step, into, before.turn);
	for (const prompt of after.queue) {
		if (!queuedBefore.some(({ id }) => id === prompt.id)) queued(step, into, prompt);
	}
	for (const prompt of queuedBefore) {
		const kept = prompt.id === after.turn?.id || after.queue.some(({ id }) => id === prompt.id);
		if (!kept) settle(step, into, prompt.id, 'cancelled');
	}
	if (after.turn && after.turn.id !== before?.turn?.id) {
		// A prompt that is taken up at once never shows in the queue.
		if (step.event.type === 'PROMPT') tell(step, into, 'prompt.queued', { promptId: after.turn.id });
		turnBegan(step, into, after.turn);
	}
	into.messages.push(...settledPrompts(before, after, step.event));
}

function queued(step: AgentStep, into: Gathered, prompt: QueuedPrompt): void {
	if (step.event.type !== 'PROMPT') {
		into.records.push({
			op: 'update',
			table: 'prompts',
			id: prompt.id,
			set: { status: 'queued', error: null, finished_at: null },
		});
	}
	tell(step, into, 'prompt.queued', { promptId: prompt.id });
}

function turnBegan(step: AgentStep, into: Gathered, { id }: QueuedPrompt): void {
	const { generation } = step.after;
	into.records.push({
		op: 'update',
		table: 'prompts',
		id,
		set: { status: 'running', generation, started_at: step.at, error: null, finished_at: null },
	});
	tell(step, into, 'prompt.started', { promptId: id, generation });
}

function turnEnded(step: AgentStep, into: Gathered, turn: QueuedPrompt): void {
	const { event, after } = step;
	if (event.type === 'RESULT') {
		settle(step, into, turn.id, event.outcome);
		return;
	}
	const again = after.queue.some(({ id }) => id === turn.id);
	if (again) return;
	settle(step, into, turn.id, 'interrupted');
}

/** The row's result rides with the RESULT event; status, error and time are written here. */
function settle(
	step: AgentStep,
	into: Gathered,
	promptId: string,
	status: 'finished' | 'interrupted' | 'cancelled' | 'failed',
): void {
	const { event, after } = step;
	const ended = event.type === 'RESULT' ? event.failure : undefined;
	const failure = status === 'interrupted' ? interruption(after, event) : ended;
	into.records.push({
		op: 'update',
		table: 'prompts',
		id: promptId,
		set: { status, error: failure ? JSON.stringify(failure) : null, finished_at: step.at },
	});
	if (status === 'finished') {
		const { stopReason = null, usage = null } = event.type === 'RESULT' ? event : {};
		tell(step, into, 'prompt.finished', { promptId, stopReason, usage });
	} else if (status === 'cancelled') {
		tell(step, into, 'prompt.cancelled', { promptId });
	} else {
		tell(step, into, `prompt.${status}`, { promptId, error: failure ?? null });
	}
}
