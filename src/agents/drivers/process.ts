/**
 * Starts agents' programs. Owns a child process from its launch to its end.
 *
 * 1. Each process leads a group of its own and carries a marker, so that it and its descendants can be ended
 *    together, by us or by the Statecraft that comes after a crash.
 * 2. `launchProcess` resolves with a running process or rejects with an error that says what to mend; it
 *    never leaves a process behind that nobody was told of.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { StatecraftError } from '../../errors.ts';
import type { AgentProcess, LaunchCommand, TransportClosure } from './driver.ts';
import { buildEnvironment } from './environment.ts';
import { readProcessStart } from './process-table.ts';
import { createStdioLink, type StdioChild, type StdioLink, type StdioOptions } from './stdio.ts';

export type LaunchOptions = StdioOptions;

interface StopOptions {
	readonly termAfterMs?: number;
	readonly killAfterMs?: number;
}

const defaultTermAfterMs = 2000;
const defaultKillAfterMs = 3000;

/** Rejects with `cwd_not_found`, `command_not_found` or `spawn_failed`. */
export async function launchProcess(launch: LaunchCommand, options: LaunchOptions = {}): Promise<AgentProcess> {
	await requireDirectory(launch.cwd);
	const child = await spawnLeader(launch);
	const pid = child.pid;
	if (pid === undefined) throw new StatecraftError('spawn_failed', `${launch.command} was started without a pid`);
	const link = createStdioLink(child, pid, options);
	return {
		pid,
		processStart: await readProcessStart(pid),
		transport: link.transport,
		stop: (stopOptions) => stop(link, stopOptions),
		kill() {
			link.expectEnd();
			link.signal('SIGKILL');
			return link.transport.closed;
		},
	};
}

/** Spawn answers ENOENT for a missing directory just as for a missing command. */
async function requireDirectory(cwd: string): Promise<void> {
	const found = await stat(cwd).catch(() => null);
	if (!found?.isDirectory()) throw new StatecraftError('cwd_not_found', `${cwd} is not a directory`);
}

async function spawnLeader(launch: LaunchCommand): Promise<StdioChild> {
	try {
		const child = spawn(launch.command, launch.args, {
			cwd: launch.cwd,
			env: buildEnvironment(launch.env, launch.marker),
			detached: true,
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		await once(child, 'spawn');
		return child;
	} catch (error) {
		throw describeSpawnError(launch.command, error);
	}
}

function describeSpawnError(command: string, error: unknown): StatecraftError {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	if (code === 'ENOENT') {
		const detail = `${command} (or the interpreter its first line names) was not found`;
		return new StatecraftError(
			'command_not_found',
			detail,
			{ hint: 'Install it, or give its full path' },
			{ cause: error },
		);
	}
	const detail = code === 'EACCES' ? `${command} may not be executed` : `${command}: ${String(error)}`;
	return new StatecraftError('spawn_failed', detail, {}, { cause: error });
}

/** The ladder: ask (stdin closes), tell (SIGTERM), end (SIGKILL). */
async function stop(link: StdioLink, options: StopOptions = {}): Promise<TransportClosure> {
	const { termAfterMs = defaultTermAfterMs, killAfterMs = defaultKillAfterMs } = options;
	link.expectEnd();
	link.transport.close();
	const term = setTimeout(() => link.signal('SIGTERM'), termAfterMs);
	const kill = setTimeout(() => link.signal('SIGKILL'), termAfterMs + killAfterMs);
	try {
		return await link.transport.closed;
	} finally {
		clearTimeout(term);
		clearTimeout(kill);
	}
}
