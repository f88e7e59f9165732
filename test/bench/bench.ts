/** What a benchmark is, and what it reports. */

import type { Spread } from './statistics.ts';

/** `full` takes seconds and gives figures; `tiny` only shows that the benchmark still runs. */
export type BenchSize = 'full' | 'tiny';

/** One line of the report. */
export interface Figure {
	/** Stable name for programs that read `--json`. */
	readonly id: string;
	readonly what: string;
	readonly unit: string;
	/** Median and extremes of the rounds. */
	readonly value: Spread;
	/** The hand-written way, measured in turns with ours. */
	readonly baseline?: { readonly what: string; readonly value: Spread };
	/** Ours by the baseline's, of each round: noise that hits both sides of a round cancels out. */
	readonly ratio?: Spread;
	readonly target?: Target;
}

export interface Target {
	readonly text: string;
	readonly met: boolean;
}

export interface Bench {
	/** For `--only`. */
	readonly name: string;
	readonly title: string;
	/** How it is measured and what it is compared with, for the page. */
	readonly about: string;
	/** Takes minutes to prepare: run only when asked for by name. */
	readonly onRequest?: boolean;
	run(size: BenchSize): Promise<readonly Figure[]>;
}

export function atLeast(least: number, { median }: Spread, unit: string): Target {
	return { text: `≥ ${least}${unit}`, met: median >= least };
}

export function atMost(most: number, { median }: Spread, unit: string): Target {
	return { text: `≤ ${most}${unit}`, met: median <= most };
}
