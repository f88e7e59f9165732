/**
 * What there is to read about groups of agents: rows as the store answers them, with JSON parsed and
 * times as epoch milliseconds. `src/store` implements `GroupReads`; routes render these into resources.
 */

import type { GroupStrategy } from '../../../machines/agent-group-model.ts';
import type { Listing, Page } from '../views.ts';

export interface GroupMember {
	readonly id: string;
	/** Null when the agent is gone. */
	readonly name: string | null;
}

export interface GroupView {
	readonly id: string;
	readonly name: string;
	readonly strategy: GroupStrategy;
	/** In order. */
	readonly members: readonly GroupMember[];
	readonly maxRestarts: number;
	readonly withinSeconds: number;
	/** `watching` or `resting`. */
	readonly state: string;
	readonly version: number;
	readonly createdAt: number;
	readonly updatedAt: number;
}

/** The read side. Every method reads committed rows only. */
export interface GroupReads {
	/** By name. */
	groups(page: Page): Promise<Listing<GroupView>>;
	/** By id, or by name where no id matches. */
	group(idOrName: string): Promise<GroupView | undefined>;
	/** Those of the ids that there are, in no order; at most a thousand ids at a time. */
	groupsByIds(ids: readonly string[]): Promise<readonly GroupView[]>;
	/** The group that the agent, given by its id, is a member of. */
	groupOf(agentId: string): Promise<GroupView | undefined>;
}
