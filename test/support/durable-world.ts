/**
 * A durable system whose store, clock and end are in the test's hands. One world is one database and
 * one clock; the processes that use them come and go.
 */

import { afterEach, expect } from 'vitest';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import type { BatchReport } from '../../src/durable/group-commit.ts';
import type { DurableStore } from '../../src/durable/store.ts';
import { createDurableSystem, type DurableSystem, type RestoreReport } from '../../src/durable/system.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import type { DurabilityWatch } from './durability-watch.ts';
import { createFaultyStore, type Faults } from './faulty-store.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMortalStore, type MortalStore } from './mortal-store.ts';

export interface World<Store extends DurableStore = MemoryStore> {
	/** What is on disk, past faults and processes. */
	readonly disk: Store;
	readonly clock: ManualClock;
	/** The process that runs now. */
	readonly system: DurableSystem;
	/** Faults of the store, to be set and taken back at will. Commits are numbered over all processes. */
	readonly faults: Faults;
	/** What was reported to `onError`, as `where: message`. */
	readonly errors: string[];
	readonly batches: BatchReport[];
	/** Starts a process on what is on disk: a new system, restored and resumed. */
	boot(definitions?: readonly DurableDefinition[]): Promise<RestoreReport>;
	/** Starts a process that has restored and not resumed yet. */
	restoreOnly(definitions?: readonly DurableDefinition[]): Promise<RestoreReport>;
	/** Whether the process has died. */
	readonly dead: boolean;
	/** Resolves when the process has died. */
	ended(): Promise<void>;
	/** Ends the process as kill -9 does: no farewell, its promises stay open. */
	crash(): void;
	/** Holds every commit before it is written, until `release` (or the answer) is called. */
	hold(): () => void;
	release(): void;
	/** Resolves when nothing moves any more until time does, or a held commit is let go. */
	settle(): Promise<void>;
	/** Moves time on and lets what that led to settle. */
	advance(ms: number): Promise<void>;
	stop(): Promise<void>;
}

export interface WorldOptions<Store extends DurableStore> {
	readonly disk: Store;
	/** Told of every unit that is on disk, before its process hears of it, and of what XState inspects. */
	readonly watch?: Pick<DurabilityWatch, 'inspect' | 'committed'>;
	readonly onBatch?: (report: BatchReport) => void;
}

interface Life<Store extends DurableStore> {
	readonly system: DurableSystem;
	readonly mortal: MortalStore<Store>;
}

const worlds: Array<World<DurableStore>> = [];
const rejections: unknown[] = [];

/** Stops every world of a test and fails the test if one of them leaves something behind. */
export function checkLeaksAfterEach(): void {
	const note = (reason: unknown) => rejections.push(reason);
	process.on('unhandledRejection', note);
	afterEach(async () => {
		for (const world of worlds) await world.stop();
		const armed = worlds.map(({ clock }) => clock.armed);
		worlds.length = 0;
		expect(armed.filter((count) => count > 0)).toEqual([]);
		expect(rejections.splice(0)).toEqual([]);
	});
}

export function createWorld(definitions: readonly DurableDefinition[]): World<MemoryStore>;
export function createWorld<Store extends DurableStore>(
	definitions: readonly DurableDefinition[],
	options: WorldOptions<Store>,
): World<Store>;
export function createWorld(
	definitions: readonly DurableDefinition[],
	options: WorldOptions<DurableStore> = { disk: createMemoryStore() },
): World<DurableStore> {
	const { disk } = options;
	const clock = createManualClock();
	const faults: Faults = {};
	let held: Promise<void> | undefined;
	let letGo = () => {};
	let commits = 0;
	const errors: string[] = [];
	const batches: BatchReport[] = [];
	let life = begin(definitions);

	function begin(known: readonly DurableDefinition[]): Life<DurableStore> {
		const faulty = createFaultyStore(disk, {
			async before(_, units) {
				commits += 1;
				await faults.before?.(commits, units);
				await held;
				if (mortal.dead) await new Promise(() => {});
			},
			async after(_, units, outcomes) {
				for (const [index, unit] of units.entries()) if (outcomes[index]?.ok) options.watch?.committed(unit);
				await faults.after?.(commits, units, outcomes);
			},
		});
		const mortal = createMortalStore(faulty);
		const system = createDurableSystem({
			store: mortal.store,
			clock,
			definitions: known,
			retryDelayMs: 10,
			onError: (where, error) => errors.push(`${where}: ${error.message}`),
			onBatch(report) {
				batches.push(report);
				options.onBatch?.(report);
			},
			...(options.watch && { inspect: options.watch.inspect }),
		});
		return { system, mortal };
	}

	function crash(): void {
		life.mortal.die();
		clock.clear();
	}

	function release(): void {
		held = undefined;
		letGo();
	}

	async function settle(): Promise<void> {
		// The core yields to I/O between batches: only when several turns pass in silence is it at rest.
		for (let quiet = 0; quiet < 4; quiet++) {
			const { calls } = life.mortal;
			await endOfTurn();
			if (life.mortal.calls !== calls || (life.mortal.pending > 0 && !life.mortal.dead && !held)) quiet = -1;
		}
	}

	async function restoreOnly(known = definitions): Promise<RestoreReport> {
		if (!life.mortal.dead) crash();
		life = begin(known);
		return life.system.restore();
	}

	const world: World<DurableStore> = {
		disk,
		clock,
		faults,
		errors,
		batches,
		get system() {
			return life.system;
		},
		async boot(known) {
			const report = await restoreOnly(known);
			await life.system.resume();
			await settle();
			return report;
		},
		restoreOnly,
		crash,
		hold() {
			held = new Promise((resolve) => {
				letGo = resolve;
			});
			return release;
		},
		release,
		get dead() {
			return life.mortal.dead;
		},
		ended: () => life.mortal.ended,
		settle,
		async advance(ms) {
			clock.advance(ms);
			await settle();
		},
		async stop() {
			// A test that failed may have left it held.
			release();
			if (!life.mortal.dead) await life.system.stop();
		},
	};
	worlds.push(world);
	return world;
}

/** Every promise that could go on has gone on. */
function endOfTurn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
