/** Routes by which agents that have no tools for it call back, or programs in their place. */

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

const spawnBody = createTaskBody.omit({ supervisorId: true }).extend({ key: spawnKeyField });

const report = route(
	{
		method: 'post',
		path: '/supervisors/{id}/report',
		scope: 'prompt',
		tag,
		summary: 'Tell what is being done, and how far it is; changes no state',
		params: idParams,
		body: reportBody,
		responses: supervisorAnswer,
		errors: ['supervisor_not_found', 'invalid_transition'],
	},
	async ({ params, body }, deps: SupervisorRouteDeps) => {
		await deps.supervisors.report(params.id, body);
		return answerSupervisor(deps, params.id);
	},
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

const waitForTasks = route(
	{
		method: 'post',
		path: '/supervisors/{id}/wait',
		scope: 'prompt',
		tag,
		summary: 'Wait for tasks; the agent is prompted when all, or any, have ended',
		params: idParams,
		body: waitBody,
		responses: supervisorAnswer,
		errors: ['supervisor_not_found', 'task_not_found', 'invalid_transition'],
	},
	async ({ params, body }, deps: SupervisorRouteDeps) => {
		await deps.supervisors.waitForTasks(params.id, body.taskIds, body.mode);
		return answerSupervisor(deps, params.id);
	},
);

const complete = route(
	{
		method: 'post',
		path: '/supervisors/{id}/complete',
		scope: 'prompt',
		tag,
		summary: 'Say that the mission is accomplished',
		params: idParams,
		body: completeBody,
		responses: supervisorAnswer,
		errors: ['supervisor_not_found', 'invalid_transition'],
	},
	async ({ params, body }, deps: SupervisorRouteDeps) => {
		await deps.supervisors.complete(params.id, body.summary);
		return answerSupervisor(deps, params.id);
	},
);

const block = route(
	{
		method: 'post',
		path: '/supervisors/{id}/block',
		scope: 'prompt',
		tag,
		summary: 'Say that the mission cannot go on by itself, and why',
		params: idParams,
		body: blockBody,
		responses: supervisorAnswer,
		errors: ['supervisor_not_found', 'invalid_transition'],
	},
	async ({ params, body }, deps: SupervisorRouteDeps) => {
		await deps.supervisors.block(params.id, body.reason);
		return answerSupervisor(deps, params.id);
	},
);

export const callBackRoutes: ReadonlyArray<Route<SupervisorRouteDeps>> = [
	report,
	ask,
	spawnTask,
	waitForTasks,
	complete,
	block,
];
