/**
 * A WebSocket that dials in to the server and keeps dialling: backoff with jitter between tries, pings
 * against connections that died without a word, and an end only where trying again is pointless.
 */

import { WebSocket } from 'ws';
import { StatecraftError } from '../errors.ts';
import { createBackoff } from './backoff.ts';

export interface DialInEvents {
	/** The socket is open, the first time or again. */
	open(): void;
	/** The server has spoken over it for the first time: we are let in. */
	greeted(): void;
	message(frame: string): void;
	/** The connection is gone and will be tried again. */
	lost(reason: string): void;
}

export interface DialIn {
	/** Hands a frame to the server; false when it should be given time to drain. Lost when not connected. */
	send(frame: string, drained: () => void): boolean;
	/** Lets the server wait while the agent is slow to read. */
	pause(): void;
	resume(): void;
	/** Says goodbye, once everything sent has left, and stops dialling. */
	close(): Promise<void>;
	/** Resolves when the server ended it (`ended`) or after `close`; rejects when the server refuses us. */
	readonly done: Promise<'ended' | 'closed'>;
}

export interface DialInOptions {
	readonly url: string;
	/** A ping so often; a connection from which nothing came in two of them is dead. */
	readonly pingMs: number;
	readonly events: DialInEvents;
}

/** Sent and not yet taken by the system, in bytes, before the agent has to wait. */
const sendBufferLimit = 1_048_576;
const handshakeTimeoutMs = 10_000;
const goodbyeMs = 3_000;

export function createDialIn({ url, pingMs, events }: DialInOptions): DialIn {
	const leaving = new AbortController();
	let socket: WebSocket | undefined;

	async function dial(): Promise<'ended' | 'closed'> {
		const backoff = createBackoff({ initialMs: 250, maxMs: 15_000 });
		while (!leaving.signal.aborted) {
			const closure = await runConnection();
			if (leaving.signal.aborted) break;
			// After a conversation it may be a restart; without a word it says that the agent is not wanted now.
			if (closure.code === 1000 && !closure.heard) return 'ended';
			const refusal = describeRefusal(closure);
			if (refusal !== undefined) throw refusal;
			if (closure.heard) backoff.reset();
			events.lost(closure.reason);
			await backoff.wait(leaving.signal).catch(() => undefined);
		}
		return 'closed';
	}

	function runConnection(): Promise<Closure> {
		return new Promise((resolve) => {
			const current = new WebSocket(url, { handshakeTimeout: handshakeTimeoutMs, perMessageDeflate: false });
			socket = current;
			const pulse = watchPulse(current, pingMs);
			let heard = false;
			let refusedWith: number | undefined;
			let failure = '';
			current.on('open', () => events.open());
			current.on('message', (data) => {
				if (!heard) events.greeted();
				heard = true;
				events.message(data.toString());
			});
			current.on('unexpected-response', (_request, response) => {
				refusedWith = response.statusCode;
				response.resume();
				current.terminate();
			});
			current.on('error', (error) => {
				failure = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
			});
			current.on('close', (code, text) => {
				pulse.stop();
				const reason = pulse.dead() ? 'no answer to pings' : text.toString() || failure || `socket closed ${code}`;
				resolve({ code: refusedWith ?? code, reason, heard });
			});
		});
	}

	const done = dial();
	return {
		done,
		send(frame, drained) {
			if (socket?.readyState !== WebSocket.OPEN) return true;
			socket.send(frame, drained);
			return socket.bufferedAmount < sendBufferLimit;
		},
		pause: () => socket?.pause(),
		resume: () => socket?.resume(),
		async close() {
			leaving.abort();
			socket?.close(1000, 'the agent has ended');
			const timer = setTimeout(() => socket?.terminate(), goodbyeMs);
			// How it ended was told already; here only that it did.
			await done.catch(() => undefined);
			clearTimeout(timer);
		},
	};
}

interface Closure {
	/** WebSocket close code, or the HTTP status that refused the upgrade. */
	readonly code: number;
	readonly reason: string;
	/** Whether the server has spoken: it lets everybody in, if only to say that they may not. */
	readonly heard: boolean;
}

/** Pings, and ends a connection on which neither a pong nor anything else arrives. */
function watchPulse(socket: WebSocket, pingMs: number): { stop(): void; dead(): boolean } {
	let heard = true;
	let dead = false;
	const hear = (): void => {
		heard = true;
	};
	socket.on('pong', hear).on('ping', hear).on('message', hear);
	const timer = setInterval(() => {
		if (socket.readyState !== WebSocket.OPEN) return;
		if (socket.isPaused) hear();
		dead = !heard;
		heard = false;
		if (dead) socket.terminate();
		else socket.ping();
	}, pingMs);
	return { stop: () => clearInterval(timer), dead: () => dead };
}

/** Refusals that another try would only meet again. */
function describeRefusal({ code, reason }: Closure): StatecraftError | undefined {
	switch (code) {
		case 4400:
			return new StatecraftError('handshake_failed', `the server cannot work with this agent: ${reason}`);
		case 4401:
		case 401:
			return new StatecraftError('unauthorized', 'the server does not accept this connect token', {
				hint: 'make a new one with POST /agents/{id}/connect-token; it voids the one before',
			});
		case 4403:
		case 403:
			return new StatecraftError('forbidden', `the server refuses the connection: ${reason}`);
		case 4404:
		case 404:
			return new StatecraftError('agent_not_found', 'the server knows no agent with this id', {
				hint: 'was it deleted? see `statecraft agents list`',
			});
		case 4409:
			return new StatecraftError('stale_state', 'a newer connection has taken the place of this one');
		default:
			return undefined;
	}
}
