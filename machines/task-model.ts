/**
 * The vocabulary of the task: context, events, triggers, and the pure rules by which it is sent on or
 * given up. Everything is JSON; the only clock is `event.at`. What people wrote, and what gates printed,
 * is in the task's row.
 */

import type { EventObject } from 'xstate';
import { backoffWithJitter } from './backoff.ts';
import type { MachineFailure } from './failure.ts';
import type { PromptSettled } from './prompt-settlement.ts';

/** What the agent is told: to begin, to go on where another one was, or what stands in the way. */
export type InstructionKind = 'begin' | 'takeOver' | 'changes' | 'conflict' | 'gates';

/** What came of one gate; its output is bounded. */
export interface TaskGateResult {
	readonly name: string;
	readonly passed: boolean;
	readonly exitCode: number | null;
	readonly output: string;
	readonly durationMs: number;
}

export interface TaskInput {
	/** `tsk_…` */
	readonly taskId: string;
	readonly agentId: string | null;
	/** Whether there are gates to pass. */
	readonly gated: boolean;
	/** Of one that is begun afresh: whether anybody has worked on it, and a number above those of its prompts. */
	readonly before?: { readonly begun: boolean; readonly prompts: number };
}

export interface TaskContext extends Omit<TaskInput, 'before'> {
	/** Whether anybody has worked on it. */
	readonly begun: boolean;
	/** What the agent is told next, or was told last, and the how manyth attempt that is. */
	readonly instruction: { readonly kind: InstructionKind; readonly attempt: number };
	/** Number of the last prompt: keys are never used twice. */
	readonly prompts: number;
	/** A prompt that is handed over or under way; its id once it is known. */
	readonly prompt: { readonly number: number; readonly promptId: string | null } | null;
	/** How often in a row no agent took the prompt. */
	readonly refusals: number;
	/** When the prompt is tried again, epoch milliseconds. */
	readonly retryAt: number;
	/** How often the agent was sent on since a person last looked. */
	readonly rounds: number;
	/** Number of the last piece of work with git or gates: a late outcome is known by it. */
	readonly job: number;
	/** The commit that was rebased, and is checked, reviewed and merged: none that came after it. */
	readonly head: string | null;
	/** Files in conflict with the base branch. */
	readonly conflicts: readonly string[];
	/** What a reviewer asked for last. */
	readonly comment: string | null;
	readonly error: MachineFailure | null;
	readonly mergeCommit: string | null;
	/** Whether worktree and branch go once it has failed. */
	readonly cleans: boolean;
}

interface ByPeople {
	readonly by?: string;
	readonly reason?: string;
}

interface OfJob {
	readonly job: number;
}

export type TaskCommandEvent =
	/** Somebody begins: its agent's turn has come, or a person says so. */
	| ({ readonly type: 'BEGIN' } & ByPeople)
	| ({ readonly type: 'ASSIGN'; readonly agentId: string } & ByPeople)
	/** Its agent is there again. */
	| { readonly type: 'NUDGE' }
	| { readonly type: 'PROMPTED'; readonly token: string; readonly promptId: string }
	| { readonly type: 'PROMPT_REFUSED'; readonly token: string; readonly failure: MachineFailure }
	| PromptSettled
	/** The work is done, says whoever did it. */
	| ({ readonly type: 'SUBMIT' } & ByPeople)
	| ({ readonly type: 'REPORT_CONFLICT' } & ByPeople)
	| ({ readonly type: 'RESUME_WORK' } & ByPeople)
	/** Its branch builds on the base branch and ends with this commit; `changed` when it had to be moved there. */
	| ({ readonly type: 'REBASED'; readonly changed: boolean; readonly commit: string } & OfJob)
	| ({ readonly type: 'CONFLICTED'; readonly files: readonly string[] } & OfJob)
	/** Gates were run; what kept the work from being committed counts as one. */
	| ({ readonly type: 'CHECKED'; readonly results: readonly TaskGateResult[] } & OfJob)
	| ({ readonly type: 'GIT_FAILED'; readonly failure: MachineFailure } & OfJob)
	| ({ readonly type: 'APPROVE' } & ByPeople)
	| ({ readonly type: 'REQUEST_CHANGES'; readonly comment: string | null } & ByPeople)
	| ({ readonly type: 'MERGE' } & ByPeople)
	| ({ readonly type: 'MERGED'; readonly commit: string } & OfJob)
	/** The base branch has moved on since the rebase. */
	| ({ readonly type: 'BASE_MOVED' } & OfJob)
	/** Merging would have overwritten what somebody has not committed. */
	| ({ readonly type: 'MERGE_REFUSED'; readonly failure: MachineFailure } & OfJob)
	| ({ readonly type: 'FAIL'; readonly failure: MachineFailure } & ByPeople)
	/** As FAIL, and worktree and branch go. */
	| ({ readonly type: 'CANCEL'; readonly failure: MachineFailure } & ByPeople)
	| ({ readonly type: 'RETRY' } & ByPeople)
	| ({ readonly type: 'CLEAN_UP' } & ByPeople)
	| ({ readonly type: 'CLEANED' } & OfJob);

