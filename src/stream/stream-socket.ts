/**
 * One client on the WebSocket `/stream`: what is there now, then every event, by cursor.
 *
 * It owns the client's present subscription; a new one replaces it.
 *
 * 1. Messages of a replaced subscription are not sent once the new one has begun.
 * 2. Between `snapshot.begin` and the first event nothing is lost: events start after the snapshot's
 *    cursor, which was read before the resources.
 * 3. Nothing is written while the socket has no room: a slow client costs that, a page
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
import { pumpEvents } from './pump.ts';
import { findTouched } from './replay.ts';
import { resourceKind } from './resource.ts';
import type { ResourceFeed } from './resource-feed.ts';
import { type Outbox, openOutbox } from './resource-outbox.ts';
import type { ResourceSources } from './resource-sources.ts';
import { demandKnownCursor } from './routes.ts';
import { readSnapshot } from './snapshot.ts';
import { createSink, pingSocket, type SocketSink } from './socket.ts';
import type { ResourceKind } from './views.ts';

export interface StreamSocketDeps {
	readonly reads: Pick<Reads, 'agent' | 'events' | 'lastEventSeq'>;
	readonly resources: ResourceFeed;
	readonly sources: ResourceSources;
	/** What may wait for one client, once for its events and once for its resources. */
	readonly bufferBytes: number;
	readonly openCursor: (after: number, filter: EventFilter) => CursorReader;
	readonly pingIntervalMs: number;
	/** The server's time, ISO 8601. */
	readonly now: () => string;
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
		resources: z.array(resourceKind).optional(),
	}),
	z.strictObject({ type: z.literal('unsubscribe') }),
	z.strictObject({ type: z.literal('ping') }),
]);

type Subscribe = Extract<z.output<typeof clientMessage>, { type: 'subscribe' }>;

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
		if (sink.hasRoom()) return;
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

/** What somebody is told who does not say: what there is at first, and then events alone. */
const kindsAtFirst: readonly ResourceKind[] = ['agent', 'request'];

async function runSubscription(
	asked: Subscribe,
	sink: SocketSink,
	deps: StreamSocketDeps,
	signal: AbortSignal,
): Promise<void> {
	const agentIds = asked.agents === undefined ? undefined : await resolveAgents(deps.reads, asked.agents);
	if (signal.aborted) return;
	// Opened before anything is read, so that no change falls between.
	const outbox = asked.resources && openResources(asked.resources, agentIds, deps);
	signal.addEventListener('abort', () => outbox?.close(), { once: true });
	try {
		const after = asked.after ?? (await deps.reads.lastEventSeq());
		if (asked.after === undefined) await sendSnapshot(after, asked.resources, agentIds, sink, deps, signal);
		else await demandKnownCursor(deps.reads, after);
		if (asked.after !== undefined && outbox) await outbox.catchUp(await findTouched(deps.reads, after));
		if (!signal.aborted) await followEvents(after, asked.topics ?? [], agentIds, outbox, sink, deps, signal);
	} finally {
		outbox?.close();
	}
}

function openResources(
	kinds: readonly ResourceKind[],
	agentIds: readonly string[] | undefined,
	{ resources, bufferBytes }: StreamSocketDeps,
): Outbox {
	// All actors there are would be too many: they are told of agents that were asked for.
	const wanted = agentIds === undefined ? kinds.filter((kind) => kind !== 'actor') : kinds;
	return openOutbox(resources, { kinds: new Set(wanted), agentIds: agentIds && new Set(agentIds) }, bufferBytes);
}

async function followEvents(
	after: number,
	wantedTopics: readonly string[],
	agentIds: readonly string[] | undefined,
	outbox: Outbox | undefined,
	sink: SocketSink,
	deps: StreamSocketDeps,
	signal: AbortSignal,
): Promise<void> {
	const topics = normaliseTopics(wantedTopics);
	const reader = deps.openCursor(after, {
		...(agentIds === undefined ? {} : { agentIds }),
		...(topics === undefined ? {} : { topics }),
	});
	signal.addEventListener('abort', () => reader.close(), { once: true });
	outbox?.onReady(() => reader.nudge());
	reader.nudge();

	/** Resources follow the events that touched them: not before the reader has got to the present. */
	function sendResources(): 'go on' | 'gap' {
		if (outbox === undefined || !reader.isLive()) return 'go on';
		if (outbox.isOverrun) return 'gap';
		const messages = outbox.take();
		if (messages.length > 0) sink.sendAll(messages);
		return 'go on';
	}

	try {
		if ((await pumpEvents(reader, sink, sendResources)) === 'gap') deps.onGap();
	} finally {
		reader.close();
	}
}

async function sendSnapshot(
	cursor: number,
	kinds: readonly ResourceKind[] | undefined,
	agentIds: readonly string[] | undefined,
	sink: SocketSink,
	deps: StreamSocketDeps,
	signal: AbortSignal,
): Promise<void> {
	if (signal.aborted) return;
	const { sources, resources } = deps;
	sink.send({ type: 'snapshot.begin', cursor, at: deps.now() });
	const asked = new Set(kinds ?? kindsAtFirst);
	for await (const messages of readSnapshot({ sources, note: resources.note }, asked, agentIds)) {
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
