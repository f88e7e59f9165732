/** Routes by which agents that have no tools for it call back, or programs in their place. */

import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { idParams } from '../http/fields.ts';
import { type Route, route } from '../http/route.ts';
import { createTaskBody } from '../tasks/schemas.ts';
import { answerSupervisor, type SupervisorRouteDeps, supervisorAnswer, tag } from './routes.ts';
import {
	blockBody,
	completeBody,
	questionBody,
	questionResource,
	reportBody,
	spawnedTaskResource,
	spawnKeyField,
	waitBody,
} from './schemas.ts';
import type { SupervisorService } from './service.ts';

const spawnBody = createTaskBody.omit({ supervisorId: true }).extend({ key: spawnKeyField });

/** A route by which the agent moves its own supervisor, which it answers. */
function callBack<B>(
	command: string,
	summary: string,
	body: z.ZodType<B>,
	work: (supervisors: SupervisorService, id: string, body: B) => Promise<void>,
	errors: readonly ErrorCode[] = [],
): Route<SupervisorRouteDeps> {
	return route(
		{
			method: 'post',
			path: `/supervisors/{id}/${command}`,
			scope: 'prompt',
			tag,
			summary,
			params: idParams,
			body,
			responses: supervisorAnswer,
			errors: ['supervisor_not_found', ...errors, 'invalid_transition'],
		},
		async ({ params, body }, deps: SupervisorRouteDeps) => {
			await work(deps.supervisors, params.id, body);
			return answerSupervisor(deps, params.id);
		},
	);
}

const report = callBack(
	'report',
	'Tell what is being done, and how far it is; changes no state',
	reportBody,
	(supervisors, id, body) => supervisors.report(id, body),
);

const waitForTasks = callBack(
	'wait',
	'Wait for tasks; the agent is prompted when all, or any, have ended',
	waitBody,
	(supervisors, id, { taskIds, mode }) => supervisors.waitForTasks(id, taskIds, mode),
	['task_not_found'],
);

const complete = callBack(
	'complete',
	'Say that the mission is accomplished',
	completeBody,
	(supervisors, id, { summary }) => supervisors.complete(id, summary),
);

const block = callBack(
	'block',
	'Say that the mission cannot go on by itself, and why',
	blockBody,
	(supervisors, id, { reason }) => supervisors.block(id, reason),
);

const ask = route(
	{
		method: 'post',
		path: '/supervisors/{id}/questions',
		scope: 'prompt',
		tag,
		summary: 'Ask a person; the answer reaches the agent as a prompt',
		params: idParams,
		body: questionBody,
		responses: { 201: { description: 'The request to a person', schema: questionResource } },
		errors: ['supervisor_not_found', 'invalid_transition'],
	},
	async ({ params, body }, { supervisors }: SupervisorRouteDeps) => ({
		status: 201,
		body: await supervisors.ask(params.id, body),
	}),
);

const spawnTask = route(
	{
		method: 'post',
		path: '/supervisors/{id}/tasks',
		// As whoever makes a task: its gates are commands that Statecraft runs.
		scope: 'admin',
		tag,
		summary: 'Make a task of the mission',
		params: idParams,
		body: spawnBody,
		responses: { 201: { description: 'The new task', schema: spawnedTaskResource } },
		errors: ['supervisor_not_found', 'invalid_transition', 'repository_not_found', 'branch_exists', 'agent_not_found'],
	},
	async ({ params, body }, { supervisors }: SupervisorRouteDeps) => ({
		status: 201,
		body: await supervisors.spawnTask(params.id, body),
	}),
);

export const callBackRoutes: ReadonlyArray<Route<SupervisorRouteDeps>> = [
	report,
	ask,
	spawnTask,
	waitForTasks,
	complete,
	block,
];
