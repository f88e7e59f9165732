/**
 * What `connect` must know of the conversation it carries, so that a lost connection leaves no loose
 * ends in the agent. The server greets the agent anew over the next connection and takes the turn it
 * was in for interrupted; the agent's process, however, is still the same and still at work.
 *
 * 1. When the connection is lost, a turn in progress is cancelled: the server may hand the prompt out
 *    again, and it must never run twice at the same time.
 * 2. What the agent asked and nobody can answer any more is answered with `cancelled`, never with a yes.
 * 3. An answer to a question of an earlier connection never reaches a later one, whatever its id.
 * 4. Nothing is kept while there is no connection: the agent never blocks and memory stays bounded.
 */

import { createAcpConversation } from './conversation-acp.ts';
import { createStreamJsonConversation } from './conversation-stream-json.ts';

/** A JSON message of either protocol. */
export type Message = Readonly<Record<string, unknown>>;

/** Where a message goes; both may be absent: nobody wants it. */
export interface Route {
	readonly toAgent?: Message;
	readonly toServer?: Message;
}

export interface Conversation {
	fromServer(message: Message): Route;
	fromAgent(message: Message): Route;
	/** The connection is gone; answers what the agent is to be told. */
	lost(): Message[];
}

/** Frames in, frames out, for either protocol; text that is no message passes as it is. */
export interface FrameRouter {
	fromServer(frame: string): { readonly toAgent?: string; readonly toServer?: string };
	fromAgent(frame: string): { readonly toAgent?: string; readonly toServer?: string };
	lost(): string[];
	back(): void;
}

export function createFrameRouter(): FrameRouter {
	const acp = createAcpConversation();
	const streamJson = createStreamJsonConversation();
	const protocolOf = (message: Message): Conversation => (typeof message.type === 'string' ? streamJson : acp);
	const settle = (): Message[] => [...acp.lost(), ...streamJson.lost()];
	let connected = false;

	return {
		fromServer(frame) {
			const message = parseMessage(frame);
			if (message === undefined) return { toAgent: frame };
			return toFrames(protocolOf(message).fromServer(message));
		},
		fromAgent(frame) {
			const message = parseMessage(frame);
			if (message === undefined) return connected ? { toServer: frame } : {};
			const route = protocolOf(message).fromAgent(message);
			if (connected) return toFrames(route);
			const [reply] = settle();
			return reply === undefined ? {} : { toAgent: JSON.stringify(reply) };
		},
		lost() {
			connected = false;
			return settle().map((message) => JSON.stringify(message));
		},
		back() {
			connected = true;
		},
	};
}

function toFrames({ toAgent, toServer }: Route): { toAgent?: string; toServer?: string } {
	return {
		...(toAgent === undefined ? {} : { toAgent: JSON.stringify(toAgent) }),
		...(toServer === undefined ? {} : { toServer: JSON.stringify(toServer) }),
	};
}

function parseMessage(frame: string): Message | undefined {
	if (!frame.trimStart().startsWith('{')) return undefined;
	try {
		return JSON.parse(frame) as Message;
	} catch {
		// Noise of the agent: the server logs it.
		return undefined;
	}
}
