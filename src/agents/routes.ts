/** Routes about agents: making, changing, ending them, and their commands. */

import { conditionBody, idParams, listingOf } from '../http/fields.ts';
import { answerListing, type Route, type RouteSpec, route } from '../http/route.ts';
import { type AgentRouteDeps, answerAgent, findAgent, renderConnect } from './route-answers.ts';
import {
	agentResource,
	agentsQuery,
	connectTokenResource,
	createAgentBody,
	createdAgentResource,
	killAllBody,
	killAllResource,
	killBody,
	patchAgentBody,
	patchedAgentResource,
	suspendBody,
	transitionBody,
} from './schemas.ts';
import { unmaskDriver } from './secrets.ts';
import type { AgentCommand, Conditions } from './service.ts';

const tag = 'agents';
const agentPath = (id: string) => `/agents/${id}`;
const agentAnswer = { 200: { description: 'The agent after the commit', schema: agentResource } };
const keyed: RouteSpec['keyed'] = { status: 200, resource: agentPath };

const createAgent = route(
	{
		method: 'post',
		path: '/agents',
		scope: 'admin',
		tag,
		summary: 'Make an agent and, unless told otherwise, launch it',
		body: createAgentBody,
		responses: { 201: { description: 'The new agent', schema: createdAgentResource } },
		errors: ['agent_name_taken', 'unknown_driver', 'driver_not_installed', 'cwd_not_found'],
		keyed: { status: 201, resource: agentPath },
	},
	async ({ body, host, conditions }, deps: AgentRouteDeps) => {
		const driver = unmaskDriver(body.driver, undefined);
		const { id, connect } = await deps.agents.create({ ...body, driver }, conditions());
		const extra = connect === null ? {} : { connect: renderConnect(connect, host) };
		const reply = await answerAgent(deps, id, 201, extra);
		return { ...reply, headers: { Location: agentPath(id) } };
	},
);

const listAgents = route(
	{
		method: 'get',
		path: '/agents',
		scope: 'read',
		tag,
		summary: 'Agents, all or by state and labels',
		query: agentsQuery,
		responses: { 200: { description: 'A page of agents', schema: listingOf(agentResource) } },
	},
	async ({ query }, { reads, renderAgent, prepareAgents }: AgentRouteDeps) => {
		const { executionState, label } = query;
		const filter = {
			...(executionState === undefined ? {} : { executionState }),
			...(label === undefined ? {} : { labels: parseLabels(label) }),
		};
		const found = await reads.agents(filter, query);
		await prepareAgents(found.items);
		return answerListing(found, renderAgent, query);
	},
);

const readAgent = route(
	{
		method: 'get',
		path: '/agents/{id}',
		scope: 'read',
		tag,
		summary: 'One agent, by id or name',
		params: idParams,
		responses: { 200: { description: 'The agent', schema: agentResource } },
		errors: ['agent_not_found'],
	},
	({ params }, deps: AgentRouteDeps) => answerAgent(deps, params.id),
);

const patchAgent = route(
	{
		method: 'patch',
		path: '/agents/{id}',
		scope: 'admin',
		tag,
		summary: "Change an agent's configuration",
		params: idParams,
		body: patchAgentBody,
		responses: { 200: { description: 'The agent after the commit', schema: patchedAgentResource } },
		errors: ['agent_not_found', 'stale_state', 'agent_name_taken', 'cwd_not_found', 'unknown_driver'],
		keyed,
	},
	async ({ params, body, conditions }, deps: AgentRouteDeps) => {
		const { expectedState, reason, driver, ...change } = body;
		const agent = await findAgent(deps.reads, params.id);
		const unmasked = driver === undefined ? {} : { driver: unmaskDriver(driver, agent.driver) };
		const asked = conditions(pickConditions(body));
		const { restartRequired } = await deps.agents.patch(agent.id, { ...change, ...unmasked }, asked);
		return answerAgent(deps, agent.id, 200, { restartRequired });
	},
);

const removeAgent = route(
	{
		method: 'delete',
		path: '/agents/{id}',
		scope: 'admin',
		tag,
		summary: 'End an agent and remove it with its prompts, runs and requests; the journal stays',
		params: idParams,
		body: conditionBody,
		responses: { 204: { description: 'It is gone' } },
		errors: ['agent_not_found', 'stale_state', 'agent_in_use'],
		keyed: { status: 204, resource: agentPath },
	},
	async ({ params, body, conditions }, { agents, reads }: AgentRouteDeps) => {
		await agents.remove((await findAgent(reads, params.id)).id, conditions(body));
		return { status: 204 };
	},
);

