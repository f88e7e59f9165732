/** Time, injected, so that tests turn it by hand. Epoch milliseconds throughout. */
export interface Clock {
	now(): number;
	/** Calls `callback` once after `delayMs`; the answer cancels it. */
	setTimer(callback: () => void, delayMs: number): () => void;
}

/** setTimeout's longest delay: a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
	now: () => Date.now(),
	setTimer(callback, delayMs) {
		const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestDelayMs));
		return () => clearTimeout(handle);
	},
};
