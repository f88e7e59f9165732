/** What the page makes of a machine's picture: where an actor is, how it came there, and what may happen. */

import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import {
	type ChartIndex,
	indexChart,
	listActive,
	listAncestors,
	listPossible,
	nameEvent,
} from '../../src/dashboard/statechart/chart-index.ts';
import { describeTimers, timersByState } from '../../src/dashboard/statechart/timers.ts';
import { findWay } from '../../src/dashboard/statechart/way-taken.ts';
import { drawMachine } from '../../src/inspector/statechart/diagrams.ts';
import { readPicture } from '../inspector/committed-pictures.ts';
import { readElements } from '../inspector/xml-elements.ts';

/** As the page reads it from the elements. */
function readIndex(svg: string): ChartIndex {
	const elements = readElements(svg).map(({ attributes }) => attributes);
	const root = elements.find((attributes) => attributes.get('class')?.startsWith('root'));
	const states = elements.flatMap((attributes) => {
		const path = attributes === root ? '' : attributes.get('data-state');
		return path === undefined ? [] : [{ path, initial: attributes.get('data-initial') ?? null }];
	});
	const edges = elements.flatMap((attributes) => {
		const id = attributes.get('data-edge');
		return id === undefined ? [] : [{ id, guard: attributes.get('data-guard') ?? null }];
	});
	return indexChart(states, edges);
}

const agent = readIndex(readPicture('agent'));

const step = (from: string | null, type: string, to: string) => ({ from, to, event: { type } });

describe('the way that a step took', () => {
	test('is the transition between the two states', () => {
		expect(findWay(agent, step('pending', 'SPAWN', 'starting'))).toEqual(['pending|SPAWN|starting']);
		expect(findWay(agent, step('starting', 'CONNECTED', 'idle.ready'))).toEqual(['starting|CONNECTED|idle']);
	});

	test('goes on with what the machine does by itself', () => {
		expect(findWay(agent, step('idle.ready', 'PROMPT', 'busy.working'))).toEqual([
			'|PROMPT|',
			'idle.ready|always|busy',
		]);
		expect(findWay(agent, step('busy.working', 'PROCESS_EXITED', 'failed.backingOff'))).toEqual([
			'|PROCESS_EXITED|failed',
			'failed.deciding|always|failed.backingOff',
		]);
		expect(findWay(agent, step('busy.awaitingInput', 'RESULT', 'busy.working'))).toEqual([
			'busy|RESULT|idle',
			'idle.ready|always|busy',
		]);
	});

	test('begins at the innermost state that may have taken the event', () => {
		expect(findWay(agent, step('idle.ready', 'SUSPEND', 'idle.suspended.untilTold'))).toEqual([
			'idle.ready|SUSPEND|',
			'idle.ready|always|idle.suspended',
		]);
		expect(findWay(agent, step('pending', 'PROMPT', 'pending'))).toEqual(['pending|PROMPT|']);
		expect(findWay(agent, step('idle.ready', 'PROCESS_EXITED', 'stopped'))).toEqual(['idle|PROCESS_EXITED|stopped']);
		expect(findWay(agent, step('idle.ready', 'PROCESS_EXITED', 'failed.resting'))).toEqual([
			'|PROCESS_EXITED|failed',
			'failed.deciding|always|failed.resting',
		]);
	});

	test('is found for delays, and for a step that stays', () => {
		const event = 'xstate.after.backoff.agent.failed.backingOff';
		expect(findWay(agent, step('failed.backingOff', event, 'starting'))).toEqual([
			`failed.backingOff|${event}|starting`,
		]);
		expect(findWay(agent, step('starting', 'LAUNCHED', 'starting'))).toEqual(['starting|LAUNCHED|']);
	});

	test('of the first step is what the machine does by itself, mostly nothing', () => {
		expect(findWay(agent, step(null, 'xstate.init', 'pending'))).toEqual([]);
	});

	test('is none where the chart has no such way', () => {
		expect(findWay(agent, step('pending', 'SPAWN', 'busy.working'))).toEqual([]);
		expect(findWay(agent, step('gone', 'NOTHING', 'nowhere'))).toEqual([]);
	});

	test('is found for names that stand for many events', () => {
		const orchestrator = readIndex(readPicture('orchestrator'));
		const found = findWay(orchestrator, step('supervising', 'xstate.done.actor.wfl_1', 'supervising'));
		expect(found).toEqual(['supervising|xstate.done.actor.*|']);
	});

	test('ends, however the chart turns in circles', async () => {
		const circle = createMachine({
			id: 'circle',
			initial: 'a',
			states: { a: { on: { GO: 'b' }, always: { target: 'b', guard: () => false } }, b: { always: 'a' }, c: {} },
		});
		expect(findWay(readIndex(await drawMachine(circle)), step('a', 'GO', 'c'))).toEqual([]);
	});

	test('has a part for each region that took the event', async () => {
		const region = { initial: 'off', states: { off: { on: { FLIP: 'on' } }, on: {} } };
		const pair = readIndex(
			await drawMachine(createMachine({ id: 'pair', type: 'parallel', states: { a: region, b: region } })),
		);
		expect(findWay(pair, step('a.off,b.off', 'FLIP', 'a.on,b.on'))).toEqual(['a.off|FLIP|a.on', 'b.off|FLIP|b.on']);
	});
});

