/** A durable system on a SQLite file of its own, with `synchronous=FULL`. */

import { join } from 'node:path';
import { systemClock } from '../../src/durable/clock.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import type { Database } from '../../src/store/database.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';
import { createHandWrittenLoop, type HandWrittenLoop } from './hand-written-loop.ts';

export interface World {
	readonly system: DurableSystem;
	readonly store: SqliteStore;
	readonly database: Database;
	/** The baseline, on a file beside ours. */
	createLoop(agents: number): HandWrittenLoop;
	close(): Promise<void>;
}

export interface WorldOptions {
	readonly definition: DurableDefinition;
	readonly onBatch?: Parameters<typeof createDurableSystem>[0]['onBatch'];
}

export async function openWorld({ definition, onBatch }: WorldOptions): Promise<World> {
	const folder = createDatabaseFolder();
	const database = await folder.open({ synchronous: 'FULL' });
	const store = createSqliteStore(database);
	const system = createDurableSystem({
		store,
		clock: systemClock,
		definitions: [definition, silentOrchestrator],
		onError: failLoudly,
		...(onBatch && { onBatch }),
	});
	await system.resume();
	await spawnSilentOrchestrator(system);
	const loops: HandWrittenLoop[] = [];
	return {
		system,
		store,
		database,
		createLoop(agents) {
			const loop = createHandWrittenLoop(join(folder.path, `hand-written-${loops.length}.db`), agents);
			loops.push(loop);
			return loop;
		},
		async close() {
			await system.stop();
			for (const loop of loops) loop.close();
			await folder.remove();
		},
	};
}

/** Figures of work that went wrong would be worth nothing. */
export function failLoudly(where: string, error: Error): never {
	throw new Error(`the benchmark went wrong in ${where}`, { cause: error });
}
