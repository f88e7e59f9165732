/**
 * What there is now, for a client that starts with nothing: agents and open requests, as the API
 * answers them.
 *
 * 1. The cursor is read before the resources. What changes while they are read comes again as an event.
 * 2. Every resource that was there at the cursor and still is, is told. Rows that go away while pages
 *    are read shift the pages; then they are read again for what was skipped.
 */

import type { AgentRenderer } from '../agents/resources.ts';
import type { Listing, Page, Reads } from '../agents/views.ts';
import { renderRequest } from '../requests/resources.ts';

export interface SnapshotDeps {
	readonly reads: Pick<Reads, 'agents' | 'agent' | 'requests' | 'events'>;
	readonly renderAgent: AgentRenderer;
}

const pageSize = 200;
/** What makes an agent, or an open request, leave its listing. */
const agentsLeave = ['agent.deleted'];
const requestsLeave = ['request.answered', 'request.withdrawn', 'request.timed_out', 'agent.deleted'];

/** Messages of `/stream`, page by page. `agentIds` undefined: of all agents. */
export async function* readSnapshot(
	deps: SnapshotDeps,
	cursor: number,
	agentIds: readonly string[] | undefined,
): AsyncGenerator<readonly string[]> {
	if (agentIds === undefined) {
		for await (const agents of readAll(deps, (page) => deps.reads.agents({}, page), agentsLeave, cursor))
			yield agents.map((agent) => describe('agent', deps.renderAgent(agent)));
	}
	for (const id of agentIds ?? []) {
		const agent = await deps.reads.agent(id);
		if (agent !== undefined) yield [describe('agent', deps.renderAgent(agent))];
	}
	// One pass over each agent asked for, or one over all.
	for (const agentId of agentIds ?? [undefined]) {
		const filter = { status: 'open', ...(agentId === undefined ? {} : { agentId }) };
		for await (const requests of readAll(deps, (page) => deps.reads.requests(filter, page), requestsLeave, cursor))
			yield requests.map((request) => describe('request', renderRequest(request)));
	}
}

async function* readAll<T extends { readonly id: string }>(
	{ reads }: SnapshotDeps,
	list: (page: Page) => Promise<Listing<T>>,
	leaving: readonly string[],
	cursor: number,
): AsyncGenerator<readonly T[]> {
	const told = new Set<string>();
	let after = cursor;
	for (;;) {
		let pages = 0;
		for await (const items of readPages(list)) {
			yield items.filter(({ id }) => !told.has(id));
			for (const { id } of items) told.add(id);
			pages += 1;
		}
		// A single page is read in one piece.
		if (pages <= 1) return;
		const left = await reads.events({ after, limit: pageSize, topics: leaving });
		const last = left.at(-1);
		if (last === undefined) return;
		after = last.seq;
	}
}

async function* readPages<T>(list: (page: Page) => Promise<Listing<T>>): AsyncGenerator<readonly T[]> {
	for (let offset = 0; ; offset += pageSize) {
		const { items } = await list({ limit: pageSize, offset });
		if (items.length > 0) yield items;
		if (items.length < pageSize) return;
	}
}

function describe(resource: 'agent' | 'request', data: unknown): string {
	return JSON.stringify({ type: 'resource', resource, data });
}
