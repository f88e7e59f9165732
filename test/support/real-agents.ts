/**
 * Real agent programs in tests: Claude Code over stream-json and opencode over ACP, each with a home,
 * a configuration and a working directory of its own, and the fake model behind it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { acpProtocol } from '../../src/agents/drivers/acp.ts';
import type { AgentProcess, AgentSession, LaunchCommand, Protocol } from '../../src/agents/drivers/driver.ts';
import { launchProcess } from '../../src/agents/drivers/process.ts';
import { streamJsonProtocol } from '../../src/agents/drivers/stream-json.ts';
import { type FakeModel, startFakeModel } from './fake-model.ts';
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

type Launch = Pick<LaunchCommand, 'args' | 'env'>;

const protocols: Readonly<Record<AgentName, Protocol>> = { claude: streamJsonProtocol, opencode: acpProtocol };
const installTimeoutMs = 300_000;
/** These programs take seconds to start when the machine is busy. */
const testTimeoutMs = 120_000;

/**
 * A suite against a real program; skipped with the reason in its title where the program is missing.
 * `tests` gets a function that hands out the world of the test that is running.
 */
export function describeRealAgent(name: AgentName, title: string, tests: (world: () => RealWorld) => void): void {
	const absence = explainAbsence(name);
	const { name: packageName, version } = agentPackages[name];
	const fullTitle = `${title} (${packageName} ${version})`;
	const options = { timeout: testTimeoutMs };
	describe.skipIf(absence !== null)(absence === null ? fullTitle : `${fullTitle}, ${absence}`, options, () => {
		let program = '';
		let current: (RealWorld & { close(): Promise<void> }) | null = null;
		beforeAll(async () => {
			program = await installAgent(name);
		}, installTimeoutMs);
		beforeEach(async () => {
			current = await createWorld(name, program);
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

async function createWorld(name: AgentName, program: string): Promise<RealWorld & { close(): Promise<void> }> {
	const model = await startFakeModel();
	const home = await realpath(await mkdtemp(join(tmpdir(), 'statecraft-agent-')));
	const cwd = join(home, 'work');
	await mkdir(cwd);
	const runs: AgentProcess[] = [];

	return {
		model,
		cwd,
		async start({ resume = null, env = {} } = {}) {
			const launch = name === 'claude' ? launchClaude(home, model, resume) : await launchOpencode(home, model);
			const marker = { instance: 'test', agentId: `agt_${randomUUID()}`, generation: runs.length + 1 };
			const sink = createRecordingSink();
			const process = await launchProcess({ command: program, ...launch, env: { ...launch.env, ...env }, cwd, marker });
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

/** Claude Code, away from a real configuration and from every address but the fake model's. */
function launchClaude(home: string, model: FakeModel, resume: string | null): Launch {
	const args = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
	const options = ['--permission-prompt-tool', 'stdio', '--include-partial-messages'];
	return {
		args: [...args, ...options, ...(resume === null ? [] : ['--resume', resume])],
		env: {
			HOME: home,
			CLAUDE_CONFIG_DIR: join(home, '.claude'),
			ANTHROPIC_BASE_URL: model.url,
			ANTHROPIC_API_KEY: 'test-key',
			// The transcript is on disk before a turn is told to be over; else a kill right after loses it.
			CLAUDE_CODE_EAGER_FLUSH: '1',
			CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
			CLAUDE_CODE_MAX_RETRIES: '0',
			DISABLE_AUTOUPDATER: '1',
			IS_SANDBOX: '1',
		},
	};
}

/** opencode, likewise; it asks before it runs a command. */
async function launchOpencode(home: string, model: FakeModel): Promise<Launch> {
	const options = { baseURL: `${model.url}/v1`, apiKey: 'test-key' };
	const provider = { fake: { npm: '@ai-sdk/openai-compatible', options, models: { fake: {} } } };
	const config = { provider, model: 'fake/fake', small_model: 'fake/fake', permission: { bash: 'ask' } };
	const configFile = join(home, 'opencode.json');
	await writeFile(configFile, JSON.stringify(config));
	return {
		args: ['acp'],
		env: {
			HOME: home,
			XDG_CONFIG_HOME: join(home, '.config'),
			XDG_DATA_HOME: join(home, '.local', 'share'),
			XDG_STATE_HOME: join(home, '.local', 'state'),
			XDG_CACHE_HOME: join(home, '.cache'),
			OPENCODE_CONFIG: configFile,
			OPENCODE_DISABLE_MODELS_FETCH: '1',
			OPENCODE_DISABLE_AUTOUPDATE: '1',
		},
	};
}
