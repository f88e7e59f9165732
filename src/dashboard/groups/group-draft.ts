/** A group as it is edited, read into what the API takes. Pure. */

import type { z } from 'zod';
import type { saveGroupBody } from '../../agents/groups/schemas.ts';
import type { Group } from '../store/resources.ts';

export type SaveGroupBody = z.input<typeof saveGroupBody>;
export type Strategy = Group['strategy'];

/** What each means for the others when a member fails. */
export const strategyWords: Readonly<Record<Strategy, string>> = {
	one_for_one: 'that one alone is restarted',
	one_for_all: 'all of them are restarted',
	rest_for_one: 'those after it are restarted with it',
};

export interface GroupDraft {
	readonly name: string;
	readonly strategy: Strategy;
	/** Ids of agents, in order. */
	readonly members: readonly string[];
	readonly maxRestarts: string;
	readonly withinSeconds: string;
}

export const newGroupDraft: GroupDraft = {
	name: '',
	strategy: 'one_for_all',
	members: [],
	maxRestarts: '3',
	withinSeconds: '60',
};

export function draftOfGroup({ name, strategy, members, maxRestarts, withinSeconds }: Group): GroupDraft {
	return {
		name,
		strategy,
		members: members.map(({ id }) => id),
		maxRestarts: String(maxRestarts),
		withinSeconds: String(withinSeconds),
	};
}

export type GroupProblems = Partial<Record<keyof GroupDraft, string>>;

export function findGroupProblems({ name, members, maxRestarts, withinSeconds }: GroupDraft): GroupProblems {
	const isPositive = Number(withinSeconds) > 0;
	return {
		...findNameProblem(name.trim()),
		...(members.length === 0 && { members: 'Choose at least one agent.' }),
		...(!/^\d{1,5}$/.test(maxRestarts.trim()) && { maxRestarts: 'A whole number, 0 or more.' }),
		...(!isPositive && { withinSeconds: 'A number of seconds, more than 0.' }),
	};
}

function findNameProblem(name: string): GroupProblems {
	if (name === '') return { name: 'Give it a name.' };
	if (/[\p{Cc}/]/u.test(name)) return { name: 'Without slashes.' };
	return name.startsWith('grp_') ? { name: 'It would look like an id.' } : {};
}

export function readGroup(draft: GroupDraft): SaveGroupBody {
	return {
		name: draft.name.trim(),
		strategy: draft.strategy,
		members: [...draft.members],
		maxRestarts: Number(draft.maxRestarts),
		withinSeconds: Number(draft.withinSeconds),
	};
}

/** Those with the member one place earlier; the first stays where it is. */
export function moveEarlier(members: readonly string[], id: string): readonly string[] {
	const at = members.indexOf(id);
	if (at <= 0) return members;
	return [...members.slice(0, at - 1), id, ...members.slice(at - 1).filter((one) => one !== id)];
}

/** Agents that may join: an agent is in one group alone. `groupId`: of the one that is edited. */
export function findFreeAgents<A extends { readonly id: string }>(
	agents: readonly A[],
	groups: readonly Group[],
	{ groupId, members }: { readonly groupId: string | undefined; readonly members: readonly string[] },
): readonly A[] {
	const others = groups.filter(({ id }) => id !== groupId);
	const taken = new Set([...members, ...others.flatMap((group) => group.members.map(({ id }) => id))]);
	return agents.filter(({ id }) => !taken.has(id));
}
