/** What the demo has seen to hold, and what not. */

export interface Verdict {
	readonly promise: string;
	readonly held: boolean;
	/** What was seen. */
	readonly evidence: string;
}

export interface Ledger {
	check(promise: string, held: boolean, evidence: string): void;
	readonly verdicts: readonly Verdict[];
}

export function createLedger(): Ledger {
	const verdicts: Verdict[] = [];
	return {
		verdicts,
		check(promise, held, evidence) {
			verdicts.push({ promise, held, evidence });
		},
	};
}
