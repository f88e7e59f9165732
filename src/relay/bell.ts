/** Wakes one waiter. A ring with nobody waiting is kept for the next. */

import type { Clock } from '../durable/clock.ts';

export interface Bell {
	ring(): void;
	/** Resolves at the next ring, or after so long. */
	wait(ms: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
	let hasRung = false;
	let wake = () => {};
	return {
		ring() {
			hasRung = true;
			wake();
		},
		async wait(ms) {
			if (!hasRung) {
				await new Promise<void>((resolve) => {
					const cancel = clock.setTimer(resolve, ms);
					wake = () => {
						cancel();
						resolve();
					};
				});
			}
			wake = () => {};
			hasRung = false;
		},
	};
}
