/** Moving and zooming a picture, as numbers; and how many actors are where. */

import { describe, expect, test } from 'vitest';
import { badgesOf, countPopulation } from '../../src/dashboard/statechart/population.ts';
import { begin, fitPicture, isInSight, move, scaleLimits, zoom } from '../../src/dashboard/statechart/viewport.ts';
import type { PageContext } from '../../src/dashboard/store/page-store.ts';
import { emptyResources } from '../../src/dashboard/store/resources.ts';

const frame = { width: 400, height: 300 };
const large = { width: 2000, height: 3000 };

describe('a picture in its frame', () => {
	test('fits whole and in the middle, and is never blown up', () => {
		const view = fitPicture(large, frame);
		expect(view.scale).toBeCloseTo(284 / 3000);
		expect(view.x * 2 + large.width * view.scale).toBeCloseTo(frame.width);
		expect(fitPicture({ width: 100, height: 100 }, frame)).toEqual({ scale: 1, x: 150, y: 100 });
	});

	test('begins whole where it can be read, and else at the area that matters, in sight and readable', () => {
		const small = { width: 380, height: 280 };
		const area = { x: 900, y: 1500, width: 120, height: 60 };
		expect(begin(small, frame, area)).toEqual(fitPicture(small, frame));
		const view = begin(large, frame, area);
		expect(view.scale).toBe(0.75);
		expect(isInSight(view, area, frame)).toBe(true);
		expect(isInSight(fitPicture(large, frame), area, frame)).toBe(true);
		expect(isInSight({ ...view, x: 0, y: 0 }, area, frame)).toBe(false);
		const corner = begin(large, frame, { x: 10, y: 10, width: 120, height: 60 });
		expect(corner).toEqual({ scale: 0.75, x: 0, y: 0 });
		expect(begin(large, frame, null)).toEqual(fitPicture(large, frame));
	});

	test('zooms about the point that is pointed at, within limits', () => {
		const before = { scale: 0.5, x: -100, y: -200 };
		const after = zoom(before, 2, { x: 120, y: 80 }, large, frame);
		const at = (view: typeof before) => [(120 - view.x) / view.scale, (80 - view.y) / view.scale];
		expect(at(after)).toEqual(at(before));
		expect(zoom(before, 1e6, { x: 0, y: 0 }, large, frame).scale).toBe(scaleLimits.most);
		expect(zoom(before, 1e-6, { x: 0, y: 0 }, large, frame).scale).toBe(scaleLimits.least);
	});

	test('cannot be moved out of sight', () => {
		const view = { scale: 1, x: 0, y: 0 };
		expect(move(view, 30, -20, large, frame)).toEqual({ scale: 1, x: 30, y: -20 });
		expect(move(view, 1e5, 1e5, large, frame)).toEqual({ scale: 1, x: 340, y: 240 });
		expect(move(view, -1e5, -1e5, large, frame)).toEqual({ scale: 1, x: -1940, y: -2940 });
	});
});

describe('how many are where', () => {
	const entries = (all: readonly object[]) => new Map(all.map((one, index) => [String(index), one]));
	const resources = {
		...emptyResources,
		agent: entries([
			{ executionState: 'idle', substate: 'ready' },
			{ executionState: 'busy', substate: 'working' },
			{ executionState: 'busy', substate: 'awaitingInput' },
			{ executionState: 'busy', substate: 'working' },
			{ executionState: 'stopped', substate: null },
		]),
		workflow: entries([{ runner: { state: 'waiting' } }, { runner: { state: 'absent' } }]),
	} as unknown as PageContext['resources'];

	test('is counted by innermost states, most first', () => {
		expect(countPopulation('agent', resources)).toEqual({
			what: 'agents',
			by: 'state',
			counts: [
				['busy.working', 2],
				['busy.awaitingInput', 1],
				['idle.ready', 1],
				['stopped', 1],
			],
		});
	});

	test('is written on a state for it and for all inside it', () => {
		expect(Object.fromEntries(badgesOf(countPopulation('agent', resources)))).toEqual({
			busy: '3',
			'busy.working': '2',
			'busy.awaitingInput': '1',
			idle: '1',
			'idle.ready': '1',
			stopped: '1',
		});
	});

	test('is told of runners by their tags, which are not written on states', () => {
		const population = countPopulation('workflowRunner', resources);
		expect(population).toMatchObject({ by: 'tag', counts: [['waiting', 1]] });
		expect(badgesOf(population).size).toBe(0);
	});

	test('is not known of machines whose actors the page is not told of', () => {
		expect(countPopulation('orchestrator', resources)).toBeNull();
		expect(badgesOf(null).size).toBe(0);
	});
});
