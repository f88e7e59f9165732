/** What the routes about agents share: finding an agent and answering it. */

import { StatecraftError } from '../errors.ts';
import type { JsonReply } from '../http/route.ts';
import type { AgentRenderer } from './resources.ts';
import type { AgentService, ConnectOffer } from './service.ts';
import type { AgentView, Reads } from './views.ts';

export interface AgentRouteDeps {
	readonly agents: AgentService;
	readonly reads: Reads;
	readonly renderAgent: AgentRenderer;
	/** Makes sure that `renderAgent` knows what these agents do. */
	readonly prepareAgents: (agents: readonly AgentView[]) => Promise<void>;
}

/** By id or name; rejects with `agent_not_found`. */
export async function findAgent(reads: Pick<Reads, 'agent'>, idOrName: string): Promise<AgentView> {
	const agent = await reads.agent(idOrName);
	if (agent === undefined) throw new StatecraftError('agent_not_found', `There is no agent "${idOrName}"`);
	return agent;
}

/** The agent as it stands after the commit. */
export async function answerAgent(
	deps: AgentRouteDeps,
	id: string,
	status = 200,
	extra: object = {},
): Promise<JsonReply> {
	const agent = await findAgent(deps.reads, id);
	await deps.prepareAgents([agent]);
	return { status, body: { ...deps.renderAgent(agent), ...extra }, version: agent.version };
}

/** The address an agent dials, as the client that asks knows this server. */
export function renderConnect(offer: ConnectOffer, host: string): { readonly url: string; readonly token: string } {
	return { url: `ws://${host}${offer.path}`, token: offer.token };
}