export type TaskEvent = TaskCommandEvent & { readonly at: number };

/** Why a transition happened: the journal's closed vocabulary for tasks. */
export const taskTriggers = [
	...['Created', 'Begun', 'Assigned', 'Nudged', 'PromptSubmitted', 'PromptRefused', 'PromptSettled', 'Submitted'],
	...['ConflictReported', 'WorkResumed', 'Rebased', 'Conflicted', 'Checked', 'GitFailed', 'Approved'],
	...['ChangesRequested', 'MergeRequested', 'Merged', 'BaseMoved', 'MergeRefused', 'Failed', 'Cancelled', 'Retried'],
	...['CleanUpRequested', 'CleanedUp', 'BackoffElapsed', 'PromptCheckDue'],
] as const;

export type TaskTrigger = (typeof taskTriggers)[number];

const triggerOfEvent: Readonly<Record<TaskCommandEvent['type'], TaskTrigger>> = {
	BEGIN: 'Begun',
	ASSIGN: 'Assigned',
	NUDGE: 'Nudged',
	PROMPTED: 'PromptSubmitted',
	PROMPT_REFUSED: 'PromptRefused',
	PROMPT_SETTLED: 'PromptSettled',
	SUBMIT: 'Submitted',
	REPORT_CONFLICT: 'ConflictReported',
	RESUME_WORK: 'WorkResumed',
	REBASED: 'Rebased',
	CONFLICTED: 'Conflicted',
	CHECKED: 'Checked',
	GIT_FAILED: 'GitFailed',
	APPROVE: 'Approved',
	REQUEST_CHANGES: 'ChangesRequested',
	MERGE: 'MergeRequested',
	MERGED: 'Merged',
	BASE_MOVED: 'BaseMoved',
	MERGE_REFUSED: 'MergeRefused',
	FAIL: 'Failed',
	CANCEL: 'Cancelled',
	RETRY: 'Retried',
	CLEAN_UP: 'CleanUpRequested',
	CLEANED: 'CleanedUp',
};

/** The trigger of a step, from its event alone. */
export function triggerOfTask(event: EventObject): TaskTrigger {
	if (event.type === 'xstate.init') return 'Created';
	if (event.type.startsWith('xstate.after.backoff')) return 'BackoffElapsed';
	if (event.type.startsWith('xstate.after.promptCheck')) return 'PromptCheckDue';
	return triggerOfEvent[event.type as TaskCommandEvent['type']];
}

/** Attempts at one instruction: turns that fail or are cut short are followed by another. */
export const maxTaskAttempts = 3;

/** How often gates or conflicts send the agent on before a person has to look. */
export const maxTaskRounds = 5;

export function createTaskContext(input: TaskInput): TaskContext {
	return {
		taskId: input.taskId,
		agentId: input.agentId,
		gated: input.gated,
		begun: input.before?.begun ?? false,
		instruction: { kind: 'begin', attempt: 1 },
		prompts: input.before?.prompts ?? 0,
		prompt: null,
		refusals: 0,
		retryAt: 0,
		rounds: 0,
		job: 0,
		head: null,
		conflicts: [],
		comment: null,
		error: null,
		mergeCommit: null,
		cleans: false,
	};
}

