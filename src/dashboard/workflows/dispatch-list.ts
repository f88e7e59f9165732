/** Dispatches of one workflow: pages that were read, and what the stream has told since. Pure. */

import type { Dispatch } from '../store/resources.ts';

export type DispatchStatus = Dispatch['status'];

/** The stream knows better than a page; the newest first. */
export function mergeDispatches(
	workflowId: string,
	pages: readonly Dispatch[],
	live: Iterable<Dispatch>,
): readonly Dispatch[] {
	const merged = new Map(pages.map((dispatch) => [dispatch.id, dispatch]));
	for (const dispatch of live) if (dispatch.workflowId === workflowId) merged.set(dispatch.id, dispatch);
	// Ids are sortable by time.
	return [...merged.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

const settled: ReadonlySet<DispatchStatus> = new Set(['completed', 'failed', 'skipped', 'interrupted']);

/** Whether it may be sent again: nothing of it is under way or still to come. */
export function mayRetry({ status, nextAttemptAt }: Pick<Dispatch, 'status' | 'nextAttemptAt'>): boolean {
	return settled.has(status) && nextAttemptAt === null;
}

export interface DispatchTally {
	readonly waiting: number;
	readonly running: number;
	readonly failed: number;
}

/** Of what the stream tells: what is settled for long is not in it. */
export function tallyDispatches(workflowId: string, live: Iterable<Dispatch>): DispatchTally {
	const tally = { waiting: 0, running: 0, failed: 0 };
	for (const { workflowId: of, status, nextAttemptAt } of live) {
		if (of !== workflowId) continue;
		if (status === 'dispatched') tally.running += 1;
		else if (status === 'pending' || nextAttemptAt !== null) tally.waiting += 1;
		else if (status === 'failed' || status === 'interrupted') tally.failed += 1;
	}
	return tally;
}
