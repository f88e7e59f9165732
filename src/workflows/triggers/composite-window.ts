/** What the parts of a composite have yielded and have not been put together yet. */

import type { WorkItem } from '../views.ts';
import { findMoment } from './work-item.ts';

/** What is kept of an item of a part; it has to fit into a cursor. */
export type PartYield = Pick<WorkItem, 'sourceId' | 'title' | 'body' | 'url' | 'labels' | 'metadata' | 'priority'> & {
	/** When it happened, or was read where the item does not say. Epoch milliseconds. */
	readonly at: number;
};

/** More than this do not wait for their counterparts: the oldest go. */
const waitingLimit = 100;

export function toPartYield(item: WorkItem, now: number): PartYield {
	const { sourceId, title, body, url, labels, metadata, priority } = item;
	const at = findMoment(item) ?? now;
	return { sourceId, title, body, url, labels, metadata, at, ...(priority !== undefined && { priority }) };
}

/** Those that wait and those that are new, each once, the oldest first. */
export function addYields(waiting: readonly PartYield[], news: readonly PartYield[]): readonly PartYield[] {
	const known = new Set(waiting.map(({ sourceId }) => sourceId));
	const all = [...waiting, ...news.filter(({ sourceId }) => !known.has(sourceId))];
	return all.sort((one, other) => one.at - other.at).slice(-waitingLimit);
}

export interface Matches {
	/** One yield of every part, none further apart from another than the window. */
	readonly sets: ReadonlyArray<readonly PartYield[]>;
	/** What is left of every part. */
	readonly waiting: ReadonlyArray<readonly PartYield[]>;
}

/** Puts together what happened within the window, the oldest first; what is too old for any other lapses. */
export function matchYields(parts: ReadonlyArray<readonly PartYield[]>, windowMs: number, now: number): Matches {
	const left = parts.map((waiting) => [...waiting]);
	const sets: PartYield[][] = [];
	for (;;) {
		const heads = left.flatMap(([head]) => head ?? []);
		if (heads.length < left.length) break;
		const times = heads.map(({ at }) => at);
		const earliest = Math.min(...times);
		if (Math.max(...times) - earliest <= windowMs) {
			sets.push(heads);
			for (const waiting of left) waiting.shift();
		} else {
			// Its counterpart would have to be older than what is there of another part.
			left[times.indexOf(earliest)]?.shift();
		}
	}
	return { sets, waiting: left.map((waiting) => waiting.filter(({ at }) => now - at <= windowMs)) };
}
