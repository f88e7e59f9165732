/**
 * What the stream of resources reads besides the parts' own rows: which of them there are to tell a
 * newcomer of, and actors with their timers. `src/store` implements `StreamReads`.
 */

/** Kinds of resources that are rows of a table. */
export type RowKind =
	| 'agent'
	| 'request'
	| 'prompt'
	| 'run'
	| 'workflow'
	| 'dispatch'
	| 'task'
	| 'supervisor'
	| 'group';

export type ResourceKind = RowKind | 'actor';

export interface ActorTimerView {
	readonly id: string;
	/** Type of the event that comes when it is due; what else the event holds is not told. */
	readonly type: string;
	/** Epoch milliseconds. */
	readonly dueAt: number;
}

/** A durable actor as it stands, with what it waits for. */
export interface ActorView {
	readonly address: string;
	readonly machineId: string;
	readonly machineVersion: number;
	readonly version: number;
	/** XState's state value; null where the stored snapshot cannot be read. */
	readonly value: unknown;
	readonly timers: readonly ActorTimerView[];
	/** Addresses of its children. */
	readonly children: readonly string[];
}

export interface StreamReads {
	/**
	 * What a newcomer is told of: every agent, workflow, task, supervisor and group, open requests, prompts
	 * that are queued or running, runs that have not ended, dispatches that are not settled. Of these agents
	 * only, if any are given. In a steady order; read in one piece, so that none is missed.
	 */
	presentIds(kind: RowKind, agentIds?: readonly string[]): Promise<readonly string[]>;
	/** Those whose silence means something: agents that should show signs of life, tasks that are to be worked on. */
	awaitedIds(kind: 'agent' | 'task'): Promise<readonly string[]>;
	/** Runs that are the present or last ones of these agents. */
	lastRunIds(agentIds: readonly string[]): Promise<readonly string[]>;
	/** Groups that these agents are members of. */
	groupIdsOf(agentIds: readonly string[]): Promise<readonly string[]>;
	/** Those of the addresses that there are, in no order. */
	actors(addresses: readonly string[]): Promise<readonly ActorView[]>;
}
