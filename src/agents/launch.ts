/**
 * Launching: from an agent's configuration to a session, over a process that we start or a socket that
 * the agent opens. Whatever fails on the way leaves no process behind.
 */

import { toStatecraftError } from '../errors.ts';
import { acpProtocol } from './drivers/acp.ts';
import type {
	AgentProcess,
	AgentSession,
	ProcessMarker,
	Protocol,
	SessionSink,
	Transport,
	TransportClosure,
} from './drivers/driver.ts';
import { type ResolvedDriver, resolveDriver } from './drivers/driver-config.ts';
import { launchProcess } from './drivers/process.ts';
import { streamJsonProtocol } from './drivers/stream-json.ts';
import type { WebSocketTransport } from './drivers/web-socket.ts';
import { LaunchError } from './launch-error.ts';
import type { AgentView } from './views.ts';

const protocols: Readonly<Record<ResolvedDriver['protocol'], Protocol>> = {
	acp: acpProtocol,
	'stream-json': streamJsonProtocol,
};

export interface LaunchRequest {
	readonly agent: AgentView;
	readonly marker: ProcessMarker;
	/** The protocol's session to restore; null for a fresh one. */
	readonly resume: string | null;
	readonly sink: SessionSink;
	readonly signal: AbortSignal;
	/** Told as soon as the process runs, before the handshake. */
	onProcess(process: AgentProcess): Promise<void>;
	/** Waits for the agent to dial in; rejects when the signal aborts. */
	awaitDialIn(): Promise<WebSocketTransport>;
}

export interface Launched {
	readonly session: AgentSession;
	readonly transport: Transport;
	readonly process: AgentProcess | null;
}

/** Rejects with a LaunchError, which knows how the process ended. */
export async function launchAgent(request: LaunchRequest): Promise<Launched> {
	try {
		return await launchOnce(request, request.resume);
	} catch (thrown) {
		// A session that is gone is no reason to fail: begin a fresh one, which says so by not being resumed.
		if (!(thrown instanceof LaunchError) || !thrown.isSessionLost || request.resume === null) throw thrown;
		return launchOnce(request, null);
	}
}

async function launchOnce(request: LaunchRequest, resume: string | null): Promise<Launched> {
	const driver = resolve(request, resume);
	const protocol = protocols[driver.protocol];
	if (driver.transport === 'websocket') return greetDialIn(request, protocol, resume);
	const process = await start(request, driver);
	await request.onProcess(process);
	try {
		const { transport } = process;
		return { session: await shakeHands(protocol, transport, request, resume), transport, process };
	} catch (thrown) {
		throw new LaunchError(toStatecraftError(thrown, 'handshake_failed'), await process.kill());
	}
}

/** A socket that is lost in the handshake is none: the next one is waited for. */
async function greetDialIn(request: LaunchRequest, protocol: Protocol, resume: string | null): Promise<Launched> {
	for (;;) {
		const transport = await request.awaitDialIn();
		let isLost = false;
		void transport.closed.then(() => {
			isLost = true;
		});
		try {
			return { session: await shakeHands(protocol, transport, request, resume), transport, process: null };
		} catch (thrown) {
			const wasGivenUp = request.signal.aborted;
			if (isLost && !wasGivenUp) continue;
			const error = toStatecraftError(thrown, 'handshake_failed');
			if (wasGivenUp) transport.close();
			else transport.reject(error.message);
			throw new LaunchError(error, null);
		}
	}
}

function resolve(request: LaunchRequest, resume: string | null): ResolvedDriver {
	try {
		return resolveDriver(request.agent.driver as never, { resume });
	} catch (thrown) {
		throw new LaunchError(toStatecraftError(thrown, 'spawn_failed'), null);
	}
}

async function start(request: LaunchRequest, driver: ResolvedDriver & { transport: 'stdio' }): Promise<AgentProcess> {
	const { agent, marker, sink } = request;
	try {
		return await launchProcess(
			{ command: driver.command, args: driver.args, cwd: agent.cwd, env: driver.env, marker },
			{ onStderr: (text) => sink.output({ type: 'log', stream: 'stderr', text }) },
		);
	} catch (thrown) {
		throw new LaunchError(toStatecraftError(thrown, 'spawn_failed'), null);
	}
}

async function shakeHands(
	protocol: Protocol,
	transport: Transport,
	{ agent, sink, signal }: LaunchRequest,
	resume: string | null,
): Promise<AgentSession> {
	return protocol.connect(transport, { cwd: agent.cwd, resume, sink, signal });
}

/** For the log and for failures: what a closure says in one object. */
export function describeClosure(closure: TransportClosure): Readonly<Record<string, unknown>> {
	const { reason, exitCode, signal, stderrTail } = closure;
	return { reason, exitCode, signal, ...(stderrTail !== '' && { stderrTail }) };
}
