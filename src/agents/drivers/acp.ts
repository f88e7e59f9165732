/**
 * The Agent Client Protocol, version 1, over any transport; Statecraft is the client. Owns the connection
 * from the first byte of the handshake; the session it returns owns the rest.
 *
 * 1. Frames are read from the start, so that noise before the handshake is told and does no harm.
 * 2. `connect` settles when `signal` aborts or the transport ends, however silent the agent is.
 * 3. A handshake that fails closes the connection; ending the process is for whoever started it.
 */
import { resolve } from 'node:path';
import { type ClientConnection, client } from '@agentclientprotocol/sdk';
import { StatecraftError, toStatecraftError } from '../../errors.ts';
import { createAcpConversation } from './acp-conversation.ts';
import { describeEnd } from './acp-failures.ts';
import { shakeHands } from './acp-handshake.ts';
import { type AcpRequests, createAcpRequests } from './acp-requests.ts';
import { createAcpSession } from './acp-session.ts';
import { type AcpStreamEvents, createAcpStream } from './acp-stream.ts';
import type { AgentSession, ConnectOptions, Protocol, Transport } from './driver.ts';

export const acpProtocol: Protocol = { name: 'acp', connect };

/** A frame may be megabytes; of one that is no message, this much is worth a place in the log. */
const maxNoiseLength = 4096;

async function connect(transport: Transport, options: ConnectOptions): Promise<AgentSession> {
	const { sink, signal } = options;
	const conversation = createAcpConversation(sink);
	const requests = createAcpRequests(sink, () => !connection.signal.aborted);
	const connection = openConnection(transport, requests, {
		notified: (method, params) => conversation.receive(method, params),
		noise: (frame) => sink.output({ type: 'log', stream: 'stdout', text: frame.slice(0, maxNoiseLength) }),
		alive: () => sink.alive(),
	});
	try {
		const session = { ...options, cwd: resolve(options.cwd) };
		const handshake = await untilAborted(signal, shakeHands(connection.agent, conversation, session));
		sink.sessionIdentified(handshake.sessionId);
		return createAcpSession({ transport, connection, handshake, conversation, requests, sink });
	} catch (error) {
		const failure = await untilAborted(signal, describeFailure(error, connection, transport)).catch(toStatecraftError);
		connection.close(failure);
		throw failure;
	}
}

function openConnection(transport: Transport, requests: AcpRequests, events: AcpStreamEvents): ClientConnection {
	return client({ name: 'statecraft' })
		.onRequest('session/request_permission', ({ params, signal }) => requests.permission(params, signal))
		.onRequest('elicitation/create', ({ params, signal }) => requests.question(params, signal))
		.connect(createAcpStream(transport, events));
}

function describeFailure(error: unknown, connection: ClientConnection, transport: Transport): Promise<StatecraftError> {
	if (connection.signal.aborted) return describeEnd(transport, error, 'handshake_failed');
	return Promise.resolve(toStatecraftError(error, 'handshake_failed'));
}

/** Rejects with the reason of the abortion where that is an error of ours, else with `handshake_failed`. */
async function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
	let onAbort = () => {};
	const aborted = new Promise<never>((_resolve, reject) => {
		onAbort = () => reject(describeAbortion(signal));
		if (signal.aborted) onAbort();
		else signal.addEventListener('abort', onAbort, { once: true });
	});
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}

function describeAbortion(signal: AbortSignal): StatecraftError {
	if (signal.reason instanceof StatecraftError) return signal.reason;
	return new StatecraftError('handshake_failed', 'It was given up before the agent had answered');
}
