/** What was touched while a client was away: read from the stored events after its cursor. */

import type { EventView, Reads } from '../agents/views.ts';
import { type Touch, touchedBy, touchingTopics } from './touches.ts';

const pageSize = 500;

/** Every resource that an event after the cursor touched, each once. */
export async function findTouched(reads: Pick<Reads, 'events'>, after: number): Promise<readonly Touch[]> {
	const touched = new Map<string, Touch>();
	for await (const events of readEvents(reads, after, touchingTopics))
		for (const { topic, agentId, data } of events)
			for (const touch of touchedBy(topic, agentId, () => data)) touched.set(`${touch.kind} ${touch.id}`, touch);
	return [...touched.values()];
}

async function* readEvents(
	reads: Pick<Reads, 'events'>,
	after: number,
	topics: readonly string[],
): AsyncGenerator<readonly EventView[]> {
	for (let from = after; ; ) {
		const page = await reads.events({ after: from, limit: pageSize, topics });
		yield page;
		const last = page.at(-1);
		if (last === undefined || page.length < pageSize) return;
		from = last.seq;
	}
}
