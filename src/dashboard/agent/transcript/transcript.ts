/**
 * The transcript of an agent: a pure fold of its events into entries, from top to bottom.
 *
 * 1. Folding events in one go or in pieces gives the same transcript.
 * 2. Entries that a fold does not touch are the same objects afterwards.
 * 3. Events may begin anywhere: what began before them is shown as far as it is told.
 */

import type { AgentEvent } from './agent-event.ts';
import {
	abandonTools,
	closeTurn,
	cutOffRequests,
	type Draft,
	findEntry,
	finishSpeech,
	pushEntry,
	pushMilestone,
	replaceEntry,
} from './draft.ts';
import type { Entry, Failure, RequestEntry, TurnOutcome, Usage } from './entry.ts';
import { describeMilestone } from './milestone.ts';
import { addLog, addOther, addSpeech, addToolCall, setPlan, updateTool } from './output.ts';

export interface Transcript {
	readonly entries: readonly Entry[];
	/** Where the entries are that may still change, by slot. */
	readonly slots: ReadonlyMap<string, number>;
	/** The latest the agent told of what it uses. */
	readonly usage: Usage | null;
}

export const emptyTranscript: Transcript = { entries: [], slots: new Map(), usage: null };

/** Events must be in the order of their seq, and after those folded before. */
export function foldEvents(transcript: Transcript, events: readonly AgentEvent[]): Transcript {
	if (events.length === 0) return transcript;
	const draft: Draft = { entries: [...transcript.entries], slots: new Map(transcript.slots) };
	let usage = transcript.usage;
	for (const event of events) {
		if (event.topic === 'agent.output.usage') usage = { ...usage, ...event.data.usage };
		else addEvent(draft, event, usage);
	}
	return { ...draft, usage };
}

type EventOf<T extends AgentEvent['topic']> = Extract<AgentEvent, { topic: T }>;

type Handlers = {
	readonly [T in AgentEvent['topic']]?: (draft: Draft, event: EventOf<T>, usage: Usage | null) => void;
};

const handlers: Handlers = {
	'agent.output.message': addSpeech,
	'agent.output.thought': addSpeech,
	'agent.output.tool_call': addToolCall,
	'agent.output.tool_call_update': updateTool,
	'agent.output.plan': setPlan,
	'agent.output.log': addLog,
	'agent.output.other': addOther,
	'prompt.queued': queuePrompt,
	'prompt.started': beginTurn,
	'prompt.finished': (draft, event, usage) => {
		const used = event.data.usage ? { ...usage, ...event.data.usage } : usage;
		endTurn(draft, event, 'finished', { stopReason: event.data.stopReason, usage: used });
	},
	'prompt.interrupted': (draft, event, usage) =>
		endTurn(draft, event, 'interrupted', { error: event.data.error ?? null, usage }),
	'prompt.failed': (draft, event, usage) => endTurn(draft, event, 'failed', { error: event.data.error, usage }),
	'prompt.cancelled': cancelPrompt,
	'request.opened': openRequest,
	'request.answered': (draft, event) => settleRequest(draft, event, { ...event.data, status: 'answered' }),
	'request.timed_out': (draft, event) =>
		settleRequest(draft, event, { answer: event.data.answer, status: 'timed_out' }),
	'request.withdrawn': (draft, event) => settleRequest(draft, event, { note: event.data.note, status: 'withdrawn' }),
	'request.overdue': (draft, event) => settleRequest(draft, event, { isOverdue: true }),
};

function addEvent(draft: Draft, event: AgentEvent, usage: Usage | null): void {
	// A handler takes the events of its topic; that the two go together cannot be said in types.
	const handle = handlers[event.topic] as ((draft: Draft, event: AgentEvent, usage: Usage | null) => void) | undefined;
	if (handle) {
		handle(draft, event, usage);
		return;
	}
	const milestone = describeMilestone(event);
	if (milestone === null) return;
	const { text, tone, failure } = milestone;
	const told = failure === undefined ? text : leaveOutTold(draft, `${text}: ${failure}`);
	pushMilestone(draft, event, told, tone);
}

function beginTurn(draft: Draft, { seq, at, data: { promptId } }: EventOf<'prompt.started'>): void {
	finishSpeech(draft);
	closeTurn(draft);
	pushEntry(draft, { kind: 'prompt', key: `prompt:${seq}`, seq, at, promptId, outcome: null }, 'prompt');
}

