/**
 * Dial-ins: sockets of agents that connect to us, on their way to the run that awaits them.
 *
 * 1. The newest socket of an agent wins: one that waits, or is in use, is closed with 4409.
 * 2. A socket that closes while it waits is forgotten.
 */

import type { WebSocketTransport } from './drivers/web-socket.ts';

export interface DialIns {
	/** An agent has dialled in. */
	offer(agentId: string, transport: WebSocketTransport): void;
	/** The agent's socket, now or when it comes; rejects when the signal aborts. */
	take(agentId: string, signal: AbortSignal): Promise<WebSocketTransport>;
	/** Closes what waits. */
	stop(): void;
}

export function createDialIns(): DialIns {
	const offered = new Map<string, WebSocketTransport>();
	const awaited = new Map<string, (transport: WebSocketTransport) => void>();

	return {
		offer(agentId, transport) {
			const taker = awaited.get(agentId);
			if (taker) {
				awaited.delete(agentId);
				taker(transport);
				return;
			}
			offered.get(agentId)?.replace();
			offered.set(agentId, transport);
			void transport.closed.then(() => {
				if (offered.get(agentId) === transport) offered.delete(agentId);
			});
		},
		take(agentId, signal) {
			const waiting = offered.get(agentId);
			offered.delete(agentId);
			if (waiting) return Promise.resolve(waiting);
			return new Promise((resolve, reject) => {
				const give = (transport: WebSocketTransport) => {
					signal.removeEventListener('abort', giveUp);
					resolve(transport);
				};
				const giveUp = () => {
					if (awaited.get(agentId) === give) awaited.delete(agentId);
					reject(new Error('the agent did not dial in'));
				};
				awaited.set(agentId, give);
				signal.addEventListener('abort', giveUp, { once: true });
			});
		},
		stop() {
			for (const transport of offered.values()) transport.close();
			offered.clear();
		},
	};
}
