/**
 * The crash matrix: one scenario, and for each of its commits a server that is killed just before or just
 * after it. A plain server takes over; the operator sends everything again; then all must be well.
 *
 * By default each commit is met by one of the two points, with `STATECRAFT_CRASH_MATRIX=full` by both.
 */

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isUnreachable } from '../../src/cli/failure.ts';
import { checkEverything, checkProcesses } from '../support/crash-invariants.ts';
import { type Acknowledged, createAcknowledged, playScenario } from '../support/crash-scenario.ts';
import { type OpenServerProcess, openServerProcess } from '../support/server-process.ts';

const program = fileURLToPath(new URL('../../dist/test/support/crashing-server.js', import.meta.url));
const timeout = 240_000;
/** The scenario has about 27: fewer or more as they are grouped. */
const fewestCommits = 20;
const mostCommits = 32;
/** A boot that finds work in progress has about as many before it is ready and the work goes on. */
const mostBootCommits = 8;

const isFull = process.env.STATECRAFT_CRASH_MATRIX === 'full';
const points = ['before-commit', 'after-commit'] as const;

function listCrashes(most: number): string[] {
	return Array.from({ length: most }, (_, index) => index + 1).flatMap((number) =>
		(isFull ? points : points.slice(number % 2, (number % 2) + 1)).map((point) => `${point}:${number}`),
	);
}

describe('[P1, P2, P4, P5, P7, P8, DU7] all is well after a server was killed', { timeout }, () => {
	test.concurrent.each(listCrashes(mostCommits))('%s', (crashAt) => playWithCrashes([crashAt]));

	test.concurrent.each(listCrashes(mostBootCommits))('in mid-turn, and again as it came back, %s', (crashAt) =>
		playWithCrashes(['after-commit:11', crashAt]),
	);

	test.concurrent('anywhere: the scenario has no more commits than the matrix', async () => {
		await withServer(`before-commit:${mostCommits + 1}`, async (server) => {
			await playScenario(server, { told: createAcknowledged() });
			await server.crash();
			await server.boot();
		});
	});
});

async function playWithCrashes([first = '', ...others]: readonly string[]): Promise<void> {
	await withServer(first, async (server) => {
		const told = createAcknowledged();
		const isKilled = await playUntilKilled(server, told);
		expect(isKilled || Number(first.split(':')[1]) > fewestCommits).toBe(true);
		for (const crashAt of others) {
			await server.boot(crashing(crashAt)).catch(expectKilled);
			await playUntilKilled(server, told);
		}
		await server.boot();

		const complaints: string[] = [];
		const agent = await playScenario(server, {
			told,
			atRest: async (resting) => {
				complaints.push(...(await checkProcesses(server, resting)));
			},
		});
		complaints.push(...(await checkEverything(server, agent.id, told)));
		expect(complaints).toEqual([]);
	});
}

/** False when it came to the end of the scenario unharmed; it is killed then. */
async function playUntilKilled(server: OpenServerProcess, told: Acknowledged): Promise<boolean> {
	const isKilled = await playScenario(server, { told }).then(
		() => false,
		(error: unknown) => {
			if (!isUnreachable(error)) throw error;
			return true;
		},
	);
	await server.crash();
	told.crashes++;
	return isKilled;
}

/** A server that will be killed at this commit, or was already. */
async function withServer(crashAt: string, work: (server: OpenServerProcess) => Promise<void>): Promise<void> {
	// The first commit is part of the boot: its server has to be known from an earlier one.
	const isInBoot = crashAt.endsWith(':1');
	const server = await openServerProcess({}, isInBoot ? {} : crashing(crashAt));
	let failed = true;
	try {
		await server.events.until('it is listened to', () => server.events.seen[0]);
		if (isInBoot) {
			await server.shutDown();
			await server.boot(crashing(crashAt)).catch(expectKilled);
		}
		await work(server);
		failed = false;
	} finally {
		await server.close(failed);
	}
}

function crashing(crashAt: string) {
	return { program, environment: { CRASH_AT: crashAt } };
}

/** A server that is killed while it boots never says where it listens. */
function expectKilled(error: unknown): void {
	expect(String(error)).toContain('did not start: it ended with SIGKILL');
}
