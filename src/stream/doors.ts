/** The doors for WebSockets of this room: `/stream` for clients, `/ws/{agentId}` for agents that dial in. */

import type { IncomingMessage } from 'node:http';
import type { AgentService } from '../agents/service.ts';
import { readToken } from '../http/auth.ts';
import { type StreamSocketDeps, serveStream } from './stream-socket.ts';
import { clientFrameBytes, type Door, refusals } from './upgrade.ts';

export interface StreamDoorDeps {
	readonly stream: StreamSocketDeps;
	/** Most clients at a time. */
	readonly limit: number;
}

export function createStreamDoor({ stream, limit }: StreamDoorDeps): Door {
	return {
		path: /^\/stream$/,
		kind: 'websocket',
		frameBytes: clientFrameBytes,
		limit,
		scope: 'read',
		admit: async () => (socket, connection) => serveStream(socket, connection, stream),
	};
}

export interface AgentDoorDeps {
	readonly agents: Pick<AgentService, 'mayConnect' | 'connect'>;
	/** Longest message of an agent, bytes. */
	readonly frameBytes: number;
}

export function createAgentDoor({ agents, frameBytes }: AgentDoorDeps): Door {
	return {
		path: /^\/ws\/([^/]+)$/,
		kind: 'agent',
		frameBytes,
		scope: null,
		async admit(request, agentId) {
			const verdict = await agents.mayConnect(agentId, readToken(request, true) ?? '');
			if (verdict === 'bad_token') return refusals.badToken;
			if (verdict === 'unknown_agent') return refusals.unknownAgent;
			return (socket) => agents.connect(agentId, socket, originOf(request));
		},
	};
}

/** Where whoever asks has found us; a proxy in front may speak TLS. */
function originOf({ headers }: IncomingMessage): string {
	const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
	return `${scheme}://${headers.host}`;
}
