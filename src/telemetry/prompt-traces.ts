/**
 * A prompt as one trace: accepted, queued, in its turn with tools and questions, settled; with the steps of
 * its agent's machine and the effects they asked for. Follows the committed events; keeps what is under way
 * in memory, and finds it again after a restart.
 *
 * 1. The root ends when the prompt is settled for good: one that is run again after a crash goes on in the
 *    same trace.
 * 2. What cannot be found out any more is left out, never guessed.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import { holdsPrompt } from '../../machines/prompt-settlement.ts';
import { agentAddress, agentIdOf, agentKind } from '../agents/address.ts';
import type { AgentView, RequestView } from '../agents/views.ts';
import type { DurableObserver } from '../durable/observer.ts';
import type { JournalEntry, StoredEvent } from '../durable/store.ts';
import type { EventTopic } from '../events/catalogue.ts';
import { createPromptBook, reopenPrompts, submitterOf } from './prompt-book.ts';
import {
	type AskedRequest,
	type Ending,
	effectSpan,
	type HeldPrompt,
	promptSpan,
	queuedSpan,
	requestSpan,
	stepSpan,
	type TracedAgent,
	toolSpan,
	turnSpan,
	turnSpanId,
} from './prompt-spans.ts';
import { type RecordSpan, rootOf } from './spans.ts';
import type { ContextOf } from './usage-metrics.ts';
import type { TelemetryReads } from './views.ts';

export interface PromptTracesDeps {
	readonly record: RecordSpan;
	readonly reads: Pick<TelemetryReads, 'turnStarts'> & {
		agent(id: string): Promise<AgentView | undefined>;
		request(id: string): Promise<RequestView | undefined>;
	};
	readonly contextOf: ContextOf;
	onError(where: string, error: Error): void;
}

export interface PromptTraces extends Required<Pick<DurableObserver, 'stepCommitted' | 'effectEnded'>> {
	/** Finds what was under way when the last process ended; `now` is in epoch milliseconds. */
	begin(contexts: readonly AgentContext[], now: number): Promise<void>;
	eventsPublished(events: readonly StoredEvent[]): void;
	/** Resolves when every span of what has ended is recorded. */
	idle(): Promise<void>;
}

interface Data {
	readonly promptId?: string;
	readonly generation?: number;
	readonly requestId?: string;
	readonly kind?: string;
	readonly status?: string;
	readonly toolCallId?: string;
	readonly stopReason?: string | null;
	readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number } | null;
	readonly error?: { readonly code: string } | null;
}

type Follow = (data: Data, agentId: string, at: number) => void;

const longestName = 64;

