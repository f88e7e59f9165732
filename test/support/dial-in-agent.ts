/** The demo agent as one that dials in: its process is the test's own, and its socket can be cut. */

import { type McpServer, ndJsonStream } from '@agentclientprotocol/sdk';
import { WebSocket } from 'ws';
import { createDemoAgent } from '../../src/agents/demo/agent.ts';
import { createMemory } from '../../src/agents/demo/memory.ts';

export interface DialInAgent {
	/** The code with which its socket was closed. */
	readonly closed: Promise<number>;
	/** The servers that its newest session was told of. */
	readonly toolServers: () => readonly McpServer[];
	/** Cuts the connection without a word. */
	drop(): void;
}

/** @param url as the server offered it, with its token */
export function dialIn(
	url: string,
	sessionDirectory: string,
	headers: Readonly<Record<string, string>> = {},
): DialInAgent {
	const socket = new WebSocket(url, { headers });
	let toolServers: readonly McpServer[] = [];
	const closed = new Promise<number>((resolve) => socket.once('close', resolve));
	// A refused or cut connection closes as well.
	socket.on('error', () => {});
	const opened = new Promise<void>((resolve) => socket.once('open', resolve));
	const app = createDemoAgent({
		memory: createMemory(sessionDirectory),
		version: '0',
		process: {
			writeRaw: (line) => socket.send(line),
			exit: () => {
				throw new Error('an agent in the process of the test cannot exit');
			},
		},
	});
	const input = new ReadableStream<Uint8Array>({
		start(controller) {
			socket.on('message', (data) => {
				toolServers = JSON.parse(String(data)).params?.mcpServers ?? toolServers;
				controller.enqueue(Buffer.from(`${String(data)}\n`));
			});
			socket.once('close', () => controller.close());
		},
	});
	const output = new WritableStream<Uint8Array>({
		async write(chunk) {
			await opened;
			if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.from(chunk).toString('utf8').trimEnd());
		},
	});
	app.connect(ndJsonStream(output, input));
	return { closed, toolServers: () => toolServers, drop: () => socket.terminate() };
}
