/** Rules of the group by example: short lives, one second a step. */

import { describe, expect, test } from 'vitest';
import { type GroupCommandEvent, type GroupInput, triggerOfGroup } from '../../machines/agent-group-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { contextOfGroup, type GroupStep, groupSteps, projectGroup } from './agent-group-steps.ts';

const three: GroupInput = {
	groupId: 'grp_1',
	strategy: 'one_for_all',
	members: ['agt_1', 'agt_2', 'agt_3'],
	maxRestarts: 2,
	withinSeconds: 60,
};

interface GroupLife {
	readonly state: string;
	readonly context: ReturnType<typeof contextOfGroup>;
	readonly step: GroupStep;
	can(event: GroupCommandEvent): boolean;
	/** Takes events that it must not refuse, each a second after the one before. */
	take(...events: readonly GroupCommandEvent[]): GroupLife;
	/** Lets time pass before the next event. */
	after(seconds: number): GroupLife;
	/** Who the last step told what. */
	told(): ReadonlyArray<readonly [to: string, what: unknown]>;
	topics(): readonly string[];
}

function begin(choice: Partial<GroupInput> = {}): GroupLife {
	return lifeAt(groupSteps.create({ ...three, ...choice }, 0), 0);
}

function lifeAt(step: GroupStep, now: number): GroupLife {
	const at = now + 1_000;
	return {
		state: formatState(step.after.value),
		context: contextOfGroup(step.after),
		step,
		can: (event) => groupSteps.take(step.after, event, at).accepted,
		take(...events) {
			const [event, ...rest] = events;
			if (!event) return lifeAt(step, now);
			const next = groupSteps.take(step.after, event, at);
			if (!next.accepted) throw new Error(`${formatState(step.after.value)} refuses ${event.type}`);
			return lifeAt(next, at).take(...rest);
		},
		after: (seconds) => lifeAt(step, now + seconds * 1_000),
		told: () => step.told.map(({ to, event }) => [to, event.type === 'CONFIGURE' ? event.settings : event.type]),
		topics: () => projectGroup(step).events.map(({ topic }) => topic),
	};
}

function failed(agentId: string, generation = 1): GroupCommandEvent {
	return { type: 'MEMBER_FAILED', agentId, generation, code: 'process_crashed' };
}

function configured(choice: Partial<GroupInput>): GroupCommandEvent {
	const { groupId: _, ...settings } = { ...three, ...choice };
	return { type: 'CONFIGURE', ...settings };
}

describe('a failure', () => {
	test.each([
		['one_for_one', 'agt_2', []],
		['one_for_all', 'agt_2', ['agent:agt_1', 'agent:agt_3']],
		['rest_for_one', 'agt_1', ['agent:agt_2', 'agent:agt_3']],
		['rest_for_one', 'agt_2', ['agent:agt_3']],
		['rest_for_one', 'agt_3', []],
	] as const)('[GR3] under %s, of %s, takes along %j', (strategy, agentId, others) => {
		const group = begin({ strategy }).take(failed(agentId));
		expect(group.told()).toEqual(others.map((to) => [to, 'GROUP_RESTART']));
	});

	test('[GR3] tells the others why they are restarted', () => {
		expect(begin().take(failed('agt_2', 7)).step.told[0]?.event).toEqual({
			type: 'GROUP_RESTART',
			groupId: 'grp_1',
			failedAgentId: 'agt_2',
			reason: 'agt_2 of the same group failed: process_crashed',
		});
	});

	test('[GR4] that was told before, or is of an earlier run, or of nobody here, is refused', () => {
		const group = begin().take(failed('agt_2', 3));
		expect(group.can(failed('agt_2', 3))).toBe(false);
		expect(group.can(failed('agt_2', 2))).toBe(false);
		expect(group.can(failed('agt_9', 9))).toBe(false);
		expect(group.can(failed('agt_2', 4))).toBe(true);
		expect(group.can(failed('agt_1', 1))).toBe(true);
	});

	test('[GR5] that takes nobody along is noted and not counted', () => {
		for (const group of [begin({ strategy: 'one_for_one', maxRestarts: 0 }), begin({ members: ['agt_2'] })]) {
			const after = group.take(failed('agt_2'));
			expect([after.state, after.context.restarts, after.context.failures]).toEqual(['watching', [], { agt_2: 1 }]);
			expect(after.topics()).toEqual(['group.updated']);
		}
	});
});

