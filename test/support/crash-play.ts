/** Playing a scenario with a server that is killed at a commit, or at several: see `crashing-server.ts`. */

import { fileURLToPath } from 'node:url';
import { isUnreachable } from '../../src/cli/failure.ts';
import type { SettingTexts } from '../../src/config.ts';
import { type OpenServerProcess, openServerProcess } from './server-process.ts';

const program = fileURLToPath(new URL('../../dist/test/support/crashing-server.js', import.meta.url));
/** A server's first boot begins the orchestrator, and says that it has started. */
const firstBootCommits = 2;

const isFull = process.env.STATECRAFT_CRASH_MATRIX === 'full';
const points = ['before-commit', 'after-commit'] as const;

/** Points to be killed at: by default commits are met by one of the two in turn, and only every n-th is. */
export function listCrashes(mostCommits: number, every = 1): string[] {
	const step = isFull ? 1 : every;
	return Array.from({ length: Math.ceil(mostCommits / step) }, (_, index) => index).flatMap((index) =>
		(isFull ? points : [points[(index + 1) % 2]]).map((point) => `${point}:${1 + index * step}`),
	);
}

export function commitOf(crashAt: string): number {
	return Number(crashAt.split(':')[1]);
}

/** A server that will be killed at this commit, or was already. */
export async function withCrashingServer(
	crashAt: string,
	work: (server: OpenServerProcess) => Promise<void>,
	settings: SettingTexts = {},
): Promise<void> {
	// The first commits are part of the boot: their server has to be known from an earlier one.
	const isInBoot = commitOf(crashAt) <= firstBootCommits;
	const server = await openServerProcess(settings, isInBoot ? {} : crashing(crashAt));
	let failed = true;
	try {
		await server.events.until('it is listened to', () => server.events.seen[0]);
		if (isInBoot) {
			await server.shutDown();
			await bootToCrash(server, crashAt);
		}
		await work(server);
		failed = false;
	} finally {
		await server.close(failed);
	}
}

/** Boots it to be killed at this commit, which may be one of the boot. */
export async function bootToCrash(server: OpenServerProcess, crashAt: string): Promise<void> {
	await server.boot(crashing(crashAt)).catch((error: unknown) => {
		// A server that is killed while it boots never says where it listens.
		if (!String(error).includes('did not start: it ended with SIGKILL')) throw error;
	});
}

/** False when the scenario came to its end unharmed; the server is killed then. */
export async function playUntilKilled(server: OpenServerProcess, play: () => Promise<unknown>): Promise<boolean> {
	const isKilled = await play().then(
		() => false,
		(error: unknown) => {
			if (!isUnreachable(error)) throw error;
			return true;
		},
	);
	await server.crash();
	return isKilled;
}

function crashing(crashAt: string) {
	return { program, environment: { CRASH_AT: crashAt } };
}
