/**
 * The agent host: carries out what agents' machines ask for (launch, prompt, cancel, answer, end) and
 * tells the machines what their agents did. Owns the live connections; holds nothing that matters
 * after a crash.
 *
 * 1. At most one connection per agent: a launch waits until the one before has ended.
 * 2. Output that came before a result is stored before the result is.
 * 3. A report that the store refuses for now is repeated until it is taken, or no longer matters.
 */

import type { AgentCommandEvent, AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { EffectContext, Writes } from '../durable/definition.ts';
import type { DurableSystem } from '../durable/system.ts';
import { createFailure, toStatecraftError } from '../errors.ts';
import { agentAddress, agentIdOf } from './address.ts';
import { type Connection, createConnection } from './connection.ts';
import { createDialIns } from './dial-ins.ts';
import type { AgentProcess, RequestAnswer, SessionSink, TransportClosure, TurnResult } from './drivers/driver.ts';
import type { WebSocketTransport } from './drivers/web-socket.ts';
import { describeClosure, launchAgent } from './launch.ts';
import { LaunchError } from './launch-error.ts';
import type { OutputLog } from './output-log.ts';
import { createRequestIntake } from './request-intake.ts';
import { composeTurn } from './turn-content.ts';
import type { Reads } from './views.ts';

export interface AgentHostDeps {
	readonly clock: Clock;
	/** Marks this installation's processes. */
	readonly instance: string;
	readonly reads: Reads;
	readonly output: OutputLog;
	/** The system is made after its definitions, which need this host. */
	system(): DurableSystem;
	/** A sign of life, epoch ms. */
	alive(agentId: string, at: number): void;
	onError(where: string, error: Error): void;
}

/** What the agent machine's effects do; see `machines/agent.ts` for their parameters. */
export interface AgentEffects {
	launch(
		params: { generation: number; resume: string | null },
		context: EffectContext,
	): Promise<AgentCommandEvent | undefined>;
	endRun(params: { generation: number; mode: 'graceful' | 'kill' }, context: EffectContext): Promise<undefined>;
	deliverPrompt(
		params: { generation: number; promptId: string; continuation: boolean; notice: boolean },
		context: EffectContext,
	): Promise<AgentCommandEvent | undefined>;
	cancelTurn(params: { generation: number }, context: EffectContext): Promise<undefined>;
	deliverAnswer(
		params: { generation: number; requestId: string },
		context: EffectContext,
	): Promise<AgentCommandEvent | undefined>;
}

export interface AgentHost {
	readonly effects: AgentEffects;
	/** Takes a socket that an agent opened with a valid token. */
	dialIn(agentId: string, transport: WebSocketTransport): Promise<void>;
	/** Whether a process or socket of the agent lives. */
	isConnected(agentId: string): boolean;
	/** Resolves when the agent's connection, if any, has ended. */
	ended(agentId: string): Promise<void>;
	/** Cuts every connection that is left and waits for its end. */
	stop(): Promise<void>;
}

const retryMs = 1_000;

function contextIsLive(context: AgentContext | undefined): boolean {
	return context?.run?.endedAt === null;
}

/** A run from its launch to its end. */
interface Run {
	readonly generation: number;
	readonly abort: AbortController;
	connection: Connection | null;
	/** Resolves when neither process nor socket of it is left. */
	finished: Promise<void>;
}

export function createAgentHost(deps: AgentHostDeps): AgentHost {
	const { clock, reads, output } = deps;
	const runs = new Map<string, Run>();
	const dialIns = createDialIns();
	const requests = createRequestIntake({ clock, report, contextOf, flushOutput: () => void output.flush() });
	let stopping = false;

	function contextOf(agentId: string): AgentContext | undefined {
		return deps.system().get(agentAddress(agentId))?.getSnapshot().context as AgentContext | undefined;
	}

	/** Sends the machine what its agent did. False when it was refused: it came too late to matter. */
	async function report(agentId: string, event: AgentCommandEvent, writes: Writes = {}): Promise<boolean> {
		for (;;) {
			try {
				await deps.system().send(agentAddress(agentId), event, writes);
				return true;
			} catch (thrown) {
				const error = toStatecraftError(thrown);
				if (error.kind !== 'transient' || stopping) {
					if (error.kind === 'bug') deps.onError(`${agentId} ${event.type}`, error);
					return false;
				}
				await new Promise<void>((resolve) => clock.setTimer(resolve, retryMs));
			}
		}
	}

	function connectionOf(agentId: string, generation: number): Connection | null {
		const run = runs.get(agentId);
		return run?.generation === generation ? run.connection : null;
	}

	function createSink(agentId: string, generation: number): SessionSink {
		const connection = () => connectionOf(agentId, generation);
		return {
			output(said) {
				output.append({ agentId, generation, promptId: connection()?.promptId ?? null }, said);
			},
			requestRaised: (request) => void requests.raised(agentId, generation, request, connection),
			requestWithdrawn: (key, note) => void requests.withdrawn(agentId, generation, key, note, connection),
			sessionIdentified(sessionId) {
				if (contextOf(agentId)?.sessionId === sessionId) return;
				void report(agentId, { type: 'SESSION_IDENTIFIED', generation, sessionId });
			},
			usageLimited(resetsAt) {
				const until = resetsAt === null ? {} : { until: resetsAt };
				void report(agentId, { type: 'SUSPEND', reason: 'usage limit', ...until });
			},
			alive: () => deps.alive(agentId, clock.now()),
		};
	}

	// --- launch -----------------------------------------------------------------------------------

	async function launch(
		{ generation, resume }: { generation: number; resume: string | null },
		{ address }: EffectContext,
	): Promise<AgentCommandEvent | undefined> {
		const agentId = agentIdOf(address);
		await runs.get(agentId)?.finished;
		if (stopping || contextOf(agentId)?.generation !== generation) return undefined;
		const run: Run = { generation, abort: new AbortController(), connection: null, finished: Promise.resolve() };
		runs.set(agentId, run);
		const attempt = connect(agentId, run, resume);
		run.finished = attempt
			.then((connection) => connection?.ended)
			.then(
				() => {},
				() => {},
			);
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

	async function connect(agentId: string, run: Run, resume: string | null): Promise<Connection | undefined> {
		const { generation, abort } = run;
		const agent = await reads.agent(agentId);
		if (!agent) return undefined;
		const launched = await launchAgent({
			agent,
			marker: { instance: deps.instance, agentId, generation },
			resume,
			sink: createSink(agentId, generation),
			signal: abort.signal,
			onProcess: (process) => noteProcess(agentId, run, process),
			awaitDialIn: () => dialIns.take(agentId, abort.signal),
		});
		const connection = createConnection({ agentId, generation, ...launched });
		run.connection = connection;
		void connection.ended.then((closure) => connectionEnded(connection, closure));
		const { sessionId, resumed } = launched.session;
		const taken = await report(agentId, { type: 'CONNECTED', generation, sessionId, resumed });
		// Stopped, restarted or given up while it was connecting.
		if (!taken) await connection.end('kill');
		return connection;
	}

	/** The pid is on disk before the handshake, so that a crash in it leaves no orphan unknown. */
	async function noteProcess(agentId: string, run: Run, process: AgentProcess): Promise<void> {
		const { pid, processStart } = process;
		const taken = await report(agentId, { type: 'LAUNCHED', generation: run.generation, pid, processStart });
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
			await report(agentId, { type: 'PROCESS_EXITED', generation, clean, failure });
		} else {
			const failure = createFailure('connection_lost', `The agent's connection ended: ${closure.reason}`, detail);
			await report(agentId, { type: 'DISCONNECTED', generation, failure });
		}
	}

	/** How a process ended is a fact about its run, whatever the machine makes of it. */
	async function noteExit(agentId: string, generation: number, closure: TransportClosure): Promise<void> {
		const run = contextOf(agentId);
		const record = [run?.run, run?.previousRun].find((candidate) => candidate?.id.endsWith(`_${generation}`));
		if (!record) return;
		const set = { exit_code: closure.exitCode, signal: closure.signal };
		await deps
			.system()
			.write({ records: [{ op: 'update', table: 'runs', id: record.id, set }] })
			.catch((error: Error) => deps.onError(`run ${record.id}`, error));
	}

	async function dialIn(agentId: string, transport: WebSocketTransport): Promise<void> {
		const run = runs.get(agentId);
		if (run?.connection) {
			// The agent has come back before we noticed that its old socket is dead.
			run.connection.replace();
			await run.finished;
		} else if (run && !contextIsLive(contextOf(agentId))) {
			// It was given up and still waits: this socket is for the run that the dial-in begins.
			run.abort.abort();
			await run.finished;
		}
		dialIns.offer(agentId, transport);
		const taken = await report(agentId, { type: 'DIALED_IN' });
		// It is refused where the agent is awaited already, or was stopped.
		if (!taken && !contextIsLive(contextOf(agentId))) transport.close();
	}

	// --- turns --------------------------------------------------------------------------------------

	async function deliverPrompt(
		params: { generation: number; promptId: string; continuation: boolean; notice: boolean },
		{ address }: EffectContext,
	): Promise<AgentCommandEvent | undefined> {
		const agentId = agentIdOf(address);
		const { generation, promptId } = params;
		const connection = connectionOf(agentId, generation);
		const prompt = await reads.prompt(promptId);
		// Its end has been, or will be, reported as such.
		if (!connection) return undefined;
		if (!prompt) {
			const failure = createFailure('turn_failed', `the text of prompt ${promptId} is gone`);
			return { type: 'RESULT', generation, promptId, outcome: 'failed', failure };
		}
		// Cancelled before the agent was asked: the cancellation found nothing to cancel, so nothing may begin.
		const state = deps.system().get(address)?.getSnapshot();
		if (state?.matches({ busy: 'cancelling' })) return { type: 'RESULT', generation, promptId, outcome: 'cancelled' };
		void followTurn(connection, promptId, connection.runTurn(promptId, composeTurn(prompt, params)));
		return undefined;
	}

	async function followTurn(connection: Connection, promptId: string, turn: Promise<TurnResult>): Promise<void> {
		const { agentId, generation } = connection;
		let result: TurnResult;
		try {
			result = await turn;
		} catch {
			// The connection ended first, and its end is reported.
			return;
		}
		void output.flush();
		const row = {
			text: result.text,
			stopReason: result.ok ? result.stopReason : null,
			usage: result.usage ?? null,
		};
		const outcome = !result.ok ? 'failed' : result.stopReason === 'cancelled' ? 'cancelled' : 'finished';
		await report(
			agentId,
			{
				type: 'RESULT',
				generation,
				promptId,
				outcome,
				...(result.ok ? { stopReason: result.stopReason } : { failure: result.failure }),
				...(result.usage && { usage: { ...result.usage } }),
			},
			{ records: [{ op: 'update', table: 'prompts', id: promptId, set: { result: JSON.stringify(row) } }] },
		);
	}

	return {
		effects: {
			launch,
			deliverPrompt,
			async endRun({ generation, mode }, { address }) {
				const run = runs.get(agentIdOf(address));
				if (run?.generation !== generation) return undefined;
				run.abort.abort();
				await run.connection?.end(mode);
				await run.finished;
				return undefined;
			},
			async cancelTurn({ generation }, { address }) {
				await connectionOf(agentIdOf(address), generation)?.cancelTurn();
				return undefined;
			},
			async deliverAnswer({ generation, requestId }, { address }) {
				const agentId = agentIdOf(address);
				const pending = contextOf(agentId)?.requests.find(({ id }) => id === requestId);
				const connection = connectionOf(agentId, generation);
				if (!pending?.answer || !connection) return undefined;
				const delivered = await connection.answer(requestId, pending.answer as unknown as RequestAnswer);
				return delivered ? { type: 'ANSWER_DELIVERED', requestId } : undefined;
			},
		},
		dialIn,
		isConnected: (agentId) => runs.get(agentId)?.connection != null,
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
