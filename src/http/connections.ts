/**
 * The connections of a server that closes: those with a request in progress are left to it, all others
 * are cut at once. Node's own `closeIdleConnections` leaves connections that have never sent a request,
 * such as browsers open in advance, and a shutdown would wait for them.
 */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
	/** From now on, a connection without a request is cut. */
	drain(): void;
}

export function trackConnections(server: Server): Connections {
	/** Requests in progress by connection; upgraded connections are not here. */
	const requests = new Map<Socket, number>();
	let draining = false;

	function count(socket: Socket, change: 1 | -1): void {
		const left = (requests.get(socket) ?? 0) + change;
		if (requests.has(socket)) requests.set(socket, left);
		if (draining && left === 0) socket.destroySoon();
	}

	server.on('connection', (socket) => {
		requests.set(socket, 0);
		socket.once('close', () => requests.delete(socket));
	});
	server.on('upgrade', (_request, socket: Socket) => requests.delete(socket));
	server.on('request', ({ socket }, response) => {
		count(socket, 1);
		response.once('close', () => count(socket, -1));
	});

	return {
		drain() {
			draining = true;
			for (const [socket, left] of requests) if (left === 0) socket.destroySoon();
		},
	};
}
