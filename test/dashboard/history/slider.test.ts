import { describe, expect, test } from 'vitest';
import { describeCause, describeConsequences } from '../../../src/dashboard/history/cause-words.ts';
import { buildTree } from '../../../src/dashboard/history/context-tree.ts';
import type { PastMoment } from '../../../src/dashboard/history/history-model.ts';
import { findMark, listMarks, listRuns, versionForKey } from '../../../src/dashboard/history/slider.ts';

const part = (from: number, to: number, state: string, marks: object = {}) => {
	return { from, to, state, changes: 0, failures: 0, beginnings: 0, ...marks };
};

describe('the slider', () => {
	test.each([
		['ArrowRight', 5, 6],
		['ArrowUp', 5, 6],
		['ArrowLeft', 5, 4],
		['ArrowDown', 1, 1],
		['ArrowRight', 1_000, 1_000],
		['PageUp', 5, 55],
		['PageDown', 100, 50],
		['PageDown', 5, 1],
		['Home', 500, 1],
		['End', 500, 1_000],
	])('%s leads from %i to %i', (key, version, target) => {
		expect(versionForKey(key, version, 1_000)).toBe(target);
	});

	test('goes ten versions a page in a short journal, and minds no other keys', () => {
		expect(versionForKey('PageUp', 5, 40)).toBe(15);
		expect(versionForKey('a', 5, 40)).toBeNull();
		expect(versionForKey('ArrowRight', 1, 0)).toBe(1);
	});

	test('shows states of one tone as one, and marks failures and fresh beginnings', () => {
		const segments = [
			part(1, 1, 'pending', { beginnings: 1 }),
			part(2, 2, 'starting'),
			part(3, 6, 'busy.working'),
			part(7, 7, 'failed.resting', { failures: 1 }),
			part(8, 9, 'pending', { beginnings: 1 }),
		];
		expect(listRuns({ segments })).toEqual([
			{ from: 1, to: 2, tone: 'waiting' },
			{ from: 3, to: 6, tone: 'busy' },
			{ from: 7, to: 7, tone: 'danger' },
			{ from: 8, to: 9, tone: 'waiting' },
		]);
		const marks = listMarks({ segments });
		expect(marks).toEqual([
			{ version: 7, kind: 'failure' },
			{ version: 9, kind: 'beginning' },
		]);
		expect([findMark(marks, 7, 'after'), findMark(marks, 7, 'before'), findMark(marks, 9, 'before')]).toEqual([
			9,
			null,
			7,
		]);
	});
});

describe('a context as a tree', () => {
	test('folds what has parts, and says what is empty or redacted', () => {
		expect(
			buildTree({ name: 'ada', none: null, open: true, list: [], nested: { text: '[redacted]' }, pair: [1, 2] }),
		).toEqual([
			{ kind: 'leaf', key: 'name', text: 'ada', type: 'text' },
			{ kind: 'leaf', key: 'none', text: 'null', type: 'null' },
			{ kind: 'leaf', key: 'open', text: 'true', type: 'boolean' },
			{ kind: 'leaf', key: 'list', text: 'empty list', type: 'empty' },
			{
				kind: 'branch',
				key: 'nested',
				size: '1 field',
				nodes: [{ kind: 'leaf', key: 'text', text: 'redacted', type: 'redacted' }],
			},
			{
				kind: 'branch',
				key: 'pair',
				size: '2 entries',
				nodes: [
					{ kind: 'leaf', key: '0', text: '1', type: 'number' },
					{ kind: 'leaf', key: '1', text: '2', type: 'number' },
				],
			},
		]);
	});
});

describe('cause and consequences in words', () => {
	const actor = 'agent:agt_1';
	const momentOf = (cause: Partial<PastMoment['cause']>, caused: Partial<NonNullable<PastMoment['caused']>> = {}) =>
		({
			actor,
			transition: { event: { type: 'PROMPT' } },
			cause: { kind: 'send', id: null, by: null, actor: null, version: null, ...cause },
			caused: {
				...{ effects: [], messages: [], timersSet: [], timersCleared: [], childrenSpawned: [] },
				...{ childrenStopped: [], events: [], ...caused },
			},
		}) as unknown as PastMoment;
	const say = (cause: Partial<PastMoment['cause']>) =>
		describeCause(momentOf(cause))
			.map(({ text }) => text)
			.join('');

	test('name who sent an event, and the steps that asked for it', () => {
		expect(say({ kind: 'send', by: 'ann' })).toBe('Sent by ann.');
		expect(say({ kind: 'send' })).toBe('Statecraft sent PROMPT.');
		expect(say({ kind: 'timer', id: 'backoff', actor, version: 7 })).toBe(
			'The timer backoff fired, asked for in version 7.',
		);
		expect(say({ kind: 'message', actor: 'task:tsk_1', version: 3 })).toBe('A message of task:tsk_1, version 3.');
		expect(
			describeCause(momentOf({ kind: 'effect', actor, version: 7 })).find(({ version }) => version === 7),
		).toBeDefined();
	});

	test('lead to later versions and to other actors', () => {
		const consequences = describeConsequences(
			momentOf(
				{},
				{
					effects: [
						{ id: 'e', name: 'launch', params: { generation: 1, resume: null, text: '[redacted]' }, outcome: 4 },
					],
					messages: [{ id: 'm', to: 'task:tsk_1', event: { type: 'NUDGE' } }],
					events: ['a', 'a'],
				},
			),
		);
		expect(consequences.map(({ kind, words }) => `${kind} ${words.map(({ text }) => text).join('')}`)).toEqual([
			'effect launch (generation: 1, text: [redacted]), answered in version 4',
			'message NUDGE to task:tsk_1',
			'event a',
			'event a',
		]);
		expect(new Set(consequences.map(({ key }) => key)).size).toBe(4);
		expect(consequences[0]?.words.at(-1)).toEqual({ text: 'version 4', version: 4 });
	});
});
