#!/usr/bin/env node
/**
 * The demo agent's program: a small ACP agent on stdin and stdout that plays what the prompt says.
 *
 * Environment:
 * - STATECRAFT_DEMO_DIR      where sessions are kept; a directory of this user under the system's temporary one
 * - STATECRAFT_DEMO_STARTUP  how to start badly: `hang` (says nothing), `crash`, `noise` (prints banners
 *                            first), `slow:<ms>`
 */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ndJsonStream } from '@agentclientprotocol/sdk';
import { packageVersion } from '../../package.ts';
import { createDemoAgent } from './agent.ts';
import { createMemory } from './memory.ts';
import { parseDuration } from './script.ts';

const slowPrefix = 'slow:';

async function misbehave(startup: string): Promise<void> {
	if (startup === 'crash') {
		process.stderr.write('the demo agent crashes at startup, as it was told\n');
		process.exit(1);
	}
	if (startup === 'hang') await new Promise(() => setInterval(() => {}, 60_000));
	if (startup === 'noise') process.stdout.write('Welcome to the demo agent!\n{"not": "a message"}\n');
	if (startup.startsWith(slowPrefix)) await delay(parseDuration(startup.slice(slowPrefix.length)) ?? 0);
}

async function main(): Promise<void> {
	await misbehave(process.env.STATECRAFT_DEMO_STARTUP ?? '');
	const directory = process.env.STATECRAFT_DEMO_DIR ?? join(tmpdir(), `statecraft-demo-${userInfo().uid}`);
	const app = createDemoAgent({
		memory: createMemory(directory),
		version: packageVersion,
		process: {
			writeRaw: (line) => process.stdout.write(`${line}\n`),
			exit: (code) => process.exit(code),
		},
	});
	const input = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
	const connection = app.connect(ndJsonStream(Writable.toWeb(process.stdout), input));
	await connection.closed;
	process.exit(0);
}

await main();
