/**
 * Dial-ins: sockets of agents that connect to us, on their way to the run that awaits them.
 *
 * 1. The newest socket of an agent wins: one that waits, shakes hands or is in use is closed with 4409.
 * 2. A socket that closes is forgotten.
 */

import type { WebSocketTransport } from './drivers/web-socket.ts';

/** A socket that an agent opened. */
export interface DialIn {
	readonly transport: WebSocketTransport;
	/** Where the agent found us: scheme, host and port. */
	readonly origin: string;
}

export interface DialIns {
	/** An agent has dialled in. */
	offer(agentId: string, dialIn: DialIn): void;
	/** The agent's socket, now or when it comes; rejects when the signal aborts. */
	take(agentId: string, signal: AbortSignal): Promise<DialIn>;
	/** Closes what waits. */
	stop(): void;
}

export function createDialIns(): DialIns {
	/** The newest socket of each agent, until it closes. */
	const newest = new Map<string, DialIn>();
	const offered = new Map<string, DialIn>();
	const awaited = new Map<string, (dialIn: DialIn) => void>();

	return {
		offer(agentId, dialIn) {
			newest.get(agentId)?.transport.replace();
			newest.set(agentId, dialIn);
			void dialIn.transport.closed.then(() => {
				for (const known of [newest, offered]) if (known.get(agentId) === dialIn) known.delete(agentId);
			});
			const taker = awaited.get(agentId);
			awaited.delete(agentId);
			if (taker) taker(dialIn);
			else offered.set(agentId, dialIn);
		},
		take(agentId, signal) {
			if (signal.aborted) return Promise.reject(new Error('the agent was given up'));
			const waiting = offered.get(agentId);
			offered.delete(agentId);
			if (waiting) return Promise.resolve(waiting);
			return new Promise((resolve, reject) => {
				const give = (dialIn: DialIn) => {
					signal.removeEventListener('abort', giveUp);
					resolve(dialIn);
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
			for (const { transport } of offered.values()) transport.close();
			offered.clear();
		},
	};
}
