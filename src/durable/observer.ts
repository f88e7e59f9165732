/**
 * What the core tells whoever measures it. Nothing is told, and nothing is measured, where nobody observes.
 *
 * An observer that throws harms nobody: what it threw is reported, and the core goes on.
 */

import type { StoredEffect, StoredTimer, WriteUnit } from './store.ts';

/** One attempt at an effect. */
export interface EffectRun {
	readonly effect: StoredEffect;
	/** 1 for the first. */
	readonly attempt: number;
	/** Epoch milliseconds. */
	readonly startedAt: number;
	readonly endedAt: number;
	/** `cut`: the system stopped first. */
	readonly outcome: 'done' | 'retried' | 'given_up' | 'cut';
	readonly error: Error | null;
}

export interface DurableObserver {
	/**
	 * A step is on disk. Told before it is installed: its actors still stand where they stood before it.
	 * `unit` is what it has written; its journal lines and actors belong to each other in pairs.
	 */
	stepCommitted?(unit: WriteUnit, committedAt: number): void;
	effectBegan?(effect: StoredEffect): void;
	effectEnded?(run: EffectRun): void;
	/** A timer was found due, so many milliseconds late. */
	timerFired?(timer: StoredTimer, lateMs: number): void;
}

/** The observer, safe to be called; undefined where there is none. */
export function guardObserver(
	observer: DurableObserver | undefined,
	onError: (where: string, error: Error) => void,
): Required<DurableObserver> | undefined {
	if (!observer) return undefined;
	const guard = (work: () => void) => {
		try {
			work();
		} catch (thrown) {
			onError('observer', thrown instanceof Error ? thrown : new Error(String(thrown)));
		}
	};
	return {
		stepCommitted: (unit, committedAt) => guard(() => observer.stepCommitted?.(unit, committedAt)),
		effectBegan: (effect) => guard(() => observer.effectBegan?.(effect)),
		effectEnded: (run) => guard(() => observer.effectEnded?.(run)),
		timerFired: (timer, lateMs) => guard(() => observer.timerFired?.(timer, lateMs)),
	};
}
