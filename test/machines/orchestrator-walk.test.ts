/**
 * The orchestrator's machine, walked: every situation its guards can tell apart, times every event, each
 * step taken three times: as it stands, after a restart from its stored text, and after a restart that
 * could not restore one of the runners.
 */

import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { orchestratorMachine } from '../../machines/orchestrator.ts';
import {
	checkOrchestratorStep,
	contextOfOrchestrator,
	type OrchestratorStep,
	orchestratorEvents,
	orchestratorSteps,
} from './orchestrator-steps.ts';
import { createWalk } from './situations.ts';

/** Time stands still while walking: failures stay within their window. */
const at = 1_000_000;

/** Who has a runner, for whom it works, and how often it failed, as far as that makes a difference. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { runners, failures } = contextOfOrchestrator(snapshot);
	const counts = ['wfl_1', 'wfl_2', 'wfl_9'].map((id) => Math.min(failures[id]?.length ?? 0, id === 'wfl_1' ? 6 : 1));
	return JSON.stringify([Object.entries(runners).sort(), counts]);
}

/** The same, but the row of its first runner could not be read. */
function maim(text: string): AnyMachineSnapshot | undefined {
	const { children, ...rest } = JSON.parse(text) as { readonly children: Readonly<Record<string, unknown>> };
	const [lost] = Object.keys(children);
	if (lost === undefined) return undefined;
	const { [lost]: _, ...restorable } = children;
	return orchestratorSteps.restart(JSON.stringify({ ...rest, children: restorable }));
}

/** All that can be seen of a step; of a child that is spawned or stopped, its name. */
function outcomeOf({ after, accepted, actions }: OrchestratorStep) {
	const seen = actions.map(({ type, params }) => (type.endsWith('Child') ? type : { type, params }));
	return { accepted, state: JSON.parse(orchestratorSteps.persist(after)), actions: seen };
}

const walk = createWalk({
	machine: orchestratorMachine,
	steps: orchestratorSteps,
	at,
	situationOf,
	eventsFor: () => orchestratorEvents,
	check: checkOrchestratorStep,
	outcomeOf,
	maim,
});

describe('[OR3, OR4, OR10, OR11, OR12] whatever the orchestrator is told, in every situation', () => {
	test('it knows its runners, and asks for what is to be done', { timeout: 120_000 }, () => {
		expect(walk.explore(undefined).situations).toBeGreaterThan(100);
	});

	test('[OR1] every declared transition was taken', () => {
		expect(walk.missing()).toEqual([]);
	});
});
