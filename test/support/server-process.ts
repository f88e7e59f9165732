/** The compiled server as a process of its own, on a directory of its own: killed and booted again as a test likes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { environmentVariables, type SettingTexts } from '../../src/config.ts';
import { endLeftovers } from './leaks.ts';
import { createOperator, type Operator } from './operator.ts';

export interface ServerProcess extends Operator {
	/** The same after every boot. */
	readonly url: string;
	readonly token: string;
	/** Everything the test writes to disk; kept when it fails. */
	readonly directory: string;
	readonly dataDir: string;
	/** Where demo agents keep their sessions. */
	readonly sessionDirectory: string;
	/** `kill -9`. Resolves when the process is gone. */
	crash(): Promise<void>;
	/** Resolves when the process has ended by itself. */
	ended(): Promise<void>;
	/** Starts it again on the same data and port. Resolves when it is ready. */
	boot(changes?: Launching): Promise<void>;
	/** SIGTERM, or another signal; resolves with the exit code. */
	shutDown(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface Launching {
	readonly settings?: SettingTexts;
	/** Flags of `serve`. */
	readonly flags?: readonly string[];
	/** Instead of the product's own: see `crashing-server.ts`. */
	readonly program?: string;
	readonly environment?: Readonly<Record<string, string>>;
}

const ownProgram = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const token = 'the-admin-token';

/** Starts it for the test that is running, which must leave no process of an agent behind. */
export async function startServerProcess(
	settings: SettingTexts = {},
	first: Omit<Launching, 'settings'> = {},
): Promise<ServerProcess> {
	const server = await openServerProcess(settings, first);
	onTestFinished(({ task }) => server.close(task.result?.state === 'fail'));
	return server;
}

export interface OpenServerProcess extends ServerProcess {
	/** Ends it in good order and checks that nothing is left. The directory is kept when the test failed. */
	close(failed?: boolean): Promise<void>;
}

/** Starts it for a test that closes it by itself. */
export async function openServerProcess(
	settings: SettingTexts = {},
	first: Omit<Launching, 'settings'> = {},
): Promise<OpenServerProcess> {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-world-'));
	const dataDir = join(directory, 'data');
	const sessionDirectory = join(directory, 'sessions');
	let running = await launch({ ...first, settings: { port: '0', dataDir, ...settings } });
	const { url } = running;
	const operator = createOperator({ url, token, directory, sessionDirectory });

	return {
		...operator,
		url,
		token,
		directory,
		dataDir,
		sessionDirectory,
		crash: () => running.end('SIGKILL').then(() => {}),
		ended: () => running.exited,
		async boot(changes = {}) {
			const again = { ...settings, dataDir, port: new URL(url).port, ...changes.settings };
			running = await launch({ ...changes, settings: again });
		},
		shutDown: (signal = 'SIGTERM') => running.end(signal),
		async close(failed = false) {
			await operator.close();
			await running.end('SIGTERM');
			expect(await endLeftovers(dataDir)).toEqual([]);
			expect(running.complaints()).toBe('');
			if (!failed) rmSync(directory, { recursive: true });
		},
	};
}

interface Running {
	readonly url: string;
	readonly exited: Promise<void>;
	/** Sends the signal unless it is gone already; resolves with the exit code. */
	end(signal: NodeJS.Signals): Promise<number | null>;
	/** What it logged: errors only. */
	complaints(): string;
}

async function launch({ settings = {}, flags = [], program = ownProgram, environment }: Launching): Promise<Running> {
	const child = spawn(process.execPath, [program, 'serve', '--json', ...flags], {
		env: {
			PATH: process.env.PATH,
			HOME: settings.dataDir,
			...toEnvironment({ token, logLevel: 'error', ...settings }),
			...environment,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const exited = once(child, 'exit');
	let complaints = '';
	child.stderr.on('data', (chunk: Buffer) => {
		complaints += chunk;
	});
	return {
		url: await readUrl(child, child.stdout, () => complaints),
		exited: exited.then(() => {}),
		complaints: () => complaints.replace(/^.*closing; once more to leave at once.*\n/m, ''),
		async end(signal) {
			if (child.exitCode === null && child.signalCode === null) child.kill(signal);
			await exited;
			return child.exitCode;
		},
	};
}

function toEnvironment(settings: SettingTexts): Record<string, string> {
	const names = Object.keys(settings) as Array<keyof typeof environmentVariables>;
	return Object.fromEntries(names.map((name) => [environmentVariables[name], settings[name] ?? '']));
}

/** `serve --json` tells its address once it is ready. */
function readUrl(child: ChildProcess, stdout: Readable, complaints: () => string): Promise<string> {
	return new Promise((resolve, reject) => {
		createInterface({ input: stdout }).once('line', (line) => resolve(JSON.parse(line).url));
		child.once('close', (code, signal) =>
			reject(new Error(`The server did not start: it ended with ${signal ?? code}. ${complaints()}`)),
		);
	});
}
