/**
 * Runs: agents launched or greeted, their connections, and their ends.
 *
 * 1. At most one connection per agent: a launch waits until the one before has ended.
 * 2. The pid of a process is on disk before its handshake, so that a crash leaves no orphan unknown.
 * 3. The end of a connection is reported once, after the output that came before it was stored.
 * 4. The token with which a run calls us back is void as soon as the run is given up or has ended, and is
 *    struck from what the agent says.
 */

import type { AgentCommandEvent, AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { EffectContext } from '../durable/definition.ts';
import type { WriteUnit } from '../durable/store.ts';
import { createFailure, StatecraftError, toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { agentIdOf } from './address.ts';
import type { AgentReports } from './agent-reports.ts';
import type { CallBacks } from './call-backs.ts';
import { type Connection, createConnection } from './connection.ts';
import { createDialIns, type DialIn } from './dial-ins.ts';
import type { AgentProcess, SessionSink, ToolServer, TransportClosure } from './drivers/driver.ts';
import { describeClosure, launchAgent } from './launch.ts';
import { LaunchError } from './launch-error.ts';
import type { OutputLog } from './output-log.ts';
import { createRequestIntake } from './request-intake.ts';
import { strike } from './secrets.ts';
import type { SignsOfLife } from './staleness.ts';
import type { AgentView, Reads } from './views.ts';

export interface AgentRunsDeps {
	readonly clock: Clock;
	/** Marks this installation's processes. */
	readonly instance: string;
	readonly reads: Pick<Reads, 'agent' | 'prompt'>;
	readonly output: OutputLog;
	readonly reports: AgentReports;
	readonly callBacks: CallBacks;
	/** Writes rows that belong to no step. */
	write(unit: WriteUnit): Promise<unknown>;
	/** A sign of life, epoch ms. */
	alive(agentId: string, at: number): void;
	onError(where: string, error: Error): void;
}

export interface AgentRuns {
	/** Effect: starts the program, or awaits its dial-in, and shakes hands. */
	launch(
		params: { generation: number; resume: string | null },
		context: EffectContext,
	): Promise<AgentCommandEvent | undefined>;
	/** Effect: ends the process or connection of a run. */
	endRun(params: { generation: number; mode: 'graceful' | 'kill' }, context: EffectContext): Promise<undefined>;
	/** Takes a socket that an agent opened with a valid token. */
	dialIn(agentId: string, dialIn: DialIn): Promise<void>;
	/** The connection of this very run; null while there is none. */
	connectionOf(agentId: string, generation: number): Connection | null;
	/** Null while no run of the agent is live. */
	signsOfLife(agentId: string): SignsOfLife | null;
	/** Resolves when the agent's connection, if any, has ended. */
	ended(agentId: string): Promise<void>;
	/** Cuts every connection that is left and waits for its end. */
	stop(): Promise<void>;
}

/** A run from its launch to its end. */
interface Run {
	readonly generation: number;
	readonly abort: AbortController;
	connection: Connection | null;
	/** How the run calls us back; null before it was told. */
	tools: ToolServer | null;
	/** Epoch milliseconds; null before the first sign of life. */
	lastSignAt: number | null;
	/** Resolves when neither process nor socket of it is left. */
	finished: Promise<void>;
}

function strikeToken<Said>(said: Said, { tools }: Run): Said {
	return tools ? strike(said, tools.token) : said;
}

function contextIsLive(context: AgentContext | undefined): boolean {
	return context?.run?.endedAt === null;
}

export function createAgentRuns(deps: AgentRunsDeps): AgentRuns {
	const { clock, reads, output, reports, callBacks } = deps;
	const runs = new Map<string, Run>();
	const dialIns = createDialIns();
	const requests = createRequestIntake({
		clock,
		reads,
		write: deps.write,
		report: reports.send,
		contextOf: reports.contextOf,
		flushOutput: () => void output.flush(),
	});
	let stopping = false;

	function connectionOf(agentId: string, generation: number): Connection | null {
		const run = runs.get(agentId);
		return run?.generation === generation ? run.connection : null;
	}

	function createSink(agentId: string, run: Run): SessionSink {
		const { generation } = run;
		const connection = () => connectionOf(agentId, generation);
		return {
			output(said) {
				connection()?.noteOutput(said);
				output.append({ agentId, generation, promptId: connection()?.promptId ?? null }, strikeToken(said, run));
			},
			requestRaised: (request) => void requests.raised(agentId, generation, strikeToken(request, run), connection),
			requestWithdrawn: (key, note) => void requests.withdrawn(agentId, generation, key, note, connection),
			sessionIdentified(sessionId) {
				if (reports.contextOf(agentId)?.sessionId === sessionId) return;
				void reports.send(agentId, { type: 'SESSION_IDENTIFIED', generation, sessionId });
			},
			usageLimited(resetsAt) {
				const until = resetsAt === null ? {} : { until: resetsAt };
				void reports.send(agentId, { type: 'SUSPEND', reason: 'usage limit', ...until });
			},
			alive() {
				const at = clock.now();
				run.lastSignAt = at;
				deps.alive(agentId, at);
			},
		};
	}

	async function launch(
		{ generation, resume }: { generation: number; resume: string | null },
		{ address }: EffectContext,
	): Promise<AgentCommandEvent | undefined> {
		const agentId = agentIdOf(address);
		await runs.get(agentId)?.finished;
		if (stopping || reports.contextOf(agentId)?.generation !== generation) return undefined;
		const run: Run = {
			generation,
			abort: new AbortController(),
			connection: null,
			tools: null,
			lastSignAt: null,
			finished: Promise.resolve(),
		};
		runs.set(agentId, run);
		const revoke = () => callBacks.close({ agentId, generation });
		run.abort.signal.addEventListener('abort', revoke, { once: true });
		const attempt = connect(agentId, run, resume);
		run.finished = attempt.then((connection) => connection.ended).then(revoke, revoke);
		try {
			await attempt;
			return undefined;
		} catch (thrown) {
			if (thrown instanceof LaunchError && thrown.closure) await noteExit(agentId, generation, thrown.closure);
			const failure =
				thrown instanceof LaunchError
					? thrown.toFailure()
					: createFailure('handshake_failed', toStatecraftError(thrown).message);
			return { type: 'LAUNCH_FAILED', generation, failure };
		} finally {
			if (!run.connection && runs.get(agentId) === run) runs.delete(agentId);
		}
	}

	async function connect(agentId: string, run: Run, resume: string | null): Promise<Connection> {
		const { generation, abort } = run;
		const launched = await launchAgent({
			transport: reports.contextOf(agentId)?.settings.transport ?? 'stdio',
			marker: { instance: deps.instance, agentId, generation },
			resume,
			sink: createSink(agentId, run),
			signal: abort.signal,
			readAgent: () => readAgent(agentId),
			onProcess: (process) => noteProcess(agentId, run, process),
			awaitDialIn: () => dialIns.take(agentId, abort.signal),
			offerTools(origin) {
				if (!abort.signal.aborted) run.tools = callBacks.open({ agentId, generation }, origin);
				return run.tools;
			},
		});
		const connection = createConnection({
			agentId,
			generation,
			...launched,
			strike: (said) => strikeToken(said, run),
		});
		run.connection = connection;
		void connection.ended.then((closure) => connectionEnded(connection, closure));
		const { sessionId, resumed } = launched.session;
		const taken = await reports.send(agentId, { type: 'CONNECTED', generation, sessionId, resumed });
		// Stopped, restarted or given up while it was connecting.
		if (!taken) await connection.end('kill');
		return connection;
	}

	async function readAgent(agentId: string): Promise<AgentView> {
		const agent = await reads.agent(agentId);
		if (!agent) throw new StatecraftError('agent_not_found', `there is no agent ${agentId}`);
		return agent;
	}

	/** The pid is on disk before the handshake, so that a crash in it leaves no orphan unknown. */
	async function noteProcess(agentId: string, run: Run, process: AgentProcess): Promise<void> {
		const { pid, processStart } = process;
		const taken = await reports.send(agentId, { type: 'LAUNCHED', generation: run.generation, pid, processStart });
		if (!taken || run.abort.signal.aborted) run.abort.abort();
	}

	async function connectionEnded(connection: Connection, closure: TransportClosure): Promise<void> {
		const { agentId, generation } = connection;
		const run = runs.get(agentId);
		if (run?.generation === generation) runs.delete(agentId);
		await output.flush();
		if (connection.process) await noteExit(agentId, generation, closure);
		// We hung up, and the agent may come back: what became of it is the next boot's to say.
		else if (stopping) return;
		const detail = describeClosure(closure);
		if (connection.process) {
			const clean = closure.exitCode === 0;
			const failure = createFailure('process_crashed', `The agent's process ended: ${closure.reason}`, detail);
			await reports.send(agentId, { type: 'PROCESS_EXITED', generation, clean, failure });
		} else {
			const failure = createFailure('connection_lost', `The agent's connection ended: ${closure.reason}`, detail);
			await reports.send(agentId, { type: 'DISCONNECTED', generation, failure });
		}
	}

	/** How a process ended is a fact about its run, whatever the machine makes of it. */
	async function noteExit(agentId: string, generation: number, closure: TransportClosure): Promise<void> {
		const run = reports.contextOf(agentId);
		const record = [run?.run, run?.previousRun].find((candidate) => candidate?.id.endsWith(`_${generation}`));
		if (!record) return;
		const { exitCode, signal } = closure;
		const set = { exit_code: exitCode, signal };
		await deps
			.write({
				records: [{ op: 'update', table: 'runs', id: record.id, set }],
				events: [createEvent('run.exited', agentId, deps.clock.now(), { runId: record.id, exitCode, signal })],
			})
			.catch((error: Error) => deps.onError(`run ${record.id}`, error));
	}

	async function dialIn(agentId: string, arrival: DialIn): Promise<void> {
		const run = runs.get(agentId);
		if (run?.connection) {
			// The agent has come back before we noticed that its old socket is dead.
			run.connection.replace();
			await run.finished;
		} else if (run && !contextIsLive(reports.contextOf(agentId))) {
			// It was given up and still waits: this socket is for the run that the dial-in begins.
			run.abort.abort();
			await run.finished;
		}
		dialIns.offer(agentId, arrival);
		const taken = await reports.send(agentId, { type: 'DIALED_IN' });
		// It is refused where the agent is awaited already, or was stopped.
		if (!taken && !contextIsLive(reports.contextOf(agentId))) arrival.transport.close();
	}

	return {
		launch,
		async endRun({ generation, mode }, { address }) {
			const run = runs.get(agentIdOf(address));
			if (run?.generation !== generation) return undefined;
			run.abort.abort();
			await run.connection?.end(mode);
			await run.finished;
			return undefined;
		},
		dialIn,
		connectionOf,
		signsOfLife(agentId) {
			const run = runs.get(agentId);
			if (!run) return null;
			const { connection, lastSignAt } = run;
			return { lastSignAt, isConnected: connection !== null, isUsingTool: connection?.isUsingTool ?? false };
		},
		async ended(agentId) {
			await runs.get(agentId)?.finished;
		},
		async stop() {
			stopping = true;
			dialIns.stop();
			for (const run of runs.values()) {
				run.abort.abort();
				// Without a goodbye: what is left was told already, or is to come back.
				void run.connection?.end('kill');
			}
			await Promise.all([...runs.values()].map((run) => run.finished));
		},
	};
}
