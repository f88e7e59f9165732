/**
 * The vocabulary of the agent group: context, events, triggers, and the pure rules by which the failure
 * of one member concerns the others. Everything is JSON; the only clock is `event.at`.
 */

import type { EventObject } from 'xstate';

/**
 * Whom a failure takes along: nobody (`one_for_one`), every other member (`one_for_all`), or those that
 * come after the one that failed (`rest_for_one`).
 */
export const groupStrategies = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;

export type GroupStrategy = (typeof groupStrategies)[number];

/** What people say of a group; its name is in its row. */
export interface GroupSettings {
	readonly strategy: GroupStrategy;
	/** Ids of its agents, each once; an agent comes after those it depends on. */
	readonly members: readonly string[];
	/** More group restarts than this within the window, and it leaves the others alone. */
	readonly maxRestarts: number;
	readonly withinSeconds: number;
}

export interface GroupInput extends GroupSettings {
	/** `grp_…` */
	readonly groupId: string;
}

export interface GroupContext extends GroupInput {
	/** Times of the group restarts within the window, epoch milliseconds. */
	readonly restarts: readonly number[];
	/** Generation in which a member failed last, by agent id. */
	readonly failures: Readonly<Record<string, number>>;
}

export type GroupCommandEvent =
	/** Told by a member's machine when it fails by itself. */
	| {
			readonly type: 'MEMBER_FAILED';
			readonly agentId: string;
			readonly generation: number;
			/** Of the failure. */
			readonly code: string;
	  }
	| ({ readonly type: 'CONFIGURE' } & GroupSettings)
	/** Watch again, and forget the restarts that were. */
	| { readonly type: 'RESET'; readonly reason?: string; readonly by?: string }
	/** The group ends; its agents stay. */
	| { readonly type: 'DISBAND'; readonly reason?: string; readonly by?: string };

export type GroupEvent = GroupCommandEvent & { readonly at: number };

/** Why a transition happened: the journal's closed vocabulary for groups. */
export const groupTriggers = ['Created', 'MemberFailed', 'Configured', 'Reset', 'Disbanded'] as const;

export type GroupTrigger = (typeof groupTriggers)[number];

const triggerOfEvent: Readonly<Record<GroupCommandEvent['type'], GroupTrigger>> = {
	MEMBER_FAILED: 'MemberFailed',
	CONFIGURE: 'Configured',
	RESET: 'Reset',
	DISBAND: 'Disbanded',
};

/** The trigger of a step, from its event alone. */
export function triggerOfGroup(event: EventObject): GroupTrigger {
	if (event.type === 'xstate.init') return 'Created';
	return triggerOfEvent[event.type as GroupCommandEvent['type']];
}

/** A failure the group has not heard of: of a member, in a later run than the last it was told of. */
export function isNews(context: GroupContext, agentId: string, generation: number): boolean {
	return context.members.includes(agentId) && generation > (context.failures[agentId] ?? 0);
}

/** Ids of the members that a member's failure takes along, in order. */
export function takenAlong({ strategy, members }: GroupSettings, agentId: string): readonly string[] {
	switch (strategy) {
		case 'one_for_one':
			return [];
		case 'one_for_all':
			return members.filter((member) => member !== agentId);
		case 'rest_for_one':
			return members.slice(members.indexOf(agentId) + 1);
		default:
			return strategy satisfies never;
	}
}

/** Group restarts that count at `at`: those within the window. */
export function recentGroupRestarts(context: GroupContext, at: number): readonly number[] {
	const since = at - context.withinSeconds * 1_000;
	return context.restarts.filter((time) => time > since);
}

/** Failures of those that are members still. */
export function failuresOf({ failures }: GroupContext, members: readonly string[]): Readonly<Record<string, number>> {
	return Object.fromEntries(Object.entries(failures).filter(([agentId]) => members.includes(agentId)));
}

// --- messages to members ------------------------------------------------------------------------

interface Message {
	readonly type: 'tell';
	readonly params: { readonly to: string; readonly event: EventObject };
}

/** Tells agents whose group they are in; null for none. */
export function assignGroup(agentIds: readonly string[], groupId: string | null): readonly Message[] {
	const group = groupId === null ? null : `group:${groupId}`;
	return agentIds.map((agentId) => tell(agentId, { type: 'CONFIGURE', settings: { group } }));
}

/** Tells members to begin anew; one that is stopped, or fails itself, refuses. */
export function restartMembers(
	agentIds: readonly string[],
	groupId: string,
	failed: { readonly agentId: string; readonly code: string },
): readonly Message[] {
	const reason = `${failed.agentId} of the same group failed: ${failed.code}`;
	return agentIds.map((agentId) =>
		tell(agentId, { type: 'GROUP_RESTART', groupId, failedAgentId: failed.agentId, reason }),
	);
}

function tell(agentId: string, event: EventObject & Readonly<Record<string, unknown>>): Message {
	return { type: 'tell', params: { to: `agent:${agentId}`, event } };
}
