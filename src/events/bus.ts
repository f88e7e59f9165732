/**
 * The event bus: tells observers inside this process of events that have been committed.
 *
 * It owns the order of telling and nothing else: events are already stored, and whoever was not
 * listening reads them from the store.
 *
 * 1. `publish` is called after the commit, in commit order; every listener hears batches in that order,
 *    also when a listener publishes.
 * 2. A listener that throws harms neither the publisher nor the other listeners.
 * 3. A listener is told at once and synchronously; it hands slow work elsewhere.
 */

import type { StoredEvent } from '../durable/store.ts';

export type EventListener = (events: readonly StoredEvent[]) => void;

export interface EventBus {
	/** Tells every listener of events that have just been committed, lowest seq first. */
	publish(events: readonly StoredEvent[]): void;
	/** Hears every batch published from now on; the answer ends that. */
	subscribe(listener: EventListener): () => void;
	/** Seq of the last event published here; 0 before the first. */
	latestSeq(): number;
}

export interface EventBusDeps {
	/** Told what a listener threw. */
	readonly onListenerError?: (error: unknown) => void;
}

export function createEventBus({ onListenerError }: EventBusDeps = {}): EventBus {
	const listeners = new Set<EventListener>();
	const waiting: Array<readonly StoredEvent[]> = [];
	let telling = false;
	let latest = 0;

	function tell(events: readonly StoredEvent[]): void {
		for (const listener of [...listeners]) {
			// A listener may have been taken off by one that was told before it.
			if (!listeners.has(listener)) continue;
			try {
				listener(events);
			} catch (error) {
				onListenerError?.(error);
			}
		}
	}

	return {
		publish(events) {
			const last = events.at(-1);
			if (last === undefined) return;
			latest = last.seq;
			waiting.push(events);
			if (telling) return;
			telling = true;
			try {
				for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) tell(batch);
			} finally {
				telling = false;
			}
		},
		subscribe(listener) {
			// Wrapped, so that the same function subscribed twice is two subscriptions.
			const own: EventListener = (events) => listener(events);
			listeners.add(own);
			return () => listeners.delete(own);
		},
		latestSeq: () => latest,
	};
}
