/** A server of the demo's own: a child process with its own data directory, port and token. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StatecraftError } from '../errors.ts';

export interface DemoServer {
	readonly url: string;
	readonly pid: number;
	/** SIGKILL: no chance to tidy up. */
	kill(): Promise<void>;
	/** SIGTERM, and SIGKILL if that takes too long; answers whether it was orderly. */
	stop(): Promise<boolean>;
}

export interface DemoServerOptions {
	readonly dataDir: string;
	/** 0 takes a free one. */
	readonly port: number;
	readonly token: string;
}

type ServerProcess = ChildProcessByStdio<null, Readable, Readable>;

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const stopPatienceMs = 15_000;
const stderrLimit = 4_000;

/** Resolves when the server listens; rejects when it ends before that. */
export async function startDemoServer({ dataDir, port, token }: DemoServerOptions): Promise<DemoServer> {
	// Flags for all that the environment of the user may set otherwise.
	const settings = ['--data-dir', dataDir, '--database-url', `file:${join(dataDir, 'statecraft.db')}`];
	const network = ['--host', '127.0.0.1', '--port', String(port), '--token', token];
	const child = spawn(process.execPath, [program, 'serve', '--json', '--log-level', 'error', ...settings, ...network], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const exited = once(child, 'exit');
	const url = await readUrl(child);
	return {
		url,
		pid: child.pid ?? 0,
		async kill() {
			child.kill('SIGKILL');
			await exited;
		},
		async stop() {
			if (child.exitCode !== null || child.signalCode !== null) return true;
			const timer = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
			child.kill('SIGTERM');
			await exited;
			clearTimeout(timer);
			return child.exitCode === 0;
		},
	};
}

/** The first line of `serve --json` tells the address. */
function readUrl(child: ServerProcess): Promise<string> {
	let complaints = '';
	child.stderr.on('data', (chunk: Buffer) => {
		complaints = (complaints + chunk.toString()).slice(-stderrLimit);
	});
	return new Promise((resolve, reject) => {
		createInterface({ input: child.stdout }).on('line', (line) => {
			if (!line.startsWith('{"url"')) return;
			resolve((JSON.parse(line) as { readonly url: string }).url);
		});
		child.once('close', () => {
			const detail = `the server of the demo did not start: ${complaints.trim() || 'it said nothing'}`;
			reject(new StatecraftError('spawn_failed', detail));
		});
		child.once('error', reject);
	});
}
