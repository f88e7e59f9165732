/** The spans of a prompt's trace, each made from what is known of it. Attributes of models follow OpenTelemetry's `gen_ai`. */

import type { EffectRun } from '../durable/observer.ts';
import type { JournalEntry } from '../durable/store.ts';
import { type FinishedSpan, rootOf, type SpanReference, spanIdOf, timeOf, traceIdOf } from './spans.ts';

export interface Turn {
	readonly generation: number;
	/** Epoch milliseconds. */
	readonly startedAt: number;
	/** Tool calls under way, by their ids. */
	readonly tools: Map<string, ToolCall>;
}

export interface ToolCall {
	/** `read`, `edit`, `execute`…: never its title, which may tell its input. */
	readonly kind: string;
	readonly startedAt: number;
}

/** A prompt that is not settled for good. */
export interface HeldPrompt {
	readonly id: string;
	readonly agentId: string;
	/** Since when it waits; null while it does not. */
	queuedAt: number | null;
	turn: Turn | null;
	/** How its last turn ended, for one that may be run again. */
	ending: Ending | null;
	/** What submitted it. */
	readonly submitter: SpanReference | null;
}

export interface Ending {
	readonly status: string;
	/** Code of the catalogue. */
	readonly error?: string | undefined;
	readonly stopReason?: string | undefined;
	readonly inputTokens?: number | undefined;
	readonly outputTokens?: number | undefined;
}

/** An agent as its turns tell of it. */
export interface TracedAgent {
	readonly name: string;
	readonly driver: string;
	readonly sessionId: string | null;
}

export function turnSpanId(promptId: string, generation: number): string {
	return spanIdOf('turn', promptId, generation);
}

/** From the acceptance until it is settled for good. */
export function promptSpan({ id, agentId, submitter }: HeldPrompt, ending: Ending, endAt: number): FinishedSpan {
	return {
		...rootOf(id),
		parentSpanId: null,
		name: 'prompt',
		kind: 'internal',
		startAt: timeOf(id) ?? endAt,
		endAt,
		attributes: {
			'statecraft.prompt.id': id,
			'statecraft.agent.id': agentId,
			'statecraft.prompt.status': ending.status,
			'error.type': ending.error,
		},
		...(submitter && { links: [submitter] }),
		error: ending.error,
	};
}

/** The time it waited for its turn. */
export function queuedSpan({ id, agentId, queuedAt }: HeldPrompt, endAt: number): FinishedSpan {
	const startAt = queuedAt ?? endAt;
	return {
		traceId: traceIdOf(id),
		spanId: spanIdOf('queued', id, startAt),
		parentSpanId: rootOf(id).spanId,
		name: 'prompt queued',
		kind: 'internal',
		startAt,
		endAt,
		attributes: { 'statecraft.prompt.id': id, 'statecraft.agent.id': agentId },
	};
}

export function turnSpan(
	prompt: HeldPrompt,
	turn: Turn,
	agent: TracedAgent,
	ending: Ending,
	endAt: number,
): FinishedSpan {
	const { id, agentId } = prompt;
	return {
		traceId: traceIdOf(id),
		spanId: turnSpanId(id, turn.generation),
		parentSpanId: rootOf(id).spanId,
		name: `invoke_agent ${agent.name}`,
		kind: 'internal',
		startAt: turn.startedAt,
		endAt,
		attributes: {
			'gen_ai.operation.name': 'invoke_agent',
			'gen_ai.agent.id': agentId,
			'gen_ai.agent.name': agent.name,
			'gen_ai.conversation.id': agent.sessionId ?? undefined,
			'gen_ai.response.finish_reasons': ending.stopReason === undefined ? undefined : [ending.stopReason],
			'gen_ai.usage.input_tokens': ending.inputTokens,
			'gen_ai.usage.output_tokens': ending.outputTokens,
			'statecraft.agent.driver': agent.driver,
			'statecraft.agent.generation': turn.generation,
			'statecraft.prompt.id': id,
			'statecraft.prompt.status': ending.status,
			'error.type': ending.error,
		},
		error: ending.error,
	};
}

export function toolSpan(
	{ id, agentId }: HeldPrompt,
	{ generation }: Turn,
	callId: string,
	{ kind, startedAt }: ToolCall,
	status: string,
	endAt: number,
): FinishedSpan {
	const failed = status === 'completed' ? undefined : status;
	return {
		traceId: traceIdOf(id),
		spanId: spanIdOf('tool', id, generation, callId),
		parentSpanId: turnSpanId(id, generation),
		name: `execute_tool ${kind}`,
		kind: 'internal',
		startAt: startedAt,
		endAt,
		attributes: {
			'gen_ai.operation.name': 'execute_tool',
			'gen_ai.tool.name': kind,
			'gen_ai.tool.call.id': callId.slice(0, 128),
			'gen_ai.agent.id': agentId,
			'statecraft.tool.status': status,
			'error.type': failed,
		},
		error: failed,
	};
}

export interface AskedRequest {
	readonly id: string;
	readonly kind: string;
	readonly promptId: string;
	/** Null for the prompt itself: of what was asked in a turn before a restart. */
	readonly generation: number | null;
	readonly askedAt: number;
}

/** The time that people were waited for. */
export function requestSpan({ id, kind, promptId, generation, askedAt }: AskedRequest, outcome: string, endAt: number) {
	return {
		traceId: traceIdOf(promptId),
		spanId: spanIdOf('request', id),
		parentSpanId: generation === null ? rootOf(promptId).spanId : turnSpanId(promptId, generation),
		name: `request ${kind}`,
		kind: 'internal',
		startAt: askedAt,
		endAt,
		attributes: { 'statecraft.request.id': id, 'statecraft.request.kind': kind, 'statecraft.request.outcome': outcome },
	} satisfies FinishedSpan;
}

/** A step of a machine, from its staging to its commit. */
export function stepSpan(
	line: Pick<JournalEntry, 'address' | 'version' | 'from' | 'to' | 'trigger' | 'cause' | 'at'>,
	eventType: string,
	promptId: string,
	parentSpanId: string,
	endAt: number,
): FinishedSpan {
	return {
		traceId: traceIdOf(promptId),
		spanId: spanIdOf('step', line.address, line.version),
		parentSpanId,
		name: `transition ${eventType}`,
		kind: 'internal',
		startAt: line.at,
		endAt,
		attributes: {
			'statecraft.actor.address': line.address,
			'statecraft.actor.version': line.version,
			'statecraft.event.type': eventType,
			'statecraft.state.from': line.from ?? undefined,
			'statecraft.state.to': line.to,
			'statecraft.trigger': line.trigger ?? undefined,
			'statecraft.cause': line.cause,
		},
	};
}

export function effectSpan(run: EffectRun, promptId: string, generation: number | null): FinishedSpan {
	const { effect, attempt, startedAt, endedAt, outcome, error } = run;
	return {
		traceId: traceIdOf(promptId),
		spanId: spanIdOf('effect', effect.id, attempt),
		parentSpanId: generation === null ? rootOf(promptId).spanId : turnSpanId(promptId, generation),
		name: `effect ${effect.name}`,
		kind: 'internal',
		startAt: startedAt,
		endAt: endedAt,
		attributes: {
			'statecraft.effect.id': effect.id,
			'statecraft.effect.attempt': attempt,
			'statecraft.effect.outcome': outcome,
			'error.type': error ? outcome : undefined,
		},
		error: error ? outcome : undefined,
	};
}
