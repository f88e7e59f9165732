/**
 * Real agent programs in tests: Claude Code over stream-json and opencode over ACP, each with a home,
 * a configuration and a working directory of its own, and the fake model behind it.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { acpProtocol } from '../../src/agents/drivers/acp.ts';
import type { AgentProcess, AgentSession, Protocol } from '../../src/agents/drivers/driver.ts';
import { launchProcess } from '../../src/agents/drivers/process.ts';
import { streamJsonProtocol } from '../../src/agents/drivers/stream-json.ts';
import { type FakeModel, startFakeModel } from './fake-model.ts';
import { createAgentHome, prepareAgent } from './real-agent-settings.ts';
import { type AgentName, agentPackages, explainAbsence, installAgent } from './real-agents-cache.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';

/** One run of the program. */
export interface RealRun {
	readonly process: AgentProcess;
	readonly session: AgentSession;
	readonly sink: RecordingSink;
}

/** What a test has to itself. */
export interface RealWorld {
	readonly model: FakeModel;
	/** The agent's working directory. */
	readonly cwd: string;
	/** Launches the program and shakes hands; several runs share the home and the working directory. */
	start(options?: {
		readonly resume?: string | null;
		readonly env?: Readonly<Record<string, string>>;
	}): Promise<RealRun>;
}

interface Closable {
	close(): Promise<void>;
}

const protocols: Readonly<Record<AgentName, Protocol>> = { claude: streamJsonProtocol, opencode: acpProtocol };
const installTimeoutMs = 300_000;
/** These programs take seconds to start when the machine is busy. */
const testTimeoutMs = 120_000;

/** A suite about the protocol with a real program; skipped where the program is missing. */
export function describeRealAgent(name: AgentName, title: string, tests: (world: () => RealWorld) => void): void {
	describeWithProgram<RealWorld>(name, title, (program) => createWorld(name, program), tests);
}

/**
 * A suite that needs a real program; skipped with the reason in its title where the program is missing.
 * `tests` gets a function that hands out the world of the test that is running.
 */
export function describeWithProgram<World>(
	name: AgentName,
	title: string,
	open: (program: string) => Promise<World & Closable>,
	tests: (world: () => World) => void,
): void {
	const absence = explainAbsence(name);
	const { name: packageName, version } = agentPackages[name];
	const fullTitle = `${title} (${packageName} ${version})`;
	const options = { timeout: testTimeoutMs };
	describe.skipIf(absence !== null)(absence === null ? fullTitle : `${fullTitle}, ${absence}`, options, () => {
		let program = '';
		let current: (World & Closable) | null = null;
		beforeAll(async () => {
			program = await installAgent(name);
		}, installTimeoutMs);
		beforeEach(async () => {
			current = await open(program);
		});
		afterEach(async () => {
			await current?.close();
			current = null;
		});
		tests(() => {
			if (current === null) throw new Error('No test is running');
			return current;
		});
	});
}

async function createWorld(name: AgentName, program: string): Promise<RealWorld & Closable> {
	const model = await startFakeModel();
	const { home, cwd } = await createAgentHome();
	const { args, resumeArgs, env: ownEnv } = await prepareAgent(name, home, model);
	const runs: AgentProcess[] = [];

	return {
		model,
		cwd,
		async start({ resume = null, env = {} } = {}) {
			const marker = { instance: 'test', agentId: `agt_${randomUUID()}`, generation: runs.length + 1 };
			const sink = createRecordingSink();
			const launch = { args: [...args, ...resumeArgs(resume)], env: { ...ownEnv, ...env } };
			const process = await launchProcess({ command: program, ...launch, cwd, marker });
			runs.push(process);
			const signal = AbortSignal.timeout(60_000);
			const session = await protocols[name].connect(process.transport, { cwd, resume, sink, signal });
			return { process, session, sink };
		},
		async close() {
			await Promise.all(runs.map((run) => run.kill()));
			await model.close();
			await rm(home, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}
