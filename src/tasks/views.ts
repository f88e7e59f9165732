/** What there is to read about tasks: rows with JSON parsed and times as epoch milliseconds. */

import type { Listing, Page } from '../agents/views.ts';
import type { Failure } from '../errors.ts';

export type TaskState = 'assigned' | 'working' | 'conflicted' | 'in_review' | 'approved' | 'completed' | 'failed';

/** A command that must pass before a task is reviewed. Run in the worktree, as an argv, never by a shell. */
export interface Gate {
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
	/** Default 600. */
	readonly timeoutSeconds?: number;
}

export interface GateResult {
	readonly name: string;
	readonly passed: boolean;
	readonly exitCode: number | null;
	/** The end of what it printed, both streams. */
	readonly output: string;
	readonly durationMs: number;
}

export interface TaskView {
	readonly id: string;
	readonly description: string;
	readonly state: TaskState;
	readonly agentId: string | null;
	readonly supervisorId: string | null;
	readonly repository: string;
	readonly branch: string;
	readonly worktree: string;
	readonly baseBranch: string;
	readonly dependsOn: readonly string[];
	readonly priority: number;
	readonly gates: readonly Gate[];
	readonly gateResults: readonly GateResult[] | null;
	/** Files in conflict with the base branch. */
	readonly conflicts: readonly string[];
	/** What a reviewer asked for last. */
	readonly comment: string | null;
	readonly error: Failure | null;
	readonly mergeCommit: string | null;
	readonly version: number;
	readonly heartbeatAt: number | null;
	readonly stateChangedAt: number;
	readonly createdAt: number;
	readonly updatedAt: number;
}

export interface TaskReads {
	/** The highest priority first, then the oldest. */
	tasks(
		filter: {
			readonly state?: string;
			readonly agentId?: string;
			readonly supervisorId?: string;
			readonly repository?: string;
		},
		page: Page,
	): Promise<Listing<TaskView>>;
	task(id: string): Promise<TaskView | undefined>;
	/** Those of the ids that there are, in no order. */
	tasksByIds(ids: readonly string[]): Promise<readonly TaskView[]>;
	/** Assigned tasks of the agent: the highest priority first, then the oldest. */
	assignedTasks(agentId: string): Promise<readonly TaskView[]>;
	/** Whether a task of the agent is under way: working or conflicted. */
	hasTaskUnderWay(agentId: string): Promise<boolean>;
	/** Agents of assigned tasks that depend on this one. */
	agentsAwaiting(taskId: string): Promise<readonly string[]>;
	/** Agents that have assigned tasks. */
	agentsWithAssignedTasks(): Promise<readonly string[]>;
	/** Tasks of the agent that have not ended. */
	openTasksOf(agentId: string): Promise<readonly TaskView[]>;
}
