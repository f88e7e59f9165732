/**
 * The agent machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text.
 */

import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { agentMachine } from '../../machines/agent.ts';
import { isOverBudget } from '../../machines/agent-budget.ts';
import type { AgentEvent, AgentInput } from '../../machines/agent-model.ts';
import { eventsFor, type FreshIds } from './agent-events.ts';
import { createInput, walkedInputs } from './agent-inputs.ts';
import { checkStep } from './agent-invariants.ts';
import { type AgentStep, agentSteps, contextOf } from './agent-steps.ts';
import { createWalk, leavesOf } from './situations.ts';

/** Time stands still while walking: restarts stay within their window. */
const at = 1_000;

/** The situation of an agent: its state and what guards ask of its context, and no more, or there is no end. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { turn, queue, resumable, requests, suspension, failure, restarts, settings, spending } = contextOf(snapshot);
	const kinds = requests.map(
		({ origin, attached, answer, deadline }) => `${origin} ${attached} ${answer === null} ${Boolean(deadline?.answer)}`,
	);
	return JSON.stringify([
		snapshot.value,
		turn?.repeatable,
		queue.length,
		resumable !== null,
		[...new Set(kinds)].sort(),
		suspension && suspension.until !== null,
		settings.budget && [isOverBudget(contextOf(snapshot)), spending.pass, suspension?.reason === 'budget'],
		// Asked only on the way out of failed; elsewhere the next failure overwrites it.
		snapshot.matches('failed') && [failure?.code, failure?.retryable],
		restarts.length,
	]);
}

/** Ids that nothing in the agent's memory has. */
function freshIds(snapshot: AnyMachineSnapshot): FreshIds {
	const { turn, queue, resumable, requests } = contextOf(snapshot);
	const used = [turn?.id, resumable?.id, ...queue.map(({ id }) => id)];
	for (const { id, promptId } of requests) used.push(promptId, id.replace(/^req_/, 'pmt_'));
	let number = 1;
	while (used.includes(`pmt_${number}`)) number++;
	return { promptId: `pmt_${number}`, requestId: `req_${number}` };
}

function eventsAt(snapshot: unknown): AgentEvent[] {
	const situation = snapshot as AnyMachineSnapshot;
	return eventsFor(situation, freshIds(situation)).map((event) => ({ ...event, at }));
}

function traversalFrom(input: AgentInput) {
	return {
		fromState: agentSteps.create(input, at).after as never,
		events: eventsAt,
		// Refused events lead nowhere; they are taken by `walkEvents`.
		filterEvents: (snapshot: unknown, event: AgentEvent) => (snapshot as AnyMachineSnapshot).can(event),
		serializeState: (snapshot: unknown) => situationOf(snapshot as AnyMachineSnapshot),
	};
}

/** All that can be seen of a step. */
function outcomeOf({ before, after, accepted, actions }: AgentStep) {
	return accepted || after.context !== before?.context
		? { accepted, state: agentSteps.persist(after), actions: JSON.stringify(actions) }
		: { accepted, state: JSON.stringify(after.value), actions: JSON.stringify(actions) };
}

const walk = createWalk({
	machine: agentMachine,
	steps: agentSteps,
	at,
	situationOf,
	eventsFor: eventsAt,
	check: checkStep,
	outcomeOf,
});

describe('[AG3, AG5, AG17, AG22, AG40, AG41, P3, P4] whatever happens to an agent, in every situation', () => {
	test.each(walkedInputs)('%s', { timeout: 300_000 }, (_name, input) => {
		const { situations, steps } = walk.explore(input);
		expect(situations).toBeGreaterThan(100);
		expect(steps).toBeGreaterThan(3_000);
	});

	test('[AG2] every declared transition was taken', () => {
		expect(walk.missing()).toEqual([]);
	});

	test('[AG1] every state was reached, and failed.deciding was never rested in', () => {
		const expected = leavesOf(agentMachine).filter((path) => path !== 'failed.deciding');
		expect([...walk.reached].sort()).toEqual(expected.sort());
	});
});

test('[AG5, AG48] an agent that is restarted before every step of its life ends up the same', {
	timeout: 300_000,
}, () => {
	const input = createInput({ interruptedTurn: 'resume' });
	const paths = getShortestPaths(agentMachine, traversalFrom(input) as never);
	expect(paths.length).toBeGreaterThan(100);
	for (const { steps } of paths) {
		let lively = agentSteps.create(input, at).after;
		let text = agentSteps.persist(lively);
		for (const { event } of steps as ReadonlyArray<{ readonly event: AgentEvent }>) {
			if ((event.type as string) === 'xstate.init') continue;
			lively = agentSteps.take(lively, event, at).after;
			text = agentSteps.persist(agentSteps.take(agentSteps.restart(text), event, at).after);
		}
		assert.equal(text, agentSteps.persist(lively));
	}
});
