/**
 * Staleness: how long an agent has shown no sign of life, in heartbeat intervals. Computed when asked
 * for, never stored. Counted from the later of the last sign of life and the last state change, so that
 * a newcomer is not dead at birth. The API shows it and the watchdog acts on it: one rule for both.
 */

export type Staleness = 'ok' | 'warn' | 'stale' | 'dead';

/** What the rows tell of an agent. */
export interface Vitals {
	readonly executionState: string;
	readonly substate: string | null;
	/** Epoch milliseconds; written now and then. */
	readonly lastSeenAt: number | null;
	/** Epoch milliseconds. */
	readonly stateChangedAt: number;
	readonly driver: { readonly transport?: string };
}

/** What its live run tells; known to this process alone. */
export interface SignsOfLife {
	/** Epoch milliseconds; null before the first. */
	readonly lastSignAt: number | null;
	/** It has shaken hands, and its process or socket is there. */
	readonly isConnected: boolean;
	/** The last tool call of its turn has not ended. */
	readonly isUsingTool: boolean;
}

const beatingStates = new Set(['starting', 'idle', 'busy']);

/** Intervals without a sign of life after which each level begins. */
const thresholds: ReadonlyArray<readonly [Staleness, number]> = [
	['dead', 30],
	['stale', 10],
	['warn', 3],
];

/** A tool may be silent for long (a build, a test run): intervals count for so many times less meanwhile. */
const patienceWithTools = 4;

/** The last sign of life, epoch milliseconds; null before the first. */
export function lastSeenAt(vitals: Pick<Vitals, 'lastSeenAt'>, signs: SignsOfLife | null): number | null {
	return Math.max(vitals.lastSeenAt ?? 0, signs?.lastSignAt ?? 0) || null;
}

/** Since when nothing was heard of the agent, epoch milliseconds. */
export function silentSince(vitals: Vitals, signs: SignsOfLife | null): number {
	return Math.max(lastSeenAt(vitals, signs) ?? 0, vitals.stateChangedAt);
}

/** Staleness at `now` (epoch ms); signs are null where no run of the agent is live. */
export function computeStaleness(
	vitals: Vitals,
	signs: SignsOfLife | null,
	now: number,
	intervalMs: number,
): Staleness {
	if (!beatingStates.has(vitals.executionState) || mayBeSilent(vitals, signs)) return 'ok';
	const patience = signs?.isConnected && signs.isUsingTool ? patienceWithTools : 1;
	const silentIntervals = (now - silentSince(vitals, signs)) / (intervalMs * patience);
	return stalenessOf(silentIntervals);
}

/** What so many intervals without a sign of life mean, of whomever one is expected. */
export function stalenessOf(silentIntervals: number): Staleness {
	return thresholds.find(([, least]) => silentIntervals > least)?.[0] ?? 'ok';
}

/** Whether nothing is to be heard of an agent that is well. */
function mayBeSilent({ executionState, substate, driver }: Vitals, signs: SignsOfLife | null): boolean {
	switch (executionState) {
		case 'idle':
			// It has nothing to say.
			return signs?.isConnected === true;
		case 'busy':
			// It waits for a human.
			return substate === 'awaitingInput';
		default:
			// It is awaited, and that has a deadline of its own.
			return driver.transport === 'websocket' && signs?.lastSignAt == null;
	}
}
