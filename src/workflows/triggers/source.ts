/**
 * The port through which a runner reads a trigger, whatever it is: a clock, a repository, a queue, the
 * events of the installation. A source keeps nothing in memory that matters: how far it has read is in
 * the cursor it answers, which is stored before it is asked again.
 *
 * 1. Asked twice with the same cursor it may answer the same items again: a workflow dispatches each
 *    `sourceId` once.
 * 2. An item is never lost between two cursors.
 */

import type { WorkItem } from '../views.ts';

export interface PollRequest<Config = unknown, Cursor = unknown> {
	readonly workflowId: string;
	/** The agent the workflow prompts. */
	readonly agentId: string;
	/** The trigger as configured, validated. */
	readonly trigger: Config;
	/** What the last poll answered; null before the first. */
	readonly cursor: Cursor | null;
	/** Epoch milliseconds. */
	readonly now: number;
	/** When the workflow was last changed: what came before is not its business. Epoch milliseconds. */
	readonly since: number;
	/** Aborted when the system stops. */
	readonly signal: AbortSignal;
}

export interface PollResult {
	readonly items: readonly WorkItem[];
	/** JSON. */
	readonly cursor: unknown;
	/** When to ask again, epoch milliseconds; null: when it is nudged. */
	readonly nextPollAt: number | null;
	/** It will never yield anything again. */
	readonly exhausted?: boolean;
}

/** A system event that makes a source worth asking. */
export interface Interest {
	readonly topic: string;
	/** Only events about this agent; null for all. */
	readonly agentId: string | null;
}

export interface TriggerSource<Config = unknown, Cursor = unknown> {
	/** Rejects with a `PollError` when it cannot be read. */
	poll(request: PollRequest<Config, Cursor>): Promise<PollResult>;
	/** What wakes it between polls. */
	interests?(trigger: Config, agentId: string): readonly Interest[];
}
