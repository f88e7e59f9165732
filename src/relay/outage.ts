/**
 * What is said of a Valkey that cannot be relayed to, and how long it is left alone: one warning when it
 * goes away, another only for what a person has to mend, and one line when it is back.
 */

import { RelayObstacle } from './valkey.ts';

export interface OutageDeps {
	/** Host and port. */
	readonly place: string;
	onWarning(where: string, error: Error): void;
	onNotice(text: string): void;
}

export interface Outage {
	/** Answers how long to wait before the next attempt, in milliseconds. */
	failed(error: Error): number;
	/** Everything is told. */
	over(): void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;

export function createOutage({ place, onWarning, onNotice }: OutageDeps): Outage {
	let failures = 0;
	const obstacles = new Set<string>();
	return {
		failed(error) {
			const isNew = error instanceof RelayObstacle && !obstacles.has(error.message);
			if (isNew) obstacles.add(error.message);
			if (failures === 0 || isNew)
				onWarning(`nothing is relayed to Valkey at ${place}; tried again until it is`, error);
			// With jitter, so that many who lost the same Valkey do not come back all at once.
			return Math.min(firstPauseMs * 2 ** failures++, longestPauseMs) * (0.5 + Math.random() / 2);
		},
		over() {
			if (failures > 0) onNotice(`Valkey at ${place} is back, and has been told what it missed`);
			failures = 0;
			obstacles.clear();
		},
	};
}
