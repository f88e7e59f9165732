/** Clients that read what an agent does, as it comes and after a cursor: over `/stream` and as server-sent events. */

import type { ServerProcess } from '../support/server-process.ts';
import { listen, type Message, readSse } from '../support/sockets.ts';

export interface AgentReader {
	/** Waits until both have an event of this topic, about this prompt where one is named. */
	told(topic: string, promptId?: string): Promise<void>;
	/** Of the events that each of them got, in the order in which they came. */
	seqs(): ReadonlyArray<readonly number[]>;
	/** The agent's words as each of them got them. */
	said(): readonly string[];
	/** The last event that both have. */
	cursor(): number;
	close(): Promise<void>;
}

export async function readAgent(server: ServerProcess, agentId: string, after: number): Promise<AgentReader> {
	const { url, token, events } = server;
	const socket = listen(`${url.replace('http', 'ws')}/stream?token=${token}`);
	socket.send({ type: 'subscribe', agents: [agentId], after });
	const sse = await followSse(`${url}/agents/${agentId}/events`, token, after);
	const heard = (): ReadonlyArray<readonly Message[]> => [
		socket.messages.filter(({ type }) => type === 'event'),
		sse.messages,
	];

	return {
		async told(topic, promptId) {
			const isIt = (event: Message) =>
				event.topic === topic && (promptId ?? event.data.promptId) === event.data.promptId;
			await events.until(`both readers are told ${topic}`, () => heard().every((each) => each.some(isIt)) || undefined);
		},
		seqs: () => heard().map((messages) => messages.map(({ seq }) => seq)),
		said: () =>
			heard().map((messages) =>
				messages
					.filter(({ topic }) => topic === 'agent.output.message')
					.map(({ data }) => data.text)
					.join(''),
			),
		cursor: () => Math.min(...heard().map((messages) => messages.at(-1)?.seq ?? after)),
		async close() {
			socket.socket.terminate();
			await sse.close();
		},
	};
}

async function followSse(address: string, token: string, after: number) {
	const leaving = new AbortController();
	const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}`, 'last-event-id': String(after) };
	const response = await fetch(address, { headers, signal: leaving.signal });
	const messages: Message[] = [];
	const reading = (async () => {
		for await (const { data } of readSse(response)) messages.push(data);
	})().catch(() => {
		// It ends with its server, or with the test.
	});
	return {
		messages,
		close() {
			leaving.abort();
			return reading;
		},
	};
}
