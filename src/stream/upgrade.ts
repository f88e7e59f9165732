/**
 * The one door for WebSockets: `/stream` for clients, `/ws/{agentId}` for agents that dial in.
 *
 * 1. Host, Origin and token are checked before anybody is let in. Whoever is refused gets an accepted
 *    socket that is closed with a code, for that is all a browser lets its page see.
 * 2. An agent's socket is handed over in the same turn in which it opens, so that no message is missed.
 */

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AgentService } from '../agents/service.ts';
import { StatecraftError } from '../errors.ts';
import { type Authenticator, demandScope, readToken } from '../http/auth.ts';
import type { Guard } from '../http/guard.ts';
import type { StreamKind } from '../http/metrics.ts';
import { type StreamSocketDeps, serveStream } from './stream-socket.ts';

export const closeCodes = {
	goingAway: 1001,
	overloaded: 1013,
	badToken: 4401,
	forbidden: 4403,
	unknownAgent: 4404,
	internal: 1011,
} as const;

export interface UpgradeDeps {
	readonly guard: Guard;
	readonly authenticator: Authenticator;
	readonly agents: Pick<AgentService, 'mayConnect' | 'connect'>;
	readonly stream: StreamSocketDeps;
	readonly streamClientLimit: number;
	readonly agentFrameLimitBytes: number;
	readonly streamOpened: (kind: StreamKind) => void;
	readonly streamClosed: (kind: StreamKind) => void;
	readonly onError: (error: unknown) => void;
}

export interface Upgrades {
	/** Tells every client that the server goes away; agents' sockets are left to their owner. */
	closeClients(): void;
	/** Cuts off whoever is still there. */
	terminate(): void;
}

interface Refusal {
	readonly code: number;
	readonly reason: string;
}

/** Longest message a client of `/stream` may send. */
const clientFrameBytes = 64 * 1024;

export function handleUpgrades(server: Server, deps: UpgradeDeps): Upgrades {
	const clients = new WebSocketServer({ noServer: true, maxPayload: clientFrameBytes });
	const agents = new WebSocketServer({ noServer: true, maxPayload: deps.agentFrameLimitBytes });
	/** For sockets that are accepted only to be closed. */
	const refused = new WebSocketServer({ noServer: true, maxPayload: clientFrameBytes });

	function refuse(request: IncomingMessage, connection: Duplex, head: Buffer, { code, reason }: Refusal): void {
		refused.handleUpgrade(request, connection, head, (socket) => {
			socket.on('error', () => undefined);
			socket.close(code, reason);
		});
	}

	async function openStream(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
		const principal = await deps.authenticator.authenticate(readToken(request, true));
		demandScope(principal, 'read');
		if (clients.clients.size >= deps.streamClientLimit)
			return refuse(request, connection, head, { code: closeCodes.overloaded, reason: 'too many clients' });
		clients.handleUpgrade(request, connection, head, (socket) => {
			count(socket, 'websocket');
			serveStream(socket, connection, deps.stream);
		});
	}

	async function openAgent(request: IncomingMessage, connection: Duplex, head: Buffer, agentId: string): Promise<void> {
		const verdict = await deps.agents.mayConnect(agentId, readToken(request, true) ?? '');
		if (verdict !== 'yes') return refuse(request, connection, head, refusals[verdict]);
		agents.handleUpgrade(request, connection, head, (socket) => {
			count(socket, 'agent');
			deps.agents.connect(agentId, socket, originOf(request));
		});
	}

	function count(socket: WebSocket, kind: StreamKind): void {
		deps.streamOpened(kind);
		socket.once('close', () => deps.streamClosed(kind));
	}

	async function open(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
		deps.guard.check(request.headers);
		const { pathname } = new URL(request.url ?? '/', 'http://localhost');
		if (pathname === '/stream') return openStream(request, connection, head);
		const agentId = /^\/ws\/([^/]+)$/.exec(pathname)?.[1];
		if (agentId !== undefined) return openAgent(request, connection, head, decodeURIComponent(agentId));
		connection.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
	}

	server.on('upgrade', (request, connection: Duplex, head) => {
		// Until ws takes the connection over, nobody else would hear it break, and the process would end.
		const onBroken = () => connection.destroy();
		connection.on('error', onBroken);
		open(request, connection, head)
			.catch((error: unknown) => {
				const refusal = toRefusal(error);
				if (refusal === undefined) deps.onError(error);
				refuse(request, connection, head, refusal ?? { code: closeCodes.internal, reason: 'internal error' });
			})
			.catch(() => connection.destroy())
			.finally(() => connection.off('error', onBroken));
	});

	return {
		closeClients() {
			for (const socket of clients.clients) socket.close(closeCodes.goingAway, 'Statecraft is shutting down');
		},
		terminate() {
			for (const { clients: sockets } of [clients, agents, refused]) for (const socket of sockets) socket.terminate();
		},
	};
}

const refusals = {
	bad_token: { code: closeCodes.badToken, reason: 'no valid token' },
	unknown_agent: { code: closeCodes.unknownAgent, reason: 'unknown agent' },
} as const satisfies Record<string, Refusal>;

/** Where whoever asks has found us; a proxy in front may speak TLS. */
function originOf({ headers }: IncomingMessage): string {
	const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
	return `${scheme}://${headers.host}`;
}

function toRefusal(error: unknown): Refusal | undefined {
	if (error instanceof URIError) return refusals.unknown_agent;
	if (!(error instanceof StatecraftError)) return undefined;
	if (error.code === 'unauthorized') return refusals.bad_token;
	if (error.code === 'forbidden') return { code: closeCodes.forbidden, reason: 'host, origin or scope not allowed' };
	if (error.kind === 'transient') return { code: closeCodes.overloaded, reason: error.code };
	return undefined;
}
