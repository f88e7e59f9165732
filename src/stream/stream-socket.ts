/**
 * One client on the WebSocket `/stream`: what is there now, then every event, by cursor.
 *
 * It owns the client's present subscription; a new one replaces it.
 *
 * 1. Messages of a replaced subscription are not sent once the new one has begun.
 * 2. Between `snapshot.begin` and the first event nothing is lost: events start after the snapshot's
 *    cursor, which was read before the resources.
 * 3. Nothing is written while the socket holds more than `socketBytes`: a slow client costs that, a page
 *    and the cursor's bounded buffer. A client that answers no ping is hung up on.
 */

import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Reads } from '../agents/views.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { validate } from '../http/validation.ts';
import type { CursorReader } from './cursor.ts';
import { type EventFilter, normaliseTopics } from './filter.ts';
import { type EventSink, pumpEvents } from './pump.ts';
import { demandKnownCursor } from './routes.ts';
import { readSnapshot, type SnapshotDeps } from './snapshot.ts';

export interface StreamSocketDeps extends SnapshotDeps {
	readonly reads: SnapshotDeps['reads'] & Pick<Reads, 'lastEventSeq'>;
	readonly openCursor: (after: number, filter: EventFilter) => CursorReader;
	readonly pingIntervalMs: number;
	readonly onGap: () => void;
	/** Told of what is no fault of the client. */
	readonly onError: (error: unknown) => void;
}

const clientMessage = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('subscribe'),
		agents: z.array(z.string().min(1)).max(1_000).optional(),
		topics: z.array(z.string().min(1)).max(1_000).optional(),
		after: z.int().min(0).optional(),
	}),
	z.strictObject({ type: z.literal('unsubscribe') }),
	z.strictObject({ type: z.literal('ping') }),
]);

type Subscribe = Extract<z.output<typeof clientMessage>, { type: 'subscribe' }>;

/** What may wait in the socket before we wait for the client. */
const socketBytes = 256 * 1024;

/** Serves a client until its socket closes. `connection` is the stream under the WebSocket. */
export function serveStream(socket: WebSocket, connection: Duplex, deps: StreamSocketDeps): void {
	let subscription: AbortController | undefined;
	const sink = createSink(socket, connection);
	const stopPinging = pingSocket(socket, deps.pingIntervalMs);

	function endSubscription(): void {
		subscription?.abort();
		subscription = undefined;
	}

	function report(thrown: unknown): void {
		const error = toStatecraftError(thrown);
		if (error.kind === 'bug') deps.onError(thrown);
		const detail = error.kind === 'bug' ? 'This is our fault; the log knows more' : error.message;
		sink.send({ type: 'error', code: error.code, detail, ...error.extras });
	}

	function handle(message: z.output<typeof clientMessage>): void {
		if (message.type === 'ping') {
			sink.send({ type: 'pong' });
			return;
		}
		endSubscription();
		if (message.type === 'unsubscribe') return;
		subscription = new AbortController();
		const { signal } = subscription;
		runSubscription(message, sink, deps, signal).catch((error) => {
			if (!signal.aborted) report(error);
		});
	}

	socket.on('message', (data, isBinary) => {
		try {
			handle(parseMessage(data, isBinary));
		} catch (error) {
			report(error);
		}
		// Whoever asks without reading the answers is not listened to until they are read.
		if (socket.bufferedAmount <= socketBytes) return;
		socket.pause();
		sink.room().then(() => socket.resume());
	});
	// ws closes the socket itself, with 1009 for a frame that is too long; `close` follows.
	socket.on('error', () => undefined);
	socket.once('close', () => {
		stopPinging();
		endSubscription();
	});
}

async function runSubscription(
	asked: Subscribe,
	sink: SocketSink,
	deps: StreamSocketDeps,
	signal: AbortSignal,
): Promise<void> {
	const agentIds = asked.agents === undefined ? undefined : await resolveAgents(deps.reads, asked.agents);
	const after = asked.after ?? (await deps.reads.lastEventSeq());
	if (asked.after !== undefined) await demandKnownCursor(deps.reads, after);
	else await sendSnapshot(after, agentIds, sink, deps, signal);
	if (signal.aborted) return;
	const topics = normaliseTopics(asked.topics ?? []);
	const reader = deps.openCursor(after, {
		...(agentIds === undefined ? {} : { agentIds }),
		...(topics === undefined ? {} : { topics }),
	});
	signal.addEventListener('abort', () => reader.close(), { once: true });
	try {
		if ((await pumpEvents(reader, sink)) === 'gap') deps.onGap();
	} finally {
		reader.close();
	}
}

async function sendSnapshot(
	cursor: number,
	agentIds: readonly string[] | undefined,
	sink: SocketSink,
	deps: StreamSocketDeps,
	signal: AbortSignal,
): Promise<void> {
	if (signal.aborted) return;
	sink.send({ type: 'snapshot.begin', cursor });
	for await (const messages of readSnapshot(deps, cursor, agentIds)) {
		if (signal.aborted) return;
		sink.sendAll(messages);
		await sink.room();
	}
	if (!signal.aborted) sink.send({ type: 'snapshot.end' });
}

async function resolveAgents(reads: Pick<Reads, 'agent'>, asked: readonly string[]): Promise<readonly string[]> {
	const ids = new Set<string>();
	for (const idOrName of asked) {
		const agent = await reads.agent(idOrName);
		if (agent === undefined) throw new StatecraftError('agent_not_found', `There is no agent "${idOrName}"`);
		ids.add(agent.id);
	}
	return [...ids];
}

interface SocketSink extends EventSink {
	send(message: object): void;
	sendAll(messages: ReadonlyArray<string | Buffer>): void;
}

function createSink(socket: WebSocket, connection: Duplex): SocketSink {
	let sent: Promise<void> = Promise.resolve();

	function sendAll(messages: ReadonlyArray<string | Buffer>): void {
		// Corked, so that a burst is one system call.
		connection.cork();
		const last = messages.length - 1;
		messages.forEach((message, index) => {
			if (index < last) socket.send(message, { binary: false });
			else sent = new Promise((resolve) => socket.send(message, { binary: false }, () => resolve()));
		});
		connection.uncork();
	}

	const sendOne = (message: object) => sendAll([JSON.stringify(message)]);

	return {
		send: sendOne,
		sendAll,
		write: (events) => sendAll(events.map((event) => event.message)),
		room: () => (socket.bufferedAmount <= socketBytes ? Promise.resolve() : sent),
		gap: (after) => sendOne({ type: 'gap', after }),
	};
}

function parseMessage(data: RawData, isBinary: boolean): z.output<typeof clientMessage> {
	if (isBinary) throw new StatecraftError('malformed_json', 'Send JSON in text frames');
	let value: unknown;
	try {
		value = JSON.parse(String(data));
	} catch (error) {
		throw new StatecraftError('malformed_json', 'The message is not valid JSON', {}, { cause: error });
	}
	return validate(clientMessage, value, 'message');
}

/** Hangs up on a client that has not answered the ping before. */
function pingSocket(socket: WebSocket, intervalMs: number): () => void {
	let alive = true;
	socket.on('pong', () => {
		alive = true;
	});
	const timer = setInterval(() => {
		if (!alive) return socket.terminate();
		alive = false;
		socket.ping();
	}, intervalMs);
	return () => clearInterval(timer);
}
