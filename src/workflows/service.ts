/**
 * What can be done with workflows: the one door for routes and the CLI. Every method resolves after
 * the commit and rejects with a StatecraftError. `by` is the name of the token, for the audit.
 */

import type { Conditions } from '../agents/service.ts';
import type { ToolPolicy } from '../requests/policy/schema.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { WorkItem } from './views.ts';

export interface RetryPolicy {
	readonly maxAttempts?: number;
	readonly backoffMs?: { readonly initial: number; readonly max: number };
	readonly interrupted?: 'retry' | 'leave';
}

export interface SaveWorkflow {
	readonly name: string;
	/** Id or name. */
	readonly agent: string;
	readonly trigger: Trigger;
	readonly template: string;
	/** Default true. */
	readonly enabled?: boolean;
	readonly policy?: ToolPolicy;
	readonly retry?: RetryPolicy;
}

/** A work item as people and programs hand it in; the rest is filled in. */
export interface GivenItem {
	/** Given twice it is dispatched once; made up by default. */
	readonly sourceId?: string;
	readonly title?: string;
	readonly body?: string;
	readonly url?: string;
	readonly labels?: readonly string[];
	readonly metadata?: Readonly<Record<string, unknown>>;
	readonly priority?: number;
}

export interface Preview {
	/** The prompt as the agent would get it. */
	readonly text: string;
}

/** A delivery as it came in over HTTP. */
export interface WebhookDelivery {
	readonly rawBody: Buffer;
	header(name: string): string | undefined;
}

export interface WorkflowService {
	/** Rejects with `workflow_name_taken`, `agent_not_found`, `template_invalid`. */
	create(input: SaveWorkflow, conditions: Conditions): Promise<{ readonly id: string }>;
	/**
	 * Replaces the whole configuration. How far the trigger was read is kept unless the trigger changes; a
	 * masked secret stands for the stored one.
	 */
	replace(id: string, input: SaveWorkflow, conditions: Conditions): Promise<void>;
	setEnabled(id: string, enabled: boolean, conditions: Conditions): Promise<void>;
	/** Removes it with its dispatches. A turn under way goes on. */
	remove(id: string, conditions: Conditions): Promise<void>;
	/** Accepts a work item, whatever the trigger. Answers the dispatch; the first one's for a known `sourceId`. */
	trigger(id: string, item: GivenItem, conditions: Conditions): Promise<{ readonly dispatchId: string }>;
	/** Renders a template with an item as a dispatch would. Rejects with `template_invalid`. */
	preview(input: {
		readonly template: string;
		readonly item?: GivenItem;
		/** Id or name of an agent to render with. */
		readonly agent?: string;
		readonly workflowName?: string;
	}): Promise<Preview>;
	/** When a trigger that goes by the clock fires next, epoch milliseconds, the first three times; none for others. */
	nextFires(trigger: Trigger): readonly number[];
	/** Sends a settled dispatch again. Rejects with `dispatch_outstanding`, `workflow_disabled`. */
	retryDispatch(dispatchId: string, conditions: Conditions): Promise<void>;
	/** Accepts a signed delivery. Rejects with `signature_invalid`, `workflow_not_found`, `workflow_disabled`. */
	receiveWebhook(
		workflowId: string,
		delivery: WebhookDelivery,
	): Promise<{ readonly outcome: 'accepted' | 'repeated' | 'ignored'; readonly dispatchId: string | null }>;
	/** Adds an item to a queue. The first one's id for a known key. */
	enqueue(
		queue: string,
		item: GivenItem,
		conditions: Conditions,
	): Promise<{ readonly id: string; readonly repeated: boolean }>;
}

/** Work items on their way into a workflow: what `intake.ts` does and sources' items go through. */
export interface Intake {
	/** Stores dispatches for items that the workflow has none for; answers how many were new. */
	accept(
		workflow: { readonly id: string; readonly agentId: string; readonly retry: { readonly maxAttempts: number } },
		items: readonly WorkItem[],
	): Promise<number>;
}
