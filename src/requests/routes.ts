/** Routes about what agents ask of humans. */

import type { RequestAnswer } from '../agents/drivers/driver.ts';
import type { AgentService, Conditions } from '../agents/service.ts';
import type { Reads, RequestView } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import { idParams, listingOf } from '../http/fields.ts';
import { answerListing, type Route, route } from '../http/route.ts';
import { renderRequest } from './resources.ts';
import { answerBody, requestResource, requestsQuery } from './schemas.ts';

export interface RequestRouteDeps {
	readonly agents: Pick<AgentService, 'answerRequest'>;
	readonly reads: Pick<Reads, 'requests' | 'request' | 'agent'>;
}

const tag = 'requests';

const listRequests = route(
	{
		method: 'get',
		path: '/requests',
		scope: 'read',
		tag,
		summary: 'What agents ask, or asked, of humans',
		query: requestsQuery,
		responses: { 200: { description: 'A page of requests', schema: listingOf(requestResource) } },
	},
	async ({ query }, { reads }: RequestRouteDeps) => {
		const { status, agentId } = query;
		const filter = {
			...(status === undefined ? {} : { status }),
			...(agentId === undefined ? {} : { agentId: (await reads.agent(agentId))?.id ?? agentId }),
		};
		return answerListing(await reads.requests(filter, query), renderRequest, query);
	},
);

const readRequest = route(
	{
		method: 'get',
		path: '/requests/{id}',
		scope: 'read',
		tag,
		summary: 'One request',
		params: idParams,
		responses: { 200: { description: 'The request', schema: requestResource } },
		errors: ['request_not_found'],
	},
	async ({ params }, { reads }: RequestRouteDeps) => ({
		status: 200,
		body: renderRequest(await findRequest(reads, params.id)),
	}),
);

const answerRequest = route(
	{
		method: 'post',
		path: '/requests/{id}/answer',
		scope: 'answer',
		tag,
		summary: 'Answer a request; the first answer counts',
		params: idParams,
		body: answerBody,
		responses: { 200: { description: 'The request after the commit', schema: requestResource } },
		errors: ['request_not_found', 'request_settled'],
		keyed: { status: 200, resource: (id) => `/requests/${id}` },
	},
	async ({ params, body, conditions }, deps: RequestRouteDeps) => {
		await answer(deps, params.id, body, conditions());
		return { status: 200, body: renderRequest(await findRequest(deps.reads, params.id)) };
	},
);

export const requestRoutes: ReadonlyArray<Route<RequestRouteDeps>> = [listRequests, readRequest, answerRequest];

/** Whoever comes second is told what the first one said. */
async function answer(
	{ agents, reads }: RequestRouteDeps,
	id: string,
	given: RequestAnswer,
	conditions: Conditions,
): Promise<void> {
	try {
		await agents.answerRequest(id, given, conditions);
	} catch (error) {
		if (!(error instanceof StatecraftError) || error.code !== 'request_settled') throw error;
		const { status, answer: first, answeredBy } = renderRequest(await findRequest(reads, id));
		const actual = { status, answer: first, answeredBy };
		throw new StatecraftError('request_settled', error.message, { ...error.extras, actual }, { cause: error });
	}
}

async function findRequest(reads: Pick<Reads, 'request'>, id: string): Promise<RequestView> {
	const request = await reads.request(id);
	if (request === undefined) throw new StatecraftError('request_not_found', `There is no request "${id}"`);
	return request;
}