/** Queued in the middle of its turn: it was interrupted, and will be run again. */
function queuePrompt(draft: Draft, event: EventOf<'prompt.queued'>, usage: Usage | null): void {
	const running = findEntry(draft, 'prompt', 'prompt');
	if (running?.promptId !== event.data.promptId || running.outcome !== null) return;
	endTurn(draft, event, 'interrupted', { usage });
	pushMilestone(draft, event, 'The prompt is queued again');
}

/** Of a prompt that had not begun there is only that much to tell. */
function cancelPrompt(draft: Draft, event: EventOf<'prompt.cancelled'>, usage: Usage | null): void {
	const running = findEntry(draft, 'prompt', 'prompt');
	if (running?.promptId === event.data.promptId && running.outcome === null)
		endTurn(draft, event, 'cancelled', { usage });
	else pushMilestone(draft, event, 'A prompt that waited was cancelled');
}

interface TurnEnd {
	readonly stopReason?: string | null;
	readonly error?: Failure | null;
	readonly usage: Usage | null;
}

function endTurn(
	draft: Draft,
	event: EventOf<'prompt.finished' | 'prompt.interrupted' | 'prompt.failed' | 'prompt.cancelled' | 'prompt.queued'>,
	outcome: TurnOutcome,
	{ stopReason = null, error = null, usage }: TurnEnd,
): void {
	const { seq, at } = event;
	const { promptId } = event.data;
	finishSpeech(draft);
	abandonTools(draft, at);
	if (outcome === 'interrupted') cutOffRequests(draft, at);
	const begun = findEntry(draft, 'prompt', 'prompt');
	const own = begun?.promptId === promptId && begun.outcome === null ? begun : null;
	if (own) replaceEntry(draft, 'prompt', { ...own, outcome });
	const durationMs = own ? Math.max(0, Date.parse(at) - Date.parse(own.at)) : null;
	const untold = error !== null && wasJustTold(draft, error.message) ? null : error;
	const ids = { kind: 'turn-end', key: `turn-end:${seq}`, seq, at, promptId } as const;
	pushEntry(draft, { ...ids, outcome, stopReason, error: untold, usage, durationMs });
}

/** So far back one still remembers what was told. */
const lately = 3;

/** A crash tells of itself in several ways: once is enough. */
function wasJustTold(draft: Draft, message: string): boolean {
	return draft.entries.slice(-lately).some((entry) => {
		if (entry.kind === 'turn-end') return entry.error?.message.includes(message) === true;
		return entry.kind === 'milestones' && entry.milestones.slice(-lately).some(({ text }) => text.includes(message));
	});
}

function openRequest(draft: Draft, { seq, at, data }: EventOf<'request.opened'>): void {
	finishSpeech(draft);
	const entry: RequestEntry = {
		kind: 'request',
		key: `request:${seq}`,
		seq,
		at,
		requestId: data.requestId,
		requestKind: data.kind,
		title: leaveOutTold(draft, data.title),
		status: 'open',
		isOverdue: false,
		isCutOff: false,
		answer: null,
		answeredBy: null,
		note: null,
	};
	pushEntry(draft, entry, `request:${data.requestId}`);
}

/** What names a failure does so after a colon: not again where that was told just before. */
function leaveOutTold(draft: Draft, text: string): string {
	const colons = [...text.matchAll(/: /g)].map(({ index }) => index);
	const told = colons.find((colon) => colon + 2 < text.length && wasJustTold(draft, text.slice(colon + 2)));
	return told === undefined ? text : `${text.slice(0, told)}.`;
}

function settleRequest(
	draft: Draft,
	{ data: { requestId } }: EventOf<'request.answered' | 'request.timed_out' | 'request.withdrawn' | 'request.overdue'>,
	change: Partial<Pick<RequestEntry, 'status' | 'answer' | 'answeredBy' | 'note' | 'isOverdue'>>,
): void {
	const slot = `request:${requestId}`;
	const known = findEntry(draft, slot, 'request');
	if (!known) return;
	const { status = known.status, answer = known.answer, answeredBy = null, note = null, isOverdue } = change;
	replaceEntry(draft, slot, {
		...known,
		status,
		answer,
		answeredBy,
		note,
		isOverdue: isOverdue ?? known.isOverdue,
	});
	if (status !== 'open') draft.slots.delete(slot);
}
