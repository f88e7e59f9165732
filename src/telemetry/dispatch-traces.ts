/**
 * A dispatch as one trace: an attempt after another, each linked with the trace of its prompt. An attempt
 * whose beginning was before a restart is left out, unless its prompt tells when it began.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import { heldPrompts } from '../../machines/prompt-settlement.ts';
import type { StoredEvent, WriteUnit } from '../durable/store.ts';
import { attemptSpan, readAttempt } from './prompt-book.ts';
import { type RecordSpan, rootOf, timeOf } from './spans.ts';

export interface DispatchTraces {
	begin(contexts: readonly AgentContext[]): void;
	stepCommitted(unit: WriteUnit): void;
	eventsPublished(events: readonly StoredEvent[]): void;
}

interface Attempt {
	readonly number: number;
	readonly startedAt: number;
	readonly promptId: string | null;
}

interface Data {
	readonly dispatchId: string;
	readonly workflowId: string;
	readonly attempt?: number;
	readonly nextAttemptAt?: number | null;
	readonly error?: { readonly code: string } | null;
}

export function createDispatchTraces(record: RecordSpan): DispatchTraces {
	/** Under way, by dispatch. */
	const attempts = new Map<string, Attempt>();

	function submitted(promptId: string, token: string | undefined): void {
		const attempt = readAttempt(token);
		if (!attempt) return;
		const { dispatchId, number } = attempt;
		const startedAt = attempts.get(dispatchId)?.startedAt ?? timeOf(promptId);
		if (startedAt !== undefined) attempts.set(dispatchId, { number, startedAt, promptId });
	}

	function ended(status: string, { dispatchId, workflowId, nextAttemptAt = null, error }: Data, endAt: number): void {
		const attempt = attempts.get(dispatchId);
		attempts.delete(dispatchId);
		const root = rootOf(dispatchId);
		const failed = status === 'failed' || status === 'interrupted' ? (error?.code ?? status) : undefined;
		const about = {
			'statecraft.dispatch.id': dispatchId,
			'statecraft.workflow.id': workflowId,
			'statecraft.dispatch.status': status,
			'error.type': failed,
		};
		if (attempt) {
			record({
				...attemptSpan(dispatchId, attempt.number),
				parentSpanId: root.spanId,
				name: 'dispatch attempt',
				kind: 'internal',
				startAt: attempt.startedAt,
				endAt,
				attributes: { ...about, 'statecraft.dispatch.attempt': attempt.number },
				...(attempt.promptId !== null && { links: [rootOf(attempt.promptId)] }),
				error: failed,
			});
		}
		if (nextAttemptAt !== null) return;
		const startAt = timeOf(dispatchId) ?? endAt;
		record({
			...root,
			parentSpanId: null,
			name: 'dispatch',
			kind: 'internal',
			startAt,
			endAt,
			attributes: about,
			error: failed,
		});
	}

	return {
		begin(contexts) {
			for (const { id, replyTo } of contexts.flatMap(heldPrompts)) submitted(id, replyTo?.token);
		},
		stepCommitted({ journal = [] }) {
			for (const { event } of journal) {
				if (!event.includes('"PROMPT"') || !event.includes('"replyTo"')) continue;
				const { type, promptId, replyTo } = JSON.parse(event) as Submission;
				if (type === 'PROMPT' && promptId) submitted(promptId, replyTo?.token);
			}
		},
		eventsPublished(events) {
			for (const { topic, data, at } of events) {
				const [subject, status = ''] = topic.split('.');
				if (subject !== 'dispatch' || status === 'created') continue;
				const told = JSON.parse(data) as Data;
				if (status !== 'dispatched') ended(status, told, at);
				else attempts.set(told.dispatchId, { number: told.attempt ?? 1, startedAt: at, promptId: null });
			}
		},
	};
}

interface Submission {
	readonly type: string;
	readonly promptId?: string;
	readonly replyTo?: { readonly token: string };
}
