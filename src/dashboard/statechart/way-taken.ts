/**
 * Which transitions of a picture a step of the journal took. The journal tells states and event, not
 * which guards held: of all ways that the chart has from one state to the other by that event, it is the
 * one that begins innermost and is the shortest, for so XState chooses. Pure.
 */

import { type ChartIndex, type IndexedEdge, listAncestors } from './chart-index.ts';

/** A line of the journal, as far as it matters here. */
export interface StepTaken {
	/** States before and after, as dotted paths, several with commas between; null before the first step. */
	readonly from: string | null;
	readonly to: string;
	readonly event: { readonly type?: unknown };
}

/** Steps that the machine takes by itself after an event are few: more of them are a circle. */
const longestWay = 6;

/** Ids of the transitions in the order in which they were taken; none where the chart has no such way. */
export function findWay(index: ChartIndex, { from, to, event }: StepTaken): readonly string[] {
	const ends = new Set(to.split(','));
	if (from === null) return followAlways(index, enter(index, firstState(index)), ends) ?? [];
	const ways = from.split(',').flatMap((leaf) => findWayFrom(index, leaf, String(event.type), ends));
	return [...new Set(ways)];
}

function findWayFrom(index: ChartIndex, leaf: string, event: string, ends: ReadonlySet<string>): readonly string[] {
	for (const source of listAncestors(leaf)) {
		const ways = index.edges
			.filter((edge) => edge.source === source && answers(edge, event))
			.flatMap((edge) => {
				const rest = followAlways(index, edge.target === '' ? leaf : enter(index, edge.target), ends);
				return rest === null ? [] : [[edge.id, ...rest]];
			});
		const [shortest] = ways.sort((a, b) => a.length - b.length);
		if (shortest !== undefined) return shortest;
	}
	return [];
}

/** `*` stands for any event, and for any end of a name: `xstate.done.actor.*`. */
function answers({ event: descriptor }: IndexedEdge, event: string): boolean {
	if (descriptor === event) return true;
	return descriptor.endsWith('*') && descriptor !== 'always' && event.startsWith(descriptor.slice(0, -1));
}

/** The shortest chain of transitions without an event from here to one of the ends; null if there is none. */
function followAlways(index: ChartIndex, start: string, ends: ReadonlySet<string>): readonly string[] | null {
	const seen = new Set([start]);
	let reached: ReadonlyArray<{ readonly at: string; readonly way: readonly string[] }> = [{ at: start, way: [] }];
	for (let length = 0; length <= longestWay; length += 1) {
		const arrived = reached.find(({ at }) => ends.has(at));
		if (arrived) return arrived.way;
		reached = reached.flatMap(({ at, way }) =>
			alwaysFrom(index, at).map((edge) => ({ at: enter(index, edge.target), way: [...way, edge.id] })),
		);
		reached = reached.filter(({ at }) => !seen.has(at));
		for (const { at } of reached) seen.add(at);
	}
	return null;
}

function alwaysFrom({ edges }: ChartIndex, leaf: string): readonly IndexedEdge[] {
	const sources = new Set(listAncestors(leaf));
	return edges.filter(({ source, event, target }) => event === 'always' && target !== '' && sources.has(source));
}

/** The innermost state that is entered with this one. */
function enter({ states }: ChartIndex, path: string): string {
	const visited = new Set<string>();
	let at = path;
	for (let next = states.get(at)?.initial; next && !visited.has(next); next = states.get(at)?.initial) {
		visited.add(next);
		at = next;
	}
	return at;
}

function firstState({ states }: ChartIndex): string {
	return states.get('')?.initial ?? '';
}
