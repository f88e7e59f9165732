/**
 * The crash matrix: the same day at the office, with every commit and every effect in turn going
 * wrong in every way. However often the process dies, the day ends the same.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DurableStore } from '../../src/durable/store.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { describeOnPostgresql, openSuiteDatabase } from '../support/on-postgresql.ts';
import { createScene, type Outcome, outcomeOf, play, type Scene } from './crash-scenario.ts';

checkLeaksAfterEach();

const faults = ['fails', 'crash before', 'crash after', 'crash after effect'] as const;
type Fault = (typeof faults)[number];

/** Lets the n-th commit, or deed outside, go wrong. Answers whether it came to that. */
function arrange({ world, office, crash }: Scene, fault: Fault, n: number): () => boolean {
	let struck = false;
	const strikeAt = (index: number): boolean => {
		if (struck || index !== n) return false;
		struck = true;
		return true;
	};
	if (fault === 'fails') {
		world.faults.before = (index) => {
			if (strikeAt(index)) throw new Error('disk full');
		};
	} else if (fault === 'crash before') {
		world.faults.before = (index) => {
			if (strikeAt(index)) crash();
		};
	} else if (fault === 'crash after') {
		world.faults.after = (index) => {
			if (strikeAt(index)) crash();
		};
	} else {
		office.afterDeed = () => {
			if (!strikeAt(office.outside.length)) return;
			crash();
			return new Promise(() => {});
		};
	}
	return () => struck;
}

const deedsOf = ({ office }: Scene, name: string) => office.outside.filter((deed) => deed.name === name).length;

interface Disturbed {
	readonly scene: Scene;
	/** Whether the day lasted until the fault. */
	readonly struck: boolean;
}

interface Baseline {
	readonly outcome: Outcome;
	readonly commits: number;
	readonly deeds: number;
}

async function playUndisturbed(disk: DurableStore): Promise<Baseline> {
	const scene = createScene(disk);
	let commits = 0;
	scene.world.faults.before = (index) => {
		commits = index;
	};
	await play(scene);
	return { outcome: await outcomeOf(scene), commits, deeds: scene.office.outside.length };
}

async function playDisturbed(disk: DurableStore, fault: Fault, n: number): Promise<Disturbed> {
	const scene = createScene(disk);
	const hasStruck = arrange(scene, fault, n);
	await play(scene);
	return { scene, struck: hasStruck() };
}

async function expectSameDay({ scene, struck }: Disturbed, { outcome }: Baseline, fault: Fault): Promise<void> {
	expect(struck).toBe(true);
	expect(scene.crashes).toBe(fault === 'fails' ? 0 : 1);
	expect(await outcomeOf(scene)).toEqual(outcome);
	expect(scene.watch.undurable).toEqual([]);
	expect(scene.watch.observations).toBeGreaterThan(10);
	expect(deedsOf(scene, 'fetch')).toBeGreaterThanOrEqual(1);
	expect(deedsOf(scene, 'stamp')).toBe(1);
	expect(deedsOf(scene, 'deliver')).toBeLessThanOrEqual(1);
}

describe('on the memory store', () => {
	let baseline: Baseline;
	beforeAll(async () => {
		baseline = await playUndisturbed(createMemoryStore());
	});

	test('the day, undisturbed', () => {
		expect(baseline.outcome).toEqual({
			manager: { hired: ['c'], reports: ['c'], files: ['file of c'], failures: [], praise: ['c'], favourite: null },
			agent: { queue: [], task: null },
			rows: ['agent:a active null', 'manager:m done null'],
			left: [],
			praised: ['c'],
		});
		expect(baseline.commits).toBeGreaterThan(10);
		expect(baseline.deeds).toBe(3);
	});

	test.each(faults)('[P1, P6, DU12, DU14, DU18, DU19, DU20] at every boundary: %s', async (fault) => {
		const boundaries = fault === 'crash after effect' ? baseline.deeds : baseline.commits;
		for (let n = 1; n <= boundaries; n++) {
			const disturbed = await playDisturbed(createMemoryStore(), fault, n);
			await expectSameDay(disturbed, baseline, fault).catch((error: Error) => {
				throw new Error(`${fault} ${n}: ${error.message}`, { cause: error });
			});
			await disturbed.scene.world.stop();
		}
	});

	test('[P1, DU18] two crashes in one day, at every pair of neighbouring commits', async () => {
		for (let n = 1; n <= baseline.commits; n++) {
			const scene = createScene(createMemoryStore());
			scene.world.faults.after = (index) => {
				if (index === n || index === n + 1) scene.crash();
			};
			await play(scene);
			expect(await outcomeOf(scene), `crashes after ${n}`).toEqual(baseline.outcome);
			expect(scene.watch.undurable).toEqual([]);
			await scene.world.stop();
		}
	});
});

describe('on SQLite', () => {
	let folder: DatabaseFolder | undefined;
	afterEach(async () => {
		await folder?.remove();
		folder = undefined;
	});

	async function openStore(): Promise<DurableStore> {
		await folder?.remove();
		folder = createDatabaseFolder();
		return createSqliteStore(await folder.open({ synchronous: 'NORMAL' }));
	}

	test.each(faults)('[P1, P6, DU12, DU14, DU18, DU19, DU20] at every boundary: %s', async (fault) => {
		const baseline = await playUndisturbed(await openStore());
		const boundaries = fault === 'crash after effect' ? baseline.deeds : baseline.commits;
		for (let n = 1; n <= boundaries; n++) {
			const disturbed = await playDisturbed(await openStore(), fault, n);
			await expectSameDay(disturbed, baseline, fault).catch((error: Error) => {
				throw new Error(`${fault} ${n}: ${error.message}`, { cause: error });
			});
			await disturbed.scene.world.stop();
		}
	});
});

/** Every third boundary, each fault beginning at another. */
describeOnPostgresql('on PostgreSQL', () => {
	const suite = openSuiteDatabase();

	async function openStore(): Promise<DurableStore> {
		await suite.server.clear();
		return createPostgresqlStore(suite.database);
	}

	test.each(faults.map((fault, index) => ({ fault, index })))(
		'[P1, P6, DU12, DU14, DU18, DU19, DU20] at a boundary: $fault',
		{ timeout: 120_000 },
		async ({ fault, index }) => {
			const baseline = await playUndisturbed(await openStore());
			const boundaries = fault === 'crash after effect' ? baseline.deeds : baseline.commits;
			for (let n = 1 + (index % 3); n <= boundaries; n += 3) {
				const disturbed = await playDisturbed(await openStore(), fault, n);
				await expectSameDay(disturbed, baseline, fault).catch((error: Error) => {
					throw new Error(`${fault} ${n}: ${error.message}`, { cause: error });
				});
				await disturbed.scene.world.stop();
			}
		},
	);
});
