/** Whether what is stored of a mission still makes sense: whether it agrees with the tasks and requests there are. */

import type { MissionState, PendingQuestion } from '../../machines/supervisor-model.ts';
import type { Reads, RequestView } from '../agents/views.ts';
import type { TaskReads, TaskView } from '../tasks/views.ts';
import { supervisorAddress } from './address.ts';
import type { MissionProblem } from './service.ts';

export interface FactReads {
	readonly reads: Pick<Reads, 'requests'> & Pick<TaskReads, 'tasks' | 'tasksByIds'>;
}

/** What the store knows of a mission besides its own state. */
export interface MissionFacts {
	readonly supervisorId: string;
	/** Every task that is mentioned, or says that it is of this mission. */
	readonly tasks: readonly TaskView[];
	/** Open requests of this mission. */
	readonly openRequests: readonly RequestView[];
}

const page = { limit: 200, offset: 0 };

export async function readFacts(
	{ reads }: FactReads,
	supervisorId: string,
	agentId: string,
	mentioned: readonly string[],
): Promise<MissionFacts> {
	const own = await reads.tasks({ supervisorId }, page);
	const known = new Set(own.items.map(({ id }) => id));
	const others = await reads.tasksByIds(mentioned.filter((id) => !known.has(id)));
	const { items: requests } = await reads.requests({ status: 'open', agentId }, page);
	const address = supervisorAddress(supervisorId);
	return {
		supervisorId,
		tasks: [...own.items, ...others],
		openRequests: requests.filter(({ key }) => key === address),
	};
}

/** Ids of the tasks that a mission's state speaks of. */
export function mentionedTasks({ spawnedTaskIds, awaiting }: MissionState): readonly string[] {
	return [...new Set([...spawnedTaskIds, ...(awaiting?.taskIds ?? [])])];
}

/** What is wrong with it; nothing, if it is well. */
export function findProblems(state: MissionState, facts: MissionFacts): readonly MissionProblem[] {
	return [...progressProblems(state), ...taskProblems(state, facts), ...questionProblems(state, facts)];
}

function progressProblems({ progress }: MissionState): readonly MissionProblem[] {
	if (Number.isInteger(progress) && progress >= 0 && progress <= 100) return [];
	return [{ code: 'progress_out_of_range', message: `Its progress is ${progress}, which is not from 0 to 100.` }];
}

function taskProblems(state: MissionState, { supervisorId, tasks }: MissionFacts): readonly MissionProblem[] {
	return mentionedTasks(state).flatMap((taskId): MissionProblem[] => {
		const task = tasks.find(({ id }) => id === taskId);
		if (!task) return [{ code: 'task_missing', message: `There is no task ${taskId}.` }];
		const isSpawned = state.spawnedTaskIds.includes(taskId);
		if (!isSpawned || task.supervisorId === supervisorId) return [];
		return [{ code: 'task_of_another', message: `The task ${taskId} was not spawned by it.` }];
	});
}

function questionProblems({ pendingQuestions }: MissionState, facts: MissionFacts): readonly MissionProblem[] {
	return pendingQuestions.flatMap((question, index): MissionProblem[] => {
		const { id } = question;
		const isTwice = pendingQuestions.findIndex((other) => other.id === id) !== index;
		if (isTwice || !isWellFormed(question)) {
			return [{ code: 'question_malformed', message: `The question ${id} is not well formed.` }];
		}
		if (facts.openRequests.some((request) => request.id === id)) return [];
		return [{ code: 'question_not_open', message: `The question ${id} is not open any more.` }];
	});
}

function isWellFormed({ id, question, choices, askedAt }: PendingQuestion): boolean {
	return id !== '' && question.trim() !== '' && new Set(choices).size === choices.length && askedAt > 0;
}

/**
 * With what the store knows besides: tasks that were spawned when a crash came before the mission heard of
 * it, and questions as they are open. Nothing that a person can still answer is ever dropped.
 */
export function completeState(state: MissionState, { supervisorId, tasks, openRequests }: MissionFacts): MissionState {
	const own = tasks.filter((task) => task.supervisorId === supervisorId).map(({ id }) => id);
	return {
		...state,
		spawnedTaskIds: [...new Set([...state.spawnedTaskIds, ...own])],
		pendingQuestions: openRequests.map(
			(request) => state.pendingQuestions.find(({ id }) => id === request.id) ?? toQuestion(request),
		),
	};
}

function toQuestion({ id, title, options, detail, askedAt }: RequestView): PendingQuestion {
	const context = typeof detail.context === 'string' ? detail.context : null;
	return { id, question: title, choices: options.map(({ name }) => name), context, askedAt };
}
