/**
 * The crash matrix: one scenario, and for each of its commits a server that is killed just before or just
 * after it. A plain server takes over; the operator sends everything again; then all must be well.
 *
 * By default each commit is met by one of the two points, with `STATECRAFT_CRASH_MATRIX=full` by both.
 */

import { describe, expect, test } from 'vitest';
import { checkEverything, checkProcesses } from '../support/crash-invariants.ts';
import { bootToCrash, commitOf, listCrashes, playUntilKilled, withCrashingServer } from '../support/crash-play.ts';
import { createAcknowledged, playScenario } from '../support/crash-scenario.ts';

const timeout = 240_000;
/** The scenario has about 27: fewer or more as they are grouped. */
const fewestCommits = 20;
const mostCommits = 32;
/** A boot that finds work in progress has about as many before it is ready and the work goes on. */
const mostBootCommits = 8;

describe('[P1, P2, P4, P5, P7, P8, DU7] all is well after a server was killed', { timeout }, () => {
	test.concurrent.each(listCrashes(mostCommits))('%s', (crashAt) => playWithCrashes([crashAt]));

	test.concurrent.each(listCrashes(mostBootCommits))('in mid-turn, and again as it came back, %s', (crashAt) =>
		playWithCrashes(['after-commit:12', crashAt]),
	);

	test.concurrent('anywhere: the scenario has no more commits than the matrix', async () => {
		await withCrashingServer(`before-commit:${mostCommits + 1}`, async (server) => {
			await playScenario(server, { told: createAcknowledged() });
			await server.crash();
			await server.boot();
		});
	});
});

async function playWithCrashes([first = '', ...others]: readonly string[]): Promise<void> {
	await withCrashingServer(first, async (server) => {
		const told = createAcknowledged();
		const playOn = async () => {
			const isKilled = await playUntilKilled(server, () => playScenario(server, { told }));
			told.crashes++;
			return isKilled;
		};
		expect((await playOn()) || commitOf(first) > fewestCommits).toBe(true);
		for (const crashAt of others) {
			await bootToCrash(server, crashAt);
			await playOn();
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
