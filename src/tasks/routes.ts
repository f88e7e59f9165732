/** Routes about tasks. */

import type { z } from 'zod';
import type { Conditions } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import type { ErrorCode } from '../errors.ts';
import { StatecraftError } from '../errors.ts';
import { conditionBody, idParams } from '../http/fields.ts';
import { answerListing, type JsonReply, type Route, route, type Scope } from '../http/route.ts';
import { renderTaskDiff, type TaskRenderer } from './resources.ts';
import {
	approveBody,
	assignBody,
	changesBody,
	createTaskBody,
	failBody,
	taskDiffResource,
	taskListing,
	taskResource,
	tasksQuery,
	transitionBody,
} from './schemas.ts';
import type { TaskService } from './service.ts';
import type { TaskDiffs } from './task-diff.ts';
import type { TaskReads, TaskView } from './views.ts';

export interface TaskRouteDeps {
	readonly tasks: TaskService;
	readonly taskDiffs: TaskDiffs;
	readonly renderTask: TaskRenderer;
	readonly reads: TaskReads & Pick<Reads, 'agent'>;
}

const tag = 'tasks';
const taskPath = (id: string) => `/tasks/${id}`;
const taskAnswer = { 200: { description: 'The task after the commit', schema: taskResource } };
const keyed = { status: 200, resource: taskPath };

const createTask = route(
	{
		method: 'post',
		path: '/tasks',
		scope: 'admin',
		tag,
		summary: 'Make a task with a branch and a worktree of its own; its agent begins when its turn has come',
		body: createTaskBody,
		responses: { 201: { description: 'The new task', schema: taskResource } },
		errors: ['repository_not_found', 'branch_exists', 'agent_not_found', 'task_not_found', 'git_failed'],
		keyed: { status: 201, resource: taskPath },
	},
	async ({ body, conditions }, deps: TaskRouteDeps) => {
		const { id } = await deps.tasks.create(body, conditions());
		return { ...(await answerTask(deps, id, 201)), headers: { Location: taskPath(id) } };
	},
);

const listTasks = route(
	{
		method: 'get',
		path: '/tasks',
		scope: 'read',
		tag,
		summary: 'Tasks, the highest priority first, then the oldest',
		query: tasksQuery,
		responses: { 200: { description: 'A page of tasks', schema: taskListing } },
	},
	async ({ query }, { reads, renderTask }: TaskRouteDeps) => {
		const { state, agentId, supervisorId, repository } = query;
		const filter = {
			...(state === undefined ? {} : { state }),
			...(agentId === undefined ? {} : { agentId: (await reads.agent(agentId))?.id ?? agentId }),
			...(supervisorId === undefined ? {} : { supervisorId }),
			...(repository === undefined ? {} : { repository }),
		};
		return answerListing(await reads.tasks(filter, query), renderTask, query);
	},
);

const readTask = route(
	{
		method: 'get',
		path: '/tasks/{id}',
		scope: 'read',
		tag,
		summary: 'One task',
		params: idParams,
		responses: { 200: { description: 'The task', schema: taskResource } },
		errors: ['task_not_found'],
	},
	({ params }, deps: TaskRouteDeps) => answerTask(deps, params.id),
);

const readDiff = route(
	{
		method: 'get',
		path: '/tasks/{id}/diff',
		scope: 'read',
		tag,
		summary: 'What is in review, or else committed on its branch, against where that left the base branch',
		params: idParams,
		responses: { 200: { description: 'The changes', schema: taskDiffResource } },
		errors: ['task_not_found', 'not_found', 'git_failed'],
	},
	async ({ params }, { reads, taskDiffs }: TaskRouteDeps) => {
		const task = await findTask(reads, params.id);
		return { status: 200, body: renderTaskDiff(await taskDiffs.of(task)) };
	},
);

const heartbeat = route(
	{
		method: 'post',
		path: '/tasks/{id}/heartbeat',
		scope: 'prompt',
		tag,
		summary: 'A sign of life of whoever works on it; changes no state',
		params: idParams,
		responses: taskAnswer,
		errors: ['task_not_found'],
		keyed,
	},
	async ({ params }, deps: TaskRouteDeps) => {
		await deps.tasks.heartbeat(params.id);
		return answerTask(deps, params.id);
	},
);