/** Name of the task's nth prompt, and its idempotency key: the same however often it is submitted. */
export function taskPromptKey(taskId: string, number: number): string {
	return `${taskId}/${number}`;
}

/** Who a task is when it takes a prompt back. */
export function taskName(taskId: string): string {
	return `task ${taskId}`;
}

/** Whether the event tells of the prompt that is outstanding. */
export function isCurrentPrompt({ taskId, prompt }: TaskContext, event: TaskEvent): boolean {
	return prompt !== null && 'token' in event && event.token === taskPromptKey(taskId, prompt.number);
}

/** Whether the event tells of the piece of work that was asked for last. */
export function isCurrentJob({ job }: TaskContext, event: TaskEvent): boolean {
	return 'job' in event && event.job === job;
}

/** Parameters of the effect that looks whose turn it is. */
export function whoseWork({ taskId, agentId }: TaskContext) {
	return { taskId, agentId };
}

/** Parameters of effects with git or gates. */
export function currentJob({ taskId, job }: TaskContext): { readonly taskId: string; readonly job: number } {
	return { taskId, job };
}

/** What was reviewed is given, where it is to be rebased as it is. */
export function rebaseJob(context: TaskContext, reviewed: string | null) {
	return { ...currentJob(context), reviewed };
}

export function mergeJob(context: TaskContext) {
	return { ...currentJob(context), commit: context.head ?? '' };
}

/** Parameters of effects about the prompt that is handed over or under way. */
export interface OutstandingPrompt {
	readonly taskId: string;
	readonly token: string;
	/** Null while it is not known yet. */
	readonly promptId: string | null;
}

export function outstandingPrompt({ taskId, prompt }: TaskContext): OutstandingPrompt {
	return { taskId, token: taskPromptKey(taskId, prompt?.number ?? 0), promptId: prompt?.promptId ?? null };
}

/** Parameters of the effect that hands over the prompt that was begun. */
export function nextPrompt({ taskId, agentId, prompts, instruction }: TaskContext) {
	return { taskId, agentId: agentId ?? '', number: prompts, ...instruction };
}

/** Whether a turn that did not finish is followed by another one. */
export function mayTryAgain(context: TaskContext, event: TaskEvent): boolean {
	return context.instruction.attempt < maxTaskAttempts && failureOf(event)?.retryable !== false;
}

/** What went wrong, as the event tells it. */
export function failureOf(event: TaskEvent): MachineFailure | null {
	if (event.type === 'PROMPT_SETTLED') return event.failure ?? unexplained;
	return 'failure' in event ? event.failure : null;
}

const unexplained: MachineFailure = { code: 'turn_failed', message: 'The agent gave no reason.', retryable: true };

const backoff = { initial: 1_000, max: 60_000 };

/** When a prompt that no agent took, or whose turn failed, is tried again. */
export function promptRetryAt({ taskId, refusals, instruction }: TaskContext, at: number): number {
	return at + backoffWithJitter(backoff, refusals + instruction.attempt - 1, `${taskId}/${at}`);
}

/** Why a task is given up that was sent on too often. */
export function tooManyRounds(event: TaskEvent): MachineFailure {
	const times = `after ${maxTaskRounds} rounds`;
	if (event.type === 'CONFLICTED') {
		const message = `Its conflicts are not resolved ${times}: ${event.files.join(', ')}`;
		return { code: 'merge_conflict', message, retryable: true };
	}
	const message = `Its gates do not pass ${times}: ${failedGates(event).join(', ')}`;
	return { code: 'gate_failed', message, retryable: true };
}

/** Names of the gates that did not pass. */
export function failedGates(event: TaskEvent): readonly string[] {
	return event.type === 'CHECKED' ? event.results.filter(({ passed }) => !passed).map(({ name }) => name) : [];
}
