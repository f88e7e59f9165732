/**
 * The control channel of stream-json: requests with an id that either side sends and the other
 * answers. Owns the requests of ours that wait for their answer.
 *
 * 1. Each of our requests is settled once: by its answer, or by `close`.
 * 2. Every request of the agent is answered by somebody, for it waits for ever.
 */
import { randomUUID } from 'node:crypto';
import type { Transport } from './driver.ts';
import type { ControlResponseMessage } from './stream-json-messages.ts';

export type ControlAnswer = ControlResponseMessage['response'];

/** The agent answered one of our requests with an error. */
export class ControlError extends Error {
	override readonly name = 'ControlError';
}

export interface ControlChannel {
	/** Rejects with a ControlError, or with the reason given to `close`. */
	request(body: { readonly subtype: string }): Promise<ControlAnswer>;
	/** Takes an answer in; one that nobody waits for is dropped. */
	settle(answer: ControlAnswer): void;
	/** Answers a request of the agent's. */
	answer(requestId: string, response: unknown): Promise<void>;
	/** Tells the agent that its request cannot be met. */
	refuse(requestId: string, error: string): Promise<void>;
	/** Fails what still waits. */
	close(reason: Error): void;
}

interface Waiting {
	resolve(answer: ControlAnswer): void;
	reject(reason: Error): void;
}

/** Sends over `transport`; the caller feeds it the answers it reads. */
export function createControlChannel(transport: Pick<Transport, 'send'>): ControlChannel {
	const waiting = new Map<string, Waiting>();
	let closed: Error | null = null;

	function respond(response: Readonly<Record<string, unknown>>): Promise<void> {
		return transport.send(JSON.stringify({ type: 'control_response', response }));
	}

	return {
		request(body) {
			if (closed !== null) return Promise.reject(closed);
			const id = randomUUID();
			return new Promise((resolve, reject) => {
				waiting.set(id, { resolve, reject });
				transport.send(JSON.stringify({ type: 'control_request', request_id: id, request: body })).catch((reason) => {
					waiting.delete(id);
					reject(reason);
				});
			});
		},
		settle(answer) {
			const request = waiting.get(answer.request_id);
			waiting.delete(answer.request_id);
			if (answer.subtype === 'error') request?.reject(new ControlError(answer.error ?? 'The agent refused'));
			else request?.resolve(answer);
		},
		answer: (requestId, response) => respond({ subtype: 'success', request_id: requestId, response }),
		refuse: (requestId, error) => respond({ subtype: 'error', request_id: requestId, error }),
		close(reason) {
			closed = reason;
			for (const request of waiting.values()) request.reject(reason);
			waiting.clear();
		},
	};
}
