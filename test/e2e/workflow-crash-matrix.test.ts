/**
 * The crash matrix of workflows: a queue, a workflow that works it off, another that follows it, and a
 * server that is killed just before or just after a commit. A plain server takes over, the operator sends
 * everything again; then every item has been done and reviewed, no attempt twice, and both workflows live.
 *
 * By default every few commits are met, by the two points in turn; with `STATECRAFT_CRASH_MATRIX=full` all.
 */

import { describe, expect, test } from 'vitest';
import { bootToCrash, commitOf, listCrashes, playUntilKilled, withCrashingServer } from '../support/crash-play.ts';
import { checkWorkflowScene } from '../support/workflow-crash-invariants.ts';
import { playWorkflows } from '../support/workflow-crash-scenario.ts';

const timeout = 240_000;
const fewestCommits = 50;
const mostCommits = 90;

describe('[P1, P4, P7, P8, OR4, WR7] workflows go on after a server was killed', { timeout }, () => {
	test.concurrent.each(listCrashes(mostCommits, 8))('%s', (crashAt) => playWithCrashes([crashAt]));

	test.concurrent.each(listCrashes(12, 4))('in mid-dispatch, and again as it came back, %s', (crashAt) =>
		playWithCrashes(['after-commit:30', crashAt]),
	);
});

async function playWithCrashes([first = '', ...others]: readonly string[]): Promise<void> {
	await withCrashingServer(first, async (server) => {
		const playOn = () => playUntilKilled(server, () => playWorkflows(server));
		expect((await playOn()) || commitOf(first) > fewestCommits).toBe(true);
		for (const crashAt of others) {
			await bootToCrash(server, crashAt);
			await playOn();
		}
		await server.boot();
		expect(await checkWorkflowScene(server, await playWorkflows(server))).toEqual([]);
	});
}