export function createPromptTraces({ record, reads, contextOf, onError }: PromptTracesDeps): PromptTraces {
	const book = createPromptBook();
	const asked = new Map<string, AskedRequest>();
	const lookUps = new Set<Promise<void>>();

	/** Something has to be read first; the events go on meanwhile. */
	function afterwards(work: Promise<void>): void {
		const done = work.catch((thrown: unknown) => onError('trace', thrown as Error)).finally(() => lookUps.delete(done));
		lookUps.add(done);
	}

	async function describeAgent(agentId: string): Promise<TracedAgent> {
		const agent = await reads.agent(agentId);
		return {
			name: agent?.name ?? agentId,
			driver: agent?.driver.kind ?? 'unknown',
			sessionId: agent?.sessionId ?? null,
		};
	}

	function endTurn(prompt: HeldPrompt, ending: Ending, at: number): void {
		const turn = book.endTurn(prompt);
		if (!turn) return;
		for (const [id, call] of turn.tools) record(toolSpan(prompt, turn, id, call, 'abandoned', at));
		afterwards(describeAgent(prompt.agentId).then((agent) => record(turnSpan(prompt, turn, agent, ending, at))));
	}

	function endWaiting(prompt: HeldPrompt, at: number): void {
		if (prompt.queuedAt !== null) record(queuedSpan(prompt, at));
		prompt.queuedAt = null;
	}

	function close(prompt: HeldPrompt, ending: Ending, at: number): void {
		book.close(prompt);
		record(promptSpan(prompt, ending, at));
	}

	const settled =
		(status: string): Follow =>
		({ promptId = '', error, stopReason, usage }, agentId, at) => {
			const prompt = book.open(promptId, agentId);
			const ending = {
				status,
				error: error?.code ?? (status === 'failed' || status === 'interrupted' ? status : undefined),
				stopReason: stopReason ?? undefined,
				inputTokens: usage?.inputTokens,
				outputTokens: usage?.outputTokens,
			};
			endWaiting(prompt, at);
			endTurn(prompt, ending, at);
			const context = contextOf(agentAddress(agentId));
			// It may be taken up again, or a human be asked about it.
			if (context && holdsPrompt(context, promptId)) prompt.ending = ending;
			else close(prompt, ending, at);
		};

	/** Closes what was to be taken up again, and is not any more. */
	const moved: Follow = (_data, agentId, at) => {
		for (const prompt of book.of(agentId)) {
			if (!prompt.ending || prompt.turn || prompt.queuedAt !== null) continue;
			const context = contextOf(agentAddress(agentId));
			if (!context || !holdsPrompt(context, prompt.id)) close(prompt, prompt.ending, at);
		}
	};

	const removed: Follow = (_data, agentId, at) => {
		const ending = { status: 'removed' };
		for (const prompt of book.of(agentId)) {
			endWaiting(prompt, at);
			endTurn(prompt, ending, at);
			close(prompt, prompt.ending ?? ending, at);
		}
	};

	function toolMoved({ toolCallId = '', kind = 'other', status, promptId }: Data, agentId: string, at: number): void {
		const prompt = book.workedOn(agentId);
		if (!prompt?.turn || prompt.id !== promptId) return;
		const { turn } = prompt;
		const call = turn.tools.get(toolCallId) ?? { kind: kind.slice(0, longestName), startedAt: at };
		turn.tools.set(toolCallId, call);
		if (status !== 'completed' && status !== 'failed') return;
		turn.tools.delete(toolCallId);
		record(toolSpan(prompt, turn, toolCallId, call, status, at));
	}

	const answered =
		(outcome: string): Follow =>
		({ requestId = '' }, _agentId, at) => {
			const request = asked.get(requestId);
			asked.delete(requestId);
			if (request) record(requestSpan(request, outcome, at));
			else afterwards(recordEarlierRequest(requestId, outcome, at));
		};

	async function recordEarlierRequest(id: string, outcome: string, at: number): Promise<void> {
		const request = await reads.request(id);
		if (!request?.promptId) return;
		const { kind, promptId, askedAt } = request;
		record(requestSpan({ id, kind, promptId, generation: null, askedAt }, outcome, at));
	}

	const followed: Partial<Record<EventTopic, Follow>> = {
		'prompt.queued'({ promptId = '' }, agentId, at) {
			const prompt = book.open(promptId, agentId);
			// Cut short, and to be run again.
			endTurn(prompt, { status: 'interrupted', error: 'interrupted' }, at);
			prompt.queuedAt = at;
		},
		'prompt.started'({ promptId = '', generation = 0 }, agentId, at) {
			const prompt = book.open(promptId, agentId);
			endWaiting(prompt, at);
			book.beginTurn(prompt, { generation, startedAt: at });
		},
		'prompt.finished': settled('finished'),
		'prompt.failed': settled('failed'),
		'prompt.cancelled': settled('cancelled'),
		'prompt.interrupted': settled('interrupted'),
		'agent.state.changed': moved,
		'agent.updated': moved,
		'agent.deleted': removed,
		'agent.output.tool_call': toolMoved,
		'agent.output.tool_call_update': toolMoved,
		'request.opened'({ requestId = '', kind = '' }, agentId, at) {
			const prompt = book.workedOn(agentId);
			if (!prompt?.turn) return;
			const { generation } = prompt.turn;
			asked.set(requestId, { id: requestId, kind, promptId: prompt.id, generation, askedAt: at });
		},
		'request.answered': answered('answered'),
		'request.withdrawn': answered('withdrawn'),
		'request.timed_out': answered('timed_out'),
	};

	function recordStep(line: JournalEntry, committedAt: number): void {
		const ofAgent = line.address.startsWith(`${agentKind}:`);
		if (!ofAgent && !line.event.includes('"PROMPT_SETTLED"')) return;
		const event = JSON.parse(line.event) as StepEvent;
		const working = ofAgent ? book.workedOn(agentIdOf(line.address)) : undefined;
		const promptId = event.promptId || working?.id;
		if (!promptId) return;
		if (event.type === 'PROMPT') book.open(promptId, agentIdOf(line.address), submitterOf(event.replyTo?.token));
		const turn = working?.id === promptId ? working.turn : null;
		const parent = turn ? turnSpanId(promptId, turn.generation) : rootOf(promptId).spanId;
		record(stepSpan(line, event.type, promptId, parent, committedAt));
	}

	return {
		async begin(contexts, now) {
			await reopenPrompts(book, contexts, reads.turnStarts, now);
		},
		eventsPublished(events) {
			for (const { topic, agentId, at, data } of events) {
				const follow = followed[topic as EventTopic];
				if (follow && agentId !== null) follow(needsData(topic) ? JSON.parse(data) : {}, agentId, at);
			}
		},
		stepCommitted({ journal = [] }, committedAt) {
			for (const line of journal) recordStep(line, committedAt);
		},
		effectEnded(run) {
			const { address, params } = run.effect;
			if (!address.startsWith(`${agentKind}:`)) return;
			const { promptId, generation } = (JSON.parse(params) ?? {}) as Data;
			const working = book.workedOn(agentIdOf(address));
			if (promptId !== undefined) record(effectSpan(run, promptId, generation ?? null));
			else if (working?.turn && working.turn.generation === generation) {
				record(effectSpan(run, working.id, generation));
			}
		},
		async idle() {
			while (lookUps.size > 0) await Promise.all(lookUps);
		},
	};
}

interface StepEvent {
	readonly type: string;
	readonly promptId?: string;
	readonly replyTo?: { readonly token: string };
}

function needsData(topic: string): boolean {
	return !topic.startsWith('agent.') || topic.startsWith('agent.output.');
}
