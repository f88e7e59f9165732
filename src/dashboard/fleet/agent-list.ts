/** Which agents are shown, and in what order. Pure. */

import { compareByName } from '../components/agent-order.ts';
import type { Agent } from '../store/resources.ts';
import { needsHuman } from './agent-state.ts';

export const stateFilters = ['all', 'attention', 'busy', 'idle', 'starting', 'failed', 'stopped', 'pending'] as const;
export type StateFilter = (typeof stateFilters)[number];

export const sortOrders = ['attention', 'name', 'seen', 'cost', 'queue', 'restarts', 'newest'] as const;
export type SortOrder = (typeof sortOrders)[number];

export interface ListView {
	readonly state: StateFilter;
	/** Words that must all occur in name, kind, labels, working directory or id. */
	readonly text: string;
	readonly sort: SortOrder;
}

export const defaultView: ListView = { state: 'all', text: '', sort: 'attention' };

/** From the address; what makes no sense there is the default. */
export function readView(query: URLSearchParams): ListView {
	const state = query.get('state');
	const sort = query.get('sort');
	return {
		state: stateFilters.find((known) => known === state) ?? defaultView.state,
		text: query.get('q') ?? '',
		sort: sortOrders.find((known) => known === sort) ?? defaultView.sort,
	};
}

/** For the address: only what is not the default. */
export function writeView({ state, text, sort }: ListView): Record<string, string | undefined> {
	return {
		state: state === defaultView.state ? undefined : state,
		q: text === '' ? undefined : text,
		sort: sort === defaultView.sort ? undefined : sort,
	};
}

export function listAgents(agents: readonly Agent[], { state, text, sort }: ListView): readonly Agent[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return agents
		.filter((agent) => isInState(agent, state) && words.every((word) => searchText(agent).includes(word)))
		.sort(comparators[sort]);
}

/** How many agents each filter would show. */
export function countByFilter(agents: readonly Agent[]): Readonly<Record<StateFilter, number>> {
	const counts = Object.fromEntries(stateFilters.map((filter) => [filter, 0])) as Record<StateFilter, number>;
	for (const agent of agents) {
		counts.all += 1;
		if (needsHuman(agent)) counts.attention += 1;
		const own = stateFilters.find((filter) => filter === agent.executionState);
		if (own !== undefined) counts[own] += 1;
	}
	return counts;
}

function isInState(agent: Agent, state: StateFilter): boolean {
	if (state === 'all') return true;
	return state === 'attention' ? needsHuman(agent) : agent.executionState === state;
}

/** Resources are never changed in place, so what is found out about one holds for ever. */
const searchTexts = new WeakMap<Agent, string>();

function searchText(agent: Agent): string {
	const known = searchTexts.get(agent);
	if (known !== undefined) return known;
	const labels = Object.entries(agent.labels).map(([name, value]) => `${name}=${value}`);
	const text = [agent.name, agent.driver.kind, ...labels, agent.cwd, agent.id].join('\n').toLowerCase();
	searchTexts.set(agent, text);
	return text;
}

const by = (measure: (agent: Agent) => number) => (a: Agent, b: Agent) =>
	measure(b) - measure(a) || compareByName(a, b);

const comparators: Readonly<Record<SortOrder, (a: Agent, b: Agent) => number>> = {
	// Coarse on purpose: rows do not jump each time a turn begins or ends.
	attention: by((agent) => (needsHuman(agent) ? 2 : Number(agent.executionState === 'failed'))),
	name: compareByName,
	seen: by(({ lastSeenAt }) => (lastSeenAt === null ? 0 : Date.parse(lastSeenAt))),
	cost: by(({ usage }) => usage?.cost?.amount ?? 0),
	queue: by(({ queuedPrompts }) => queuedPrompts),
	restarts: by(countRestarts),
	newest: by(({ createdAt }) => Date.parse(createdAt)),
};

/** Launches after the first. */
export function countRestarts({ generation }: Pick<Agent, 'generation'>): number {
	return Math.max(0, generation - 1);
}
