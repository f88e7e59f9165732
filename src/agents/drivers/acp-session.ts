/**
 * One ACP conversation after its handshake: turns, cancellation, answers, goodbye.
 *
 * 1. A turn ends with the agent's answer to `session/prompt`, whatever was said before or after.
 * 2. When the connection ends first, the promise of the turn is rejected (`process_crashed` over stdio, else
 *    `connection_lost`); what becomes of the prompt is not for the session to decide.
 * 3. Requests of a turn do not outlive it.
 */
import { type ClientConnection, RequestError } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { createFailure, StatecraftError } from '../../errors.ts';
import type { AcpConversation } from './acp-conversation.ts';
import { describeEnd, isUsageLimit, judgeTurnError } from './acp-failures.ts';
import type { Handshake } from './acp-handshake.ts';
import type { AcpRequests } from './acp-requests.ts';
import { readPromptUsage } from './acp-updates.ts';
import type { AgentSession, ContentBlock, SessionSink, Transport, TurnResult, Usage } from './driver.ts';

const stopReasonSchema = z.looseObject({
	stopReason: z.enum(['end_turn', 'max_tokens', 'max_turn_requests', 'refusal', 'cancelled']),
});

/** How long the answer to `session/close` is awaited. */
const goodbyeMs = 1000;

export interface AcpSessionParts {
	readonly transport: Transport;
	readonly connection: ClientConnection;
	readonly handshake: Handshake;
	readonly conversation: AcpConversation;
	readonly requests: AcpRequests;
	readonly sink: SessionSink;
}

export function createAcpSession({
	transport,
	connection,
	handshake,
	conversation,
	requests,
	sink,
}: AcpSessionParts): AgentSession {
	const { agent, sessionId } = handshake;
	let turn: 'none' | 'running' | 'cancelling' = 'none';

	/** Reads afresh: `turn` changes while the turn is awaited. */
	const isCancelling = (): boolean => turn === 'cancelling';

	async function runTurn(content: readonly ContentBlock[]): Promise<TurnResult> {
		try {
			const response = await connection.agent.request('session/prompt', { sessionId, prompt: [...content] });
			return judgeResponse(response, spoken(readPromptUsage(response)));
		} catch (error) {
			if (!(error instanceof RequestError) || connection.signal.aborted) {
				throw await describeEnd(transport, error);
			}
			if (isCancelling()) return { ok: true, stopReason: 'cancelled', ...spoken(null) };
			if (isUsageLimit(error)) sink.usageLimited(null);
			return { ok: false, failure: judgeTurnError(error, agent.authMethods), ...spoken(null) };
		}
	}

	function spoken(answered: Usage | null): { text: string; usage?: Usage } {
		const { text, usage: told } = conversation.turn();
		const usage = { ...told, ...answered };
		return Object.keys(usage).length === 0 ? { text } : { text, usage };
	}

	return {
		sessionId,
		resumed: handshake.resumed,
		capabilities: { resume: agent.restoreMethods.length > 0, images: agent.takesImages },
		agentInfo: agent.info,
		async prompt(content) {
			turn = 'running';
			conversation.startTurn(sessionId);
			try {
				return await runTurn(content);
			} finally {
				turn = 'none';
				requests.cancelAll('the turn ended');
				requests.resume();
			}
		},
		async cancel() {
			if (turn === 'none') return;
			turn = 'cancelling';
			await connection.agent.notify('session/cancel', { sessionId });
			// The turn may have ended while the notification was on its way.
			if (isCancelling()) requests.cancelAll('the turn was cancelled');
		},
		async answer(key, answer) {
			if (connection.signal.aborted) throw new StatecraftError('connection_lost', 'The agent is no longer connected');
			requests.answer(key, answer);
		},
		async end() {
			if (!agent.canClose || connection.signal.aborted) return;
			const close = new AbortController();
			const timer = setTimeout(() => close.abort(), goodbyeMs);
			const options = { cancellationSignal: close.signal, stopWaitingOnCancel: true };
			try {
				await connection.agent.request('session/close', { sessionId }, options);
			} catch {
				// It is a courtesy: whoever ends the session ends the process next.
			} finally {
				clearTimeout(timer);
			}
		},
	};
}

function judgeResponse(response: unknown, spoken: { text: string; usage?: Usage }): TurnResult {
	const parsed = stopReasonSchema.safeParse(response);
	if (parsed.success) return { ok: true, stopReason: parsed.data.stopReason, ...spoken };
	const failure = createFailure('protocol_violation', 'The agent ended the turn without a reason that ACP knows', {
		response,
	});
	return { ok: false, failure, ...spoken };
}
