/** What was touched while a client was away: read from the stored events after its cursor. */

import type { EventView, Reads } from '../agents/views.ts';
import { type Touch, touchedBy, touchingTopics } from './touches.ts';

const pageSize = 500;

/** What an agent may have left behind when it was removed. */
const leavings = ['prompt.queued', 'request.opened', 'run.started', 'workflow.created', 'supervisor.created'];

/** Every resource that an event after the cursor touched, each once. */
export async function findTouched(reads: Pick<Reads, 'events'>, after: number): Promise<readonly Touch[]> {
	const touched = new Map<string, Touch>();
	const add = (touches: readonly Touch[]) => {
		for (const touch of touches) touched.set(`${touch.kind} ${touch.id}`, touch);
	};
	const removed: string[] = [];
	for await (const events of readEvents(reads, { after, topics: touchingTopics })) {
		for (const { topic, agentId, data } of events) {
			add(touchedBy(topic, agentId, () => data));
			if (topic === 'agent.deleted' && agentId !== null) removed.push(agentId);
		}
	}
	// What went with an agent had no event of its own, and may be known to the client from long ago.
	if (removed.length === 0) return [...touched.values()];
	for await (const events of readEvents(reads, { after: 0, topics: leavings, agentIds: removed }))
		for (const { topic, agentId, data } of events) add(touchedBy(topic, agentId, () => data));
	return [...touched.values()];
}

async function* readEvents(
	reads: Pick<Reads, 'events'>,
	query: Omit<Parameters<Reads['events']>[0], 'limit'>,
): AsyncGenerator<readonly EventView[]> {
	for (let { after } = query; ; ) {
		const page = await reads.events({ ...query, after, limit: pageSize });
		yield page;
		const last = page.at(-1);
		if (last === undefined || page.length < pageSize) return;
		after = last.seq;
	}
}
