/** Backoff, as machines compute it: without a clock and without randomness, so that a step can be replayed. */

export interface Backoff {
	/** Milliseconds. */
	readonly initial: number;
	readonly max: number;
}

/** Milliseconds of the pause after `attempt` earlier ones: doubled each time, capped, with jitter seeded by the text. */
export function backoffWithJitter({ initial, max }: Backoff, attempt: number, seed: string): number {
	const pause = Math.min(max, initial * 2 ** attempt);
	return Math.round(pause * (0.8 + 0.4 * fraction(seed)));
}

/** A number in [0, 1) that depends on the text alone (FNV-1a). */
function fraction(text: string): number {
	let hash = 0x811c9dc5;
	for (let index = 0; index < text.length; index++) {
		hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
	}
	return (hash >>> 0) / 2 ** 32;
}
