/** `WorkflowReads` over the store in memory: the same rows, filters and pages, without SQL. */

import type { Listing, Page, PromptView } from '../../src/agents/views.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { DispatchView, QueueItemView, WorkflowReads, WorkflowView } from '../../src/workflows/views.ts';

type Row = ReturnType<MemoryStore['rows']>[number];
type ToView = (row: Row, json: readonly string[], booleans?: readonly string[]) => unknown;

export function createMemoryWorkflowReads(
	store: MemoryStore,
	toView: ToView,
	toPrompt: (row: Row) => PromptView,
): WorkflowReads {
	const workflows = () => store.rows('workflows').map(toWorkflow);
	const dispatches = () => store.rows('dispatches').map(toDispatch);
	const queueItems = () => store.rows('queue_items').map(toQueueItem).sort(inLine);
	const toWorkflow = (row: Row) =>
		toView(row, ['trigger', 'policy', 'retry', 'cursor', 'runnerError'], ['enabled']) as WorkflowView;
	const toDispatch = (row: Row) => toView(row, ['item', 'error']) as DispatchView;
	const toQueueItem = (row: Row) => toView(row, ['item']) as QueueItemView;

	function due(workflowId: string, now: number): DispatchView[] {
		return dispatches().filter(
			(dispatch) =>
				dispatch.workflowId === workflowId && dispatch.nextAttemptAt !== null && dispatch.nextAttemptAt <= now,
		);
	}

	return {
		async workflows({ agentId, enabled }, page) {
			const matches = workflows().filter(
				(workflow) =>
					(agentId === undefined || workflow.agentId === agentId) &&
					(enabled === undefined || workflow.enabled === enabled),
			);
			return cut(
				matches.sort((one, other) => (one.name < other.name ? -1 : 1)),
				page,
			);
		},
		workflow: async (idOrName) =>
			workflows().find(({ id }) => id === idOrName) ?? workflows().find(({ name }) => name === idOrName),
		workflowsByIds: async (ids) => workflows().filter(({ id }) => ids.includes(id)),
		async workflowsToRun(of) {
			const connected = new Set(
				store
					.rows('agents')
					.filter((agent) => agent.execution_state === 'idle' || agent.execution_state === 'busy')
					.map((agent) => agent.id),
			);
			return workflows().filter(
				(workflow) =>
					workflow.enabled &&
					connected.has(workflow.agentId) &&
					('agentId' in of ? workflow.agentId === of.agentId : workflow.id === of.workflowId),
			);
		},
		async dispatches({ workflowId, status }, page) {
			const matches = dispatches().filter(
				(dispatch) =>
					(workflowId === undefined || dispatch.workflowId === workflowId) &&
					(status === undefined || dispatch.status === status),
			);
			return cut(matches.reverse(), page);
		},
		dispatch: async (id) => dispatches().find((dispatch) => dispatch.id === id),
		dispatchesByIds: async (ids) => dispatches().filter(({ id }) => ids.includes(id)),
		dispatchOf: async (workflowId, sourceId) =>
			dispatches().find((dispatch) => dispatch.workflowId === workflowId && dispatch.liveKey === sourceId),
		dispatchPrompts: async (id) =>
			store
				.rows('prompts')
				.map(toPrompt)
				.filter(({ idempotencyKey }) => idempotencyKey?.startsWith(`${id}/`) === true),
		dueDispatch: async (workflowId, now) =>
			due(workflowId, now).sort(
				(one, other) =>
					other.priority - one.priority || Number(one.nextAttemptAt) - Number(other.nextAttemptAt) || byId(one, other),
			)[0],
		dispatchUnderWay: async (workflowId) =>
			dispatches().find((dispatch) => dispatch.workflowId === workflowId && dispatch.status === 'dispatched'),
		outstandingQueueDispatches: async (workflowId) =>
			dispatches().filter(
				({ workflowId: of, queueItemId, status, nextAttemptAt }) =>
					of === workflowId && queueItemId !== null && (status === 'dispatched' || nextAttemptAt !== null),
			),
		async nextDueAt(workflowId) {
			const times = due(workflowId, Number.POSITIVE_INFINITY).map(({ nextAttemptAt }) => Number(nextAttemptAt));
			return times.length === 0 ? null : Math.min(...times);
		},
		async knownSources(workflowId, sourceIds) {
			const live = dispatches().filter((dispatch) => dispatch.workflowId === workflowId);
			const keys = new Set(live.map(({ liveKey }) => liveKey));
			return new Set(sourceIds.filter((sourceId) => keys.has(sourceId)));
		},
		async queues(page) {
			const all = queueItems();
			const names = [...new Set(all.map(({ queue }) => queue))].sort();
			const count = (name: string, status: string) =>
				all.filter((item) => item.queue === name && item.status === status).length;
			return cut(
				names.map((name) => ({
					name,
					counts: {
						ready: count(name, 'ready'),
						claimed: count(name, 'claimed'),
						done: count(name, 'done'),
						dead: count(name, 'dead'),
					},
				})),
				page,
			);
		},
		async queueItems(queue, { status }, page) {
			const matches = queueItems().filter(
				(item) => item.queue === queue && (status === undefined || item.status === status),
			);
			return cut(matches, page);
		},
		queueItem: async (id) => queueItems().find((item) => item.id === id),
		queueItemByKey: async (queue, key) => queueItems().find((item) => item.queue === queue && item.key === key),
		claimableItems: async (queue, now, limit) =>
			queueItems()
				.filter(
					(item) =>
						item.queue === queue &&
						(item.status === 'ready' || (item.status === 'claimed' && Number(item.visibleAt) <= now)),
				)
				.slice(0, limit),
	};
}

function cut<T>(matches: readonly T[], { limit, offset }: Page): Listing<T> {
	return { items: matches.slice(offset, offset + limit), total: matches.length };
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
	return one.id < other.id ? -1 : 1;
}

function inLine(one: QueueItemView, other: QueueItemView): number {
	return other.priority - one.priority || byId(one, other);
}