describe('too many failures', () => {
	const tooMany = begin().take(failed('agt_1'), failed('agt_2'), failed('agt_3'));

	test('[GR6] within the window end in rest: nobody is told, and somebody is called', () => {
		expect(begin().take(failed('agt_1'), failed('agt_2')).state).toBe('watching');
		expect([tooMany.state, tooMany.told()]).toEqual(['resting', []]);
		expect(tooMany.topics()).toEqual(['group.updated', 'group.escalated']);
		expect(begin({ maxRestarts: 0 }).take(failed('agt_1')).state).toBe('resting');
	});

	test('[GR6] do not include those that the window has left behind', () => {
		const late = begin().take(failed('agt_1'), failed('agt_2')).after(58).take(failed('agt_3'));
		expect([late.state, late.context.restarts]).toEqual(['watching', [2_000, 61_000]]);
		expect(begin().take(failed('agt_1'), failed('agt_2')).after(57).take(failed('agt_3')).state).toBe('resting');
	});

	test('[GR4, GR6] leave a group that notes failures and does nothing about them', () => {
		const more = tooMany.take(failed('agt_1', 2));
		expect([more.state, more.told(), more.topics()]).toEqual(['resting', [], ['group.updated']]);
		expect(more.can(failed('agt_1', 2))).toBe(false);
	});

	test('[GR7] are forgotten by a reset, and the failures themselves are not', () => {
		const again = tooMany.take({ type: 'RESET', by: 'operator' });
		expect([again.state, again.context.restarts, again.topics()]).toEqual(['watching', [], ['group.updated']]);
		expect(again.can(failed('agt_3'))).toBe(false);
		expect(again.take(failed('agt_3', 2)).told()).toHaveLength(2);
		const early = begin().take(failed('agt_1'), { type: 'RESET' }, failed('agt_2'), failed('agt_3'));
		expect(early.state).toBe('watching');
	});
});

describe('members', () => {
	test('[GR8] learn of the group when it is made', () => {
		expect(begin().told()).toEqual([
			['agent:agt_1', { group: 'group:grp_1' }],
			['agent:agt_2', { group: 'group:grp_1' }],
			['agent:agt_3', { group: 'group:grp_1' }],
		]);
	});

	test('[GR8] that join or leave are told, and those that stay are not', () => {
		const group = begin().take(configured({ members: ['agt_4', 'agt_3', 'agt_2'] }));
		expect(group.told()).toEqual([
			['agent:agt_1', { group: null }],
			['agent:agt_4', { group: 'group:grp_1' }],
		]);
		expect(group.context.members).toEqual(['agt_4', 'agt_3', 'agt_2']);
		expect(group.topics()).toEqual(['group.updated']);
	});

	test('[GR8] that have left are forgotten; restarts and rest are not', () => {
		const group = begin().take(failed('agt_1'), failed('agt_2'), failed('agt_3'));
		const smaller = group.take(configured({ members: ['agt_2', 'agt_3'], maxRestarts: 9, strategy: 'rest_for_one' }));
		expect(smaller.state).toBe('resting');
		expect(smaller.context).toEqual({
			...{ groupId: 'grp_1', strategy: 'rest_for_one', members: ['agt_2', 'agt_3'] },
			...{ maxRestarts: 9, withinSeconds: 60 },
			...{ restarts: [1_000, 2_000], failures: { agt_2: 1, agt_3: 1 } },
		});
		expect(smaller.can(failed('agt_1', 2))).toBe(false);
	});

	test('[GR9] are let go when the group is disbanded, and its row goes with that step', () => {
		const group = begin().take({ type: 'DISBAND', by: 'operator' });
		expect([group.state, group.step.after.status]).toEqual(['disbanded', 'done']);
		expect(group.told().map(([, settings]) => settings)).toEqual([{ group: null }, { group: null }, { group: null }]);
		expect(projectGroup(group.step)).toEqual({
			records: [{ op: 'delete', table: 'agent_groups', id: 'grp_1' }],
			events: [],
			messages: [],
		});
		for (const event of [failed('agt_1'), configured({}), { type: 'RESET' }] as const) {
			expect(group.can(event)).toBe(false);
		}
	});
});

describe('what people see', () => {
	test('[GR12] the row tells what the machine knows after the step', () => {
		const { step } = begin().take(failed('agt_1'), failed('agt_2'), failed('agt_3'));
		expect(projectGroup(step, 4).records).toEqual([
			{
				op: 'update',
				table: 'agent_groups',
				id: 'grp_1',
				set: {
					strategy: 'one_for_all',
					members: '["agt_1","agt_2","agt_3"]',
					max_restarts: 2,
					within_seconds: 60,
					state: 'resting',
					version: 4,
					updated_at: 3_000,
				},
			},
		]);
	});

	test('[GR12] a group restart is told with whom it takes along', () => {
		const { step } = begin({ strategy: 'rest_for_one' }).take(failed('agt_1'));
		const [event, ...more] = projectGroup(step).events;
		expect([event?.topic, event?.agentId, more]).toEqual(['group.restarting', 'agt_1', []]);
		expect(JSON.parse(event?.data ?? '')).toEqual({
			groupId: 'grp_1',
			failedAgentId: 'agt_1',
			agentIds: ['agt_2', 'agt_3'],
		});
	});

	test('[GR2] every event has its trigger', () => {
		const events = [{ type: 'xstate.init' }, failed('agt_1'), configured({}), { type: 'RESET' }, { type: 'DISBAND' }];
		const triggers = ['Created', 'MemberFailed', 'Configured', 'Reset', 'Disbanded'];
		expect(events.map(triggerOfGroup)).toEqual(triggers);
	});
});
