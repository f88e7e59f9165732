/**
 * The group machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text. And its tables against it.
 */

import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { agentGroupMachine } from '../../machines/agent-group.ts';
import {
	type GroupCommandEvent,
	type GroupInput,
	groupStrategies,
	triggerOfGroup,
} from '../../machines/agent-group-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { readSpecification } from '../support/specification.ts';
import { contextOfGroup, type GroupStep, groupSteps, projectGroup } from './agent-group-steps.ts';
import { allNodes, createTransitionCoverage, declaredTransitions } from './transition-coverage.ts';

const specification = readSpecification();
const coverage = createTransitionCoverage(agentGroupMachine);
const reached = new Set<string>();

/** Time stands still while walking: restarts stay within their window. */
const at = 1_000;
const deepest = 5;

function settings(strategy: GroupInput['strategy'], members: readonly string[]) {
	return { strategy, members, maxRestarts: 1, withinSeconds: 60 };
}

const events: readonly GroupCommandEvent[] = [
	...['agt_1', 'agt_2', 'agt_3', 'agt_4'].flatMap((agentId) =>
		[1, 2].map((generation): GroupCommandEvent => ({ type: 'MEMBER_FAILED', agentId, generation, code: 'crash' })),
	),
	...groupStrategies.map((strategy): GroupCommandEvent => {
		return { type: 'CONFIGURE', ...settings(strategy, ['agt_3', 'agt_2']) };
	}),
	{ type: 'CONFIGURE', ...settings('one_for_all', ['agt_1', 'agt_4']) },
	{ type: 'CONFIGURE', ...settings('one_for_all', []) },
	{ type: 'RESET' },
	{ type: 'DISBAND' },
	{ type: 'UNKNOWN' } as unknown as GroupCommandEvent,
];

/** Every situation within reach of a few events. */
function walk(input: GroupInput): number {
	const first = groupSteps.create(input, at);
	checkStep(first);
	const known = new Map([[groupSteps.persist(first.after), first.after]]);
	let frontier = [first.after];
	for (let depth = 0; depth < deepest; depth++) {
		const found: AnyMachineSnapshot[] = [];
		for (const { after } of frontier.flatMap(takeEvery)) {
			const text = groupSteps.persist(after);
			if (known.has(text)) continue;
			known.set(text, after);
			found.push(after);
		}
		frontier = found;
	}
	return known.size;
}

/** Every event in one situation, with and without a restart before it. */
function takeEvery(situation: AnyMachineSnapshot): GroupStep[] {
	reached.add(formatState(situation.value));
	const text = groupSteps.persist(situation);
	const restarted = groupSteps.restart(text);
	return events.map((event) => {
		const step = groupSteps.take(situation, event, at);
		checkStep(step);
		const again = groupSteps.take(restarted, event, at);
		assert.deepEqual(
			[groupSteps.persist(again.after), again.told, again.accepted],
			[groupSteps.persist(step.after), step.told, step.accepted],
			'a restart makes a difference',
		);
		assert.equal(groupSteps.persist(situation), text, 'a step changed the situation it started from');
		coverage.add(step.taken);
		return step;
	});
}

/** What holds after every step, whatever the event. */
function checkStep(step: GroupStep): void {
	const { before, after, event, accepted, told } = step;
	const { members, restarts, maxRestarts, failures } = contextOfGroup(after);
	if (!accepted) {
		assert.deepEqual([after.value, after.context, told], [before?.value, before?.context, []]);
		return;
	}
	assert.ok(before === null || before.status === 'active', 'a group that was disbanded took an event');
	const old = before && contextOfGroup(before);
	assert.ok(restarts.length <= Math.max(maxRestarts, old?.restarts.length ?? 0));
	assert.ok(Object.keys(failures).every((agentId) => members.includes(agentId)));
	const receivers = told.map(({ to }) => to);
	assert.equal(new Set(receivers).size, receivers.length, 'somebody was told twice');
	const restarted = told.filter(({ event: { type } }) => type === 'GROUP_RESTART');
	assert.equal(restarted.length > 0, restarts.length > (old?.restarts.length ?? 0), 'a restart is counted once');
	if (event.type === 'MEMBER_FAILED') {
		assert.ok(!receivers.includes(`agent:${event.agentId}`), 'the one that failed was told');
		assert.ok(event.generation > (old?.failures[event.agentId] ?? 0));
		assert.equal(failures[event.agentId], event.generation);
	}
	const topics = projectGroup(step).events.map(({ topic }) => topic);
	assert.equal(topics.includes('group.restarting'), restarted.length > 0);
	assert.equal(topics.includes('group.escalated'), after.value === 'resting' && before?.value === 'watching');
}

describe('[GR4, GR5, GR6, GR13] whatever happens to a group, in every situation', () => {
	test.each(groupStrategies)('%s', { timeout: 120_000 }, (strategy) => {
		expect(walk({ groupId: 'grp_1', ...settings(strategy, ['agt_1', 'agt_2', 'agt_3']) })).toBeGreaterThan(100);
	});

	test('[GR2] every declared transition was taken', () => {
		expect(coverage.missing()).toEqual([]);
	});

	test('[GR1] every state was reached', () => {
		expect([...reached].sort()).toEqual(['disbanded', 'resting', 'watching']);
	});
});

describe('tables of the group', () => {
	test('[GR2] its transitions are those of the machine, in the order of the machine', () => {
		const rows = declaredTransitions(agentGroupMachine).map(({ source, eventType, guard, target }) => [
			source.path.join('.') || 'any',
			eventType,
			typeof guard === 'object' && 'type' in guard ? guard.type : (guard ?? ''),
			target?.map(({ path }) => path.join('.')).join() ?? 'stays',
			triggerOfGroup({ type: eventType }),
		]);
		expect(specification.table('Transitions of a group')).toEqual(rows);
	});

	test('[GR1] its states and tags are those of the machine', () => {
		const leaves = allNodes(agentGroupMachine.root).filter(({ type }) => type !== 'compound');
		const rows = leaves.map(({ path, tags }) => [path.join('.'), [...tags].sort().join(', ')]);
		expect(specification.table('States of a group').map((row) => row.slice(0, 2))).toEqual(rows);
	});
});
