/** What there is to read about supervisors: rows with JSON parsed and times as epoch milliseconds. */

import type { PendingQuestion, RestorationSource } from '../../machines/supervisor-model.ts';
import type { Listing, Page } from '../agents/views.ts';

export type { PendingQuestion, RestorationSource };

export type SupervisorState =
	| 'initializing'
	| 'idle'
	| 'working'
	| 'waiting_for_user'
	| 'waiting_for_tasks'
	| 'blocked'
	| 'completed'
	| 'failed'
	| 'interrupted';

export interface SupervisorView {
	readonly id: string;
	readonly agentId: string;
	readonly mission: string;
	readonly state: SupervisorState;
	readonly currentActivity: string | null;
	/** 0 to 100. */
	readonly progress: number;
	readonly errorMessage: string | null;
	readonly spawnedTaskIds: readonly string[];
	readonly pendingQuestions: readonly PendingQuestion[];
	/** Whether there are any. */
	readonly hasPendingQuestions: boolean;
	readonly restorationCount: number;
	readonly lastRestoredAt: number | null;
	readonly restorationSource: RestorationSource | null;
	readonly version: number;
	readonly createdAt: number;
	readonly updatedAt: number;
}

export interface CheckpointView {
	readonly id: string;
	readonly supervisorId: string;
	readonly reason: string;
	readonly context: unknown;
	readonly createdAt: number;
}

export interface SupervisorReads {
	/** Newest first. */
	supervisors(
		filter: { readonly state?: string; readonly agentId?: string; readonly hasPendingQuestions?: boolean },
		page: Page,
	): Promise<Listing<SupervisorView>>;
	supervisor(id: string): Promise<SupervisorView | undefined>;
	/** Those of the ids that there are, in no order; at most a thousand ids at a time. */
	supervisorsByIds(ids: readonly string[]): Promise<readonly SupervisorView[]>;
	/** The one that the agent carries out: neither completed nor failed. */
	activeSupervisor(agentId: string): Promise<SupervisorView | undefined>;
	/** Every one that is neither completed nor failed. */
	activeSupervisors(): Promise<ReadonlyArray<{ readonly id: string; readonly agentId: string }>>;
	/** Newest first. */
	checkpoints(supervisorId: string, page: Page): Promise<Listing<CheckpointView>>;
}
