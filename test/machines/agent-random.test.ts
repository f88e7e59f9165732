/**
 * Random lives of agents: seeded events, time that passes, restarts in between; every step is checked,
 * and books are kept of all prompts and timers. Replay one life with SEED=n.
 */

import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { type AnyMachineSnapshot, getNextTransitions } from 'xstate';
import { turnTimers } from '../../machines/agent-budget.ts';
import {
	type AgentCommandEvent,
	type AgentInput,
	awaitedDeadlines,
	deadlineId,
	recentRestarts,
} from '../../machines/agent-model.ts';
import { createRandom } from '../support/random.ts';
import { eventsFor, replyTo } from './agent-events.ts';
import { createInput } from './agent-inputs.ts';
import { checkStep } from './agent-invariants.ts';
import { type AgentStep, agentSteps, contextOf, projectStep } from './agent-steps.ts';

const lives = 60;
const stepsPerLife = 150;
const firstSeed = Number(process.env.SEED ?? 1);
const seeds = Array.from({ length: process.env.SEED === undefined ? lives : 1 }, (_, index) => firstSeed + index);

type Random = () => number;

function pick<Item>(random: Random, items: readonly Item[]): Item {
	const item = items[Math.floor(random() * items.length)];
	if (item === undefined) throw new Error('there is nothing to pick from');
	return item;
}

function createRandomInput(random: Random): AgentInput {
	return createInput({
		transport: pick(random, ['stdio', 'websocket']),
		interruptedTurn: pick(random, ['fail', 'retry', 'ask', 'resume']),
		policy: pick(random, ['permanent', 'transient', 'temporary']),
		hung: pick(random, ['notify', 'restart']),
		maxRestarts: pick(random, [0, 1, 3]),
		maxQueuedPrompts: pick(random, [1, 3]),
		autoStart: pick(random, [true, false]),
		group: pick(random, ['group:grp_1', null]),
		budget: pick(random, [null, { tokens: { soft: 20, hard: 50 }, turnSeconds: { soft: 9, hard: 30 } }]),
	});
}

/** What the rows say of every prompt that was ever accepted. */
function keepPromptBook(book: Map<string, unknown>, step: AgentStep): void {
	if (!step.accepted) return;
	if (step.event.type === 'PROMPT') book.set(step.event.promptId, 'queued');
	for (const record of projectStep(step).records) {
		if (record.table === 'prompts' && record.op === 'update') book.set(record.id, record.set.status);
	}
	const { turn, queue } = contextOf(step.after);
	for (const [id, status] of book) {
		assert.equal(status === 'running', turn?.id === id, `${id} is ${String(status)}`);
		assert.equal(
			status === 'queued',
			queue.some((prompt) => prompt.id === id),
			`${id} is ${String(status)}`,
		);
	}
}

/** What submitters were told of their prompts: each at most once, as its row says, or it is still held. */
function keepReplyBook(book: Map<string, unknown>, prompts: ReadonlyMap<string, unknown>, step: AgentStep): void {
	if (step.event.type === 'PROMPT' && step.event.replyTo) book.set(step.event.promptId, 'held');
	for (const { event } of projectStep(step).messages) {
		assert.equal(book.get(event.promptId), 'held', `${event.promptId} is told of twice`);
		assert.equal(event.outcome, prompts.get(event.promptId), `${event.promptId} is not what its row says`);
		book.set(event.promptId, 'told');
	}
	const memory = JSON.stringify(contextOf(step.after));
	for (const [promptId, is] of book) {
		assert.equal(is === 'held', memory.includes(replyTo(promptId).token), `${promptId} is ${String(is)}`);
	}
}

/** Due times that the store would have, by the id of the timer. */
function keepTimerBook(due: Map<string, number>, { actions, after, event }: AgentStep): void {
	for (const { type, params } of actions) {
		if (type === 'xstate.cancel') due.delete(params.sendId as string);
		if (type === 'xstate.raise') due.set(params.id as string, event.at + (params.delay as number));
	}
	// A timer that has fired is not set any more, unless the step has set it again.
	if (!actions.some(({ type, params }) => type === 'xstate.raise' && params.id === event.type)) due.delete(event.type);
	if (event.type === 'TURN_OVERTIME') due.delete(turnTimers[event.limit]);
	if (event.type === 'REQUEST_OVERDUE') due.delete(deadlineId(event.requestId));
	const types = getNextTransitions(after).map(({ eventType }) => eventType);
	const ofState = [...new Set(types)].filter((type) => type.startsWith('xstate.'));
	const ofRequests = awaitedDeadlines(contextOf(after)).map(deadlineId);
	// While it works they are those of the budget that it began with.
	const ofTurn = [...due.keys()].filter((id) => Object.values<string>(turnTimers).includes(id));
	if (contextOf(after).spending.workingSince === null) assert.deepEqual(ofTurn, []);
	assert.deepEqual([...due.keys()].sort(), [...ofState, ...ofRequests, ...ofTurn].sort());
}

/** Mostly events that can be taken: refused ones teach little. */
function chooseEvent(random: Random, snapshot: AnyMachineSnapshot, number: number): AgentCommandEvent {
	const all = eventsFor(snapshot, { promptId: `pmt_${number}`, requestId: `req_${number}` });
	const possible = all.filter((event) => snapshot.can({ ...event, at: 0 }));
	return pick(random, random() < 0.8 ? possible : all);
}

function live(seed: number): number {
	const random = createRandom(seed);
	const prompts = new Map<string, unknown>();
	const replies = new Map<string, unknown>();
	const timers = new Map<string, number>();
	let at = 1_000;
	let step = agentSteps.create(createRandomInput(random), at);
	let accepted = 0;
	checkStep(step);
	for (let number = 1; number <= stepsPerLife; number++) {
		const snapshot = random() < 0.3 ? agentSteps.restart(agentSteps.persist(step.after)) : step.after;
		const event = chooseEvent(random, snapshot, number);
		at = Math.max(at + Math.floor(random() * 20_000), timers.get(event.type) ?? 0);
		step = agentSteps.take(snapshot, event, at);
		checkStep(step);
		if (!step.accepted) continue;
		accepted++;
		keepPromptBook(prompts, step);
		keepReplyBook(replies, prompts, step);
		keepTimerBook(timers, step);
		const context = contextOf(step.after);
		assert.ok(
			recentRestarts(context, at).length <= context.settings.restart.maxRestarts,
			'a crash loop that does not end',
		);
	}
	return accepted;
}

test('[AG22, AG35, AG51, AG41, P3, P4, P6, P9] random lives keep every rule, every prompt and every timer', () => {
	let accepted = 0;
	for (const seed of seeds) {
		try {
			accepted += live(seed);
		} catch (error) {
			throw new Error(`replay with SEED=${seed}`, { cause: error });
		}
	}
	expect(accepted).toBeGreaterThan((seeds.length * stepsPerLife) / 2);
});
