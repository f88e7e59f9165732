/** Routes about what became of an agent: its journal, its launches, its snapshot. */

import { StatecraftError } from '../errors.ts';
import { idParams, listingOf, pageQuery } from '../http/fields.ts';
import { answerListing, type Route, route } from '../http/route.ts';
import { renderRun, renderSnapshot, renderTransition } from './resources.ts';
import { type AgentRouteDeps, findAgent } from './route-answers.ts';
import { runResource, snapshotResource, transitionResource } from './schemas.ts';

const tag = 'agents';

const listTransitions = route(
	{
		method: 'get',
		path: '/agents/{id}/transitions',
		scope: 'read',
		tag,
		summary: "The agent's journal, oldest first",
		params: idParams,
		query: pageQuery,
		responses: { 200: { description: 'A page of the journal', schema: listingOf(transitionResource) } },
		errors: ['agent_not_found'],
	},
	async ({ params, query }, { reads }: AgentRouteDeps) => {
		const address = await findAddress(reads, params.id, query);
		return answerListing(await reads.transitions(address, query), renderTransition, query);
	},
);

const listRuns = route(
	{
		method: 'get',
		path: '/agents/{id}/runs',
		scope: 'read',
		tag,
		summary: "The agent's launches",
		params: idParams,
		query: pageQuery,
		responses: { 200: { description: 'A page of launches', schema: listingOf(runResource) } },
		errors: ['agent_not_found'],
	},
	async ({ params, query }, { reads }: AgentRouteDeps) => {
		const { id } = await findAgent(reads, params.id);
		return answerListing(await reads.runs(id, query), renderRun, query);
	},
);

const readSnapshot = route(
	{
		method: 'get',
		path: '/agents/{id}/snapshot',
		scope: 'read',
		tag,
		summary: "The agent's persisted XState snapshot",
		params: idParams,
		responses: { 200: { description: 'The snapshot', schema: snapshotResource } },
		errors: ['agent_not_found'],
	},
	async ({ params }, { reads }: AgentRouteDeps) => {
		const { id } = await findAgent(reads, params.id);
		const snapshot = await reads.snapshot(toAddress(id));
		if (snapshot === undefined) throw new StatecraftError('actor_not_found', `${id} has no stored snapshot`);
		return { status: 200, body: renderSnapshot(snapshot), version: snapshot.version };
	},
);

export const agentHistoryRoutes: ReadonlyArray<Route<AgentRouteDeps>> = [listTransitions, listRuns, readSnapshot];

function toAddress(agentId: string): string {
	return `agent:${agentId}`;
}

/** The journal outlives its agent: what is no agent any more may still have one. */
async function findAddress(
	reads: AgentRouteDeps['reads'],
	idOrName: string,
	page: { readonly limit: number; readonly offset: number },
): Promise<string> {
	const agent = await reads.agent(idOrName);
	if (agent !== undefined) return toAddress(agent.id);
	const { total } = await reads.transitions(toAddress(idOrName), { ...page, limit: 1 });
	if (total > 0) return toAddress(idOrName);
	throw new StatecraftError('agent_not_found', `There is no agent "${idOrName}"`);
}
