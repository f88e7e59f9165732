/** Launches real child processes for tests, and ends whatever a test leaves running. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { acpProtocol } from '../../src/agents/drivers/acp.ts';
import type { AgentProcess, AgentSession, LaunchCommand, ProcessMarker } from '../../src/agents/drivers/driver.ts';
import { resolveDriver } from '../../src/agents/drivers/driver-config.ts';
import { type LaunchOptions, launchProcess } from '../../src/agents/drivers/process.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';

export function createMarker(): ProcessMarker {
	return { instance: `test-${randomUUID()}`, agentId: 'agt_test', generation: 1 };
}

/** A directory that is gone after the test. */
export async function createTemporaryDirectory(): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), 'statecraft-test-'));
	onTestFinished(() => rm(directory, { recursive: true, force: true }));
	return directory;
}

/** Launches a command that is killed after the test at the latest. */
export async function launch(command: Partial<LaunchCommand>, options: LaunchOptions = {}): Promise<AgentProcess> {
	const defaults = { command: process.execPath, args: [], cwd: tmpdir(), env: {}, marker: createMarker() };
	const launched = await launchProcess({ ...defaults, ...command }, options);
	onTestFinished(async () => {
		await launched.kill();
	});
	return launched;
}

/** Launches a program given as JavaScript (CommonJS). */
export function launchScript(source: string, options: LaunchOptions = {}): Promise<AgentProcess> {
	return launch({ args: ['-e', source] }, options);
}

/** Reads frames one by one. */
export function createFrameReader(agent: AgentProcess): { next(): Promise<string | undefined> } {
	const frames = agent.transport.frames[Symbol.asyncIterator]();
	return {
		async next() {
			const { value, done } = await frames.next();
			return done ? undefined : value;
		},
	};
}

export interface ConnectedDemo {
	readonly agent: AgentProcess;
	readonly session: AgentSession;
	readonly sink: RecordingSink;
	/** Runs a turn with a text. */
	prompt(text: string): ReturnType<AgentSession['prompt']>;
}

export interface DemoSettings {
	readonly env?: Readonly<Record<string, string>>;
	readonly resume?: string | null;
	readonly signal?: AbortSignal;
}

/** Starts the demo agent and shakes hands with it. */
export async function connectDemo({ env = {}, resume = null, signal }: DemoSettings = {}): Promise<ConnectedDemo> {
	const agent = await launchDemo(env);
	const sink = createRecordingSink();
	const never = new AbortController().signal;
	const session = await acpProtocol.connect(agent.transport, { cwd: tmpdir(), resume, sink, signal: signal ?? never });
	return { agent, session, sink, prompt: (text) => session.prompt([{ type: 'text', text }]) };
}

export function launchDemo(env: Readonly<Record<string, string>> = {}): Promise<AgentProcess> {
	const { command, args } = resolveDriver({ kind: 'demo' }, { resume: null });
	if (command === null) throw new Error('the demo agent is a program');
	return launch({ command, args, env });
}
