/**
 * Follows an event log over SSE and survives what happens to connections.
 *
 * 1. The cursor is the seq of the last event handed out; every reconnect resumes after it, so no
 *    event is lost or told twice, whatever happens to the server in between.
 * 2. A server that is away is waited for with jittered backoff; one that refuses (bad token, unknown
 *    agent) is not asked again.
 */

import { setMaxListeners } from 'node:events';
import { createBackoff } from './backoff.ts';
import { ServerProblem } from './failure.ts';
import type { HttpConnection } from './http-connection.ts';
import type { EventResource, ListingResource } from './resources.ts';
import { readSse, type SseMessage } from './sse-parser.ts';

export interface EventStreamOptions {
	/** Events with a seq above this one. */
	readonly after: number;
	/** False: what there is now, then the end. */
	readonly follow: boolean;
	readonly signal: AbortSignal;
	/** Told when the connection is lost, and when it is there again. */
	readonly onConnection?: (state: 'lost' | 'back') => void;
}

const pageSize = 200;
/** A connection on which nothing came for so long, not even a keep-alive, is taken for dead. */
const silenceMs = 60_000;

/** Events in order, each once. Ends when the signal fires. */
export async function* createEventStream(
	http: HttpConnection,
	path: string,
	options: EventStreamOptions,
): AsyncGenerator<EventResource> {
	if (options.follow) yield* followEvents(http, path, options);
	else yield* readPages(http, path, options);
}

async function* readPages(
	http: HttpConnection,
	path: string,
	{ after, signal }: EventStreamOptions,
): AsyncGenerator<EventResource> {
	let cursor = after;
	for (;;) {
		const query = { after: cursor, limit: pageSize };
		const page = await http.request<ListingResource<EventResource>>('GET', path, { query, signal });
		yield* page.items;
		const last = page.items.at(-1);
		if (last === undefined || page.items.length < pageSize) return;
		cursor = last.seq;
	}
}

async function* followEvents(
	http: HttpConnection,
	path: string,
	options: EventStreamOptions,
): AsyncGenerator<EventResource> {
	const { signal, onConnection } = options;
	const link = createLinkState(onConnection);
	let cursor = options.after;
	while (!signal.aborted) {
		try {
			for await (const event of readConnection(http, path, cursor, signal)) {
				link.alive();
				if (event === undefined || event.seq <= cursor) continue;
				cursor = event.seq;
				yield event;
			}
		} catch (error) {
			if (!signal.aborted && !link.mayRecover(error)) throw error;
		}
		if (!signal.aborted) await link.pause(signal);
	}
}

interface LinkState {
	/** Something came. */
	alive(): void;
	/** The first connection must succeed, so that a wrong address is told at once. */
	mayRecover(error: unknown): boolean;
	/** Waits before the next try, or until the signal fires. */
	pause(signal: AbortSignal): Promise<void>;
}

function createLinkState(onConnection: EventStreamOptions['onConnection']): LinkState {
	const backoff = createBackoff({ initialMs: 250, maxMs: 5_000 });
	let state: 'new' | 'connected' | 'lost' = 'new';
	return {
		alive() {
			if (state === 'lost') onConnection?.('back');
			state = 'connected';
			backoff.reset();
		},
		mayRecover(error) {
			if (state === 'new') return false;
			if (error instanceof ServerProblem) return error.problem.status >= 500 || error.problem.status === 429;
			return true;
		},
		async pause(signal) {
			if (state === 'connected') onConnection?.('lost');
			state = 'lost';
			// An abort ends the wait, and the caller looks at the signal.
			await backoff.wait(signal).catch(() => undefined);
		},
	};
}

/** One connection's events; `undefined` for any other sign of life, the first one when it is open. */
async function* readConnection(
	http: HttpConnection,
	path: string,
	cursor: number,
	signal: AbortSignal,
): AsyncGenerator<EventResource | undefined> {
	const silence = new AbortController();
	setMaxListeners(0, signal);
	const timer = setTimeout(() => silence.abort(), silenceMs);
	try {
		const response = await http.open('GET', path, {
			query: { after: cursor },
			headers: { accept: 'text/event-stream', 'last-event-id': String(cursor) },
			signal: AbortSignal.any([signal, silence.signal]),
		});
		yield undefined;
		if (response.body === null) return;
		for await (const message of readSse(response.body)) {
			timer.refresh();
			yield message === undefined ? undefined : toEvent(message);
		}
	} finally {
		clearTimeout(timer);
	}
}

function toEvent({ id, event, data }: SseMessage): EventResource | undefined {
	const parsed: unknown = JSON.parse(data);
	if (typeof parsed !== 'object' || parsed === null) return undefined;
	const body = parsed as Partial<EventResource>;
	const seq = body.seq ?? Number(id);
	if (!Number.isSafeInteger(seq)) return undefined;
	return { at: '', data: null, agentId: null, ...body, seq, topic: body.topic ?? event ?? 'message' };
}
