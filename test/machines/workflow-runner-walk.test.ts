/**
 * The runner's machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text.
 */

import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { workflowRunnerMachine } from '../../machines/workflow-runner.ts';
import type { RunnerInput } from '../../machines/workflow-runner-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { allNodes, createTransitionCoverage } from './transition-coverage.ts';
import {
	checkRunnerStep,
	contextOfRunner,
	createRunnerInput,
	type RunnerStep,
	runnerEventsFor,
	runnerSteps,
} from './workflow-runner-steps.ts';

/** Time stands still while walking. */
const at = 1_000_000;

const coverage = createTransitionCoverage(workflowRunnerMachine);
const reached = new Set<string>();

/** What guards and rules ask of a runner, and no more, or there is no end. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { nudged, exhausted, nextPollAt, nextDueAt, dispatch, failures, retryAt, ending } = contextOfRunner(snapshot);
	const times = [nextPollAt <= at, nextDueAt, retryAt > at];
	return JSON.stringify([snapshot.value, nudged, exhausted, times, dispatch, Math.min(failures, 2), ending]);
}

function walk(input: RunnerInput): number {
	const first = runnerSteps.create(input, at);
	checkRunnerStep(first);
	const known = new Set([situationOf(first.after)]);
	let frontier = [first.after];
	while (frontier.length > 0) {
		const found: AnyMachineSnapshot[] = [];
		for (const { after } of frontier.flatMap(takeEvery)) {
			const situation = situationOf(after);
			if (known.has(situation)) continue;
			known.add(situation);
			found.push(after);
		}
		frontier = found;
	}
	return known.size;
}

/** Every event in one situation, with and without a restart before it. */
function takeEvery(situation: AnyMachineSnapshot): RunnerStep[] {
	reached.add(formatState(situation.value));
	const text = runnerSteps.persist(situation);
	const restarted = runnerSteps.restart(text);
	const steps = runnerEventsFor(situation, at).map((event) => {
		const step = runnerSteps.take(situation, event, at);
		try {
			checkRunnerStep(step);
			assert.deepEqual(outcomeOf(runnerSteps.take(restarted, event, at)), outcomeOf(step), 'a restart matters');
		} catch (error) {
			throw new Error(`${text}\ntakes ${JSON.stringify(event)}\nand is ${runnerSteps.persist(step.after)}`, {
				cause: error,
			});
		}
		coverage.add(step.taken);
		return step;
	});
	assert.equal(runnerSteps.persist(situation), text, 'a step changed the situation it started from');
	return steps;
}

/** All that can be seen of a step. */
function outcomeOf({ after, accepted, actions }: RunnerStep) {
	return { accepted, state: JSON.parse(runnerSteps.persist(after)), actions };
}

describe('[WR3, WR4, WR7, WR8, WR15, WR18] whatever happens to a runner, in every situation', () => {
	test.each([
		['that tries again what was interrupted', createRunnerInput()],
		['that leaves what was interrupted', createRunnerInput({ interrupted: 'leave' })],
	])('%s', { timeout: 120_000 }, (_name, input) => {
		expect(walk(input)).toBeGreaterThan(100);
	});

	test('[WR2] every declared transition was taken', () => {
		expect(coverage.missing()).toEqual([]);
	});

	test('[WR1] every state was reached, and deciding was never rested in', () => {
		const leaves = allNodes(workflowRunnerMachine.root).filter(({ type }) => type === 'atomic' || type === 'final');
		const expected = leaves.map(({ path }) => path.join('.')).filter((path) => path !== 'deciding');
		expect([...reached].sort()).toEqual(expected.sort());
	});
});
