/**
 * The baseline: what one would write by hand. Plain better-sqlite3, plain tables, and one transaction
 * for each transition: the agent's row under its version check, and a line of the journal.
 */

import Database from 'better-sqlite3';

export interface HandWrittenLoop {
	/** Commits the next transition of an agent. */
	step(agent: number): void;
	close(): void;
}

export function createHandWrittenLoop(path: string, agents: number): HandWrittenLoop {
	const database = new Database(path);
	database.pragma('journal_mode = WAL');
	database.pragma('synchronous = FULL');
	database.exec(`
		CREATE TABLE agents (id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, snapshot TEXT NOT NULL);
		CREATE TABLE journal (
			seq INTEGER PRIMARY KEY, agent_id TEXT NOT NULL, version INTEGER NOT NULL,
			"from" TEXT NOT NULL, "to" TEXT NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL
		);
	`);
	const insert = database.prepare('INSERT INTO agents VALUES (?, 0, ?, ?)');
	const update = database.prepare(
		'UPDATE agents SET version = ?, state = ?, snapshot = ? WHERE id = ? AND version = ?',
	);
	const note = database.prepare(
		'INSERT INTO journal (agent_id, version, "from", "to", event, at) VALUES (?, ?, ?, ?, ?, ?)',
	);
	const states = Array.from({ length: agents }, (_, index) => ({ id: `agent:${index}`, version: 0, state: 'even' }));
	database.transaction(() => {
		for (const { id, state } of states) insert.run(id, state, '{}');
	})();

	const commit = database.transaction((agent: (typeof states)[number]) => {
		const version = agent.version + 1;
		const to = agent.state === 'even' ? 'odd' : 'even';
		const at = Date.now();
		const snapshot = JSON.stringify({ status: 'active', value: to, context: { count: version }, children: {} });
		if (update.run(version, to, snapshot, agent.id, agent.version).changes !== 1) throw new Error('stale');
		note.run(agent.id, version, agent.state, to, JSON.stringify({ type: 'TICK', at }), at);
		agent.version = version;
		agent.state = to;
	});

	return {
		step(agent) {
			const state = states[agent % states.length];
			if (state) commit(state);
		},
		close: () => database.close(),
	};
}

/** Transitions a second of the loop, run for about so long. */
export function measureLoop(loop: HandWrittenLoop, durationMs: number): number {
	const startedAt = performance.now();
	let steps = 0;
	while (performance.now() - startedAt < durationMs) loop.step(steps++);
	return (steps * 1_000) / (performance.now() - startedAt);
}
