/**
 * The stream-json side of a conversation (Claude Code and its kin). A turn is a `user` message until
 * its `result`; results carry no id, so those of turns that were interrupted are counted off.
 */

import type { Conversation, Message, Route } from './conversation.ts';

const lostMessage = 'The connection to Statecraft was lost';

export function createStreamJsonConversation(): Conversation {
	/** Subtypes of control requests of the agent that nobody has answered, by id. */
	const ofAgent = new Map<string, string>();
	/** Interrupts sent in the server's absence. */
	const ownRequests = new Set<string>();
	let initializeId: unknown;
	let isInitialized = false;
	let turns = 0;
	let staleTurns = 0;
	let interrupts = 0;

	function fromServerControl(message: Message): Route {
		const request = message.request as Message | undefined;
		if (request?.subtype !== 'initialize') return { toAgent: message };
		if (!isInitialized) {
			initializeId = message.request_id;
			return { toAgent: message };
		}
		// Not all agents refuse to be initialized twice; by the refusal the server knows the program it knew.
		const response = { subtype: 'error', request_id: message.request_id, error: 'Already initialized' };
		return { toServer: { type: 'control_response', response } };
	}

	function fromAgentResponse(message: Message): Route {
		const response = (message.response ?? {}) as Message;
		if (ownRequests.delete(String(response.request_id))) return {};
		if (response.request_id === initializeId && response.subtype === 'success') isInitialized = true;
		return { toServer: message };
	}

	function fromAgentResult(message: Message): Route {
		if (staleTurns > 0) {
			staleTurns -= 1;
			return {};
		}
		turns = Math.max(0, turns - 1);
		return { toServer: message };
	}

	return {
		fromServer(message): Route {
			if (message.type === 'user') turns += 1;
			if (message.type === 'control_response') ofAgent.delete(responseId(message));
			return message.type === 'control_request' ? fromServerControl(message) : { toAgent: message };
		},
		fromAgent(message): Route {
			if (message.type === 'control_response') return fromAgentResponse(message);
			if (message.type === 'result') return fromAgentResult(message);
			const id = String(message.request_id);
			if (message.type === 'control_request') ofAgent.set(id, String((message.request as Message)?.subtype));
			if (message.type === 'control_cancel_request') ofAgent.delete(id);
			return { toServer: message };
		},
		lost() {
			const answers = [...ofAgent].map(([id, subtype]) => denial(id, subtype));
			ofAgent.clear();
			if (turns === 0) return answers;
			staleTurns += turns;
			turns = 0;
			interrupts += 1;
			const id = `statecraft-connect-${interrupts}`;
			ownRequests.add(id);
			return [...answers, { type: 'control_request', request_id: id, request: { subtype: 'interrupt' } }];
		},
	};
}

function responseId(message: Message): string {
	return String((message.response as Message | undefined)?.request_id);
}

function denial(id: string, subtype: string): Message {
	const response =
		subtype === 'can_use_tool'
			? { subtype: 'success', request_id: id, response: { behavior: 'deny', message: lostMessage } }
			: { subtype: 'error', request_id: id, error: lostMessage };
	return { type: 'control_response', response };
}
