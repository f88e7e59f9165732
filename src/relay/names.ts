/** What things are called in Valkey. `src/docs/valkey.md` documents every name. */

export interface Names {
	/** Stream of every relayed event. */
	readonly stream: string;
	/** Channel of every relayed event. */
	readonly channel: string;
	/** Channel of one family of topics. */
	familyChannel(family: string): string;
	agent(id: string): string;
	run(id: string): string;
	/** Set of the ids of the agents that there are. */
	readonly agents: string;
	/** Set of the ids of the runs that have not ended. */
	readonly runs: string;
	/** Whose keys these are. */
	readonly source: string;
	/** Matches every key. */
	readonly pattern: string;
}

/** `prefix` without the colon that follows it. */
export function nameKeys(prefix: string): Names {
	return {
		stream: `${prefix}:events`,
		channel: `${prefix}:events`,
		familyChannel: (family) => `${prefix}:events:${family}`,
		agent: (id) => `${prefix}:agent:${id}`,
		run: (id) => `${prefix}:run:${id}`,
		agents: `${prefix}:agents`,
		runs: `${prefix}:runs`,
		source: `${prefix}:source`,
		pattern: `${prefix}:*`,
	};
}
