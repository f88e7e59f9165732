/** The boot of a large installation: open, check migrations, restore, listen, reconcile, resume. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import type { BootTimes } from './boot-process.ts';
import { forkCompiled, nextMessage } from './compiled.ts';
import { alternate, compare } from './statistics.ts';
import { type RestingState, writeStoredFleet } from './stored-fleet.ts';

async function prepare(agents: number, state: RestingState): Promise<DatabaseFolder> {
	const folder = createDatabaseFolder();
	const database = await folder.open();
	await writeStoredFleet(createSqliteStore(database), agents, state);
	await database.close();
	return folder;
}

/** Each boot has a copy of its own, for reconciling changes it. */
async function bootOnce(folder: DatabaseFolder, mode: 'statecraft' | 'by-hand', agents: number): Promise<BootTimes> {
	const dataDir = await mkdtemp(join(folder.path, 'boot-'));
	await copyFile(join(folder.path, 'statecraft.db'), join(dataDir, 'statecraft.db'));
	const child = forkCompiled('boot-process', [mode, dataDir]);
	const gone = new Promise((resolve) => child.once('exit', resolve));
	const times = await nextMessage<BootTimes>(child);
	await gone;
	await rm(dataDir, { recursive: true, force: true });
	if (times.actors !== agents) throw new Error(`${times.actors} of ${agents} agents were restored`);
	return times;
}

async function measureBoot(agents: number, rounds: number, state: RestingState, limitMs: number): Promise<Figure> {
	const folder = await prepare(agents, state);
	try {
		const taken = await alternate(
			rounds,
			() => bootOnce(folder, 'statecraft', agents),
			() => bootOnce(folder, 'by-hand', agents),
		);
		const { value, baseline, ratio } = compare(taken, ({ bootMs }) => bootMs);
		return {
			id: `boot.${agents}.${state}`,
			what: `boot with ${agents} ${state} agents`,
			unit: 'ms',
			value,
			baseline: { what: 'reading and parsing every row by hand', value: baseline },
			ratio,
			target: atMost(limitMs, value, ' ms'),
		};
	} finally {
		await folder.remove();
	}
}

const about =
	'A new process each time, on a copy of the database; the time is that of the boot, without loading the program. ' +
	'Stopped agents only have to be restored. Idle ones, which had dialled in, are each told that their connection is ' +
	'gone, and are awaited: one more transition, run, effect and timer for each.';

export const bootBench: Bench = {
	name: 'boot',
	title: 'Boot',
	about,
	async run(size: BenchSize) {
		const [agents, rounds] = size === 'full' ? [10_000, 3] : [5, 1];
		return [await measureBoot(agents, rounds, 'stopped', 2_000), await measureBoot(agents, rounds, 'idle', 2_000)];
	},
};

export const largeBootBench: Bench = {
	name: 'boot-large',
	title: 'Boot of a hundred thousand agents',
	about,
	onRequest: true,
	async run(size: BenchSize) {
		const [agents, rounds] = size === 'full' ? [100_000, 1] : [6, 1];
		return [await measureBoot(agents, rounds, 'stopped', 15_000), await measureBoot(agents, rounds, 'idle', 15_000)];
	},
};
