/**
 * Staleness: how long an agent has shown no sign of life, in heartbeat intervals. Computed when asked
 * for, never stored. Counted from the later of the last sign of life and the last state change, so
 * that a newcomer is not dead at birth; only states that should beat can be stale.
 */

export type Staleness = 'ok' | 'warn' | 'stale' | 'dead';

const beatingStates = new Set(['starting', 'idle', 'busy']);

/** Intervals without a sign of life after which each level begins. */
const thresholds: ReadonlyArray<readonly [Staleness, number]> = [
	['dead', 30],
	['stale', 10],
	['warn', 3],
];

export interface Vitals {
	readonly executionState: string;
	/** Epoch milliseconds. */
	readonly lastSeenAt: number | null;
	/** Epoch milliseconds. */
	readonly stateChangedAt: number;
}

/** Staleness at `now` (epoch ms); an idle agent whose process lives is `ok`, for it has nothing to say. */
export function computeStaleness(vitals: Vitals, now: number, intervalMs: number, processAlive: boolean): Staleness {
	if (!beatingStates.has(vitals.executionState)) return 'ok';
	if (vitals.executionState === 'idle' && processAlive) return 'ok';
	const silentIntervals = (now - Math.max(vitals.lastSeenAt ?? 0, vitals.stateChangedAt)) / intervalMs;
	return thresholds.find(([, least]) => silentIntervals > least)?.[0] ?? 'ok';
}
