/** Asks `/stream` where the log of events ends now, so that a reader can begin there without a gap. */

import { WebSocket } from 'ws';
import { createUnreachable } from './http-connection.ts';
import type { Settings } from './settings.ts';

const patienceMs = 10_000;

/** Seq of the last event committed when the server answered. */
export function readStreamCursor(settings: Pick<Settings, 'url' | 'token'>, agentId: string): Promise<number> {
	const url = new URL(`${settings.url.replace(/^http/, 'ws')}/stream`);
	if (settings.token !== undefined) url.searchParams.set('token', settings.token);
	const socket = new WebSocket(url, { handshakeTimeout: patienceMs });
	return new Promise<number>((resolve, reject) => {
		const fail = (cause: unknown): void => reject(createUnreachable(settings.url, cause));
		const timer = setTimeout(() => fail(new Error('no cursor came')), patienceMs);
		socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', agents: [agentId] })));
		socket.on('message', (data) => {
			const message = JSON.parse(data.toString()) as { readonly type?: string; readonly cursor?: number };
			if (message.type === 'snapshot.begin' && message.cursor !== undefined) resolve(message.cursor);
		});
		socket.on('error', fail);
		socket.on('close', (code, reason) => {
			clearTimeout(timer);
			fail(new Error(`stream closed: ${reason.toString() || code}`));
		});
	}).finally(() => socket.terminate());
}
