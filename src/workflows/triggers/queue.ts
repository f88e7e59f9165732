/**
 * The trigger `queue`: takes the next item of a durable queue. The claim writes the dispatch itself, in
 * the same transaction: what a poll answers holds no items, and it keeps no cursor.
 *
 * 1. It claims one item at a time, and none while the workflow has a dispatch to take up: what is left in
 *    the queue is there for other workflows.
 */

import type { QueueBroker } from '../queue-broker.ts';
import type { WorkflowReads } from '../views.ts';
import type { TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';

export interface QueueSourceDeps {
	readonly broker: Pick<QueueBroker, 'claim'>;
	readonly reads: Pick<WorkflowReads, 'workflow'>;
}

const defaultVisibilityTimeoutSeconds = 1_800;

export function createQueueSource({ broker, reads }: QueueSourceDeps): TriggerSource<TriggerOf<'queue'>> {
	return {
		async poll({ workflowId, trigger }) {
			const workflow = await reads.workflow(workflowId);
			// It was removed since its runner asked.
			if (workflow?.id !== workflowId) return { items: [], cursor: null, nextPollAt: null };
			const { queue, visibilityTimeoutSeconds = defaultVisibilityTimeoutSeconds } = trigger;
			const { nextAt } = await broker.claim(workflow, queue, visibilityTimeoutSeconds * 1_000);
			return { items: [], cursor: null, nextPollAt: nextAt };
		},
		// A dispatch that is released after its time was over leaves its item to whoever asks; so does a removed workflow.
		interests: () => [
			{ topic: 'queue.item.added', agentId: null },
			{ topic: 'dispatch.released', agentId: null },
			{ topic: 'workflow.deleted', agentId: null },
		],
	};
}
