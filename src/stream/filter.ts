/** Which events a client wants, the same on the way from the store and from the bus. */

export interface EventFilter {
	/** Undefined: of every agent, and of the system. */
	readonly agentIds?: readonly string[];
	/** Topics, or prefixes of them ending in `.`; undefined: all. */
	readonly topics?: readonly string[];
}

/** `agent.output.*` is another way to write the prefix `agent.output.`; `*` alone means all. */
export function normaliseTopics(topics: readonly string[]): readonly string[] | undefined {
	if (topics.length === 0 || topics.includes('*')) return undefined;
	return topics.map((topic) => (topic.endsWith('.*') ? topic.slice(0, -1) : topic));
}

/** Compiles a filter, so that asking costs the same however long its lists are. */
export function createEventPredicate({
	agentIds,
	topics,
}: EventFilter): (event: { readonly topic: string; readonly agentId: string | null }) => boolean {
	const agents = agentIds === undefined ? undefined : new Set(agentIds);
	const exact = new Set(topics?.filter((topic) => !topic.endsWith('.')));
	const prefixes = topics?.filter((topic) => topic.endsWith('.')) ?? [];
	return ({ topic, agentId }) => {
		if (agents !== undefined && (agentId === null || !agents.has(agentId))) return false;
		return topics === undefined || exact.has(topic) || prefixes.some((prefix) => topic.startsWith(prefix));
	};
}
