/** One clock for everything on the page that tells how long ago or how soon: it ticks while somebody looks. */

import { useSyncExternalStore } from 'react';

export interface TickingClock {
	/** Epoch ms of the last tick. */
	now(): number;
	subscribe(onTick: () => void): () => void;
}

/** Ticks every `intervalMs` while there are listeners. */
export function createTickingClock(intervalMs: number, read: () => number = Date.now): TickingClock {
	const listeners = new Set<() => void>();
	let timer: ReturnType<typeof setInterval> | undefined;
	let now = read();

	function tick(): void {
		now = read();
		for (const listener of listeners) listener();
	}

	return {
		now: () => now,
		subscribe(onTick) {
			if (listeners.size === 0) {
				now = read();
				timer = setInterval(tick, intervalMs);
			}
			listeners.add(onTick);
			return () => {
				listeners.delete(onTick);
				if (listeners.size === 0) clearInterval(timer);
			};
		},
	};
}

const clock = createTickingClock(1_000);

/** Epoch ms, to the second, by the clock of this browser. */
export function useNow(): number {
	return useSyncExternalStore(clock.subscribe, clock.now);
}

/** Drawn again only when what is told of the time is another text. */
export function useTimeText(tell: (now: number) => string): string {
	return useSyncExternalStore(clock.subscribe, () => tell(clock.now()));
}
