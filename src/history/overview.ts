/** The whole journal in at most as many parts as a slider can show. */

import type { z } from 'zod';
import type { overviewResource } from './schemas.ts';
import type { Timeline } from './timeline.ts';

type Segment = z.input<typeof overviewResource>['segments'][number];

const mostSegments = 400;

export function listSegments(timeline: Pick<Timeline, 'last' | 'stateOf' | 'isBeginning'>): Segment[] {
	const { last } = timeline;
	const count = Math.min(last, mostSegments);
	return Array.from({ length: count }, (_, index) => {
		const from = Math.floor((index * last) / count) + 1;
		const to = Math.floor(((index + 1) * last) / count);
		return { from, to, state: timeline.stateOf(to), ...countMarks(timeline, from, to) };
	});
}

function countMarks(
	{ stateOf, isBeginning }: Pick<Timeline, 'stateOf' | 'isBeginning'>,
	from: number,
	to: number,
): Pick<Segment, 'changes' | 'failures' | 'beginnings'> {
	let [changes, failures, beginnings] = [0, 0, 0];
	for (let version = from; version <= to; version++) {
		const [before, after] = [stateOf(version - 1), stateOf(version)];
		if (isBeginning(version)) beginnings++;
		if (before === after) continue;
		changes++;
		if (isFailed(after) && !isFailed(before)) failures++;
	}
	return { changes, failures, beginnings };
}

/** Every machine that can fail calls that state so. */
function isFailed(state: string): boolean {
	return state.split('.')[0] === 'failed';
}
