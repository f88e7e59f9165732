/**
 * What can be done with supervisors: the one door for routes and the call-back tools. Every method
 * resolves after the commit and rejects with a StatecraftError.
 */

import type { Conditions } from '../agents/service.ts';
import type { CreateTask } from '../tasks/service.ts';
import type { RestorationSource } from './views.ts';

export interface CreateSupervisor {
	/** Id or name of the agent that carries it out; one mission at a time. */
	readonly agent: string;
	readonly mission: string;
}

/** One thing that was found wrong with a stored supervisor. */
export interface MissionProblem {
	readonly code:
		| 'state_lost'
		| 'progress_out_of_range'
		| 'task_missing'
		| 'task_of_another'
		| 'question_malformed'
		| 'question_not_open';
	readonly message: string;
}

export interface ValidationResult {
	readonly valid: boolean;
	/** None, if it is well. */
	readonly problems: readonly MissionProblem[];
}

export interface RestorationInfo {
	readonly source: RestorationSource;
	readonly restorationCount: number;
	readonly validation: ValidationResult;
	/** What was done: taken up as stored, from the last checkpoint, or afresh. */
	readonly recovery: 'resumed' | 'checkpoint' | 'fresh';
	readonly questionsRedelivered: readonly string[];
	readonly tasksAwaited: readonly string[];
	/** Tasks that finished while it was away. */
	readonly tasksFinished: readonly string[];
	/** What the agent is told. */
	readonly message: string;
}

export interface AskHuman {
	readonly question: string;
	readonly choices?: readonly string[];
	readonly context?: string;
	/** The same question asked again, for instance after a crash, is answered by the first one's request. */
	readonly key?: string;
}

export interface SpawnTask extends CreateTask {
	/** The same task spawned again, for instance after a crash, is answered by the first one's id. */
	readonly key?: string;
}

export interface SupervisorService {
	/** Rejects with `agent_not_found`, `supervisor_busy`. */
	create(input: CreateSupervisor, conditions: Conditions): Promise<{ readonly id: string }>;
	/** Restores it, and starts its agent if that was stopped. Rejects with `supervisor_not_found`, `invalid_transition`. */
	resume(id: string, source: RestorationSource, conditions: Conditions): Promise<RestorationInfo>;
	/** Gives the mission to another agent, which takes it up. Rejects with `agent_not_found`, `supervisor_busy`. */
	assign(id: string, agent: string, conditions: Conditions): Promise<RestorationInfo>;
	/** Activity and progress (0 to 100): saved, no transition of state. */
	report(id: string, report: { readonly activity?: string; readonly progress?: number }): Promise<void>;
	/** Opens a request to a human; answers its id. The answer reaches the agent as a prompt. */
	ask(id: string, question: AskHuman): Promise<{ readonly requestId: string }>;
	spawnTask(id: string, task: SpawnTask): Promise<{ readonly taskId: string }>;
	/** Waits for tasks: the agent is prompted when all of them (or any, if told so) have ended. */
	waitForTasks(id: string, taskIds: readonly string[], mode: 'all' | 'any'): Promise<void>;
	complete(id: string, summary: string): Promise<void>;
	block(id: string, reason: string): Promise<void>;
	/** Gives the mission up; a turn of its own is ended, and its questions are withdrawn. */
	fail(id: string, reason: string, conditions: Conditions): Promise<void>;
	/** Removes one that has ended. */
	remove(id: string, conditions: Conditions): Promise<void>;
	/** The supervisor that the agent carries out now. */
	ofAgent(agentId: string): Promise<string | undefined>;
}
