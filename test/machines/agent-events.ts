/**
 * Concrete events for an agent as it stands: everything that could be sent now, with the variants its
 * guards tell apart, those that must be refused included (an earlier run, an unknown prompt, a full queue).
 */

import { type AnyMachineSnapshot, getNextTransitions } from 'xstate';
import type { AgentCommandEvent, AgentContext, ReplyTo } from '../../machines/agent-model.ts';
import type { MachineFailure } from '../../machines/failure.ts';
import { contextOf } from './agent-steps.ts';

export const crash: MachineFailure = { code: 'process_crashed', message: 'It crashed.', retryable: true };
export const hopeless: MachineFailure = { code: 'command_not_found', message: 'No such command.', retryable: false };
export const ourRestart: MachineFailure = { code: 'interrupted', message: 'Statecraft ended.', retryable: true };

/** Far enough ahead to be in the future of every step. */
const farAhead = 1e12;

const denied = { at: farAhead, answer: { decline: true } };

export interface FreshIds {
	readonly promptId: string;
	readonly requestId: string;
}

export function eventsFor(snapshot: AnyMachineSnapshot, fresh: FreshIds): readonly AgentCommandEvent[] {
	const context = contextOf(snapshot);
	return [
		...commands,
		...(context.settings.budget ? spendingEvents : []),
		...promptEvents(context, fresh),
		...requestEvents(context, fresh),
		...[context.generation, context.generation - 1].flatMap((generation) => driverEvents(context, fresh, generation)),
		...dueTimers(snapshot),
	];
}

const commands: readonly AgentCommandEvent[] = [
	{ type: 'SPAWN' },
	{ type: 'STOP', reason: 'enough' },
	{ type: 'KILL', reason: 'enough', by: 'operator' },
	{ type: 'SHUTDOWN' },
	{ type: 'RESTART' },
	{ type: 'GROUP_RESTART', groupId: 'grp_1', failedAgentId: 'agt_2', reason: 'agt_2 failed' },
	{ type: 'SUSPEND' },
	{ type: 'SUSPEND', reason: 'usage limit', until: farAhead },
	{ type: 'RESUME' },
	{ type: 'CANCEL' },
	{ type: 'CONFIGURE', settings: {} },
	{ type: 'DIALED_IN' },
	{ type: 'RECONCILE', failure: ourRestart },
];

/** Of agents whose spending is limited; those have requests with deadlines as well, for the others are walked without. */
const spendingEvents: readonly AgentCommandEvent[] = [
	{ type: 'CONFIGURE', settings: { budget: { tokens: { hard: 1e9 } } } },
	{ type: 'TURN_OVERTIME', limit: 'soft' },
	{ type: 'TURN_OVERTIME', limit: 'hard' },
];

/** Who submitted a prompt; in the walks its token names nothing else. */
export function replyTo(promptId: string): ReplyTo {
	return { address: 'submitter:1', token: `token of ${promptId}.` };
}

function promptEvents({ queue, turn }: AgentContext, { promptId }: FreshIds): AgentCommandEvent[] {
	const known = [...queue, ...(turn ? [turn] : [])].map(({ id }) => id);
	return [
		{ type: 'PROMPT', promptId, repeatable: false },
		{ type: 'PROMPT', promptId, repeatable: false, replyTo: replyTo(promptId) },
		{ type: 'PROMPT', promptId, repeatable: true, start: true, replyTo: replyTo(promptId) },
		...['pmt_unknown', ...known].map(
			(id): AgentCommandEvent => ({ type: 'CANCEL_PROMPT', promptId: id, by: 'operator' }),
		),
		...known.map((id): AgentCommandEvent => ({ type: 'CANCEL_PROMPT', promptId: id, onlyQueued: true })),
	];
}

function requestEvents({ requests, settings }: AgentContext, { requestId }: FreshIds): AgentCommandEvent[] {
	return [requestId, ...requests.map(({ id }) => id)].flatMap((id): AgentCommandEvent[] => [
		{ type: 'ANSWER', requestId: id, answer: { optionId: 'retry' }, by: 'operator' },
		{ type: 'ANSWER', requestId: id, answer: { optionId: 'restart' }, by: 'operator' },
		{ type: 'ANSWER', requestId: id, answer: { optionId: 'drop' } },
		...(settings.budget ? ['raise', 'resume', 'stop'] : []).map(
			(optionId): AgentCommandEvent => ({ type: 'ANSWER', requestId: id, answer: { optionId } }),
		),
		{ type: 'ANSWER_DELIVERED', requestId: id },
		{ type: 'REQUEST_OVERDUE', requestId: id },
	]);
}

/** What the driver of a run reports. */
function driverEvents(context: AgentContext, { requestId }: FreshIds, generation: number): AgentCommandEvent[] {
	const { turn, requests, settings } = context;
	const raised = requests.filter(({ origin }) => origin === 'agent').map(({ id }) => id);
	return [
		{ type: 'LAUNCHED', generation, pid: 4711, processStart: '99' },
		{ type: 'LAUNCH_FAILED', generation, failure: crash },
		{ type: 'LAUNCH_FAILED', generation, failure: hopeless },
		{ type: 'CONNECTED', generation, sessionId: 'session', resumed: true },
		{ type: 'CONNECTED', generation, sessionId: null, resumed: false },
		{ type: 'SESSION_IDENTIFIED', generation, sessionId: 'session' },
		{ type: 'PROCESS_EXITED', generation, clean: true, failure: crash },
		{ type: 'PROCESS_EXITED', generation, clean: false, failure: crash },
		{ type: 'PROCESS_EXITED', generation, clean: false, failure: hopeless },
		{ type: 'DISCONNECTED', generation, failure: crash },
		{ type: 'UNRESPONSIVE', generation, failure: crash },
		{ type: 'UNRESPONSIVE', generation, failure: crash, silentMs: 900_000 },
		{ type: 'RESULT', generation, promptId: 'pmt_unknown', outcome: 'finished' },
		...(turn ? resultsOf(turn.id, generation) : []),
		...[...(raised.length < 2 ? [requestId] : []), ...raised].flatMap((id): AgentCommandEvent[] => [
			{ type: 'INPUT_REQUESTED', generation, requestId: id, fingerprint: id },
			...(settings.budget ? [{ ...raisedAs(id, generation), deadline: denied }] : []),
			{ type: 'INPUT_WITHDRAWN', generation, requestId: id, note: 'never mind' },
		]),
	];
}

function resultsOf(promptId: string, generation: number): AgentCommandEvent[] {
	return [
		{ type: 'RESULT', generation, promptId, outcome: 'finished', stopReason: 'end_turn', usage: { outputTokens: 7 } },
		{ type: 'RESULT', generation, promptId, outcome: 'cancelled', stopReason: 'cancelled' },
		{ type: 'RESULT', generation, promptId, outcome: 'failed', failure: crash },
	];
}

function raisedAs(id: string, generation: number) {
	return { type: 'INPUT_REQUESTED', generation, requestId: id, fingerprint: id } as const;
}

/** Timers that run in this state, as if each were due now. */
function dueTimers(snapshot: AnyMachineSnapshot): AgentCommandEvent[] {
	const types = getNextTransitions(snapshot).map(({ eventType }) => eventType);
	const due = [...new Set(types)].filter((type) => type.startsWith('xstate.after.'));
	return due.map((type) => ({ type }) as unknown as AgentCommandEvent);
}
