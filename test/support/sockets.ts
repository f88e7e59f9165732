/** WebSocket and SSE clients for tests: they collect what they hear and let a test wait for it. */

import { type ClientOptions, WebSocket } from 'ws';

/** A JSON message, loosely. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape.
export type Message = any;

export interface Listener {
	readonly socket: WebSocket;
	readonly messages: readonly Message[];
	send(message: unknown): void;
	/** Resolves with all messages once one of them, or all together, pass. */
	until(passed: (messages: readonly Message[]) => boolean): Promise<readonly Message[]>;
	/** The code with which the socket was closed. */
	readonly closed: Promise<number>;
}

const patienceMs = 20_000;

export function listen(url: string, options: ClientOptions = {}): Listener {
	const socket = new WebSocket(url, options);
	const messages: Message[] = [];
	const watchers = new Set<() => void>();
	const closed = new Promise<number>((resolve) => socket.once('close', resolve));
	socket.on('message', (data) => {
		messages.push(JSON.parse(String(data)));
		for (const watcher of watchers) watcher();
	});
	socket.on('error', () => undefined);
	return {
		socket,
		messages,
		closed,
		send(message) {
			const text = typeof message === 'string' ? message : JSON.stringify(message);
			if (socket.readyState === WebSocket.OPEN) socket.send(text);
			else socket.once('open', () => socket.send(text));
		},
		until(passed) {
			return new Promise((resolve, reject) => {
				const timer = setTimeout(() => {
					watchers.delete(check);
					reject(new Error(`Heard only ${JSON.stringify(messages.slice(-5))} of ${messages.length}`));
				}, patienceMs);
				const check = () => {
					if (!passed(messages)) return;
					clearTimeout(timer);
					watchers.delete(check);
					resolve(messages);
				};
				watchers.add(check);
				check();
			});
		},
	};
}

export interface SseMessage {
	readonly id: number;
	readonly event: string;
	readonly data: Message;
}

/** Reads an event stream until the signal fires or it ends. */
export async function* readSse(response: Response): AsyncGenerator<SseMessage> {
	if (response.body === null) return;
	let rest = '';
	const decoder = new TextDecoder();
	for await (const chunk of response.body) {
		rest += decoder.decode(chunk, { stream: true });
		const blocks = rest.split('\n\n');
		rest = blocks.pop() ?? '';
		for (const block of blocks) {
			const fields = Object.fromEntries(
				block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
			);
			if (fields.data !== undefined)
				yield { id: Number(fields.id), event: fields.event ?? 'message', data: JSON.parse(fields.data) };
		}
	}
}

/** Resolves once the condition holds; rejects after a while. */
export async function untilTrue(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const deadline = Date.now() + patienceMs;
	while (!(await condition())) {
		if (Date.now() > deadline) throw new Error(`It never came: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 2));
	}
}
