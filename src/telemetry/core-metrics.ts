/** Metrics of the durable core: steps, commits, effects and timers, as the core tells of them. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DurableObserver } from '../durable/observer.ts';

export interface CoreMetrics {
	/** One group commit: how long it took, in milliseconds, and how many units it held. */
	commitObserved(latencyMs: number, units: number): void;
	/** A commit that the store did not take. */
	commitFailed(): void;
	readonly observer: Required<DurableObserver>;
}

export function createCoreMetrics(registry: Registry): CoreMetrics {
	const registers = [registry];
	const commitSeconds = new Histogram({
		name: 'statecraft_commit_seconds',
		help: 'Time of one group commit',
		buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
		registers,
	});
	const commitUnits = new Histogram({
		name: 'statecraft_commit_units',
		help: 'Write units in one group commit',
		buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
		registers,
	});
	const commitFailures = new Counter({
		name: 'statecraft_commit_failures_total',
		help: 'Group commits that the store did not take',
		registers,
	});
	const steps = new Counter({
		name: 'statecraft_steps_total',
		help: 'Committed steps of durable actors',
		labelNames: ['machine'],
		registers,
	});
	const transitions = new Counter({
		name: 'statecraft_transitions_total',
		help: 'Committed steps that changed the state, first steps among them',
		labelNames: ['machine', 'to', 'trigger'],
		registers,
	});
	const effectSeconds = new Histogram({
		name: 'statecraft_effect_seconds',
		help: 'Time of one attempt at an effect, by how it ended',
		labelNames: ['effect', 'outcome'],
		buckets: [0.001, 0.01, 0.1, 1, 10, 60, 600],
		registers,
	});
	const effectsRunning = new Gauge({
		name: 'statecraft_effects_running',
		help: 'Effects that are being carried out',
		labelNames: ['effect'],
		registers,
	});
	const timerLateness = new Histogram({
		name: 'statecraft_timer_lateness_seconds',
		help: 'How long after its time a durable timer was found due',
		buckets: [0.002, 0.01, 0.05, 0.2, 1, 5, 60, 3_600],
		registers,
	});

	return {
		commitObserved(latencyMs, units) {
			commitSeconds.observe(latencyMs / 1_000);
			commitUnits.observe(units);
		},
		commitFailed: () => commitFailures.inc(),
		observer: {
			stepCommitted({ journal = [], actors = [] }) {
				for (const [index, { from, to, trigger }] of journal.entries()) {
					const machine = actors[index]?.machineId ?? '';
					steps.inc({ machine });
					if (from !== to) transitions.inc({ machine, to, trigger: trigger ?? '' });
				}
			},
			effectBegan: ({ name }) => effectsRunning.inc({ effect: name }),
			effectEnded({ effect: { name }, startedAt, endedAt, outcome }) {
				effectsRunning.dec({ effect: name });
				effectSeconds.observe({ effect: name, outcome }, (endedAt - startedAt) / 1_000);
			},
			timerFired: (_timer, lateMs) => timerLateness.observe(Math.max(0, lateMs) / 1_000),
		},
	};
}
