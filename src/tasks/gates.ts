/**
 * Gates: commands that must pass in a task's worktree. Each is an argument list, never a line for a
 * shell, runs as a process group of its own, and is ended as one.
 *
 * 1. A gate inherits what agents inherit and nothing else, and carries the marker of this installation:
 *    one that outlives Statecraft is ended at boot.
 * 2. Of what it prints, the end is kept.
 */

import { spawn } from 'node:child_process';
import { buildEnvironment } from '../agents/drivers/environment.ts';
import type { GateResult, Gate as TaskGate } from './views.ts';

export interface GateRunner {
	/** Runs them one after the other, all of them, whatever the others say; ends early when aborted. */
	run(
		taskId: string,
		worktree: string,
		gates: readonly TaskGate[],
		signal: AbortSignal,
	): Promise<readonly GateResult[]>;
}

const defaultTimeoutSeconds = 600;
const outputLimit = 16 * 1_024;
/** How long output is waited for that a process left behind by the gate may still hold open. */
const drainMs = 1_000;

export function createGateRunner(instance: string): GateRunner {
	return {
		async run(taskId, worktree, gates, signal) {
			const environment = buildEnvironment({ CI: '1' }, { instance, agentId: taskId, generation: 0 });
			const results: GateResult[] = [];
			for (const gate of gates) {
				signal.throwIfAborted();
				results.push(await runGate(gate, worktree, environment, signal));
			}
			return results;
		},
	};
}

function runGate(
	gate: TaskGate,
	cwd: string,
	env: Readonly<Record<string, string>>,
	signal: AbortSignal,
): Promise<GateResult> {
	const { name, command, args, timeoutSeconds = defaultTimeoutSeconds } = gate;
	const startedAt = performance.now();
	return new Promise((resolve, reject) => {
		const tail = createTail(outputLimit);
		const child = spawn(command, [...args], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
		const killGroup = () => child.pid !== undefined && killProcessGroup(child.pid);
		const timer = setTimeout(() => {
			tail.add(Buffer.from(`\nIt was ended: it took more than ${timeoutSeconds} seconds.\n`));
			killGroup();
		}, timeoutSeconds * 1_000);
		signal.addEventListener('abort', killGroup, { once: true });
		child.stdout.on('data', tail.add);
		child.stderr.on('data', tail.add);

		function settle(exitCode: number | null): void {
			clearTimeout(timer);
			signal.removeEventListener('abort', killGroup);
			const durationMs = Math.round(performance.now() - startedAt);
			if (signal.aborted) reject(signal.reason);
			else resolve({ name, passed: exitCode === 0, exitCode, output: tail.text(), durationMs });
		}
		child.on('error', (error) => {
			tail.add(Buffer.from(`${command} could not be started: ${error.message}`));
			if (child.pid === undefined) settle(null);
		});
		child.on('exit', () => {
			// What it left behind in its group goes with it.
			killGroup();
			setTimeout(() => {
				child.stdout.destroy();
				child.stderr.destroy();
			}, drainMs).unref();
		});
		child.on('close', (code) => settle(code));
	});
}

function killProcessGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// It has ended.
	}
}

interface Tail {
	add(chunk: Buffer): void;
	/** The last bytes, with a word about those before them. */
	text(): string;
}

function createTail(limit: number): Tail {
	let kept = Buffer.alloc(0);
	let dropped = 0;
	return {
		add(chunk) {
			const all = Buffer.concat([kept, chunk]);
			kept = all.subarray(Math.max(0, all.length - limit));
			dropped += all.length - kept.length;
		},
		text: () => (dropped > 0 ? `… ${dropped} bytes before this\n${kept}` : kept.toString()),
	};
}
