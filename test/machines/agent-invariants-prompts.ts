/** Checks on prompts: none is lost, none is run twice, each is settled once. */

import assert from 'node:assert/strict';
import type { AgentContext, QueuedPrompt } from '../../machines/agent-model.ts';
import type { CheckedStep } from './agent-invariants.ts';

const settledStates = new Set(['finished', 'failed', 'cancelled', 'interrupted']);

/** [AG17, AG18, AG22 to AG26, AG51] */
export function checkPrompts(step: CheckedStep): void {
	const { old, now } = step;
	const before = heldBy(old);
	const after = heldBy(now);
	assert.equal(new Set(after).size, after.length, 'a prompt is in two places');
	if (now.resumable) assert.ok(!after.includes(now.resumable.id), 'a resumable prompt is queued as well');
	for (const id of before) if (!after.includes(id)) assert.deepEqual(statusesOf(step, id), [endOf(step, id)]);
	for (const id of after) checkHeld(step, id, before.includes(id));
	checkInterruption(step);
	checkOrder(step);
	checkReplies(step);
}

/** Submitters are told of a prompt in the step that leaves no trace of it, of no other, and as its row says. */
function checkReplies({ old, now, writes }: CheckedStep): void {
	const told = writes.messages.map(({ to, event }) => ({ to, token: event.token }));
	const gone = tokensIn(old).filter((token) => !tokensIn(now).includes(token));
	assert.deepEqual(
		told,
		gone.map((token) => ({ to: 'submitter:1', token })),
	);
}

/** Tokens that the agent remembers, wherever it does. */
function tokensIn(context: AgentContext | null): string[] {
	return [...new Set(JSON.stringify(context).match(/token of [^.]*\./g) ?? [])];
}

function heldBy(context: AgentContext | null): string[] {
	return [...(context?.turn ? [context.turn] : []), ...(context?.queue ?? [])].map(({ id }) => id);
}

/** Statuses that the step writes of a prompt. */
function statusesOf({ writes }: CheckedStep, id: string): unknown[] {
	const updates = writes.records.filter((record) => record.table === 'prompts' && 'id' in record && record.id === id);
	return updates.map((record) => (record.op === 'update' ? record.set.status : record.op));
}

/** What the step makes of a prompt that it takes out of turn and queue. */
function endOf({ old, event }: CheckedStep, id: string): string {
	if (id !== old?.turn?.id) return 'cancelled';
	return event.type === 'RESULT' ? event.outcome : 'interrupted';
}

/** A prompt that the agent has after the step: how it came in, and what is written of it. */
function checkHeld(step: CheckedStep, id: string, wasHeld: boolean): void {
	const { old, now, event } = step;
	if (!wasHeld) assert.ok(mayEnter(step, id), `${id} came back by ${event.type}`);
	const runs = now.turn?.id === id;
	const ran = old?.turn?.id === id;
	const statuses = statusesOf(step, id);
	assert.ok(!statuses.some((status) => settledStates.has(status as string)), `${id} is held and settled`);
	if (runs && !ran) assert.equal(statuses.at(-1), 'running');
	else if (ran && !runs) assert.deepEqual(statuses, ['queued']);
	else if (wasHeld) assert.deepEqual(statuses, []);
	if (ran && !runs) assert.ok(now.settings.interruptedTurn === 'retry' && old?.turn?.repeatable, `${id} is run again`);
}

function mayEnter({ old, event }: CheckedStep, id: string): boolean {
	if (event.type === 'PROMPT') return event.promptId === id;
	if (event.type === 'CONNECTED') return event.resumed && old?.resumable?.id === id;
	if (event.type === 'ANSWER') {
		const request = old?.requests.find((candidate) => candidate.id === event.requestId);
		return request?.origin === 'interruption' && request.promptId === id && event.answer.optionId === 'retry';
	}
	return old === null;
}

/** A turn cut short: what the policy leaves behind. */
function checkInterruption({ old, now, event, state }: CheckedStep): void {
	const cut = old?.turn;
	if (!cut || cut.id === now.turn?.id || event.type === 'RESULT') return;
	assert.equal(now.interruptionNotice, true, 'the agent is to be told');
	const policy = state === 'stopped' ? 'fail' : now.settings.interruptedTurn;
	assert.equal(now.resumable?.id === cut.id, policy === 'resume');
	assert.equal(now.queue[0]?.id === cut.id, policy === 'retry' && cut.repeatable);
	const asks = now.requests.filter(({ origin, promptId }) => origin === 'interruption' && promptId === cut.id);
	assert.equal(asks.length, policy === 'ask' ? 1 : 0);
}

/** The queue keeps its order: prompts join at its end, and come back or leave at its head. */
function checkOrder({ old, now, event }: CheckedStep): void {
	const kept = (queue: readonly QueuedPrompt[], other: readonly QueuedPrompt[]) =>
		queue.map(({ id }) => id).filter((id) => other.some((prompt) => prompt.id === id));
	const before = old?.queue ?? [];
	assert.deepEqual(kept(now.queue, before), kept(before, now.queue), 'the queue was reordered');
	const joined = event.type === 'PROMPT' && now.queue.findIndex(({ id }) => id === event.promptId);
	if (typeof joined === 'number' && joined >= 0) {
		assert.equal(joined, now.queue.length - 1);
		assert.ok(now.queue.length <= now.settings.maxQueuedPrompts, 'the queue is bounded');
	}
}
