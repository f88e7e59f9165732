/** Server-sent events as the model APIs stream them, ended early when the reader goes away. */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** One event; APIs without event names leave `event` empty. */
export interface StreamEvent {
	readonly event?: string;
	readonly data: unknown;
}

/** Waits, or returns at once when the response has been closed. */
export async function pause(response: ServerResponse, ms: number): Promise<void> {
	if (ms === 0 || response.destroyed) return;
	const closed = new AbortController();
	const onClose = () => closed.abort();
	response.once('close', onClose);
	await delay(ms, undefined, { signal: closed.signal }).catch(() => undefined);
	response.off('close', onClose);
}

/** Sends the events of one answer, pausing between deltas. */
export async function sendEvents(
	response: ServerResponse,
	events: Iterable<StreamEvent>,
	pauseMs: number,
): Promise<void> {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	for (const { event, data } of events) {
		if (response.destroyed) return;
		const name = event === undefined ? '' : `event: ${event}\n`;
		response.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
		if (isDelta(data)) await pause(response, pauseMs);
	}
	response.end();
}

/** Sends a JSON answer. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
	if (response.destroyed) return;
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(value));
}

function isDelta(data: unknown): boolean {
	return JSON.stringify(data).includes('"delta"');
}
