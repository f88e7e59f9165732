/** Measures how long named things take, by the times of their events. Forgets each when it ends. */

export interface Stopwatch {
	/** `at` is in epoch milliseconds. */
	start(name: unknown, at: number): void;
	/** Seconds since the start; undefined for what was not started here. */
	stop(name: unknown, at: number): number | undefined;
}

export function createStopwatch(): Stopwatch {
	const starts = new Map<unknown, number>();
	return {
		start: (name, at) => void starts.set(name, at),
		stop(name, at) {
			const startedAt = starts.get(name);
			starts.delete(name);
			return startedAt === undefined ? undefined : Math.max(0, at - startedAt) / 1_000;
		},
	};
}
