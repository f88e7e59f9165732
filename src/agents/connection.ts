/**
 * A connection: one run's session with its agent, over whatever carries it. Owns the process or socket
 * from the handshake to the end, and which open request of ours is which of the session's.
 *
 * 1. What it reports carries its generation, so that a late word of an earlier run is ignored.
 * 2. `ended` resolves once the process is gone or the socket closed, whoever wanted it.
 */

import type {
	AgentOutput,
	AgentProcess,
	AgentSession,
	ContentBlock,
	RequestAnswer,
	Transport,
	TransportClosure,
	TurnResult,
} from './drivers/driver.ts';
import type { WebSocketTransport } from './drivers/web-socket.ts';

export interface Connection {
	readonly agentId: string;
	readonly generation: number;
	/** Null for an agent that dialled in. */
	readonly process: AgentProcess | null;
	readonly ended: Promise<TransportClosure>;
	/** The cost it reports is that of its process, not of its session. */
	readonly costOfRun: boolean;
	/** The prompt whose turn is in progress. */
	readonly promptId: string | null;
	/** Whether the last tool call of the turn in progress has not ended. */
	readonly isUsingTool: boolean;
	/** Follows what the agent says of its tools. */
	noteOutput(output: AgentOutput): void;
	runTurn(promptId: string, content: readonly ContentBlock[]): Promise<TurnResult>;
	cancelTurn(): Promise<void>;
	/** Notes that the session's request `key` is our request `requestId`. */
	attachRequest(requestId: string, key: string): void;
	/** Whether the agent still waits for our request. */
	waitsFor(requestId: string): boolean;
	/** Our id of the session's request, forgotten by this. */
	detachRequest(key: string): string | undefined;
	/** False when the agent does not wait for this request. */
	answer(requestId: string, answer: RequestAnswer): Promise<boolean>;
	/** Refuses a request that could not be recorded: nobody will ever answer it. */
	refuse(key: string): Promise<void>;
	end(mode: 'graceful' | 'kill'): Promise<TransportClosure>;
	/** Ends a socket because the agent has opened a newer one. */
	replace(): void;
}

export interface ConnectionParts {
	readonly agentId: string;
	readonly generation: number;
	readonly session: AgentSession;
	readonly transport: Transport | WebSocketTransport;
	readonly process: AgentProcess | null;
	/** Strikes the run's secret from what the agent says. */
	strike<Said>(said: Said): Said;
}

/** How long a graceful end may take before the transport is closed under the agent. */
const goodbyeMs = 2_000;

export function createConnection(parts: ConnectionParts): Connection {
	const { session, transport, process } = parts;
	const keys = new Map<string, string>();
	let promptId: string | null = null;
	/** Id of the last tool call, until it ends. */
	let tool: string | null = null;

	return {
		agentId: parts.agentId,
		generation: parts.generation,
		process,
		ended: transport.closed,
		costOfRun: session.capabilities.costOfProcess ?? false,
		get promptId() {
			return promptId;
		},
		get isUsingTool() {
			return promptId !== null && tool !== null;
		},
		noteOutput(output) {
			if (output.type === 'tool_call') tool = hasEnded(output.status) ? null : output.toolCallId;
			else if (output.type === 'tool_call_update' && output.toolCallId === tool && hasEnded(output.status)) tool = null;
		},
		async runTurn(id, content) {
			promptId = id;
			tool = null;
			try {
				return parts.strike(await session.prompt(content));
			} finally {
				promptId = null;
			}
		},
		cancelTurn: () => session.cancel(),
		attachRequest(requestId, key) {
			keys.set(requestId, key);
		},
		waitsFor: (requestId) => keys.has(requestId),
		detachRequest(key) {
			const found = [...keys].find(([, own]) => own === key)?.[0];
			if (found !== undefined) keys.delete(found);
			return found;
		},
		async answer(requestId, answer) {
			const key = keys.get(requestId);
			if (key === undefined) return false;
			keys.delete(requestId);
			await session.answer(key, answer);
			return true;
		},
		refuse: (key) => session.answer(key, { cancelled: true }),
		replace() {
			if ('replace' in transport) transport.replace();
			else transport.close();
		},
		async end(mode) {
			if (mode === 'kill') {
				if (process) return process.kill();
				transport.close();
				return transport.closed;
			}
			await Promise.race([session.end().catch(() => {}), pause(goodbyeMs)]);
			if (process) return process.stop();
			transport.close();
			return transport.closed;
		},
	};
}

function hasEnded(status: 'pending' | 'in_progress' | 'completed' | 'failed' | undefined): boolean {
	return status === 'completed' || status === 'failed';
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
