/**
 * What can be done with tasks: the one door for routes, the CLI's server side, supervisors and the
 * call-back tools. Every method resolves after the commit and rejects with a StatecraftError.
 */

import type { Conditions } from '../agents/service.ts';
import type { Gate, TaskState } from './views.ts';

export interface CreateTask {
	readonly description: string;
	/** Absolute path of a git repository on this host. */
	readonly repository: string;
	/** The repository's current branch by default. */
	readonly baseBranch?: string;
	/** Made up from the description by default. */
	readonly branch?: string;
	/** Id or name; a task without one waits to be assigned. */
	readonly agent?: string;
	readonly supervisorId?: string;
	/** Ids of tasks that must be completed before the agent is told. */
	readonly dependsOn?: readonly string[];
	readonly priority?: number;
	readonly gates?: readonly Gate[];
}

/** What a task does at this moment, inside its state; known to this process alone. */
export interface TaskActivity {
	readonly state: string;
	/** `following`, `checking`, `rebasing`, …; null where the state says it all. */
	readonly activity: string | null;
	/** The prompt under way. */
	readonly promptId: string | null;
	/** The how manyth attempt at what its agent was told. */
	readonly attempt: number;
	/** How often it was sent on, by gates or conflicts, since a person last looked. */
	readonly rounds: number;
}

export interface TaskService {
	/** Rejects with `repository_not_found`, `branch_exists`, `agent_not_found`, `task_not_found` (a dependency). */
	create(input: CreateTask, conditions: Conditions): Promise<{ readonly id: string }>;
	/** Compare-and-set. Rejects with `invalid_transition`, `stale_state` (with the actual state), `task_not_found`. */
	transition(
		id: string,
		change: { readonly from: TaskState; readonly to: TaskState },
		conditions: Conditions,
	): Promise<void>;
	/** From any state but completed. */
	fail(id: string, reason: string, conditions: Conditions): Promise<void>;
	/** A sign of life; no transition. */
	heartbeat(id: string): Promise<void>;
	/** Ready for review: gates, rebase, then in_review or conflicted. */
	submit(id: string, conditions: Conditions): Promise<void>;
	/** Agrees to what is in review. Rejects with `stale_state` when that is another commit than this one, which was seen. */
	approve(id: string, commit: string | undefined, conditions: Conditions): Promise<void>;
	/** Back to working; the comment reaches the agent as a prompt. */
	requestChanges(id: string, comment: string, conditions: Conditions): Promise<void>;
	/**
	 * Merges what was approved into the base branch. Rejects with `checkout_dirty` or `branch_moved`, and then it stays approved,
	 * or with `merge_conflict`, and then it is being worked on again.
	 */
	merge(id: string, conditions: Conditions): Promise<void>;
	/** failed → assigned. */
	retry(id: string, conditions: Conditions): Promise<void>;
	/** Gives it to this agent, or to another one than before. */
	assign(id: string, agent: string, conditions: Conditions): Promise<void>;
	/** Fails it, ends its turn, and removes worktree and branch. */
	cancel(id: string, conditions: Conditions): Promise<void>;
	/** Removes worktree and branch of a task that is completed or failed. */
	cleanUp(id: string, conditions: Conditions): Promise<void>;
	/** Begins a task afresh that could not be restored: assigned, with what was done kept on its branch. */
	renew(id: string, conditions: Conditions): Promise<void>;
	/** Null where its actor is not there. */
	activityOf(id: string): TaskActivity | null;
}
