/**
 * The crash matrix of workflows: the same week, with every commit and every effect in turn going wrong in
 * every way. However often the process dies, no item is dispatched twice, none is lost, every workflow
 * lives, and nothing is left over.
 *
 * By default each commit is met by one of the faults, with `STATECRAFT_CRASH_MATRIX=full` by all.
 */

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { postgresqlReads } from '../../src/store/postgresql/reads.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { createQueries } from '../../src/store/queries.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { describeOnPostgresql, openSuiteDatabase } from '../support/on-postgresql.ts';
import { checkCleared, checkWorkflows } from './crash-invariants.ts';
import { clearOut, play, proveAlive } from './crash-scenario.ts';
import { createWorkflowWorld, type Disk, type WorkflowWorld } from './worlds/workflow-world.ts';

checkLeaksAfterEach();

const timeout = 300_000;
const isFull = process.env.STATECRAFT_CRASH_MATRIX === 'full';
const faults = ['fails', 'crash before', 'crash after', 'crash after effect'] as const;
type Fault = (typeof faults)[number];

interface Trouble {
	readonly fault: Fault;
	/** Of the commit, or effect, numbered from 1 over all processes. */
	readonly at: number;
}

/** Lets things go wrong. Answers how many have. */
function arrange(scene: WorkflowWorld, troubles: readonly Trouble[]): () => number {
	const { faults } = scene.world;
	let struck = 0;
	const strike = (fault: Fault, index: number, how: () => void) => {
		if (!troubles.some((trouble) => trouble.fault === fault && trouble.at === index)) return;
		struck++;
		how();
	};
	faults.before = (index) => {
		strike('crash before', index, scene.crash);
		strike('fails', index, () => {
			throw new Error('disk full');
		});
	};
	faults.after = (index) => strike('crash after', index, scene.crash);
	scene.afterEffect = (index) => strike('crash after effect', index, scene.crash);
	return () => struck;
}

interface Extent {
	readonly commits: number;
	readonly effects: number;
}

async function playUndisturbed(disk: Disk): Promise<Extent> {
	const scene = createWorkflowWorld(disk);
	const extent = { commits: 0, effects: 0 };
	scene.world.faults.before = (index) => {
		extent.commits = index;
	};
	scene.afterEffect = (index) => {
		extent.effects = index;
	};
	expect(await playAndCheck(scene)).toEqual([]);
	expect(scene.world.errors).toEqual([]);
	return extent;
}

/** Plays the week; hands in more work, which any living system does; removes everything. What is wrong meanwhile. */
async function playAndCheck(scene: WorkflowWorld): Promise<readonly string[]> {
	await play(scene);
	const complaints = [...(await checkWorkflows(scene))];
	await proveAlive(scene);
	complaints.push(...(await checkWorkflows(scene)));
	await clearOut(scene);
	complaints.push(...(await checkCleared(scene)));
	if (scene.watch.observations < 100) complaints.push('nothing was observed');
	await scene.world.stop();
	return complaints;
}

/** The same with things going wrong. Jitter makes some weeks shorter than others. */
async function playTroubled(disk: Disk, troubles: readonly Trouble[], last: number): Promise<readonly string[]> {
	const scene = createWorkflowWorld(disk);
	const countStruck = arrange(scene, troubles);
	const complaints = [...(await playAndCheck(scene))];
	if (countStruck() === 0 && troubles.every(({ at }) => at < last * 0.9)) complaints.push('nothing went wrong');
	return complaints.map((complaint) => `${JSON.stringify(troubles)}: ${complaint}`);
}

function count(last: number, step = 1, first = 1): number[] {
	return Array.from({ length: Math.max(0, Math.ceil((last - first + 1) / step)) }, (_, index) => first + index * step);
}

describe('on the memory store', { timeout }, () => {
	let extent: Extent;
	const openDisk = (): Disk => {
		const store = createMemoryStore();
		return { store, reads: createMemoryReads(store) };
	};
	beforeAll(async () => {
		extent = await playUndisturbed(openDisk());
		expect(extent.commits).toBeGreaterThan(120);
		expect(extent.effects).toBeGreaterThan(80);
	});

	function lastOf(fault: Fault): number {
		return fault === 'crash after effect' ? extent.effects : extent.commits;
	}

	test.each(faults)('[P1, P4, P6, DU12, DU18, DU19, DU20, OR4, WR7] at a boundary: %s', async (fault) => {
		const complaints = [];
		const boundaries = isFull ? count(lastOf(fault)) : count(lastOf(fault), 3, 1 + (faults.indexOf(fault) % 3));
		for (const at of boundaries) {
			complaints.push(...(await playTroubled(openDisk(), [{ fault, at }], lastOf(fault))));
		}
		expect(complaints).toEqual([]);
	});

	test.each(faults)('[P1, P4, OR3, OR8, WR4, WR5] a crash, and in the recovery once more: %s', async (fault) => {
		const first = fault === 'crash after effect' ? fault : 'crash after';
		const complaints = [];
		for (const [index, at] of count(lastOf(fault), isFull ? 1 : 12).entries()) {
			const troubles = [{ fault: first, at } as const, { fault, at: at + 1 + (index % 7) }];
			complaints.push(...(await playTroubled(openDisk(), troubles, lastOf(fault))));
		}
		expect(complaints).toEqual([]);
	});
});

describe('on SQLite', { timeout }, () => {
	let folder: DatabaseFolder | undefined;
	afterEach(async () => {
		await folder?.remove();
		folder = undefined;
	});

	async function openDisk(): Promise<Disk> {
		await folder?.remove();
		folder = createDatabaseFolder();
		const database = await folder.open({ synchronous: 'NORMAL' });
		return { store: createSqliteStore(database), reads: createQueries(database.client) };
	}

	/** By default some boundaries, spread over the week; those of the other faults lie between them. */
	test.each(faults.map((fault, index) => ({ fault, index })))(
		'[P1, P4, P6, DU18, OR4] $fault',
		async ({ fault, index }) => {
			const extent = await playUndisturbed(await openDisk());
			const last = fault === 'crash after effect' ? extent.effects : extent.commits;
			const complaints = [];
			for (const at of isFull ? count(last) : count(last, 40, 1 + 10 * index)) {
				complaints.push(...(await playTroubled(await openDisk(), [{ fault, at }], last)));
			}
			expect(complaints).toEqual([]);
		},
	);
});

describeOnPostgresql('on PostgreSQL', () => {
	const suite = openSuiteDatabase();

	async function openDisk(): Promise<Disk> {
		await suite.server.clear();
		return {
			store: createPostgresqlStore(suite.database),
			reads: createQueries(suite.database.client, postgresqlReads),
		};
	}

	/** One boundary of each fault, each in another part of the week. */
	test.each(faults.map((fault, index) => ({ fault, index })))(
		'[P1, P4, P6, DU18, OR4] $fault',
		{ timeout },
		async ({ fault, index }) => {
			const extent = await playUndisturbed(await openDisk());
			const last = fault === 'crash after effect' ? extent.effects : extent.commits;
			const complaints = [];
			for (const at of isFull ? count(last) : count(last, last, 7 + 29 * index)) {
				complaints.push(...(await playTroubled(await openDisk(), [{ fault, at }], last)));
			}
			expect(complaints).toEqual([]);
		},
	);
});
