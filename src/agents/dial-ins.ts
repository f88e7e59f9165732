/**
 * Dial-ins: sockets of agents that connect to us, on their way to the run that awaits them.
 *
 * 1. The newest socket of an agent wins: one that waits, shakes hands or is in use is closed with 4409.
 * 2. A socket that closes is forgotten.
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
	/** The newest socket of each agent, until it closes. */
	const newest = new Map<string, WebSocketTransport>();
	const offered = new Map<string, WebSocketTransport>();
	const awaited = new Map<string, (transport: WebSocketTransport) => void>();

	return {
		offer(agentId, transport) {
			newest.get(agentId)?.replace();
			newest.set(agentId, transport);
			void transport.closed.then(() => {
				for (const known of [newest, offered]) if (known.get(agentId) === transport) known.delete(agentId);
			});
			const taker = awaited.get(agentId);
			awaited.delete(agentId);
			if (taker) taker(transport);
			else offered.set(agentId, transport);
		},
		take(agentId, signal) {
			if (signal.aborted) return Promise.reject(new Error('the agent was given up'));
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
