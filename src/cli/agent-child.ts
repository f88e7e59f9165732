/** The agent's program as a child process: lines out, lines in, one exit code. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { StatecraftError } from '../errors.ts';
import { createLineSplitter } from './lines.ts';

export interface AgentChild {
	/** Writes a line; false when it should be given time, and `drained` is told when to go on. */
	write(line: string, drained: () => void): boolean;
	pause(): void;
	resume(): void;
	/** Closes stdin and lets it end by itself; SIGTERM, then SIGKILL, if it does not. */
	stop(): void;
	/** Exit code as a shell has it: 128 and the signal's number for one that was killed. */
	readonly exited: Promise<number>;
	/** Resolves when the last line has been handed out. */
	readonly drained: Promise<unknown>;
}

/** Longest line of an agent, in characters: the server's own limit for a message by default. */
const lineLimit = 33_554_432;
const termAfterMs = 5_000;
const killAfterMs = 5_000;

/** Starts the program; rejects with `command_not_found` or `spawn_failed`. */
export async function spawnAgentChild(
	[command = '', ...args]: readonly string[],
	onLine: (line: string) => void,
	onNote: (text: string) => void,
): Promise<AgentChild> {
	const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
	const exited = once(child, 'exit').then(([code, signal]) => exitCode(code, signal));
	const drained = once(child, 'close');
	// Awaited by the caller later than they may fail; `once(child, 'spawn')` tells of the failure.
	exited.catch(() => undefined);
	drained.catch(() => undefined);
	await once(child, 'spawn').catch((error: NodeJS.ErrnoException) => {
		throw describeSpawnError(command, error);
	});
	const splitter = createLineSplitter(lineLimit, (length) => onNote(`a line of ${length} characters was left out`));
	child.stdout.on('data', (chunk: Buffer) => splitter.push(chunk).forEach(onLine));
	// An agent that has closed its stdin is about to exit, and `exited` tells.
	child.stdin.on('error', () => undefined);
	return {
		exited,
		drained,
		write(line, onDrained) {
			if (!child.stdin.writable || child.stdin.write(`${line}\n`)) return true;
			child.stdin.once('drain', onDrained);
			return false;
		},
		pause: () => child.stdout.pause(),
		resume: () => child.stdout.resume(),
		stop: () => stopChild(child, exited),
	};
}

function stopChild(child: ChildProcess, exited: Promise<unknown>): void {
	child.stdin?.end();
	child.stdout?.resume();
	const term = setTimeout(() => child.kill('SIGTERM'), termAfterMs);
	const kill = setTimeout(() => child.kill('SIGKILL'), termAfterMs + killAfterMs);
	const clear = (): void => {
		clearTimeout(term);
		clearTimeout(kill);
	};
	exited.then(clear, clear);
}

function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
	if (code !== null) return code;
	return signal === null ? 1 : 128 + constants.signals[signal];
}

function describeSpawnError(command: string, error: NodeJS.ErrnoException): StatecraftError {
	if (error.code !== 'ENOENT') return new StatecraftError('spawn_failed', `${command}: ${error.message}`);
	return new StatecraftError('command_not_found', `there is no program "${command}"`, {
		hint: 'is it installed, and in the PATH of this shell?',
	});
}
