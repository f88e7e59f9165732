/** Resources about workflows, queues and groups as the command line reads them. */

import type { RetryPolicy, SaveWorkflow } from '../workflows/service.ts';
import type { DispatchStatus, QueueItemStatus, WorkItem } from '../workflows/views.ts';
import type { FailureResource } from './resources.ts';

export interface RunnerResource {
	/** `absent`, `waiting`, `dispatching` or `backingOff`. */
	readonly state: string;
	readonly nextAt: string | null;
	readonly lastError: FailureResource | null;
}

export interface TriggerResource {
	readonly type: string;
	readonly [key: string]: unknown;
}

export interface WorkflowResource {
	readonly id: string;
	readonly name: string;
	readonly agentId: string;
	/** Secrets are `***`. */
	readonly trigger: TriggerResource;
	readonly template: string;
	readonly enabled: boolean;
	readonly policy: Readonly<Record<string, unknown>> | null;
	readonly retry: Required<RetryPolicy>;
	readonly version: number;
	readonly runner: RunnerResource;
	readonly createdAt: string;
	readonly updatedAt: string;
}

/** The body of a create and of a replace. */
export type WorkflowBody = Omit<SaveWorkflow, 'trigger'> & { readonly trigger: TriggerResource };

export interface DispatchResource {
	readonly id: string;
	readonly workflowId: string;
	readonly sourceId: string;
	readonly title: string;
	readonly status: DispatchStatus;
	readonly attempts: number;
	readonly maxAttempts: number;
	readonly nextAttemptAt: string | null;
	readonly promptId: string | null;
	readonly error: FailureResource | null;
	readonly createdAt: string;
	readonly updatedAt: string;
	readonly finishedAt: string | null;
}

export interface QueueResource {
	readonly name: string;
	readonly counts: Readonly<Record<QueueItemStatus, number>>;
}

export interface QueueItemResource {
	readonly id: string;
	readonly queue: string;
	readonly item: WorkItem;
	readonly priority: number;
	readonly status: QueueItemStatus;
	readonly workflowId: string | null;
	readonly dispatchId: string | null;
	readonly createdAt: string;
	readonly updatedAt: string;
}

export interface GroupResource {
	readonly id: string;
	readonly name: string;
	readonly strategy: string;
	/** Ids of its agents, in order. */
	readonly members: readonly string[];
	readonly maxRestarts: number;
	readonly withinSeconds: number;
	readonly version: number;
}
