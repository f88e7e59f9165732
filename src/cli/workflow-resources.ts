/** Resources about workflows, dispatches and queues: the very schemas the server answers by, as types. */

import type { z } from 'zod';
import type {
	dispatchResource,
	saveWorkflowBody,
	wholeDispatchResource,
	workflowResource,
} from '../workflows/schemas.ts';
import type { queueItemResource, queueResource } from '../workflows/schemas-queues.ts';

export type WorkflowResource = z.output<typeof workflowResource>;
export type DispatchResource = z.output<typeof dispatchResource>;
/** With its item and the prompts of its attempts. */
export type WholeDispatchResource = z.output<typeof wholeDispatchResource>;
export type QueueResource = z.output<typeof queueResource>;
export type QueueItemResource = z.output<typeof queueItemResource>;

/** A trigger of whatever type; secrets in answers are `***`. */
export interface TriggerResource {
	readonly type: string;
	readonly [key: string]: unknown;
}

/** The body of a create and of a replace. The trigger may be of a type only the server knows. */
export type WorkflowBody = Omit<z.input<typeof saveWorkflowBody>, 'trigger'> & { readonly trigger: TriggerResource };
