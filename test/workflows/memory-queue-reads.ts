/** What the broker reads, over the store in memory: the same rows and orders, without SQL. */

import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { DispatchView, QueueItemView, WorkflowView } from '../../src/workflows/views.ts';
import type { QueueReads } from './queue-world.ts';

type Row = ReturnType<MemoryStore['rows']>[number];

const jsonColumns = new Set(['item', 'error', 'trigger', 'policy', 'retry', 'cursor']);

export function createMemoryQueueReads(store: MemoryStore): QueueReads {
	const items = () => store.rows('queue_items').map((row) => toView<QueueItemView>(row));
	const dispatches = () => store.rows('dispatches').map((row) => toView<DispatchView>(row));
	const workflows = () => store.rows('workflows').map((row) => toView<WorkflowView>(row));
	return {
		workflow: async (id) => workflows().find((workflow) => workflow.id === id),
		dispatch: async (id) => dispatches().find((dispatch) => dispatch.id === id),
		async dueDispatch(workflowId, now) {
			const due = dispatches().filter(
				(dispatch) => dispatch.workflowId === workflowId && (dispatch.nextAttemptAt ?? now + 1) <= now,
			);
			return due.sort((a, b) => b.priority - a.priority || (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0))[0];
		},
		queueItem: async (id) => items().find((item) => item.id === id),
		queueItemByKey: async (queue, key) => items().find((item) => item.queue === queue && item.key === key),
		async claimableItems(queue, now, limit) {
			const claimable = items().filter(
				({ status, visibleAt }) => status === 'ready' || (status === 'claimed' && (visibleAt ?? now + 1) <= now),
			);
			return claimable
				.filter((item) => item.queue === queue)
				.sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
				.slice(0, limit);
		},
	};
}

/** The row under the names of its view, with JSON parsed. */
function toView<View>(row: Row): View {
	const fields = Object.entries(row).map(([column, value]) => {
		const name = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
		return [name, jsonColumns.has(column) && value !== null ? JSON.parse(String(value)) : value];
	});
	return Object.fromEntries(fields) as View;
}
