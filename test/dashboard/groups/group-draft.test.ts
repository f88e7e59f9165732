import { expect, test } from 'vitest';
import { saveGroupBody } from '../../../src/agents/groups/schemas.ts';
import {
	draftOfGroup,
	findFreeAgents,
	findGroupProblems,
	moveEarlier,
	newGroupDraft,
	readGroup,
	strategyWords,
} from '../../../src/dashboard/groups/group-draft.ts';
import type { Group } from '../../../src/dashboard/store/resources.ts';

const group: Group = {
	id: 'grp_1',
	name: 'web',
	strategy: 'rest_for_one',
	members: [
		{ id: 'agt_1', name: 'ada' },
		{ id: 'agt_2', name: null },
	],
	maxRestarts: 5,
	withinSeconds: 0.5,
	state: 'watching',
	version: 3,
	createdAt: '2026-01-01T00:00:00.000Z',
	updatedAt: '2026-01-01T00:00:00.000Z',
};

test('what is edited and not changed is what the API takes, and what it was', () => {
	const body = readGroup(draftOfGroup(group));
	expect(saveGroupBody.parse(body)).toEqual({
		name: 'web',
		strategy: 'rest_for_one',
		members: ['agt_1', 'agt_2'],
		maxRestarts: 5,
		withinSeconds: 0.5,
	});
});

test('there are words for every strategy', () => {
	expect(Object.keys(strategyWords).sort()).toEqual([...saveGroupBody.shape.strategy.options].sort());
});

test('what is missing or makes no sense is said before anything is sent', () => {
	expect(findGroupProblems(newGroupDraft)).toEqual({
		name: expect.stringContaining('name'),
		members: expect.stringContaining('agent'),
	});
	const draft = { ...draftOfGroup(group), maxRestarts: '-1', withinSeconds: '0' };
	expect(Object.keys(findGroupProblems(draft)).sort()).toEqual(['maxRestarts', 'withinSeconds']);
	expect(findGroupProblems(draftOfGroup(group))).toEqual({});
});

test.each(['web', 'the <crew>', 'a/b', 'grp_1', 'tab\there', 'ä'])('%j is a name where the API says so', (name) => {
	const isName = findGroupProblems({ ...draftOfGroup(group), name }).name === undefined;
	expect(isName).toBe(saveGroupBody.shape.name.safeParse(name).success);
});

test('a member changes places with the one before it; the first stays', () => {
	expect(moveEarlier(['a', 'b', 'c'], 'c')).toEqual(['a', 'c', 'b']);
	expect(moveEarlier(['a', 'b', 'c'], 'b')).toEqual(['b', 'a', 'c']);
	expect(moveEarlier(['a', 'b'], 'a')).toEqual(['a', 'b']);
});

test('an agent that is in another group is not offered, nor one that is in already', () => {
	const agents = ['agt_1', 'agt_2', 'agt_3'].map((id) => ({ id }));
	const free = (groupId: string | undefined, members: readonly string[]) =>
		findFreeAgents(agents, [group], { groupId, members }).map(({ id }) => id);
	expect(free(undefined, [])).toEqual(['agt_3']);
	expect(free('grp_1', ['agt_1'])).toEqual(['agt_2', 'agt_3']);
});
