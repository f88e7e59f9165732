/**
 * Runs the effects that committed steps asked for, after the commit, at least once each.
 *
 * 1. An effect's row goes only when it is settled: in the transaction of the step that takes its
 *    outcome, or in one of its own when there is no outcome.
 * 2. A failed attempt is stored with the time of the next one before it is waited for.
 * 3. After a restart, `always` is run again, `check` is asked first, `never` is settled without
 *    running: its outcome is reconciliation's to judge.
 * 4. An effect that this process has taken up is never taken for one that a crash left: steps may be
 *    committed, and their effects begin, before the store is asked what is unsettled.
 */

import type { AnyEventObject } from 'xstate';
import { toStatecraftError } from '../errors.ts';
import type { Clock } from './clock.ts';
import type { EffectContext, EffectDefinition } from './definition.ts';
import type { DurableObserver, EffectRun } from './observer.ts';
import type { StoredEffect, WriteUnit } from './store.ts';

export interface EffectRunnerDeps {
	readonly clock: Clock;
	/** Pause before an outcome that the store refused for now is brought again, milliseconds. */
	readonly retryDelayMs: number;
	/** Undefined when the actor, or this kind of effect, is gone. */
	definitionOf(effect: StoredEffect): EffectDefinition | undefined;
	/** Sends the outcome; its commit settles the effect. Resolves also when the actor refuses it. */
	deliver(effect: StoredEffect, outcome: AnyEventObject): Promise<void>;
	/** Writes outside any step. */
	write(unit: WriteUnit): Promise<unknown>;
	/** Must not throw. */
	readonly observer: Pick<Required<DurableObserver>, 'effectBegan' | 'effectEnded'> | undefined;
	/** An effect that was given up, or could not be settled: for the log. */
	onError(effect: StoredEffect, error: Error): void;
}

export interface EffectRunner {
	/** Runs an effect that was just committed. */
	run(effect: StoredEffect): void;
	/** Takes up effects that a crash left unsettled. */
	resume(effects: readonly StoredEffect[]): void;
	/** Aborts what runs and waits for it. */
	stop(): Promise<void>;
}

export function createEffectRunner(deps: EffectRunnerDeps): EffectRunner {
	const abort = new AbortController();
	const running = new Set<Promise<void>>();
	const timers = new Set<() => void>();
	/** Ids of effects taken up by this process and not settled. */
	const taken = new Set<string>();

	function track(effect: StoredEffect, recovered: boolean): void {
		const work = attempt(effect, recovered)
			.catch((thrown: unknown) => deps.onError(effect, thrown as Error))
			.finally(() => running.delete(work));
		running.add(work);
	}

	async function settle(effect: StoredEffect, outcome: AnyEventObject | undefined): Promise<void> {
		for (;;) {
			try {
				if (outcome) await deps.deliver(effect, outcome);
				else await deps.write({ effectsSettled: [effect.id] });
				taken.delete(effect.id);
				return;
			} catch (thrown) {
				// It happened but could not be noted: noted later, or taken up again at the next boot.
				if (abort.signal.aborted || toStatecraftError(thrown).kind !== 'transient') {
					deps.onError(effect, thrown as Error);
					return;
				}
			}
			await pause();
		}
	}

	/** Until the store may be back, or the stop. */
	function pause(): Promise<void> {
		return new Promise((resolve) => {
			const end = () => {
				cancel();
				timers.delete(end);
				resolve();
			};
			const cancel = deps.clock.setTimer(end, deps.retryDelayMs);
			timers.add(end);
		});
	}

	async function attempt(effect: StoredEffect, recovered: boolean): Promise<void> {
		if (abort.signal.aborted) return;
		const definition = deps.definitionOf(effect);
		if (!definition) return settle(effect, undefined);
		const params = JSON.parse(effect.params) as never;
		const context: EffectContext = {
			address: effect.address,
			effectId: effect.id,
			attempt: effect.attempts + 1,
			signal: abort.signal,
		};
		const ended = watch(effect, context.attempt);
		let outcome: AnyEventObject | undefined;
		try {
			outcome = await perform(definition, params, context, recovered);
		} catch (thrown) {
			const error = thrown as Error;
			// A stop is no failure: the row stays as it is for the next boot.
			if (abort.signal.aborted) return ended('cut', error);
			const again = definition.repeat !== 'never' && context.attempt < (definition.retry?.attempts ?? 1);
			ended(again ? 'retried' : 'given_up', error);
			return again
				? tryAgain(effect, definition, context, error, recovered)
				: giveUp(effect, definition, params, context, error);
		}
		ended('done', null);
		await settle(effect, outcome);
	}

	/** Tells the observer, if there is one, that an attempt begins, and by what it returns how it ended. */
	function watch(effect: StoredEffect, attempt: number): (outcome: EffectRun['outcome'], error: Error | null) => void {
		const { observer, clock } = deps;
		if (!observer) return () => {};
		const startedAt = clock.now();
		observer.effectBegan(effect);
		return (outcome, error) =>
			observer.effectEnded({ effect, attempt, startedAt, endedAt: clock.now(), outcome, error });
	}

	function giveUp(
		effect: StoredEffect,
		definition: EffectDefinition,
		params: never,
		context: EffectContext,
		error: Error,
	): Promise<void> {
		deps.onError(effect, error);
		return settle(effect, definition.onGivenUp?.(params, error, context));
	}

	async function tryAgain(
		effect: StoredEffect,
		definition: EffectDefinition,
		{ attempt: attempts }: EffectContext,
		error: Error,
		recovered: boolean,
	): Promise<void> {
		const nextAttemptAt = deps.clock.now() + (definition.retry?.delayMs(attempts) ?? 0);
		const next: StoredEffect = { ...effect, attempts, nextAttemptAt, lastError: error.message };
		await deps.write({ effectsRetried: [next] }).catch((cause: Error) => deps.onError(effect, cause));
		// What a crash left stays doubtful: its next attempt is asked about first as well.
		schedule(next, recovered);
	}

	function schedule(effect: StoredEffect, recovered: boolean): void {
		if (abort.signal.aborted) return;
		const delay = (effect.nextAttemptAt ?? 0) - deps.clock.now();
		if (delay <= 0) {
			track(effect, recovered);
			return;
		}
		const cancel = deps.clock.setTimer(() => {
			timers.delete(cancel);
			schedule(effect, recovered);
		}, delay);
		timers.add(cancel);
	}

	return {
		run(effect) {
			taken.add(effect.id);
			track(effect, false);
		},
		resume(effects) {
			for (const effect of effects) {
				if (effect.nextAttemptAt === null || taken.has(effect.id)) continue;
				taken.add(effect.id);
				schedule(effect, true);
			}
		},
		async stop() {
			abort.abort();
			for (const cancel of timers) cancel();
			timers.clear();
			await Promise.all(running);
		},
	};
}

async function perform(
	definition: EffectDefinition,
	params: never,
	context: EffectContext,
	recovered: boolean,
): Promise<AnyEventObject | undefined> {
	if (recovered && definition.repeat === 'never') return undefined;
	if (recovered && definition.repeat === 'check' && definition.check) {
		const verdict = await definition.check(params, context);
		if (verdict === 'done') return undefined;
		if (verdict !== 'run') return verdict;
	}
	return definition.run(params, context);
}
