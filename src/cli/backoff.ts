/** Exponential backoff with jitter: how long to leave a server alone before the next try. */

import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
	/** Waits longer each time; rejects with an AbortError when the signal fires. */
	wait(signal: AbortSignal): Promise<void>;
	/** After a success: the next wait is short again. */
	reset(): void;
}

export interface BackoffLimits {
	readonly initialMs: number;
	readonly maxMs: number;
}

/** Each wait is between half and all of the doubled delay, so that many clients do not return at once. */
export function createBackoff({ initialMs, maxMs }: BackoffLimits): Backoff {
	let attempt = 0;
	return {
		async wait(signal) {
			const ceiling = Math.min(maxMs, initialMs * 2 ** attempt);
			attempt += 1;
			await delay(ceiling / 2 + (Math.random() * ceiling) / 2, undefined, { signal });
		},
		reset() {
			attempt = 0;
		},
	};
}
