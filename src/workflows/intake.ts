/**
 * Intake: work items on their way into a workflow. Each becomes a dispatch, pending until the runner
 * takes it up.
 *
 * 1. A workflow has at most one live dispatch for a source id: the table's unique key says so, so that
 *    it does not matter how often, or from how many sides, an item comes in.
 * 2. What was accepted is on disk.
 */

import type { Clock } from '../durable/clock.ts';
import type { DomainEvent, DomainRecord, WriteUnit } from '../durable/store.ts';
import { toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import type { Intake } from './service.ts';
import type { WorkflowReads, WorkflowView, WorkItem } from './views.ts';

/** What intake has to know of a workflow. */
export type IntakeWorkflow = Pick<WorkflowView, 'id' | 'agentId'> & {
	readonly retry: Pick<WorkflowView['retry'], 'maxAttempts'>;
};

export interface IntakeDeps {
	readonly clock: Clock;
	readonly reads: Pick<WorkflowReads, 'knownSources'>;
	write(unit: WriteUnit): Promise<unknown>;
}

/** The row of a new dispatch, with the event that tells of it. */
export function createDispatchRecords(
	workflow: IntakeWorkflow,
	item: WorkItem,
	at: number,
): { readonly id: string; readonly records: readonly DomainRecord[]; readonly events: readonly DomainEvent[] } {
	const id = createId('dispatch', at);
	const { sourceId, title } = item;
	const row = {
		id,
		workflow_id: workflow.id,
		source_id: sourceId,
		live_key: sourceId,
		title,
		item: JSON.stringify(item),
		status: 'pending',
		priority: item.priority ?? 0,
		attempts: 0,
		max_attempts: workflow.retry.maxAttempts,
		next_attempt_at: at,
		queue_item_id: item.queueItemId ?? null,
		created_at: at,
		updated_at: at,
	};
	const told = { dispatchId: id, workflowId: workflow.id, sourceId, title };
	return {
		id,
		records: [{ op: 'insert', table: 'dispatches', row }],
		events: [createEvent('dispatch.created', workflow.agentId, at, told)],
	};
}

export function createIntake({ clock, reads, write }: IntakeDeps): Intake {
	/** False when the workflow has a dispatch for the item already. */
	async function acceptOne(workflow: IntakeWorkflow, item: WorkItem): Promise<boolean> {
		const { records, events } = createDispatchRecords(workflow, item, clock.now());
		try {
			await write({ records, events });
			return true;
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			if (error.code !== 'constraint_violated') throw error;
			// It came in from another side; or the workflow is gone, and nobody wants it any more.
			return false;
		}
	}

	return {
		async accept(workflow, items) {
			if (items.length === 0) return 0;
			const known = await reads.knownSources(
				workflow.id,
				items.map(({ sourceId }) => sourceId),
			);
			const news = items.filter(({ sourceId }) => !known.has(sourceId));
			const accepted = await Promise.all(news.map((item) => acceptOne(workflow, item)));
			return accepted.filter(Boolean).length;
		},
	};
}