describe('where an actor is', () => {
	test('is told by the innermost states of its value', () => {
		expect(listActive('pending')).toEqual(['pending']);
		expect(listActive({ idle: { suspended: 'untilTold' } })).toEqual(['idle.suspended.untilTold']);
		expect(listActive({ a: 'x', b: { c: 'y' }, d: {} })).toEqual(['a.x', 'b.c.y', 'd']);
		expect(listActive(null)).toEqual([]);
	});

	test('has everything around it', () => {
		expect(listAncestors('idle.suspended.untilTold')).toEqual([
			'idle.suspended.untilTold',
			'idle.suspended',
			'idle',
			'',
		]);
		expect(listAncestors('')).toEqual(['']);
	});

	test('says what may happen, innermost first, and nothing of elsewhere', () => {
		const possible = listPossible(agent, ['failed.backingOff']).map(({ source, event }) => `${source} ${event}`);
		expect(possible[0]).toBe('failed.backingOff xstate.after.backoff.agent.failed.backingOff');
		expect(possible).toContain('failed RESTART');
		expect(possible).toContain(' CONFIGURE');
		expect(possible.filter((line) => line.startsWith('failed.resting') || line.includes('always'))).toEqual([]);
	});
});

describe('delays that run', () => {
	const timers = [
		{ id: 'hard', type: 'TURN_OVERTIME', dueAt: 5_000 },
		{ id: 'soft', type: 'TURN_OVERTIME', dueAt: 2_000 },
		{ id: 'start', type: 'xstate.after.startupDeadline.agent.starting', dueAt: '1970-01-01T00:00:03.000Z' },
		{ id: 'strange', type: 'UNHEARD_OF', dueAt: 1 },
	];
	const left = ['5 s', '2 s', '3 s', '0 s'];

	test('are shown at the state that they are of, the next one each', () => {
		expect([...timersByState(agent, timers, left)]).toEqual([
			['busy.working', '2 s'],
			['starting', '3 s'],
		]);
	});

	test('are told in the order in which they run out, with where they may lead', () => {
		expect(describeTimers(agent, timers, left)).toEqual([
			{ id: 'strange', name: 'UNHEARD_OF', left: '0 s', targets: [] },
			{ id: 'soft', name: 'TURN_OVERTIME', left: '2 s', targets: ['busy.cancelling'] },
			{ id: 'start', name: 'after startupDeadline', left: '3 s', targets: ['failed'] },
			{ id: 'hard', name: 'TURN_OVERTIME', left: '5 s', targets: ['busy.cancelling'] },
		]);
		expect(nameEvent('xstate.done.actor.x')).toBe('xstate.done.actor.x');
	});
});
