/** What an agent that does nothing costs in memory. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createActor } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import { systemClock } from '../../src/durable/clock.ts';
import { createDurableSystem } from '../../src/durable/system.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { idleAgentDefinition } from './agent-fleet.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { alternate, compare } from './statistics.ts';
import { writeStoredFleet } from './stored-fleet.ts';
import { failLoudly } from './world.ts';

const sizes = {
	full: { agents: 10_000, rounds: 3 },
	tiny: { agents: 5, rounds: 1 },
} as const;

/** Collects garbage, also where the process was not started with `--expose-gc`. */
export function collectGarbage(): void {
	setFlagsFromString('--expose-gc');
	runInNewContext('gc')();
}

/** Growth of the heap, in KiB for each agent, by what `bring` brings to life and hands over to be ended. */
async function measureGrowth(agents: number, bring: () => Promise<() => Promise<void>>): Promise<number> {
	collectGarbage();
	const before = process.memoryUsage().heapUsed;
	const end = await bring();
	collectGarbage();
	const grown = process.memoryUsage().heapUsed - before;
	await end();
	return grown / agents / 1_024;
}

async function bringDurable(store: SqliteStore): Promise<() => Promise<void>> {
	const definitions = [idleAgentDefinition];
	const system = createDurableSystem({ store, clock: systemClock, definitions, onError: failLoudly });
	await system.restore();
	await system.resume();
	return () => system.stop();
}

async function bringBare(store: SqliteStore): Promise<() => Promise<void>> {
	const actors: Array<{ stop(): void }> = [];
	for await (const page of store.loadActors()) {
		for (const row of page) {
			const actor = createActor(agentMachine, { snapshot: JSON.parse(row.snapshot), input: {} as never });
			actors.push(actor.start());
		}
	}
	return async () => {
		for (const actor of actors) actor.stop();
	};
}

async function measureMemory(size: BenchSize): Promise<readonly Figure[]> {
	const { agents, rounds: count } = sizes[size];
	const folder = createDatabaseFolder();
	try {
		const store = createSqliteStore(await folder.open());
		await writeStoredFleet(store, agents, 'idle');
		const rounds = await alternate(
			count,
			() => measureGrowth(agents, () => bringDurable(store)),
			() => measureGrowth(agents, () => bringBare(store)),
		);
		const { value, baseline, ratio } = compare(rounds, (kib) => kib);
		return [
			{
				id: 'memory',
				what: `heap of one of ${agents} idle agents`,
				unit: 'KiB',
				value,
				baseline: { what: 'a bare XState actor of the same machine and state', value: baseline },
				ratio,
				target: atMost(10, value, ' KiB'),
			},
		];
	} finally {
		await folder.remove();
	}
}

export const memoryBench: Bench = {
	name: 'memory',
	title: 'Memory',
	about: 'The heap after a full collection, before and after the agents are restored.',
	run: measureMemory,
};
