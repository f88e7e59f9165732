/**
 * Sources that read the stored event log: what all of them share. What an event means to a trigger is
 * said by an `EventReading`.
 *
 * 1. Every event is looked at once, in order: the cursor is the seq up to which that is done. The end
 *    of the log is read before the events, so nothing that is committed meanwhile is skipped.
 * 2. Without a cursor it begins where the workflow did: see `event-start.ts`. Where the log does not
 *    tell of that, everything from `since` on counts.
 * 3. What is left to tell of something that is gone is told first; only then it cannot be read.
 */

import type { EventView, Reads } from '../../agents/views.ts';
import type { EventTopic } from '../../events/catalogue.ts';
import type { WorkItem } from '../views.ts';
import { findStart } from './event-start.ts';
import { PollError } from './poll-error.ts';
import type { PollRequest, TriggerSource } from './source.ts';

export interface EventReading<Config> {
	topics(trigger: Config): readonly EventTopic[];
	/** The agent that the events are about; null for any. */
	agentId(trigger: Config, ownAgentId: string): string | null;
	/** What the event amounts to; undefined: nothing. */
	toItem(event: EventView, request: EventRequest<Config>): Promise<WorkItem | undefined>;
	/** What is wrong with the thing that is watched; undefined: nothing. */
	findProblem(request: EventRequest<Config>): Promise<string | undefined>;
}

export type EventRequest<Config> = PollRequest<Config, number>;

const pageSize = 200;

export function createEventSource<Config>(
	reads: Pick<Reads, 'events' | 'lastEventSeq'>,
	reading: EventReading<Config>,
): TriggerSource<Config, number> {
	async function* readEvents({ trigger, agentId, signal }: EventRequest<Config>, start: number) {
		const topics = reading.topics(trigger);
		const about = reading.agentId(trigger, agentId);
		for (let after = start; ; ) {
			signal.throwIfAborted();
			const query = { after, limit: pageSize, topics, ...(about !== null && { agentIds: [about] }) };
			const page = await reads.events(query);
			yield* page;
			if (page.length < pageSize) return;
			after = page.at(-1)?.seq ?? after;
		}
	}

	async function begin(request: EventRequest<Config>, last: number): Promise<{ after: number; from: number }> {
		if (request.cursor !== null) return { after: request.cursor, from: 0 };
		const after = await findStart(reads, request.workflowId, last);
		return after === undefined ? { after: 0, from: request.since } : { after, from: 0 };
	}

	return {
		async poll(request) {
			const last = await reads.lastEventSeq();
			const { after, from } = await begin(request, last);
			const items: WorkItem[] = [];
			let cursor = Math.max(after, last);
			for await (const event of readEvents(request, after)) {
				cursor = Math.max(cursor, event.seq);
				const item = event.at < from ? undefined : await reading.toItem(event, request);
				if (item) items.push(item);
			}
			const problem = await reading.findProblem(request);
			if (problem !== undefined && items.length === 0) throw new PollError('trigger_failed', problem);
			return { items, cursor, nextPollAt: problem === undefined ? null : request.now };
		},
		interests(trigger, ownAgentId) {
			const agentId = reading.agentId(trigger, ownAgentId);
			return reading.topics(trigger).map((topic) => ({ topic, agentId }));
		},
	};
}

/** The source id of an item made of an event. */
export function eventSourceId({ seq }: EventView): string {
	return `event:${seq}`;
}
