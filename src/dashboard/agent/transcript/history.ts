/**
 * The part of an agent's events that the page holds, and the transcript of it: grows at the end as events
 * come, and at the beginning as earlier ones are asked for.
 *
 * 1. Every event counts once, whichever way and however often it comes.
 * 2. The transcript is that of the events held, whatever way they came.
 */

import type { AgentEvent } from './agent-event.ts';
import { emptyTranscript, foldEvents, type Transcript } from './transcript.ts';

export interface EventHistory {
	/** In the order of their seq, without gaps between the first and the last. */
	readonly events: readonly AgentEvent[];
	readonly transcript: Transcript;
	/** Whether there are events before the first. */
	readonly hasEarlier: boolean;
}

export const emptyHistory: EventHistory = { events: [], transcript: emptyTranscript, hasEarlier: true };

/** A page that is open for days holds no more than so many events, and then drops the older half. */
const heldEvents = 40_000;

/** Adds events that came after those held. `mayTrim`: nobody is looking at the older ones. */
export function appendEvents(history: EventHistory, came: readonly AgentEvent[], mayTrim = false): EventHistory {
	let last = history.events.at(-1)?.seq ?? 0;
	const fresh = came.filter(({ seq }) => {
		const isFresh = seq > last;
		if (isFresh) last = seq;
		return isFresh;
	});
	if (fresh.length === 0) return history;
	const events = [...history.events, ...fresh];
	if (mayTrim && events.length > heldEvents) {
		const held = events.slice(-heldEvents / 2);
		return { events: held, transcript: foldEvents(emptyTranscript, held), hasEarlier: true };
	}
	return { ...history, events, transcript: foldEvents(history.transcript, fresh) };
}

/** Adds a page of events before those held; `hasEarlier`: whether there are more before it. */
export function prependEvents(history: EventHistory, page: readonly AgentEvent[], hasEarlier: boolean): EventHistory {
	const first = history.events[0]?.seq ?? Number.POSITIVE_INFINITY;
	const earlier = page.filter(({ seq }) => seq < first);
	if (earlier.length === 0) return hasEarlier === history.hasEarlier ? history : { ...history, hasEarlier };
	const events = [...earlier, ...history.events];
	const transcript = foldEvents(emptyTranscript, events);
	return { events, transcript: keepFirstKey(transcript, history.transcript), hasEarlier };
}

/**
 * What was the first entry may turn out to be the rest of an earlier one. That one gets its key, so that
 * whoever looks at it goes on looking at it.
 */
function keepFirstKey(transcript: Transcript, before: Transcript): Transcript {
	const first = before.entries[0];
	if (first === undefined || transcript.entries.some(({ key }) => key === first.key)) return transcript;
	const index = transcript.entries.findLastIndex(({ kind, seq }) => kind === first.kind && seq < first.seq);
	const entries = transcript.entries.map((entry, at) => (at === index ? { ...entry, key: first.key } : entry));
	return { ...transcript, entries };
}
