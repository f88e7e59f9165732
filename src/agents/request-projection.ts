/**
 * Rows and events of requests, from an agent's contexts before and after a step. See `projection.ts`.
 * The row of a request that the agent raised rides with its INPUT_REQUESTED event.
 */

import { exceededLimits } from '../../machines/agent-budget.ts';
import type { AgentEvent, OpenRequest } from '../../machines/agent-model.ts';
import { type AgentStep, type Gathered, tell } from './agent-step.ts';

const noRequests: readonly OpenRequest[] = [];

/** Choices of the question what is to become of an agent that has given up. */
export const escalationOptions = [
	{ optionId: 'restart', name: 'Start it again and forget its failures', kind: 'allow_once' },
	{ optionId: 'leave', name: 'Leave it as it is', kind: 'reject_once' },
] as const;

/** Choices of the question whether an agent that has spent what it may is to go on. */
export const budgetOptions = [
	{ optionId: 'raise', name: 'Raise the budget by as much again', kind: 'allow_always' },
	{ optionId: 'resume', name: 'Let it do one more turn', kind: 'allow_once' },
	{ optionId: 'stop', name: 'Stop the agent', kind: 'reject_once' },
] as const;

/** Choices of the question whether an interrupted prompt is to be run again. */
export const interruptionOptions = [
	{ optionId: 'retry', name: 'Run the prompt again', kind: 'allow_once' },
	{ optionId: 'drop', name: 'Leave it interrupted', kind: 'reject_once' },
] as const;

export function projectRequests(step: AgentStep, into: Gathered): void {
	const { before, after } = step;
	const known = before?.requests ?? noRequests;
	if (known === after.requests) return;
	for (const request of after.requests) {
		const old = known.find(({ id }) => id === request.id);
		if (!old) opened(step, into, request);
		else if (old.answer === null) changed(step, into, old, request);
	}
	for (const old of known) {
		if (old.answer !== null || after.requests.some(({ id }) => id === old.id)) continue;
		if (step.event.type === 'ANSWER' && step.event.requestId === old.id) answered(step, into, old.id);
		else withdrawn(step, into, old.id);
	}
}

function opened(step: AgentStep, into: Gathered, request: OpenRequest): void {
	switch (request.origin) {
		case 'agent':
			return;
		case 'interruption':
			askAboutInterruption(step, into, request);
			return;
		case 'escalation':
			askAboutEscalation(step, into, request);
			return;
		case 'budget':
			askAboutBudget(step, into, request);
			return;
		default:
			request.origin satisfies never;
	}
}

function askAboutInterruption(step: AgentStep, into: Gathered, request: OpenRequest): void {
	const title = 'A turn was interrupted. Run its prompt again?';
	const { promptId } = request;
	ask(step, into, request, { title, promptId, options: interruptionOptions, detail: { promptId } });
}

function askAboutEscalation(step: AgentStep, into: Gathered, request: OpenRequest): void {
	const { failure, failures } = step.after;
	const title = `The agent has given up: ${failure?.message ?? 'it failed.'}`;
	ask(step, into, request, { title, promptId: null, options: escalationOptions, detail: { failure, failures } });
}

const budgetWords = { cost: 'cost', tokens: 'tokens', turnSeconds: 'time of a turn' } as const;

function askAboutBudget(step: AgentStep, into: Gathered, request: OpenRequest): void {
	const { settings, spending } = step.after;
	const exceeded = exceededLimits(step.after);
	const spent = exceeded.map((kind) => budgetWords[kind]).join(', ');
	const title = `The agent has spent what it may (${spent}) and takes no more prompts.`;
	const detail = { exceeded, budget: settings.budget ?? null, cost: spending.cost, tokens: spending.tokens };
	ask(step, into, request, { title, promptId: null, options: budgetOptions, detail });
}

interface Question {
	readonly title: string;
	readonly promptId: string | null;
	readonly options: typeof interruptionOptions | typeof escalationOptions | typeof budgetOptions;
	/** What a person needs to know to answer it. */
	readonly detail: Readonly<Record<string, unknown>>;
}

/** Writes a request of ours; those of agents come with their events. */
function ask(
	step: AgentStep,
	into: Gathered,
	{ id, fingerprint }: OpenRequest,
	{ title, promptId, options, detail }: Question,
): void {
	into.records.push({
		op: 'insert',
		table: 'requests',
		row: {
			id,
			agent_id: step.agentId,
			run_id: step.before?.run?.id ?? null,
			prompt_id: promptId,
			key: fingerprint,
			kind: 'question',
			title,
			detail: JSON.stringify({ question: title, ...detail }),
			options: JSON.stringify(options),
			status: 'open',
			asked_at: step.at,
		},
	});
	tell(step, into, 'request.opened', { requestId: id, kind: 'question', title });
}

/** What has become of a request that was open. */
function changed(step: AgentStep, into: Gathered, old: OpenRequest, { id, answer, deadline }: OpenRequest): void {
	if (step.event.type !== 'REQUEST_OVERDUE') {
		if (answer !== null) answered(step, into, id);
		return;
	}
	if (answer === null) {
		if (old.deadline && !deadline) tell(step, into, 'request.overdue', { requestId: id });
		return;
	}
	const set = { status: 'timed_out', answer: JSON.stringify(answer), settled_at: step.at };
	into.records.push({ op: 'update', table: 'requests', id, set });
	tell(step, into, 'request.timed_out', { requestId: id, answer });
}

function answered(step: AgentStep, into: Gathered, requestId: string): void {
	const { event } = step;
	if (event.type !== 'ANSWER') return;
	const answeredBy = event.by ?? null;
	into.records.push({
		op: 'update',
		table: 'requests',
		id: requestId,
		set: {
			status: 'answered',
			answer: JSON.stringify(event.answer),
			answered_by: answeredBy,
			settled_at: step.at,
		},
	});
	tell(step, into, 'request.answered', { requestId, answer: event.answer, answeredBy });
}

function withdrawn(step: AgentStep, into: Gathered, requestId: string): void {
	const note = withdrawalNote(step.event);
	into.records.push({
		op: 'update',
		table: 'requests',
		id: requestId,
		set: { status: 'withdrawn', note, settled_at: step.at },
	});
	tell(step, into, 'request.withdrawn', { requestId, note });
}

function withdrawalNote(event: AgentEvent): string {
	switch (event.type) {
		case 'INPUT_WITHDRAWN':
			return event.note;
		case 'RESULT':
			return 'The turn ended and the agent no longer asks.';
		case 'CANCEL':
		case 'CANCEL_PROMPT':
			return 'The turn was cancelled.';
		case 'STOP':
		case 'KILL':
		case 'SHUTDOWN':
			return 'The agent was stopped.';
		// Only the question what is to become of an agent that has given up is settled by these.
		case 'RESTART':
			return 'The agent was restarted.';
		case 'RESUME':
			return 'The agent was resumed.';
		case 'CONFIGURE':
			return 'The budget was changed.';
		case 'PROMPT':
			return 'A prompt started the agent again.';
		case 'DIALED_IN':
			return 'The agent dialled in.';
		default:
			return 'The agent no longer asks.';
	}
}
