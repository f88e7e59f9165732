/**
 * Launching: from an agent's configuration to a session, over a process that we start or a socket that
 * the agent opens. Whatever fails on the way leaves no process behind.
 */

import { StatecraftError, toStatecraftError } from '../errors.ts';
import type { DialIn } from './dial-ins.ts';
import { acpProtocol } from './drivers/acp.ts';
import type {
	AgentProcess,
	AgentSession,
	ProcessMarker,
	Protocol,
	SessionSink,
	ToolServer,
	Transport,
	TransportClosure,
} from './drivers/driver.ts';
import { type ResolvedDriver, type ResolveOptions, resolveDriver } from './drivers/driver-config.ts';
import { launchProcess } from './drivers/process.ts';
import { streamJsonProtocol } from './drivers/stream-json.ts';
import { LaunchError } from './launch-error.ts';
import type { AgentView } from './views.ts';

const protocols: Readonly<Record<ResolvedDriver['protocol'], Protocol>> = {
	acp: acpProtocol,
	'stream-json': streamJsonProtocol,
};

export interface LaunchRequest {
	/** How the agent is reached, as its machine knows it. */
	readonly transport: 'stdio' | 'websocket';
	readonly marker: ProcessMarker;
	/** The protocol's session to restore; null for a fresh one. */
	readonly resume: string | null;
	readonly sink: SessionSink;
	readonly signal: AbortSignal;
	/** The agent's configuration, read when it is needed: ten thousand agents may wait to dial in. */
	readAgent(): Promise<AgentView>;
	/** Told as soon as the process runs, before the handshake. */
	onProcess(process: AgentProcess): Promise<void>;
	/** Waits for the agent to dial in; rejects when the signal aborts. */
	awaitDialIn(): Promise<DialIn>;
	/** The tools by which the run calls us back, at an origin by which its agent knows us; null: it is on this host. */
	offerTools(origin: string | null): ToolServer | null;
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

function launchOnce(request: LaunchRequest, resume: string | null): Promise<Launched> {
	return request.transport === 'websocket' ? greetDialIn(request, resume) : startProgram(request, resume);
}

async function startProgram(request: LaunchRequest, resume: string | null): Promise<Launched> {
	const { marker, sink } = request;
	const agent = await request.readAgent();
	const driver = resolve(agent, { resume, toolServer: request.offerTools(null) });
	if (driver.transport !== 'stdio') {
		throw new LaunchError(
			new StatecraftError('spawn_failed', 'It is configured to dial in, and is not started.'),
			null,
		);
	}
	const process = await start(agent, driver, marker, sink);
	await request.onProcess(process);
	try {
		const { transport } = process;
		return { session: await shakeHands(request, agent, driver, transport, resume), transport, process };
	} catch (thrown) {
		throw new LaunchError(toStatecraftError(thrown, 'handshake_failed'), await process.kill());
	}
}

/** A socket that is lost in the handshake is none: the next one is waited for. */
async function greetDialIn(request: LaunchRequest, resume: string | null): Promise<Launched> {
	for (;;) {
		const { transport, origin } = await request.awaitDialIn();
		let isLost = false;
		void transport.closed.then(() => {
			isLost = true;
		});
		try {
			const agent = await request.readAgent();
			const driver = resolve(agent, { resume, toolServer: request.offerTools(origin) });
			const session = await shakeHands(request, agent, driver, transport, resume);
			return { session, transport, process: null };
		} catch (thrown) {
			const wasGivenUp = request.signal.aborted;
			if (isLost && !wasGivenUp) continue;
			const error = thrown instanceof LaunchError ? thrown.reason : toStatecraftError(thrown, 'handshake_failed');
			if (wasGivenUp) transport.close();
			else transport.reject(error.message);
			throw new LaunchError(error, null);
		}
	}
}

function resolve(agent: AgentView, options: ResolveOptions): ResolvedDriver {
	try {
		return resolveDriver(agent.driver as never, options);
	} catch (thrown) {
		throw new LaunchError(toStatecraftError(thrown, 'spawn_failed'), null);
	}
}

async function start(
	{ cwd }: AgentView,
	driver: ResolvedDriver & { readonly transport: 'stdio' },
	marker: ProcessMarker,
	sink: SessionSink,
): Promise<AgentProcess> {
	try {
		return await launchProcess(
			{ command: driver.command, args: driver.args, cwd, env: driver.env, marker },
			{ onStderr: (text) => sink.output({ type: 'log', stream: 'stderr', text }) },
		);
	} catch (thrown) {
		throw new LaunchError(toStatecraftError(thrown, 'spawn_failed'), null);
	}
}

function shakeHands(
	{ sink, signal }: LaunchRequest,
	{ cwd }: AgentView,
	{ protocol, toolServer }: ResolvedDriver,
	transport: Transport,
	resume: string | null,
): Promise<AgentSession> {
	return protocols[protocol].connect(transport, { cwd, resume, sink, signal, toolServer });
}

/** For the log and for failures: what a closure says in one object. */
export function describeClosure(closure: TransportClosure): Readonly<Record<string, unknown>> {
	const { reason, exitCode, signal, stderrTail } = closure;
	return { reason, exitCode, signal, ...(stderrTail !== '' && { stderrTail }) };
}
