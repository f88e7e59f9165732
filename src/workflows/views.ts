/**
 * What there is to read about workflows: rows as the store answers them, with JSON parsed and times as
 * epoch milliseconds. `src/store` implements `WorkflowReads`; routes render these into resources.
 */

import type { DispatchRetry } from '../../machines/workflow-runner-model.ts';
import type { Listing, Page, PromptView } from '../agents/views.ts';
import type { Failure } from '../errors.ts';

/** Something that happened, or is to be done, as a trigger tells of it. All of it is data, none of it template. */
export interface WorkItem {
	/** What it is called where it comes from; a workflow dispatches each source id once. */
	readonly sourceId: string;
	/** One line for people. */
	readonly title: string;
	readonly body: string | null;
	readonly url: string | null;
	readonly labels: readonly string[];
	/** Whatever else the source tells; JSON. */
	readonly metadata: Readonly<Record<string, unknown>>;
	/** The highest goes first; 0 by default. */
	readonly priority?: number;
	/** The queue item it stands for. */
	readonly queueItemId?: string;
}

export interface WorkflowView {
	readonly id: string;
	readonly name: string;
	readonly agentId: string;
	/** As configured: `type`, and what the type takes. Secrets are masked by the routes, not here. */
	readonly trigger: Readonly<Record<string, unknown>> & { readonly type: string };
	readonly template: string;
	readonly enabled: boolean;
	readonly policy: Readonly<Record<string, unknown>> | null;
	readonly retry: DispatchRetry;
	/** Number of its changes: what `If-Match` compares. */
	readonly revision: number;
	readonly cursor: unknown;
	/** `waiting`, `dispatching` or `backingOff`; null while it has no runner. */
	readonly runnerState: string | null;
	readonly runnerNextAt: number | null;
	readonly runnerError: Failure | null;
	readonly createdAt: number;
	readonly updatedAt: number;
}

export type DispatchStatus = 'pending' | 'dispatched' | 'completed' | 'failed' | 'skipped' | 'interrupted';

export interface DispatchView {
	readonly id: string;
	readonly workflowId: string;
	readonly sourceId: string;
	/** Null once another dispatch stands for the item. */
	readonly liveKey: string | null;
	readonly title: string;
	readonly item: WorkItem;
	readonly status: DispatchStatus;
	readonly priority: number;
	readonly attempts: number;
	readonly maxAttempts: number;
	/** When it is due; null while it is dispatched and once it is settled for good. */
	readonly nextAttemptAt: number | null;
	/** Of the last attempt. */
	readonly promptId: string | null;
	readonly queueItemId: string | null;
	readonly error: Failure | null;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly finishedAt: number | null;
}

export type QueueItemStatus = 'ready' | 'claimed' | 'done' | 'dead';

export interface QueueItemView {
	readonly id: string;
	readonly queue: string;
	readonly key: string | null;
	readonly item: WorkItem;
	readonly priority: number;
	readonly status: QueueItemStatus;
	readonly workflowId: string | null;
	readonly dispatchId: string | null;
	/** When a claim that led to nothing lapses. */
	readonly visibleAt: number | null;
	readonly createdAt: number;
	readonly updatedAt: number;
}

/** A queue and how many items it holds in each status. */
export interface QueueView {
	readonly name: string;
	readonly counts: Readonly<Record<QueueItemStatus, number>>;
}

/** The read side. Every method reads committed rows only. */
export interface WorkflowReads {
	/** By name. */
	workflows(
		filter: { readonly agentId?: string; readonly enabled?: boolean },
		page: Page,
	): Promise<Listing<WorkflowView>>;
	/** By id, or by name where no id matches. */
	workflow(idOrName: string): Promise<WorkflowView | undefined>;
	/** Those of the ids that there are, in no order; at most a thousand ids at a time. */
	workflowsByIds(ids: readonly string[]): Promise<readonly WorkflowView[]>;
	/** Enabled workflows whose agent is connected (idle or busy): all of an agent, or one of them. By index. */
	workflowsToRun(of: { readonly agentId: string } | { readonly workflowId: string }): Promise<readonly WorkflowView[]>;
	/** Newest first. */
	dispatches(
		filter: { readonly workflowId?: string; readonly status?: string },
		page: Page,
	): Promise<Listing<DispatchView>>;
	dispatch(id: string): Promise<DispatchView | undefined>;
	dispatchesByIds(ids: readonly string[]): Promise<readonly DispatchView[]>;
	/** The one that stands for the item, if any. */
	dispatchOf(workflowId: string, sourceId: string): Promise<DispatchView | undefined>;
	/** The prompts of its attempts, the first attempt's first. */
	dispatchPrompts(dispatchId: string): Promise<readonly PromptView[]>;
	/** The outstanding one that is due at `now` and goes first: by priority, then the longest due. By index. */
	dueDispatch(workflowId: string, now: number): Promise<DispatchView | undefined>;
	/** The one that a runner has taken up; undefined for none. By index. */
	dispatchUnderWay(workflowId: string): Promise<DispatchView | undefined>;
	/** Those that stand for an item of a queue and are not settled for good. By index. */
	outstandingQueueDispatches(workflowId: string): Promise<readonly DispatchView[]>;
	/** When the next outstanding one is due; null for none. */
	nextDueAt(workflowId: string): Promise<number | null>;
	/** Those of the source ids that the workflow has a live dispatch for. */
	knownSources(workflowId: string, sourceIds: readonly string[]): Promise<ReadonlySet<string>>;
	/** Every queue that has items, by name. */
	queues(page: Page): Promise<Listing<QueueView>>;
	/** The highest priority first, then the oldest. */
	queueItems(queue: string, filter: { readonly status?: string }, page: Page): Promise<Listing<QueueItemView>>;
	queueItem(id: string): Promise<QueueItemView | undefined>;
	queueItemByKey(queue: string, key: string): Promise<QueueItemView | undefined>;
	/** Items that may be claimed at `now`: ready ones, and claimed ones whose claim has lapsed. In the order of `queueItems`. */
	claimableItems(queue: string, now: number, limit: number): Promise<readonly QueueItemView[]>;
}
