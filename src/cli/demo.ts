/** `statecraft demo`: the promise in a minute, with a real server, real agents and a real kill -9. */

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { endProcessGroup, type ProcessIdentity } from '../agents/drivers/process-table.ts';
import { createInterrupt } from './context.ts';
import { findCleanRestart, findEvents, findProcesses, findPrompts, findRequest } from './demo-findings.ts';
import { createLedger, type Verdict } from './demo-ledger.ts';
import { followLog, killServer, putToWork, raiseServer, type Stage } from './demo-scene.ts';
import type { DemoServer } from './demo-server.ts';
import { exitCodes, SilentExit } from './failure.ts';
import { paint } from './paint.ts';
import { createPrinter, type Printer } from './printer.ts';

export function registerDemo(program: Command): void {
	program
		.command('demo')
		.description('see it work: agents at work, a killed server, and nothing lost')
		.action(async (_options: unknown, command: Command) => {
			const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
			const print = createPrinter(json);
			const verdicts = await runDemo(print);
			const held = verdicts.every((verdict) => verdict.held);
			print.result({ held, promises: verdicts }, () => summary(verdicts));
			if (!held) throw new SilentExit(exitCodes.failure);
		});
}

async function runDemo(print: Printer): Promise<readonly Verdict[]> {
	const dataDir = await mkdtemp(join(tmpdir(), 'statecraft-demo-'));
	const sessionDir = join(dataDir, 'sessions');
	await mkdir(sessionDir);
	const servers: DemoServer[] = [];
	const processes: ProcessIdentity[] = [];
	const began = Date.now();
	const interrupt = createInterrupt();
	const stage: Stage = {
		options: { dataDir, port: 0, token: randomBytes(24).toString('base64url') },
		sessionDir,
		ledger: createLedger(),
		signal: interrupt.signal,
		tell(text) {
			const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(5);
			if (!print.json) process.stdout.write(`${paint.dim(`${seconds}s`)}  ${text}\n`);
		},
		own: { server: (server) => servers.push(server), process: (process) => processes.push(process) },
	};
	try {
		await play(stage);
		return stage.ledger.verdicts;
	} catch (error) {
		if (interrupt.signal.aborted) throw new SilentExit(exitCodes.interrupted);
		throw error;
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
		await Promise.all(processes.map((process) => endProcessGroup(process)));
		await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
		interrupt.dispose();
	}
}

async function play(stage: Stage): Promise<void> {
	const { tell } = stage;
	tell('starting a server of its own, in a temporary directory');
	const first = await raiseServer(stage, 0);
	const port = Number(new URL(first.server.url).port);
	tell(`it listens at ${first.server.url}, process ${first.server.pid}`);
	const reader = followLog(first.api);
	try {
		const cast = await putToWork(stage, first.api);
		await killServer(stage, first.server, first.api);

		tell('starting it again on the same data');
		const second = await raiseServer(stage, port);
		await findPrompts(stage, second.api, cast);
		await findRequest(stage, second.api, cast);
		await findProcesses(stage, second.api, cast);
		await findEvents(stage, second.api, reader.seen);

		tell('ending it in good order, and starting it once more');
		const orderly = await second.server.stop();
		const third = await raiseServer(stage, port);
		await findCleanRestart(stage, third.api, orderly);
	} finally {
		await reader.stop();
	}
}

function summary(verdicts: readonly Verdict[]): string {
	const lines = verdicts.map(({ promise, held, evidence }) => {
		const mark = held ? paint.good('held  ') : paint.error('BROKEN');
		return `${mark}  ${promise}\n        ${paint.dim(evidence)}`;
	});
	const broken = verdicts.filter(({ held }) => !held).length;
	const verdict = broken === 0 ? paint.good('All of it was seen to hold.') : paint.error(`${broken} did not hold.`);
	return ['', ...lines, '', verdict].join('\n');
}
