/**
 * Group commit: while one transaction is being written, the next batch gathers.
 *
 * 1. Jobs are staged and committed in the order they were added, urgent ones before all others that
 *    wait; nothing is staged ahead of the commit in flight, so a staged job always builds on what is
 *    committed or staged before it in the same batch.
 * 2. A job that the store refuses fails alone. Later jobs of the same owner were staged on top of
 *    it: they are taken back and staged anew in the next batch.
 * 3. When the store itself fails, every job of the batch fails and none has happened.
 */

import { setImmediate as yieldToIo } from 'node:timers/promises';
import { toStatecraftError } from '../errors.ts';
import type { DurableStore, StoredEvent, UnitOutcome, WriteUnit } from './store.ts';

/** One unit of work on its way to the store. */
export interface CommitJob {
	/** Jobs of one owner build on each other. */
	readonly owner: object | null;
	/**
	 * Computes what to write; undefined when there is nothing (it was refused, or is moot). `later`
	 * when it can only be judged on what is committed: the batch ends before it.
	 */
	stage(): WriteUnit | 'later' | undefined;
	/** It is on disk: make it visible. Called in order, before anything later is staged. */
	committed(events: readonly StoredEvent[]): void;
	/** It did not happen; forget what was staged. */
	failed(error: Error): void;
	/** It was staged on top of a job that failed: forget it, it will be staged again. */
	unstage(): void;
}

/** Told after each batch, in commit order. */
export interface BatchReport {
	readonly events: readonly StoredEvent[];
	readonly units: number;
	readonly durationMs: number;
}

export interface GroupCommit {
	/** An urgent job goes ahead of all that wait. */
	add(job: CommitJob, urgent?: boolean): void;
	/** Resolves when everything added so far, and what that led to, is settled. */
	drained(): Promise<void>;
	/** Jobs waiting to be staged. */
	readonly pending: number;
}

interface StagedJob {
	readonly job: CommitJob;
	readonly unit: WriteUnit;
}

export interface GroupCommitOptions {
	readonly store: DurableStore;
	readonly onBatch: (report: BatchReport) => void;
	/** The store took nothing of a batch: told before its senders are. */
	readonly onFailure: (error: Error) => void;
	/** Units in one transaction at most. */
	readonly maxBatch?: number;
}

export function createGroupCommit({ store, onBatch, onFailure, maxBatch = 256 }: GroupCommitOptions): GroupCommit {
	let urgent: CommitJob[] = [];
	let queue: CommitJob[] = [];
	let running: Promise<void> | undefined;

	function stageBatch(): StagedJob[] {
		const batch: StagedJob[] = [];
		urgent = stage(urgent, batch);
		if (urgent.length === 0) queue = stage(queue, batch);
		return batch;
	}

	/** Answers those that still wait. */
	function stage(waiting: CommitJob[], batch: StagedJob[]): CommitJob[] {
		let taken = 0;
		while (taken < waiting.length && batch.length < maxBatch) {
			const job = waiting[taken];
			const unit = job?.stage();
			if (unit === 'later') break;
			taken++;
			if (job && unit) batch.push({ job, unit });
		}
		return taken === waiting.length ? [] : waiting.slice(taken);
	}

	async function commitBatch(batch: readonly StagedJob[]): Promise<void> {
		const startedAt = performance.now();
		let outcomes: readonly UnitOutcome[];
		try {
			outcomes = await store.commit(batch.map(({ unit }) => unit));
		} catch (thrown) {
			const error = toStatecraftError(thrown, 'store_unavailable');
			onFailure(error);
			for (const { job } of batch) job.failed(error);
			return;
		}
		const events = settle(batch, outcomes);
		onBatch({ events, units: batch.length, durationMs: performance.now() - startedAt });
	}

	function settle(batch: readonly StagedJob[], outcomes: readonly UnitOutcome[]): StoredEvent[] {
		const events: StoredEvent[] = [];
		const failedOwners = new Set<object>();
		const again: CommitJob[] = [];
		for (const [index, { job }] of batch.entries()) {
			const outcome = outcomes[index];
			if (outcome?.ok) {
				events.push(...outcome.events);
				job.committed(outcome.events);
			} else if (job.owner && failedOwners.has(job.owner)) {
				job.unstage();
				again.push(job);
			} else {
				if (job.owner) failedOwners.add(job.owner);
				job.failed(outcome?.error ?? new Error('the store gave no outcome'));
			}
		}
		if (again.length > 0) queue = [...again, ...queue];
		return events;
	}

	async function run(): Promise<void> {
		// Let everything that is sent in this turn of the event loop join the first batch.
		await Promise.resolve();
		while (pending() > 0) {
			const batch = stageBatch();
			if (batch.length > 0) await commitBatch(batch);
			// A store that answers at once would otherwise keep sockets and timers waiting.
			if (pending() > 0) await yieldToIo();
		}
	}

	function pending(): number {
		return urgent.length + queue.length;
	}

	function start(): void {
		running ??= run().finally(() => {
			running = undefined;
			if (pending() > 0) start();
		});
	}

	return {
		add(job, isUrgent = false) {
			(isUrgent ? urgent : queue).push(job);
			start();
		},
		async drained() {
			while (running) await running;
		},
		get pending() {
			return pending();
		},
	};
}
