/**
 * The cursor of the event stream as of a step of an agent: seq of the last event that was committed in the
 * very transaction of the step. Whatever has a higher seq was told later.
 *
 * Exact: every step tells one event that carries its version, so the step is found by halving, whatever the
 * clock did meanwhile; the events of one transaction have numbers one after the other, and a replay knows
 * how many come after that one. Where the replay does not know, it is that one's own.
 */

import type { EventView, Reads } from '../agents/views.ts';
import type { DomainEvent } from '../durable/store.ts';

/** Told by every step of an agent, one or the other. */
const markers = ['agent.state.changed', 'agent.updated'];

export interface CursorQuery {
	readonly agentId: string;
	readonly version: number;
	/** What the step told, in order; null where that is not known. */
	readonly told: readonly Pick<DomainEvent, 'topic'>[] | null;
}

/** Null where the step's event is not stored. */
export async function findCursor(
	reads: Pick<Reads, 'events' | 'lastEventSeq'>,
	{ agentId, version, told }: CursorQuery,
): Promise<number | null> {
	let above = 0;
	let upTo = await reads.lastEventSeq();
	while (above < upTo) {
		const middle = Math.floor((above + upTo) / 2);
		const [marker] = await reads.events({ after: middle, limit: 1, agentIds: [agentId], topics: markers });
		const found = marker && versionOf(marker);
		if (marker && found === version) return marker.seq + followers(told);
		if (marker && found !== undefined && found < version) above = marker.seq;
		else upTo = middle;
	}
	return null;
}

function versionOf({ data }: EventView): number | undefined {
	const { version } = data as { readonly version?: unknown };
	return typeof version === 'number' ? version : undefined;
}

/** Events of the same transaction after the one that carries the version. */
function followers(told: CursorQuery['told']): number {
	if (told === null) return 0;
	const index = told.findIndex(({ topic }) => markers.includes(topic));
	return index < 0 ? 0 : told.length - 1 - index;
}
