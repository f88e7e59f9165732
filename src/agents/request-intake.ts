/**
 * Request intake: from a session's word that it asks something to an open request in the agent's
 * machine, with its row in the same transaction.
 *
 * 1. A request is committed before anybody can answer it.
 * 2. One that the agent raises again after a crash is the same request; if a human has answered it
 *    meanwhile, the agent gets that answer, but only for the prompt it was given for.
 * 3. One that the machine refuses (no turn is in progress, the turn is being cancelled) is answered
 *    `cancelled`: never an approval that nobody gave.
 */

import type { AgentCommandEvent, AgentContext, OpenRequest } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { Writes } from '../durable/definition.ts';
import type { ColumnValue } from '../durable/store.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import type { Connection } from './connection.ts';
import type { AgentRequest, RequestAnswer } from './drivers/driver.ts';

export interface RequestIntakeDeps {
	readonly clock: Clock;
	report(agentId: string, event: AgentCommandEvent, writes?: Writes): Promise<boolean>;
	contextOf(agentId: string): AgentContext | undefined;
	/** Puts output that came before in the queue of commits. */
	flushOutput(): void;
}

export interface RequestIntake {
	raised(
		agentId: string,
		generation: number,
		request: AgentRequest,
		connection: () => Connection | null,
	): Promise<void>;
	withdrawn(
		agentId: string,
		generation: number,
		key: string,
		note: string,
		connection: () => Connection | null,
	): Promise<void>;
}

export function createRequestIntake({ clock, report, contextOf, flushOutput }: RequestIntakeDeps): RequestIntake {
	/** A request of an earlier run that this is, raised again. What was allowed for one prompt is not for another. */
	function findKnown(agentId: string, { fingerprint }: AgentRequest, promptId: string | null): OpenRequest | undefined {
		return contextOf(agentId)?.requests.find(
			(known) =>
				known.origin === 'agent' &&
				!known.attached &&
				known.fingerprint === fingerprint &&
				(known.answer === null || known.promptId === promptId),
		);
	}

	return {
		async raised(agentId, generation, request, connectionOf) {
			const connection = connectionOf();
			if (!connection) return;
			const known = findKnown(agentId, request, connection.promptId);
			const requestId = known?.id ?? createId('request', clock.now());
			connection.attachRequest(requestId, request.key);
			// People read what led to a question before the question.
			flushOutput();
			if (known?.answer) {
				await connection.answer(requestId, known.answer as unknown as RequestAnswer);
				await report(agentId, { type: 'ANSWER_DELIVERED', requestId });
				return;
			}
			const { fingerprint } = request;
			const event: AgentCommandEvent = { type: 'INPUT_REQUESTED', generation, requestId, fingerprint };
			const writes = known
				? {}
				: describe(agentId, requestId, request, connection.promptId, contextOf(agentId), clock.now());
			if (await report(agentId, event, writes)) return;
			connection.detachRequest(request.key);
			await connection.refuse(request.key).catch(() => {
				// The connection has ended, and with it the question.
			});
		},
		async withdrawn(agentId, generation, key, note, connectionOf) {
			const requestId = connectionOf()?.detachRequest(key);
			if (requestId !== undefined) await report(agentId, { type: 'INPUT_WITHDRAWN', generation, requestId, note });
		},
	};
}

/** The row and the event of a new request. */
function describe(
	agentId: string,
	requestId: string,
	request: AgentRequest,
	promptId: string | null,
	context: AgentContext | undefined,
	at: number,
): Writes {
	const row: Record<string, ColumnValue> = {
		id: requestId,
		agent_id: agentId,
		run_id: context?.run?.id ?? null,
		prompt_id: promptId,
		key: request.fingerprint,
		kind: request.kind,
		title: request.title,
		detail: JSON.stringify(request.detail),
		options: JSON.stringify(request.options),
		status: 'open',
		asked_at: at,
	};
	const { kind, title } = request;
	return {
		records: [{ op: 'insert', table: 'requests', row }],
		events: [createEvent('request.opened', agentId, at, { requestId, kind, title })],
	};
}
