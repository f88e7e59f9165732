/**
 * Server-sent events: one response that goes on for ever.
 *
 * 1. Every message carries the event's seq as its id, so that a client that reconnects by itself
 *    resumes with `Last-Event-ID` and misses nothing.
 * 2. A client that is too slow is told of a gap and hung up on; one that takes nothing at all between
 *    two pings is hung up on without a word.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CursorReader } from './cursor.ts';
import { type EventSink, pumpEvents } from './pump.ts';

export interface SseOptions {
	/** How often a comment is sent, so that proxies keep the connection and a dead one is noticed. */
	readonly pingIntervalMs: number;
	/** Ends the stream when aborted. */
	readonly signal: AbortSignal;
	readonly onGap: () => void;
}

const headers = {
	'Content-Type': 'text/event-stream; charset=utf-8',
	'Cache-Control': 'no-store',
	// nginx would otherwise hold events back until its buffer is full.
	'X-Accel-Buffering': 'no',
};

export async function streamSse(
	exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
	reader: CursorReader,
	{ pingIntervalMs, signal, onGap }: SseOptions,
): Promise<void> {
	const { response } = exchange;
	response.writeHead(200, headers);
	// The first bytes tell the client that it is connected; `retry` is the pause before it reconnects.
	response.write('retry: 1000\n\n');
	const end = () => reader.close();
	signal.addEventListener('abort', end, { once: true });
	response.once('close', end);
	if (signal.aborted || response.closed) end();
	const stopPinging = pingClient(response, pingIntervalMs);
	try {
		if ((await pumpEvents(reader, createSink(response))) === 'gap') onGap();
	} finally {
		stopPinging();
		signal.removeEventListener('abort', end);
		response.end();
	}
}

function createSink(response: ServerResponse): EventSink {
	return {
		write: (events) => response.write(Buffer.concat(events.map((event) => event.sse))),
		room: () => awaitDrain(response),
		gap: (after) => response.write(`event: gap\ndata: ${JSON.stringify({ type: 'gap', after })}\n\n`),
	};
}

function awaitDrain(response: ServerResponse): Promise<void> {
	if (!response.writableNeedDrain || response.closed) return Promise.resolve();
	return new Promise((resolve) => {
		const done = () => {
			response.off('drain', done);
			response.off('close', done);
			resolve();
		};
		response.once('drain', done);
		response.once('close', done);
	});
}

function pingClient(response: ServerResponse, pingIntervalMs: number): () => void {
	let stalled = false;
	const timer = setInterval(() => {
		if (!response.writableNeedDrain) response.write(': ping\n\n');
		else if (stalled) response.destroy();
		stalled = response.writableNeedDrain;
	}, pingIntervalMs);
	response.on('drain', () => {
		stalled = false;
	});
	return () => clearInterval(timer);
}
