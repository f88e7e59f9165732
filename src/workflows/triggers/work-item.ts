/** Work items that Statecraft makes itself: what every one of them tells, and what is left empty. */

import type { WorkItem } from '../views.ts';

export interface Happening {
	readonly sourceId: string;
	readonly title: string;
	/** When it happened, epoch milliseconds. */
	readonly at: number;
	readonly body?: string | null;
	readonly url?: string | null;
	readonly labels?: readonly string[];
	readonly priority?: number;
	readonly metadata: Readonly<Record<string, unknown>>;
}

/** `metadata.at` says when it happened, as ISO time: `findMoment` reads it back. */
export function createWorkItem(happening: Happening): WorkItem {
	const { sourceId, title, at, priority } = happening;
	return {
		sourceId,
		title,
		body: happening.body ?? null,
		url: happening.url ?? null,
		labels: happening.labels ?? [],
		metadata: { ...happening.metadata, at: new Date(at).toISOString() },
		...(priority !== undefined && { priority }),
	};
}

/** When the item happened, epoch milliseconds; undefined when it does not say. */
export function findMoment({ metadata }: WorkItem): number | undefined {
	const at = typeof metadata.at === 'string' ? Date.parse(metadata.at) : Number.NaN;
	return Number.isNaN(at) ? undefined : at;
}
