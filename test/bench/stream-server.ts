/** Servers of the event stream to be measured: the product's, and the one that one would write by hand. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { createGroupService } from '../../src/agents/groups/group-service.ts';
import type { AgentService } from '../../src/agents/service.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/durable/clock.ts';
import type { DomainEvent } from '../../src/durable/store.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createHistory } from '../../src/history/history.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createDiagrams } from '../../src/inspector/statechart/diagrams.ts';
import { createQueries } from '../../src/store/queries.ts';
import type { SupervisorService } from '../../src/supervisors/service.ts';
import type { TaskService } from '../../src/tasks/service.ts';
import type { TaskDiffs } from '../../src/tasks/task-diff.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { WorkflowService } from '../../src/workflows/service.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { idleAgentDefinition } from './agent-fleet.ts';
import { sharedClockMs } from './shared-clock.ts';
import { openWorld } from './world.ts';

export interface StreamServer {
	readonly url: string;
	readonly token: string;
	/** Stores an event and tells the clients of it. */
	publish(event: DomainEvent): Promise<void>;
	/** When event `seq` was committed, by the shared clock. */
	committedAt(seq: number): number;
	readonly latestSeq: () => number;
	close(): Promise<void>;
}

const token = 'the-token-of-the-benchmark';

/** The product: durable system, SQLite, bus, feed, cursors, HTTP server. */
export async function startStreamServer(): Promise<StreamServer> {
	const commitTimes: number[] = [];
	const bus = createEventBus();
	const world = await openWorld({
		definition: idleAgentDefinition,
		onBatch({ events }) {
			const at = sharedClockMs();
			for (const { seq } of events) commitTimes[seq] = at;
			bus.publish(events);
		},
	});
	const reads = createQueries(world.database.client);
	const server = createHttpServer({
		config: loadConfig({ shutdownGraceMs: '0' }, {}),
		adminToken: token,
		agents: nobody,
		groups: createGroupService({ system: world.system, reads, clock: systemClock }),
		history: createHistory({ definitions: [], reads, clock: systemClock }),
		workflows: nobody,
		tasks: nobody,
		taskDiffs: nobody,
		supervisors: nobody,
		callBacks: { path: '/mcp', handle: (_request, response) => void response.sendStatus(503) },
		reads,
		store: world.store,
		actors: world.system,
		bus,
		clock: systemClock,
		logger: pino({ level: 'silent' }),
		metrics: createMetrics({ reads }),
		machines: [],
		diagrams: createDiagrams([]),
		drivers: { find: async () => [] },
		signsOfLife: () => null,
	});
	const { url } = await server.listen(0, '127.0.0.1');
	server.setReady();
	return {
		url: `${url.replace('http', 'ws')}/stream`,
		token,
		async publish(event) {
			await world.system.write({ events: [event] });
		},
		committedAt: (seq) => commitTimes[seq] ?? Number.NaN,
		latestSeq: () => commitTimes.length - 1,
		async close() {
			await server.close();
			await world.close();
		},
	};
}

/** Clients of the stream ask for no agent. */
const nobody = new Proxy({} as AgentService & WorkflowService & SupervisorService & TaskService & TaskDiffs, {
	get(_, name) {
		throw new Error(`the benchmark asked for ${String(name)} of an agent`);
	},
});

/** By hand: insert the event, then send it to every socket; a new client gets every row first. */
export async function startHandWrittenServer(): Promise<StreamServer> {
	const folder = createDatabaseFolder();
	const database = new BetterSqlite(join(folder.path, 'events.db'));
	database.pragma('journal_mode = WAL');
	database.pragma('synchronous = FULL');
	database.exec('CREATE TABLE events (seq INTEGER PRIMARY KEY, topic TEXT, agent_id TEXT, at INTEGER, data TEXT)');
	const insert = database.prepare('INSERT INTO events (topic, agent_id, at, data) VALUES (?, ?, ?, ?)');
	const select = database.prepare(
		'SELECT seq, topic, agent_id AS agentId, at, data FROM events WHERE seq > ? ORDER BY seq',
	);
	const commitTimes: number[] = [];
	const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
	await once(sockets, 'listening');

	const render = (seq: number, { topic, agentId, at, data }: DomainEvent) =>
		JSON.stringify({ type: 'event', seq, topic, agentId, at: new Date(at).toISOString(), data: JSON.parse(data) });

	sockets.on('connection', (socket) => {
		socket.once('message', (message) => {
			const { after } = JSON.parse(String(message));
			for (const row of select.all(after) as Array<DomainEvent & { seq: number }>) socket.send(render(row.seq, row));
		});
	});
	return {
		url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`,
		token,
		async publish(event) {
			const { lastInsertRowid } = insert.run(event.topic, event.agentId, event.at, event.data);
			const seq = Number(lastInsertRowid);
			commitTimes[seq] = sharedClockMs();
			const message = render(seq, event);
			for (const socket of sockets.clients) socket.send(message);
		},
		committedAt: (seq) => commitTimes[seq] ?? Number.NaN,
		latestSeq: () => commitTimes.length - 1,
		async close() {
			for (const socket of sockets.clients) socket.terminate();
			await new Promise((resolve) => sockets.close(resolve));
			database.close();
			await folder.remove();
		},
	};
}
