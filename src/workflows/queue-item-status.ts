/** What becomes of a queue item when the dispatch that stands for it is settled, or goes with its workflow. */

import type { Settlement } from '../../machines/workflow-runner-model.ts';
import type { DispatchView, QueueItemStatus } from './views.ts';

/** The item's next status; undefined while its dispatch goes on, or when another one stands for the item. */
export function queueItemStatusOf({
	status,
	nextAttemptAt,
	failure,
}: Pick<Settlement, 'status' | 'nextAttemptAt' | 'failure'>): Extract<QueueItemStatus, 'done' | 'dead'> | undefined {
	// The item belongs to somebody else by now: it is not this dispatch's to settle.
	if (nextAttemptAt !== null || failure?.code === 'superseded') return undefined;
	switch (status) {
		case 'completed':
		case 'skipped':
			return 'done';
		case 'failed':
		case 'interrupted':
			return 'dead';
		case 'pending':
			return undefined;
		default:
			return status satisfies never;
	}
}

/**
 * The item's next status when its workflow is removed, and its dispatch with it: another workflow may have
 * it, unless the prompt was handed over. That turn goes on with nobody to hear of its end, and the item
 * must not run twice. Undefined for a dispatch that was settled for good.
 */
export function queueItemStatusWithout({
	status,
	nextAttemptAt,
}: Pick<DispatchView, 'status' | 'nextAttemptAt'>): Extract<QueueItemStatus, 'ready' | 'dead'> | undefined {
	if (status === 'dispatched') return 'dead';
	return status === 'pending' || nextAttemptAt !== null ? 'ready' : undefined;
}
