/** Sockets of clients that listen: written to as fast as they read, and hung up on when they are gone. */

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { EventSink } from './pump.ts';

/** What may wait in the socket before we wait for the client. */
const socketBytes = 256 * 1024;

export interface SocketSink extends EventSink {
	send(message: object): void;
	sendAll(messages: ReadonlyArray<string | Buffer>): void;
	/** Whether what waits in the socket is little enough for more. */
	hasRoom(): boolean;
}

/** `connection` is the stream under the WebSocket. */
export function createSink(socket: WebSocket, connection: Duplex): SocketSink {
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

	const hasRoom = () => socket.bufferedAmount <= socketBytes;
	const sendOne = (message: object) => sendAll([JSON.stringify(message)]);

	return {
		send: sendOne,
		sendAll,
		write: (events) => sendAll(events.map((event) => event.message)),
		hasRoom,
		room: () => (hasRoom() ? Promise.resolve() : sent),
		gap: (after) => sendOne({ type: 'gap', after }),
	};
}

/** Hangs up on a client that has not answered the ping before; answers how to end it. */
export function pingSocket(socket: WebSocket, intervalMs: number): () => void {
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
