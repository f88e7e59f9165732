/** A real HTTP server on a free port, over a small fleet in memory. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { agentMachine } from '../../machines/agent.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import { createGroupService } from '../../src/agents/groups/group-service.ts';
import type { GroupReads } from '../../src/agents/groups/views.ts';
import type { Reads } from '../../src/agents/views.ts';
import type { AuditReads } from '../../src/audit/views.ts';
import { loadConfig, type SettingTexts } from '../../src/config.ts';
import { systemClock } from '../../src/durable/clock.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { createEventBus, type EventBus } from '../../src/events/bus.ts';
import { createHistory } from '../../src/history/history.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { createDiagrams } from '../../src/inspector/statechart/diagrams.ts';
import type { CallBackEndpoint } from '../../src/mcp/endpoint.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import type { StreamReads } from '../../src/stream/views.ts';
import { createSupervisors } from '../../src/supervisors/supervisors.ts';
import type { SupervisorReads } from '../../src/supervisors/views.ts';
import { createGateRunner } from '../../src/tasks/gates.ts';
import { createGitRunner } from '../../src/tasks/git.ts';
import { createTasks } from '../../src/tasks/tasks.ts';
import type { TaskReads } from '../../src/tasks/views.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { WorkflowReads } from '../../src/workflows/views.ts';
import { inertAgentDefinition } from './inert-agent-definition.ts';
import { createMemoryReads } from './memory-reads.ts';
import { createMemoryTelemetryReads } from './memory-telemetry-reads.ts';
import { createSmallFleet, type SmallFleet } from './small-fleet.ts';
import { createSmallWorkflows, type SmallWorkflows } from './small-workflows.ts';

export const adminToken = 'the-admin-token';

export interface WorldOptions {
	readonly settings?: SettingTexts;
	readonly ready?: boolean;
	readonly port?: number;
	/** Where worktrees are made. */
	readonly dataDir?: string;
	readonly pause?: () => Promise<void>;
	/** Where agents call back; by default they cannot. */
	readonly callBacks?: (parts: { readonly fleet: SmallFleet; readonly reads: WorldReads }) => CallBackEndpoint;
	/** Stands between the server and the store's reads, to slow or break them. */
	readonly wrapReads?: (reads: WorldReads) => WorldReads;
}

export type WorldReads = Reads & AuditReads & GroupReads & StreamReads & SupervisorReads & TaskReads & WorkflowReads;

export interface CallOptions {
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
	/** Null sends none; the admin token by default. */
	readonly token?: string | null;
}

export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
	readonly body: any;
}

export interface World {
	readonly url: string;
	readonly port: number;
	readonly server: HttpServer;
	readonly fleet: SmallFleet;
	readonly workflows: SmallWorkflows;
	readonly store: MemoryStore;
	readonly reads: WorldReads;
	readonly bus: EventBus;
	/** What was logged, one parsed line each. */
	readonly log: ReadonlyArray<Readonly<Record<string, unknown>>>;
	call(method: string, path: string, options?: CallOptions): Promise<Answer>;
	/** Makes an agent, and answers its id. */
	createAgent(name: string, extra?: object): Promise<string>;
	close(): Promise<void>;
}

const noCallBacks: CallBackEndpoint = { path: '/mcp', handle: (_request, response) => void response.sendStatus(503) };

export async function startWorld(options: WorldOptions = {}): Promise<World> {
	const log: Array<Record<string, unknown>> = [];
	const logger = pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) });
	const config = loadConfig({ shutdownGraceMs: '2000', ...options.settings }, {});
	const store = createMemoryStore();
	const bus = createEventBus();
	const ownReads = createMemoryReads(store);
	const reads = options.wrapReads?.(ownReads) ?? ownReads;
	const fleet = createSmallFleet({ store, reads: ownReads, bus, ...(options.pause ? { pause: options.pause } : {}) });
	const workflows = createSmallWorkflows({ store, reads: ownReads });
	const tasks = createTasks({
		clock: systemClock,
		reads: ownReads,
		bus,
		git: createGitRunner('http-world'),
		gates: createGateRunner('http-world'),
		dataDir: options.dataDir ?? join(tmpdir(), 'statecraft-http-world'),
		system: () => system,
		agents: () => fleet,
		onError: (where, error) => logger.error({ err: error }, where),
	});
	const supervisors = createSupervisors({
		clock: systemClock,
		reads: ownReads,
		bus,
		system: () => system,
		agents: () => fleet,
		tasks: () => tasks.service,
		onError: (where, error) => logger.error({ err: error }, where),
	});
	const system: DurableSystem = createDurableSystem({
		store,
		clock: systemClock,
		definitions: [groupDefinition, tasks.definition, supervisors.definition],
		onBatch: ({ events }) => bus.publish(events),
	});
	const server = createHttpServer({
		config,
		adminToken,
		agents: fleet,
		tasks: tasks.service,
		taskDiffs: tasks.diffs,
		supervisors: supervisors.service,
		groups: createGroupService({ system, reads: ownReads, clock: systemClock }),
		history: createHistory({
			definitions: [inertAgentDefinition, groupDefinition, tasks.definition, supervisors.definition],
			reads: ownReads,
			clock: systemClock,
		}),
		workflows,
		callBacks: options.callBacks?.({ fleet, reads }) ?? noCallBacks,
		reads,
		store,
		actors: system,
		bus,
		clock: systemClock,
		logger,
		metrics: createMetrics({ reads: createMemoryTelemetryReads(store) }),
		machines: [{ id: 'agent', version: 1, definition: { id: 'agent', states: {} } }],
		diagrams: createDiagrams([agentMachine]),
		drivers: { find: async () => [demoDriver] },
		signsOfLife: () => null,
		checkAnswers: true,
	});
	const { url, port } = await server.listen(options.port ?? 0, '127.0.0.1');
	if (options.ready !== false) server.setReady();

	async function call(method: string, path: string, { body, headers, token = adminToken }: CallOptions = {}) {
		const response = await fetch(url + path, {
			method,
			headers: {
				...(token === null ? {} : { authorization: `Bearer ${token}` }),
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
				...headers,
			},
			...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
		});
		const text = await response.text();
		const isJson = response.headers.get('content-type')?.includes('json') ?? false;
		return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
	}

	return {
		url,
		port,
		server,
		fleet,
		workflows,
		store,
		reads,
		bus,
		log,
		call,
		async createAgent(name, extra = {}) {
			const answer = await call('POST', '/agents', { body: { ...minimalAgent, name, ...extra } });
			if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
			return answer.body.id;
		},
		close: () => server.close(),
	};
}

export const minimalAgent = { name: 'helper', driver: { kind: 'demo' }, cwd: '/' };

const demoDriver = {
	kind: 'demo',
	protocol: 'acp',
	transport: 'stdio',
	command: 'node',
	args: [],
	installed: true,
	hint: null,
};
