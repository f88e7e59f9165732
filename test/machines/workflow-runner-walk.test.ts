/**
 * The runner's machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text.
 */

import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { workflowRunnerMachine } from '../../machines/workflow-runner.ts';
import { createWalk, leavesOf } from './situations.ts';
import {
	checkRunnerStep,
	contextOfRunner,
	createRunnerInput,
	runnerEventsFor,
	runnerSteps,
} from './workflow-runner-steps.ts';

/** Time stands still while walking. */
const at = 1_000_000;

/** What guards and rules ask of a runner, and no more, or there is no end. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { nudged, exhausted, nextPollAt, nextDueAt, dispatch, failures, retryAt, ending } = contextOfRunner(snapshot);
	const times = [nextPollAt <= at, nextDueAt, retryAt > at];
	return JSON.stringify([snapshot.value, nudged, exhausted, times, dispatch, Math.min(failures, 2), ending]);
}

const walk = createWalk({
	machine: workflowRunnerMachine,
	steps: runnerSteps,
	at,
	situationOf,
	eventsFor: (snapshot) => runnerEventsFor(snapshot, at),
	check: checkRunnerStep,
});

describe('[WR3, WR4, WR7, WR8, WR15, WR18] whatever happens to a runner, in every situation', () => {
	test.each([
		['that tries again what was interrupted', createRunnerInput()],
		['that leaves what was interrupted', createRunnerInput({ interrupted: 'leave' })],
	])('%s', { timeout: 120_000 }, (_name, input) => {
		expect(walk.explore(input).situations).toBeGreaterThan(100);
	});

	test('[WR2] every declared transition was taken', () => {
		expect(walk.missing()).toEqual([]);
	});

	test('[WR1] every state was reached, and deciding was never rested in', () => {
		const expected = leavesOf(workflowRunnerMachine).filter((path) => path !== 'deciding');
		expect([...walk.reached].sort()).toEqual(expected.sort());
	});
});
