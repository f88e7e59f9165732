/**
 * What tasks' machines ask for besides prompts: git, gates, and looking whose turn it is.
 *
 * 1. Each may run again after a crash: it looks first what is there.
 * 2. In one worktree one thing is done at a time, in one repository one thing to its branches.
 * 3. What git refuses is told to the machine; while something is in the way for a moment (a lock, the
 *    store) it is tried again.
 */

import { type TaskCommandEvent, type TaskContext, taskName } from '../../machines/task-model.ts';
import type { EffectContext } from '../durable/definition.ts';
import type { Serial } from '../durable/serial.ts';
import { createFailure, type StatecraftError, toStatecraftError } from '../errors.ts';
import type { Assignments } from './assignments.ts';
import type { GateRunner } from './gates.ts';
import type { GitRunner } from './git.ts';
import { mergeWork } from './merge.ts';
import { rebaseWork } from './rebase.ts';
import type { TaskReads, TaskView } from './views.ts';
import type { Workplace, Worktrees } from './worktrees.ts';

export interface TaskEffectsDeps {
	readonly reads: Pick<TaskReads, 'task'>;
	readonly git: GitRunner;
	readonly worktrees: Pick<Worktrees, 'restore' | 'remove'>;
	readonly gates: GateRunner;
	readonly serial: Serial;
	assignments(): Pick<Assignments, 'lookFor' | 'lookForDependents'>;
	/** The task's committed context; undefined while its actor is not there. */
	contextOf(taskId: string): TaskContext | undefined;
}

interface Job {
	readonly taskId: string;
	readonly job: number;
}

type Outcome = Promise<TaskCommandEvent | undefined>;

export interface TaskEffects {
	lookForWork(params: { readonly taskId: string; readonly agentId: string | null }): Outcome;
	rebase(params: Job & { readonly reviewed: string | null }, context: EffectContext): Outcome;
	runGates(params: Job, context: EffectContext): Outcome;
	merge(params: Job & { readonly commit: string }, context: EffectContext): Outcome;
	stopGates(params: { readonly taskId: string }): Outcome;
	removeWork(params: Job, context: EffectContext): Outcome;
}

/** Attempts while something is in git's way that may go by itself. */
const maxLockedAttempts = 4;

export function createTaskEffects(deps: TaskEffectsDeps): TaskEffects {
	const { reads, git, worktrees, serial } = deps;
	/** Gates that run, by task. */
	const running = new Map<string, AbortController>();

	/** Does a job on the task unless that has moved on, and tells what git refused. */
	async function onTask(
		{ taskId, job }: Job,
		{ attempt }: EffectContext,
		work: (task: TaskView, place: Workplace) => Outcome,
	): Outcome {
		return serial(taskName(taskId), async () => {
			const task = await reads.task(taskId);
			if (!task || deps.contextOf(taskId)?.job !== job) return undefined;
			try {
				return await work(task, { ...task, taskId });
			} catch (thrown) {
				const error = toStatecraftError(thrown);
				const isKnown = error.code === 'git_failed' || error.code === 'branch_moved';
				if (!isKnown || (isLocked(error) && attempt < maxLockedAttempts)) throw error;
				return { type: 'GIT_FAILED', job, failure: toFailure(error) };
			}
		});
	}

	const inRepository = <T>(task: TaskView, work: () => Promise<T>) => serial(`repository ${task.repository}`, work);

	return {
		async lookForWork({ taskId, agentId }) {
			const task = await reads.task(taskId);
			if (task?.state === 'completed') await deps.assignments().lookForDependents(taskId);
			if (agentId !== null) await deps.assignments().lookFor(agentId);
			return undefined;
		},
		rebase: (params, context) =>
			onTask(params, context, async (task, place) => {
				const { job, reviewed } = params;
				await inRepository(task, () => worktrees.restore(place));
				const outcome = await rebaseWork(git.in(task.worktree), place, task.description, reviewed);
				switch (outcome.kind) {
					case 'rebased':
						return { type: 'REBASED', job, changed: outcome.changed, commit: outcome.commit };
					case 'conflicted':
						return { type: 'CONFLICTED', job, files: outcome.files };
					case 'unfit':
						return { type: 'CHECKED', job, results: [outcome.result] };
					default:
						return outcome satisfies never;
				}
			}),
		runGates: (params, context) =>
			onTask(params, context, async (task) => {
				const { taskId, job } = params;
				const stopped = new AbortController();
				running.set(taskId, stopped);
				try {
					const signal = AbortSignal.any([stopped.signal, context.signal]);
					const results = await deps.gates.run(taskId, task.worktree, task.gates, signal);
					return { type: 'CHECKED', job, results };
				} catch (thrown) {
					// Ended by a step of the machine, which waits for nothing any more.
					if (stopped.signal.aborted) return undefined;
					throw thrown;
				} finally {
					running.delete(taskId);
				}
			}),
		merge: (params, context) =>
			onTask(params, context, async (task, place) => {
				const { job, commit } = params;
				const outcome = await inRepository(task, () => mergeWork(git, place, commit));
				switch (outcome.kind) {
					case 'merged':
						return { type: 'MERGED', job, commit: outcome.commit };
					case 'baseMoved':
						return { type: 'BASE_MOVED', job };
					case 'refused':
						return { type: 'MERGE_REFUSED', job, failure: toFailure(outcome.error) };
					default:
						return outcome satisfies never;
				}
			}),
		async stopGates({ taskId }) {
			running.get(taskId)?.abort();
			return undefined;
		},
		removeWork: (params, context) =>
			onTask(params, context, async (task, place) => {
				await inRepository(task, () => worktrees.remove(place));
				return { type: 'CLEANED', job: params.job };
			}),
	};
}

/** Somebody else uses git in the same place at this moment. */
function isLocked({ message }: StatecraftError): boolean {
	return /\.lock\b|cannot lock/.test(message);
}

function toFailure({ code, message, extras }: StatecraftError) {
	return createFailure(code, message, extras.actual === undefined ? undefined : { actual: extras.actual });
}
