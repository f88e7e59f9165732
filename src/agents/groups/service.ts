/**
 * What can be done with groups of agents: the one door for routes. Every method resolves after the
 * commit and rejects with a StatecraftError.
 */

import type { GroupStrategy } from '../../../machines/agent-group-model.ts';
import type { Conditions } from '../service.ts';

export interface SaveGroup {
	readonly name: string;
	readonly strategy: GroupStrategy;
	/** Ids or names of agents that are in no other group, each once; an agent comes after those it depends on. */
	readonly members: readonly string[];
	/** More group restarts than this within the window, and the group rests. Default 3. */
	readonly maxRestarts?: number;
	/** Default 60. */
	readonly withinSeconds?: number;
}

export interface GroupService {
	/** Rejects with `group_name_taken`, or `invalid_request` and what is wrong with the members. */
	create(input: SaveGroup, conditions: Conditions): Promise<{ readonly id: string }>;
	/** Replaces the whole configuration; what has failed is not forgotten. */
	replace(id: string, input: SaveGroup, conditions: Conditions): Promise<void>;
	/** Removes the group; its agents stay as they are. */
	remove(id: string, conditions: Conditions): Promise<void>;
	/** Lets a group that rests watch again, and forgets its restarts. */
	reset(id: string, conditions: Conditions): Promise<void>;
	/** Begins a group afresh that could not be restored, with what its row knows; its members are told again. */
	renew(id: string, conditions: Conditions): Promise<void>;
	/** Clears away what a crash left of removed groups: at boot. */
	sweep(): Promise<void>;
}
