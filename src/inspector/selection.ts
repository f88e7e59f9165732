/** Which actors a viewer is shown: those that were asked for, and never more than fit on a screen. */

import type { SeenActor } from '../durable/audience.ts';

/** Most actors that one viewer is shown: their definitions alone are a megabyte then. */
export const actorLimit = 50;

/** Addresses; null: all. */
export type Choice = ReadonlySet<string> | null;

export interface Selection {
	/** Parents before their children. */
	readonly shown: readonly SeenActor[];
	/** How many more were asked for. */
	readonly leftOut: number;
}

/** Whether the actor was asked for and can be drawn: a child hangs below its parent. */
export function isWanted({ address }: SeenActor, choice: Choice): boolean {
	return choice === null || choice.has(address);
}

/**
 * Chooses among live actors, given parents first. Where there are too many, kinds take turns, so that
 * there is something of each; a child is shown only with its parent.
 */
export function selectActors(actors: Iterable<SeenActor>, choice: Choice, limit = actorLimit): Selection {
	const wanted = [...actors].filter((actor) => isWanted(actor, choice));
	if (wanted.length <= limit) return { shown: wanted, leftOut: 0 };
	const kinds = groupByKind(wanted);
	const longest = Math.max(...kinds.map(({ length }) => length));
	const shown = new Set<SeenActor>();
	for (let turn = 0; turn < longest && shown.size < limit; turn++) {
		for (const { [turn]: actor } of kinds) {
			if (actor && shown.size < limit && (!actor.parent || shown.has(actor.parent))) shown.add(actor);
		}
	}
	return { shown: [...shown], leftOut: wanted.length - shown.size };
}

function groupByKind(actors: readonly SeenActor[]): ReadonlyArray<readonly SeenActor[]> {
	const kinds = new Map<string, SeenActor[]>();
	for (const actor of actors) {
		const { kind } = actor.definition;
		const others = kinds.get(kind);
		if (others) others.push(actor);
		else kinds.set(kind, [actor]);
	}
	return [...kinds.values()];
}
