/**
 * The live end of the event stream: serialises what the bus publishes once, and hands it to every
 * reader in small bursts, so that a hundred clients cost a few writes each and not one for every event.
 *
 * It owns the events of the present burst, nothing older. Its pauses are about the transport, not about
 * the domain's time, and so are plain timers.
 *
 * 1. A reader gets every event published after it joined, in order. It may also get events of the
 *    present burst that were published just before.
 * 2. An event waits at most about `burstMs`; after a quiet moment it hardly waits at all.
 * 3. Readers are told after the publisher's turn: a commit does not wait for them.
 */

import type { StoredEvent } from '../durable/store.ts';
import type { EventBus } from '../events/bus.ts';
import { encodeStored, type WireEvent } from './wire-event.ts';

/** Hears a burst as it goes over the wire, and as it was stored. */
export type FeedListener = (events: readonly WireEvent[], stored: readonly StoredEvent[]) => void;

export interface EventFeed {
	/** Hears every burst from now on; the answer ends that. */
	join(listener: FeedListener): () => void;
	close(): void;
}

const defaultBurstMs = 4;

export function createEventFeed(bus: Pick<EventBus, 'subscribe'>, burstMs = defaultBurstMs): EventFeed {
	const listeners = new Set<FeedListener>();
	let burst: StoredEvent[] = [];
	let flushedAt = Number.NEGATIVE_INFINITY;
	let timer: NodeJS.Timeout | undefined;

	function flush(): void {
		timer = undefined;
		flushedAt = performance.now();
		const stored = burst;
		burst = [];
		const events = stored.map(encodeStored);
		for (const listener of listeners) listener(events, stored);
	}

	const leaveBus = bus.subscribe((events) => {
		if (listeners.size === 0) return;
		for (const event of events) burst.push(event);
		timer ??= setTimeout(flush, Math.max(0, flushedAt + burstMs - performance.now()));
	});

	return {
		join(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		close() {
			leaveBus();
			clearTimeout(timer);
			listeners.clear();
		},
	};
}
