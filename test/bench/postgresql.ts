/** Committed transitions a second on PostgreSQL; nothing is measured where no server is named. */

import { systemClock } from '../../src/durable/clock.ts';
import { createDurableSystem } from '../../src/durable/system.ts';
import { openSession, type Session } from '../../src/store/postgresql/session.ts';
import { createPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { createTestDatabase, hasPostgresql, type TestDatabase } from '../support/postgresql.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';
import { atLeast, type Bench, type BenchSize, type Figure } from './bench.ts';
import { counterDefinition } from './counter.ts';
import { measureSenders } from './drive.ts';
import { alternate, compare } from './statistics.ts';
import { failLoudly } from './world.ts';

const sizes = {
	full: { actors: 200, rounds: 5, durationMs: 1_000 },
	tiny: { actors: 3, rounds: 1, durationMs: 50 },
} as const;

interface Loop {
	step(agent: number): Promise<void>;
	close(): Promise<void>;
}

/** What one would write by hand: a transaction for each transition, with prepared statements, on one connection. */
async function createLoop(url: string, agents: number): Promise<Loop> {
	const session: Session = await openSession({ url, name: 'hand-written loop' });
	await session.execute('CREATE TABLE hand_agents (id text PRIMARY KEY, version int NOT NULL, snapshot text NOT NULL)');
	await session.execute(
		'CREATE TABLE hand_journal (seq bigserial PRIMARY KEY, agent_id text, version int, event text, at bigint)',
	);
	const versions = Array.from({ length: agents }, () => 0);
	for (const id of versions.keys()) await session.execute(`INSERT INTO hand_agents VALUES ('${id}', 0, '{}')`);
	return {
		async step(agent) {
			const version = (versions[agent] ?? 0) + 1;
			const at = Date.now();
			const snapshot = JSON.stringify({ status: 'active', value: 'on', context: { count: version }, children: {} });
			await session.execute('BEGIN');
			const changed = await session.execute(
				'UPDATE hand_agents SET version = ?::int, snapshot = ? WHERE id = ? AND version = ?::int',
				version,
				snapshot,
				String(agent),
				version - 1,
			);
			if (changed !== 1) throw new Error('stale');
			await session.execute(
				'INSERT INTO hand_journal (agent_id, version, event, at) VALUES (?, ?::int, ?, ?::bigint)',
				String(agent),
				version,
				JSON.stringify({ type: 'TICK', at }),
				at,
			);
			await session.execute('COMMIT');
			versions[agent] = version;
		},
		close: () => session.close(),
	};
}

async function measureLoop(loop: Loop, agents: number, durationMs: number): Promise<number> {
	const startedAt = performance.now();
	let steps = 0;
	while (performance.now() - startedAt < durationMs) await loop.step(steps++ % agents);
	return (steps * 1_000) / (performance.now() - startedAt);
}

async function measure(server: TestDatabase, size: BenchSize): Promise<Figure> {
	const { actors, rounds, durationMs } = sizes[size];
	// The tests' databases do not wait for the disk; here both sides do.
	await server.query(
		"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET synchronous_commit', current_database()); END $$",
	);
	const database = await server.open();
	const system = createDurableSystem({
		store: createPostgresqlStore(database),
		clock: systemClock,
		definitions: [counterDefinition, silentOrchestrator],
		onError: failLoudly,
	});
	await system.resume();
	await spawnSilentOrchestrator(system);
	const loop = await createLoop(server.url, actors);
	try {
		await Promise.all(Array.from({ length: actors }, (_, index) => system.spawn('counter', `${index}`, {})));
		const step = async (sender: number) => {
			await system.send(`counter:${sender}`, { type: 'TICK' });
			return 1;
		};
		const measured = await alternate(
			rounds,
			() => measureSenders(actors, durationMs, step),
			() => measureLoop(loop, actors, durationMs),
		);
		const { value, baseline, ratio } = compare(measured, (rate) => rate);
		return {
			id: 'postgresql.small',
			what: `transitions on PostgreSQL, small machine, ${actors} actors`,
			unit: '/s',
			value,
			baseline: { what: 'one transaction for each transition', value: baseline },
			ratio,
			target: atLeast(5, ratio, ' ×'),
		};
	} finally {
		await loop.close();
		await system.stop();
	}
}

export const postgresqlBench: Bench = {
	name: 'postgresql',
	title: 'Committed transitions a second on PostgreSQL',
	about:
		'The same small machine, on the server that `STATECRAFT_TEST_POSTGRES_URL` names, against a loop written by ' +
		'hand on the same server: one transaction for each transition, with prepared statements.',
	async run(size) {
		if (!hasPostgresql) return [];
		const server = await createTestDatabase();
		try {
			return [await measure(server, size)];
		} finally {
			await server.remove();
		}
	},
};