const killAll = route(
	{
		method: 'post',
		path: '/agents/kill-all',
		scope: 'admin',
		tag,
		summary: 'Kill every agent at once',
		body: killAllBody,
		responses: { 200: { description: 'What became of them', schema: killAllResource } },
	},
	async ({ body, conditions }, { agents }: AgentRouteDeps) => {
		return { status: 200, body: await agents.killAll(body.reason, conditions({ reason: body.reason })) };
	},
);

interface CommandSpec {
	readonly summary: string;
	readonly scope: 'admin' | 'prompt';
	/** Default: conditions and a reason, all optional. */
	readonly body?: typeof conditionBody | typeof killBody | typeof suspendBody;
}

const commands: Readonly<Record<AgentCommand, CommandSpec>> = {
	start: { summary: 'Launch a stopped, failed or pending agent', scope: 'admin' },
	stop: { summary: 'End the agent gracefully', scope: 'admin' },
	restart: { summary: 'End the agent and launch it again; forgets earlier failures', scope: 'admin' },
	suspend: { summary: 'Take no more prompts, from the end of the turn on', scope: 'admin', body: suspendBody },
	resume: { summary: 'Take prompts again', scope: 'admin' },
	cancel: { summary: 'End the turn in progress', scope: 'prompt' },
	kill: { summary: "End the agent's process at once", scope: 'admin', body: killBody },
};

const commandRoutes = Object.entries(commands).map(([command, { summary, scope, body: schema = conditionBody }]) =>
	route(
		{
			method: 'post',
			path: `/agents/{id}/${command}`,
			scope,
			tag,
			summary,
			params: idParams,
			body: schema,
			responses: agentAnswer,
			errors: ['agent_not_found', 'event_refused', 'stale_state'],
			keyed,
		},
		async ({ params, body, conditions }, deps: AgentRouteDeps) => {
			const { id } = await findAgent(deps.reads, params.id);
			const until = 'until' in body ? { until: Date.parse(String(body.until)) } : {};
			const asked = { ...conditions(pickConditions(body)), ...until };
			await deps.agents.command(id, command as AgentCommand, asked);
			return answerAgent(deps, id);
		},
	),
);

const transitionAgent = route(
	{
		method: 'post',
		path: '/agents/{id}/transitions',
		scope: 'admin',
		tag,
		summary: 'The general form of a state change',
		params: idParams,
		body: transitionBody,
		responses: agentAnswer,
		errors: ['agent_not_found', 'event_refused', 'stale_state'],
		keyed,
	},
	async ({ params, body, conditions }, deps: AgentRouteDeps) => {
		const { id } = await findAgent(deps.reads, params.id);
		await deps.agents.transition(id, body.target, body.trigger, conditions(pickConditions(body)));
		return answerAgent(deps, id);
	},
);

const renewConnectToken = route(
	{
		method: 'post',
		path: '/agents/{id}/connect-token',
		scope: 'admin',
		tag,
		summary: 'Make a new token for an agent that dials in; the one before is void',
		params: idParams,
		body: conditionBody,
		responses: { 200: { description: 'Shown once', schema: connectTokenResource } },
		errors: ['agent_not_found'],
	},
	async ({ params, body, host, conditions }, { agents, reads }: AgentRouteDeps) => {
		const { id } = await findAgent(reads, params.id);
		return { status: 200, body: renderConnect(await agents.renewConnectToken(id, conditions(body)), host) };
	},
);

export const agentRoutes: ReadonlyArray<Route<AgentRouteDeps>> = [
	createAgent,
	listAgents,
	killAll,
	readAgent,
	patchAgent,
	removeAgent,
	...commandRoutes,
	transitionAgent,
	renewConnectToken,
];

function pickConditions({ expectedState, reason }: Pick<Conditions, 'expectedState' | 'reason'>) {
	return {
		...(expectedState === undefined ? {} : { expectedState }),
		...(reason === undefined ? {} : { reason }),
	};
}

function parseLabels(labels: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		labels.map((label) => {
			const at = label.indexOf('=');
			return [label.slice(0, at), label.slice(at + 1)];
		}),
	);
}