/** What every change of a task may meet, besides what is its own. */
const changeErrors: readonly ErrorCode[] = ['task_not_found', 'invalid_transition', 'stale_state'];

/** A route that changes a task and answers it. */
function change<B>(
	command: string,
	{ summary, scope = 'admin', errors = [] }: { summary: string; scope?: Scope; errors?: readonly ErrorCode[] },
	body: z.ZodType<B & { expectedState?: string; reason?: string }>,
	work: (tasks: TaskService, id: string, body: B, conditions: Conditions) => Promise<void>,
): Route<TaskRouteDeps> {
	return route(
		{
			method: 'post',
			path: `/tasks/{id}/${command}`,
			scope,
			tag,
			summary,
			params: idParams,
			body,
			responses: taskAnswer,
			errors: [...changeErrors, ...errors],
			keyed,
		},
		async ({ params, body, conditions }, deps: TaskRouteDeps) => {
			await work(deps.tasks, params.id, body, conditions(body));
			return answerTask(deps, params.id);
		},
	);
}

const transition = change(
	'transition',
	{ summary: 'Take it from one state to another, on condition that it is in the first', errors: ['checkout_dirty'] },
	transitionBody,
	(tasks, id, { from, to }, conditions) => tasks.transition(id, { from, to }, conditions),
);

const fail = change(
	'fail',
	{ summary: 'Give it up, from any state but completed', scope: 'prompt' },
	failBody,
	(tasks, id, { reason }, conditions) => tasks.fail(id, reason, conditions),
);

const submit = change(
	'submit',
	{ summary: 'Have it rebased and checked for review, where no agent is at work on it', scope: 'prompt' },
	conditionBody,
	(tasks, id, _, conditions) => tasks.submit(id, conditions),
);

const approve = change(
	'approve',
	{ summary: 'Agree to what is in review' },
	approveBody,
	(tasks, id, { commit }, conditions) => tasks.approve(id, commit, conditions),
);

const requestChanges = change(
	'request-changes',
	{ summary: 'Have it worked on again; the comment reaches the agent as a prompt' },
	changesBody,
	(tasks, id, { comment }, conditions) => tasks.requestChanges(id, comment, conditions),
);

const merge = change(
	'merge',
	{
		summary: 'Merge what was approved into the base branch',
		errors: ['checkout_dirty', 'branch_moved', 'merge_conflict', 'git_failed'],
	},
	conditionBody,
	(tasks, id, _, conditions) => tasks.merge(id, conditions),
);

const retry = change(
	'retry',
	{ summary: 'Begin a task again that has failed' },
	conditionBody,
	(tasks, id, _, conditions) => tasks.retry(id, conditions),
);

const assign = change(
	'assign',
	{ summary: 'Give it to this agent; the one before is taken off it first', errors: ['agent_not_found'] },
	assignBody,
	(tasks, id, { agent }, conditions) => tasks.assign(id, agent, conditions),
);

const cancel = change(
	'cancel',
	{ summary: 'Give it up, end its turn, and remove worktree and branch' },
	conditionBody,
	(tasks, id, _, conditions) => tasks.cancel(id, conditions),
);

const cleanUp = change(
	'clean-up',
	{ summary: 'Remove worktree and branch of a task that is completed or failed', errors: ['git_failed'] },
	conditionBody,
	(tasks, id, _, conditions) => tasks.cleanUp(id, conditions),
);

export const taskRoutes: ReadonlyArray<Route<TaskRouteDeps>> = [
	createTask,
	listTasks,
	readTask,
	readDiff,
	heartbeat,
	transition,
	fail,
	submit,
	approve,
	requestChanges,
	merge,
	retry,
	assign,
	cancel,
	cleanUp,
];

async function findTask(reads: Pick<TaskReads, 'task'>, id: string): Promise<TaskView> {
	const task = await reads.task(id);
	if (task === undefined) throw new StatecraftError('task_not_found', `There is no task "${id}"`);
	return task;
}

/** The task as it stands after the commit. */
async function answerTask({ reads, renderTask }: TaskRouteDeps, id: string, status = 200): Promise<JsonReply> {
	const task = await findTask(reads, id);
	return { status, body: renderTask(task), version: task.version };
}
