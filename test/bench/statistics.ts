/** Medians, percentiles, and rounds that take turns. */

export interface Spread {
	readonly median: number;
	readonly min: number;
	readonly max: number;
}

/** The value that the share `p` (0 to 1) of the samples does not exceed. */
export function percentile(samples: ArrayLike<number>, p: number): number {
	const sorted = Float64Array.from(samples).sort();
	const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1));
	return sorted[index] ?? Number.NaN;
}

export function spreadOf(samples: readonly number[]): Spread {
	return { median: percentile(samples, 0.5), min: Math.min(...samples), max: Math.max(...samples) };
}

/** Our sample and the baseline's, taken one right after the other. */
export interface Round<Sample> {
	readonly ours: Sample;
	readonly baseline: Sample;
}

/** Takes both samples of each round, the other one first every time, after one round that does not count. */
export async function alternate<Sample>(
	rounds: number,
	ours: () => Sample | Promise<Sample>,
	baseline: () => Sample | Promise<Sample>,
): Promise<ReadonlyArray<Round<Sample>>> {
	const taken: Array<Round<Sample>> = [];
	for (let round = 0; round <= rounds; round++) {
		if (round % 2 === 0) {
			const first = await baseline();
			taken.push({ baseline: first, ours: await ours() });
		} else {
			const first = await ours();
			taken.push({ ours: first, baseline: await baseline() });
		}
	}
	return taken.slice(1);
}

/** Spreads of both sides and of their ratio, for one number of each sample. */
export function compare<Sample>(rounds: ReadonlyArray<Round<Sample>>, pick: (sample: Sample) => number) {
	return {
		value: spreadOf(rounds.map(({ ours }) => pick(ours))),
		baseline: spreadOf(rounds.map(({ baseline }) => pick(baseline))),
		ratio: spreadOf(rounds.map(({ ours, baseline }) => pick(ours) / pick(baseline))),
	};
}
