/**
 * The one place where WebSockets come in, through doors: `/stream`, `/ws/{agentId}` and `/inspect/ws`.
 *
 * 1. Host and Origin are checked before any door is tried, and the token before the door is asked. Who came
 *    in with a token that is revoked later is hung up on. Whoever is refused gets an accepted socket that is closed with a code, for that is all a
 *    browser lets its page see.
 * 2. A socket is handed over in the same turn in which it opens, so that no message is missed.
 */

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { StatecraftError } from '../errors.ts';
import { type Authenticator, createAdmission, watchAdmission } from '../http/auth.ts';
import type { Guard } from '../http/guard.ts';
import type { Scope } from '../http/route.ts';
import type { StreamKind } from '../telemetry/metrics.ts';

export const closeCodes = {
	goingAway: 1001,
	overloaded: 1013,
	badToken: 4401,
	forbidden: 4403,
	/** What was asked for is not there. */
	unknown: 4404,
	internal: 1011,
} as const;

/** Serves a socket that was let in. `connection` is the stream under it. */
export type Serve = (socket: WebSocket, connection: Duplex) => void;

export interface Refusal {
	readonly code: number;
	readonly reason: string;
}

/** Who may come in at a path, and what becomes of them. */
export interface Door {
	/** May have one group: what is asked for there. */
	readonly path: RegExp;
	readonly kind: StreamKind;
	/** Longest message that whoever comes in may send, bytes. */
	readonly frameBytes: number;
	/** Most sockets at a time; none: as many as come. */
	readonly limit?: number;
	/**
	 * What a client's token has to allow; clients are told when the server goes away. Null: whoever comes in is
	 * no client, the door knows its own tokens, and the socket is left to its owner.
	 */
	readonly scope: Scope | null;
	/** `subject` is the path's group. */
	admit(request: IncomingMessage, subject: string): Promise<Serve | Refusal>;
}

export interface UpgradeDeps {
	readonly guard: Guard;
	readonly authenticator: Authenticator;
	/** How often a client's token is looked at again. */
	readonly recheckIntervalMs: number;
	readonly doors: readonly Door[];
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

/** Longest message of whoever only listens, or is refused. */
export const clientFrameBytes = 64 * 1024;

interface OpenDoor extends Door {
	readonly sockets: WebSocketServer;
}

export function handleUpgrades(server: Server, deps: UpgradeDeps): Upgrades {
	const doors: readonly OpenDoor[] = deps.doors.map((door) => ({ ...door, sockets: listen(door.frameBytes) }));
	/** For sockets that are accepted only to be closed. */
	const refused = listen(clientFrameBytes);

	function refuse(request: IncomingMessage, connection: Duplex, head: Buffer, { code, reason }: Refusal): void {
		refused.handleUpgrade(request, connection, head, (socket) => {
			socket.on('error', () => undefined);
			socket.close(code, reason);
		});
	}

	function count(socket: WebSocket, kind: StreamKind): void {
		deps.streamOpened(kind);
		socket.once('close', () => deps.streamClosed(kind));
	}

	async function open(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
		deps.guard.check(request.headers);
		const { pathname } = new URL(request.url ?? '/', 'http://localhost');
		for (const door of doors) {
			const match = door.path.exec(pathname);
			if (!match) continue;
			const letIn = door.scope === null ? null : createAdmission(deps.authenticator, request, door.scope);
			await letIn?.();
			const admitted = await door.admit(request, decodeURIComponent(match[1] ?? ''));
			if (typeof admitted !== 'function') return refuse(request, connection, head, admitted);
			if (door.sockets.clients.size >= (door.limit ?? Number.POSITIVE_INFINITY))
				return refuse(request, connection, head, { code: closeCodes.overloaded, reason: 'too many clients' });
			door.sockets.handleUpgrade(request, connection, head, (socket) => {
				count(socket, door.kind);
				if (letIn) closeWhenVoid(socket, letIn, deps.recheckIntervalMs);
				admitted(socket, connection);
			});
			return;
		}
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
			for (const { sockets } of doors.filter(({ scope }) => scope !== null)) {
				for (const socket of sockets.clients) socket.close(closeCodes.goingAway, 'Statecraft is shutting down');
			}
		},
		terminate() {
			for (const { clients } of [...doors.map(({ sockets }) => sockets), refused]) {
				for (const socket of clients) socket.terminate();
			}
		},
	};
}

function closeWhenVoid(socket: WebSocket, letIn: () => Promise<unknown>, intervalMs: number): void {
	const { code, reason } = refusals.badToken;
	socket.once(
		'close',
		watchAdmission(letIn, intervalMs, () => socket.close(code, reason)),
	);
}

function listen(maxPayload: number): WebSocketServer {
	return new WebSocketServer({ noServer: true, maxPayload });
}

export const refusals = {
	badToken: { code: closeCodes.badToken, reason: 'no valid token' },
	unknownAgent: { code: closeCodes.unknown, reason: 'unknown agent' },
	unknownWorkflow: { code: closeCodes.unknown, reason: 'unknown workflow' },
} as const satisfies Record<string, Refusal>;

function toRefusal(error: unknown): Refusal | undefined {
	if (error instanceof URIError) return refusals.unknownAgent;
	if (!(error instanceof StatecraftError)) return undefined;
	if (error.code === 'unauthorized') return refusals.badToken;
	if (error.code === 'forbidden') return { code: closeCodes.forbidden, reason: 'host, origin or scope not allowed' };
	if (error.kind === 'transient') return { code: closeCodes.overloaded, reason: error.code };
	return undefined;
}
