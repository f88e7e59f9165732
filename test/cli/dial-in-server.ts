/** The server's end of `/ws/{agentId}`: a real WebSocket server whose every move a test decides. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Visitor {
	readonly path: string;
	send(message: object | string): void;
	/** Frames so far, as they came. */
	readonly frames: readonly string[];
	/** Resolves with the first frame, from the beginning, that holds the text. */
	heard(text: string): Promise<string>;
	/** Resolves when it has been pinged so often. */
	pinged(times: number): Promise<true>;
	readonly closed: Promise<number>;
	close(code: number, reason?: string): void;
	/** Breaks the connection without a word. */
	cut(): void;
	/** From now on nothing is read any more, not even pings: a half-open connection. */
	freeze(): void;
}

export interface DialInServer {
	readonly url: string;
	readonly port: number;
	/** Resolves with the n-th visitor, counted from 1. */
	visitor(number: number): Promise<Visitor>;
	readonly visits: number;
	close(): Promise<void>;
}

export async function createDialInServer(port = 0): Promise<DialInServer> {
	const server = new WebSocketServer({ port, host: '127.0.0.1' });
	await once(server, 'listening');
	const visitors: Visitor[] = [];
	const watchers = new Set<() => void>();
	server.on('connection', (socket, request) => {
		visitors.push(createVisitor(socket, request.url ?? ''));
		for (const watch of watchers) watch();
	});
	const actual = (server.address() as AddressInfo).port;
	return {
		url: `ws://127.0.0.1:${actual}/ws/agt_1?token=tok`,
		port: actual,
		get visits() {
			return visitors.length;
		},
		visitor: (number) => until(watchers, () => visitors[number - 1]),
		async close() {
			for (const socket of server.clients) socket.terminate();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

function createVisitor(socket: WebSocket, path: string): Visitor {
	const frames: string[] = [];
	const watchers = new Set<() => void>();
	let pings = 0;
	socket.on('ping', () => {
		pings += 1;
		for (const watch of watchers) watch();
	});
	socket.on('message', (data) => {
		frames.push(data.toString());
		for (const watch of watchers) watch();
	});
	return {
		path,
		frames,
		send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
		heard: (text) => until(watchers, () => frames.find((frame) => frame.includes(text))),
		pinged: (times) => until(watchers, () => (pings >= times ? true : undefined)),
		closed: once(socket, 'close').then(([code]) => code as number),
		close: (code, reason) => socket.close(code, reason),
		cut: () => socket.terminate(),
		freeze: () => socket.pause(),
	};
}

function until<T>(watchers: Set<() => void>, find: () => T | undefined): Promise<T> {
	return new Promise((resolve) => {
		const look = (): void => {
			const found = find();
			if (found === undefined) return;
			watchers.delete(look);
			resolve(found);
		};
		watchers.add(look);
		look();
	});
}
