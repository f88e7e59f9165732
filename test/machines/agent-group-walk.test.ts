/**
 * The group machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text. And its tables against it.
 */

import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { agentGroupMachine } from '../../machines/agent-group.ts';
import {
	type GroupCommandEvent,
	type GroupInput,
	groupStrategies,
	triggerOfGroup,
} from '../../machines/agent-group-model.ts';
import { readSpecification } from '../support/specification.ts';
import { contextOfGroup, type GroupStep, groupSteps, projectGroup } from './agent-group-steps.ts';
import { createWalk } from './situations.ts';
import { allNodes, declaredTransitions } from './transition-coverage.ts';

const specification = readSpecification();

/** Time stands still while walking: restarts stay within their window. */
const at = 1_000;

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

const walk = createWalk({
	machine: agentGroupMachine,
	steps: groupSteps,
	at,
	situationOf: groupSteps.persist,
	eventsFor: () => events,
	check: checkStep,
	deepest: 5,
});

describe('[GR4, GR5, GR6, GR13] whatever happens to a group, in every situation', () => {
	test.each(groupStrategies)('%s', { timeout: 120_000 }, (strategy) => {
		const input = { groupId: 'grp_1', ...settings(strategy, ['agt_1', 'agt_2', 'agt_3']) };
		expect(walk.explore(input).situations).toBeGreaterThan(100);
	});

	test('[GR2] every declared transition was taken', () => {
		expect(walk.missing()).toEqual([]);
	});

	test('[GR1] every state was reached', () => {
		expect([...walk.reached].sort()).toEqual(['disbanded', 'resting', 'watching']);
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
