/**
 * The JSON-RPC side of a conversation (Agent Client Protocol). Requests of the server reach the agent
 * under ids of our own, counted over all connections: every connection of the server starts to count
 * anew, and the late answer to an earlier request 3 would pass for the answer to its new request 3.
 */

import type { Conversation, Message, Route } from './conversation.ts';

interface Asked {
	/** The id as the server knows it. */
	readonly id: unknown;
	readonly method: string;
	readonly sessionId: unknown;
}

export function createAcpConversation(): Conversation {
	/** Requests of the server that the agent has not answered, by our id. */
	const ofServer = new Map<unknown, Asked>();
	/** Methods of requests of the agent that the server has not answered, by the agent's id. */
	const ofAgent = new Map<unknown, string>();
	let nextId = 1;

	function translateCancel(message: Message): Message {
		const params = (message.params ?? {}) as Message;
		const ours = [...ofServer].find(([, asked]) => asked.id === params.requestId)?.[0];
		return ours === undefined ? message : { ...message, params: { ...params, requestId: ours } };
	}

	return {
		fromServer(message): Route {
			const { method, id } = message;
			if (typeof method !== 'string') {
				ofAgent.delete(id);
				return { toAgent: message };
			}
			if (id === undefined) return { toAgent: method === '$/cancel_request' ? translateCancel(message) : message };
			const ours = nextId++;
			ofServer.set(ours, { id, method, sessionId: (message.params as Message | undefined)?.sessionId });
			return { toAgent: { ...message, id: ours } };
		},
		fromAgent(message): Route {
			const { method, id } = message;
			if (typeof method === 'string') {
				if (id !== undefined) ofAgent.set(id, method);
				return { toServer: message };
			}
			const asked = ofServer.get(id);
			if (asked === undefined) return id === null ? { toServer: message } : {};
			ofServer.delete(id);
			return { toServer: { ...message, id: asked.id } };
		},
		lost() {
			const cancels = [...ofServer.values()]
				.filter(({ method }) => method === 'session/prompt')
				.map(({ sessionId }) => ({ jsonrpc: '2.0', method: 'session/cancel', params: { sessionId } }));
			const answers = [...ofAgent].map(([id, method]) => ({ jsonrpc: '2.0', id, ...cancelledAnswer(method) }));
			ofServer.clear();
			ofAgent.clear();
			return [...cancels, ...answers];
		},
	};
}

function cancelledAnswer(method: string): Message {
	if (method === 'session/request_permission') return { result: { outcome: { outcome: 'cancelled' } } };
	if (method === 'elicitation/create') return { result: { action: 'cancel' } };
	return { error: { code: -32_800, message: 'The connection to the client was lost' } };
}
