/** Routes about supervisors, as people use them. */

import type { Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import { conditionBody, idParams, pageQuery } from '../http/fields.ts';
import { answerListing, type JsonReply, type Route, type RouteSpec, route } from '../http/route.ts';
import { renderCheckpoint, renderRestoration, renderSupervisor } from './resources.ts';
import {
	assignSupervisorBody,
	checkpointListing,
	createSupervisorBody,
	failSupervisorBody,
	restorationResource,
	supervisorListing,
	supervisorResource,
	supervisorsQuery,
} from './schemas.ts';
import type { SupervisorService } from './service.ts';
import type { SupervisorReads } from './views.ts';

export interface SupervisorRouteDeps {
	readonly supervisors: SupervisorService;
	readonly reads: SupervisorReads & Pick<Reads, 'agent'>;
}

export const tag = 'supervisors';
export const supervisorPath = (id: string) => `/supervisors/${id}`;
export const supervisorAnswer = {
	200: { description: 'The supervisor after the commit', schema: supervisorResource },
};
const restorationAnswer = { 200: { description: 'How it was taken up again', schema: restorationResource } };
const keyed: RouteSpec['keyed'] = { status: 200, resource: supervisorPath };

const createSupervisor = route(
	{
		method: 'post',
		path: '/supervisors',
		scope: 'admin',
		tag,
		summary: 'Give an agent a long-running mission; it carries out one at a time',
		body: createSupervisorBody,
		responses: { 201: { description: 'The new supervisor', schema: supervisorResource } },
		errors: ['agent_not_found', 'supervisor_busy'],
		keyed: { status: 201, resource: supervisorPath },
	},
	async ({ body, conditions }, deps: SupervisorRouteDeps) => {
		const { id } = await deps.supervisors.create(body, conditions());
		return { ...(await answerSupervisor(deps, id, 201)), headers: { Location: supervisorPath(id) } };
	},
);

const listSupervisors = route(
	{
		method: 'get',
		path: '/supervisors',
		scope: 'read',
		tag,
		summary: 'Supervisors, newest first: all, by state, by agent, or by whether a person is asked something',
		query: supervisorsQuery,
		responses: { 200: { description: 'A page of supervisors', schema: supervisorListing } },
	},
	async ({ query }, { reads }: SupervisorRouteDeps) => {
		const { state, agentId, hasPendingQuestions } = query;
		const filter = {
			...(state === undefined ? {} : { state }),
			...(agentId === undefined ? {} : { agentId: (await reads.agent(agentId))?.id ?? agentId }),
			...(hasPendingQuestions === undefined ? {} : { hasPendingQuestions }),
		};
		return answerListing(await reads.supervisors(filter, query), renderSupervisor, query);
	},
);

const readSupervisor = route(
	{
		method: 'get',
		path: '/supervisors/{id}',
		scope: 'read',
		tag,
		summary: 'One supervisor',
		params: idParams,
		responses: { 200: { description: 'The supervisor', schema: supervisorResource } },
		errors: ['supervisor_not_found'],
	},
	({ params }, deps: SupervisorRouteDeps) => answerSupervisor(deps, params.id),
);

const listCheckpoints = route(
	{
		method: 'get',
		path: '/supervisors/{id}/checkpoints',
		scope: 'read',
		tag,
		summary: 'Its last save points, newest first',
		params: idParams,
		query: pageQuery,
		responses: { 200: { description: 'A page of save points', schema: checkpointListing } },
		errors: ['supervisor_not_found'],
	},
	async ({ params, query }, deps: SupervisorRouteDeps) => {
		await answerSupervisor(deps, params.id);
		return answerListing(await deps.reads.checkpoints(params.id, query), renderCheckpoint, query);
	},
);

const resumeSupervisor = route(
	{
		method: 'post',
		path: '/supervisors/{id}/resume',
		scope: 'admin',
		tag,
		summary: 'Restore it from what is stored, and tell its agent; one that is stopped is started',
		params: idParams,
		body: conditionBody,
		responses: restorationAnswer,
		errors: ['supervisor_not_found', 'invalid_transition', 'stale_state'],
	},
	async ({ params, body, conditions }, { supervisors }: SupervisorRouteDeps) => ({
		status: 200,
		body: renderRestoration(await supervisors.resume(params.id, 'manual', conditions(body))),
	}),
);

const assignSupervisor = route(
	{
		method: 'post',
		path: '/supervisors/{id}/assign',
		scope: 'admin',
		tag,
		summary: 'Give the mission to another agent, which takes it up where it stands',
		params: idParams,
		body: assignSupervisorBody,
		responses: restorationAnswer,
		errors: ['supervisor_not_found', 'agent_not_found', 'supervisor_busy', 'invalid_transition', 'stale_state'],
	},
	async ({ params, body: { agent, ...asked }, conditions }, { supervisors }: SupervisorRouteDeps) => ({
		status: 200,
		body: renderRestoration(await supervisors.assign(params.id, agent, conditions(asked))),
	}),
);

const failSupervisor = route(
	{
		method: 'post',
		path: '/supervisors/{id}/fail',
		scope: 'admin',
		tag,
		summary: 'Give the mission up: its turn is ended, its questions are withdrawn',
		params: idParams,
		body: failSupervisorBody,
		responses: supervisorAnswer,
		errors: ['supervisor_not_found', 'invalid_transition', 'stale_state'],
		keyed,
	},
	async ({ params, body, conditions }, deps: SupervisorRouteDeps) => {
		await deps.supervisors.fail(params.id, body.reason, conditions(body));
		return answerSupervisor(deps, params.id);
	},
);

const removeSupervisor = route(
	{
		method: 'delete',
		path: '/supervisors/{id}',
		scope: 'admin',
		tag,
		summary: 'Remove a supervisor that has ended, with its save points; its tasks stay',
		params: idParams,
		body: conditionBody,
		responses: { 204: { description: 'It is gone' } },
		errors: ['supervisor_not_found', 'invalid_transition', 'stale_state'],
		keyed: { status: 204, resource: supervisorPath },
	},
	async ({ params, body, conditions }, { supervisors }: SupervisorRouteDeps) => {
		await supervisors.remove(params.id, conditions(body));
		return { status: 204 };
	},
);

export const supervisorRoutes: ReadonlyArray<Route<SupervisorRouteDeps>> = [
	createSupervisor,
	listSupervisors,
	readSupervisor,
	listCheckpoints,
	resumeSupervisor,
	assignSupervisor,
	failSupervisor,
	removeSupervisor,
];

/** The supervisor as it stands after the commit; rejects with `supervisor_not_found`. */
export async function answerSupervisor(
	{ reads }: Pick<SupervisorRouteDeps, 'reads'>,
	id: string,
	status = 200,
): Promise<JsonReply> {
	const supervisor = await reads.supervisor(id);
	if (!supervisor) throw new StatecraftError('supervisor_not_found', `There is no supervisor "${id}"`);
	return { status, body: renderSupervisor(supervisor), version: supervisor.version };
}
