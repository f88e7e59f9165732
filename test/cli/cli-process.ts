/** Runs the compiled command line as a shell would. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface CliResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
	/** The one JSON document on stdout. */
	json<T = Record<string, unknown>>(): T;
	/** The JSON document on stderr. */
	error(): Record<string, unknown>;
	/** JSON lines on stdout. */
	lines(): Array<Record<string, unknown>>;
}

export interface CliRun {
	readonly child: ChildProcessWithoutNullStreams;
	/** Resolves once stdout and stderr together match. */
	printed(pattern: RegExp): Promise<void>;
	readonly result: Promise<CliResult>;
}

export interface CliWorld {
	/** An empty directory, in which every command runs. */
	readonly directory: string;
	start(args: readonly string[], environment?: Readonly<Record<string, string>>): CliRun;
	run(args: readonly string[], input?: string, environment?: Readonly<Record<string, string>>): Promise<CliResult>;
	/** Ends what still runs and removes the directory. */
	close(): Promise<void>;
}

/** @param environment the only variables the commands see, beside the search path */
export function createCliWorld(environment: Readonly<Record<string, string>> = {}): CliWorld {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-cli-'));
	const running = new Set<CliRun>();

	function start(args: readonly string[], extra: Readonly<Record<string, string>> = {}): CliRun {
		const env = {
			PATH: process.env.PATH ?? '',
			HOME: directory,
			NO_COLOR: '1',
			...environment,
			...extra,
		};
		const child = spawn(process.execPath, [program, ...args], {
			cwd: directory,
			env,
		});
		let stdout = '';
		let stderr = '';
		const watchers = new Set<() => void>();
		const hear = (): void => {
			for (const watch of watchers) watch();
		};
		child.stdout.on('data', (chunk: Buffer) => {
			stdout += chunk;
			hear();
		});
		child.stderr.on('data', (chunk: Buffer) => {
			stderr += chunk;
			hear();
		});
		const run: CliRun = {
			child,
			printed: (pattern) =>
				new Promise((resolve, reject) => {
					const look = (): void => {
						if (!pattern.test(stdout + stderr)) return;
						watchers.delete(look);
						resolve();
					};
					watchers.add(look);
					child.once('close', () => reject(new Error(`ended without ${pattern}:\n${stdout}\n${stderr}`)));
					look();
				}),
			result: new Promise((resolve) => {
				child.once('close', (code) => {
					running.delete(run);
					resolve(describe(code, stdout, stderr));
				});
			}),
		};
		running.add(run);
		return run;
	}

	return {
		directory,
		start,
		run(args, input = '', extra) {
			const { child, result } = start(args, extra);
			child.stdin.end(input);
			return result;
		},
		async close() {
			for (const { child } of running) child.kill('SIGKILL');
			await Promise.all([...running].map(({ result }) => result));
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

function describe(code: number | null, stdout: string, stderr: string): CliResult {
	return {
		code,
		stdout,
		stderr,
		json: () => JSON.parse(stdout),
		error: () => JSON.parse(stderr),
		lines: () =>
			stdout
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line)),
	};
}
