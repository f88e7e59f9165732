/**
 * The HTTP server: the app, the streams and the WebSockets on one port.
 *
 * It owns the listening socket and every connection but those of agents, which it hands over.
 *
 * 1. It answers reads as soon as it listens, and takes changes once `setReady` was called.
 * 2. After `close` has resolved no connection is left, in-flight requests had the grace period to end.
 */

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createCurrentActivity } from '../agents/current-activity.ts';
import type { DriverOffer } from '../agents/drivers/driver-offers.ts';
import type { GroupService } from '../agents/groups/service.ts';
import type { GroupReads } from '../agents/groups/views.ts';
import { createAgentRenderer } from '../agents/resources.ts';
import type { AgentService } from '../agents/service.ts';
import type { SignsOfLife } from '../agents/staleness.ts';
import type { Reads } from '../agents/views.ts';
import type { AuditReads } from '../audit/views.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableStore } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { StatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import type { History } from '../history/history.ts';
import { createInspectorDoor } from '../inspector/door.ts';
import { createInspectorHub } from '../inspector/hub.ts';
import type { Diagrams } from '../inspector/statechart/diagrams.ts';
import { openCursor } from '../stream/cursor.ts';
import { createAgentDoor, createStreamDoor } from '../stream/doors.ts';
import { createEventFeed } from '../stream/feed.ts';
import type { EventFilter } from '../stream/filter.ts';
import { createResourceFeed } from '../stream/resource-feed.ts';
import { createResourceSources } from '../stream/resource-sources.ts';
import { handleUpgrades } from '../stream/upgrade.ts';
import type { StreamReads } from '../stream/views.ts';
import type { SupervisorService } from '../supervisors/service.ts';
import type { SupervisorReads } from '../supervisors/views.ts';
import { createTaskRenderer } from '../tasks/resources.ts';
import type { TaskService } from '../tasks/service.ts';
import type { TaskDiffs } from '../tasks/task-diff.ts';
import type { TaskReads } from '../tasks/views.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WorkflowService } from '../workflows/service.ts';
import type { WorkflowReads } from '../workflows/views.ts';
import { type AppDeps, createApp } from './app.ts';
import { createAuthenticator } from './auth.ts';
import { type Connections, trackConnections } from './connections.ts';
import { renderTime } from './fields.ts';
import { createGuard } from './guard.ts';
import { describeApi } from './openapi.ts';
import { remember } from './remember.ts';
import { routes } from './routes.ts';
import type { MachineOffer } from './system-routes.ts';

export interface HttpServerDeps {
	readonly config: Pick<
		Config,
		| 'allowedHosts'
		| 'allowedOrigins'
		| 'bodyLimitBytes'
		| 'agentFrameLimitBytes'
		| 'streamBufferBytes'
		| 'streamClientLimit'
		| 'heartbeatIntervalMs'
		| 'shutdownGraceMs'
		| 'inspectorUrl'
	>;
	/** From `loadAdminToken`. */
	readonly adminToken: string;
	readonly agents: AgentService;
	readonly groups: GroupService;
	readonly history: History;
	readonly workflows: WorkflowService;
	readonly tasks: TaskService;
	readonly supervisors: SupervisorService;
	readonly taskDiffs: TaskDiffs;
	readonly callBacks: AppDeps['callBacks'];
	readonly reads: Reads & AuditReads & GroupReads & StreamReads & SupervisorReads & TaskReads & WorkflowReads;
	/** Why the database can take no change now, where that is known beforehand. */
	readonly trouble?: AppDeps['trouble'];
	/** Named tokens are written here. */
	readonly store: Pick<DurableStore, 'commit'>;
	/** Live actors, for the inspector. */
	readonly actors: Pick<DurableSystem, 'actors' | 'watch'>;
	/** Told of every commit, by whoever commits. */
	readonly bus: EventBus;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly metrics: Metrics;
	/** Sees every request, for traces. */
	readonly traceRequests?: AppDeps['traceRequests'];
	/** The machines that run here. */
	readonly machines: readonly MachineOffer[];
	readonly diagrams: Diagrams;
	/** Looks for preset agents on this host. */
	readonly drivers: { find(): Promise<readonly DriverOffer[]> };
	/** What is known here of an agent's live run; null while it has none. */
	readonly signsOfLife: (agentId: string) => SignsOfLife | null;
	/** Validates every answer against its schema: for tests. */
	readonly checkAnswers?: boolean;
}

export interface HttpServer {
	/** Starts to answer; rejects with `invalid_configuration` when the port cannot be had. */
	listen(port: number, host: string): Promise<{ readonly url: string; readonly port: number }>;
	/** Reconciliation is done: changes are taken from now on. */
	setReady(): void;
	/** Takes no more, lets what is in flight end, hangs up on the rest. */
	close(): Promise<void>;
}

export function createHttpServer(deps: HttpServerDeps): HttpServer {
	const closing = new AbortController();
	// Every open stream and every waiting request listens to it.
	setMaxListeners(0, closing.signal);
	let ready = false;
	let running: Running | undefined;
	return {
		async listen(port, host) {
			running = assemble(deps, host, { closing: closing.signal, isReady: () => ready });
			const address = await bind(running.server, port, host);
			return { url: `http://${formatHost(host)}:${address.port}`, port: address.port };
		},
		setReady() {
			ready = true;
		},
		async close() {
			ready = false;
			closing.abort();
			await running?.close(deps.config.shutdownGraceMs);
		},
	};
}

/** Looking for drivers starts every one of them, to ask for its version. */
const driversKeptMs = 30_000;
const longestSilenceMs = 30_000;

interface Running {
	readonly server: Server;
	close(graceMs: number): Promise<void>;
}

interface Lifecycle {
	readonly closing: AbortSignal;
	readonly isReady: () => boolean;
}

function assemble(deps: HttpServerDeps, host: string, { closing, isReady }: Lifecycle): Running {
	const { config, agents, reads, bus, clock, logger, metrics } = deps;
	const { heartbeatIntervalMs, streamBufferBytes: bufferBytes } = config;
	// Proxies cut connections that are silent for a minute, however seldom agents have to beat.
	const pingIntervalMs = Math.min(heartbeatIntervalMs, longestSilenceMs);
	const guard = createGuard({ ...config, host });
	const authenticator = createAuthenticator(deps.adminToken, reads);
	const feed = createEventFeed(bus);
	const leaveBus = bus.subscribe(metrics.eventsPublished);
	const { signsOfLife, machines } = deps;
	const activity = createCurrentActivity({ bus, reads });
	const currentActivity = activity.of;
	const renderAgent = createAgentRenderer({ clock, heartbeatIntervalMs, signsOfLife, currentActivity });
	const activityOf = (taskId: string) => deps.tasks.activityOf(taskId);
	const renderTask = createTaskRenderer({ clock, heartbeatIntervalMs, signsOfLife, activityOf });
	const onError = (error: unknown) => logger.error({ err: error }, 'stream');
	const document = describeApi(routes.map(({ spec }) => spec));
	const streams = {
		reads,
		renderAgent,
		prepareAgents: activity.prepare,
		pingIntervalMs,
		openCursor: (after: number, filter: EventFilter) => openCursor({ reads, feed, bufferBytes }, after, filter),
	};
	const app = createApp({
		reads,
		authenticator,
		clock,
		guard,
		logger,
		metrics,
		traceRequests: deps.traceRequests ?? null,
		closing,
		isReady,
		trouble: deps.trouble,
		bodyLimitBytes: config.bodyLimitBytes,
		recheckIntervalMs: pingIntervalMs,
		checkAnswers: deps.checkAnswers ?? false,
		callBacks: deps.callBacks,
		page: { inspectorOrigin: new URL(config.inspectorUrl).origin },
		routes: {
			...streams,
			agents,
			groups: deps.groups,
			history: deps.history,
			workflows: deps.workflows,
			tasks: deps.tasks,
			supervisors: deps.supervisors,
			taskDiffs: deps.taskDiffs,
			renderTask,
			metrics,
			clock,
			isReady,
			store: deps.store,
			machines,
			inspectorUrl: config.inspectorUrl,
			diagrams: deps.diagrams,
			drivers: { find: remember(() => deps.drivers.find(), driversKeptMs, clock) },
			describeApi: () => document,
			streamGap: metrics.streamGap,
			streamBegan() {
				metrics.streamOpened('sse');
				return () => metrics.streamClosed('sse');
			},
		},
	});
	const server = createServer(app);
	const connections = trackConnections(server);
	const sources = createResourceSources({ ...streams, renderTask, machines });
	const resources = createResourceFeed({
		...{ feed, sources, reads, activity, onError },
		stalenessIntervalMs: heartbeatIntervalMs,
	});
	const now = () => renderTime(clock.now());
	const stream = { ...streams, sources, resources, bufferBytes, now, onGap: metrics.streamGap, onError };
	const { inspectorUrl, agentFrameLimitBytes: frameBytes, streamClientLimit: limit } = config;
	const hub = createInspectorHub({ system: deps.actors, now: clock.now });
	const upgrades = handleUpgrades(server, {
		guard,
		authenticator,
		recheckIntervalMs: pingIntervalMs,
		doors: [
			createStreamDoor({ stream, limit }),
			createAgentDoor({ agents, frameBytes }),
			createInspectorDoor({ hub, reads, inspectorUrl, life: randomUUID(), pingIntervalMs }),
		],
		streamOpened: metrics.streamOpened,
		streamClosed: metrics.streamClosed,
		onError,
	});
	return {
		server,
		async close(graceMs) {
			upgrades.closeClients();
			await closeServer(server, connections, graceMs, upgrades.terminate);
			leaveBus();
			resources.close();
			activity.stop();
			feed.close();
		},
	};
}

function bind(server: Server, port: number, host: string): Promise<AddressInfo> {
	return new Promise((resolve, reject) => {
		server.once('error', (error) => {
			const detail = `Cannot listen on ${formatHost(host)}:${port}: ${error.message}`;
			reject(new StatecraftError('invalid_configuration', detail, { hint: 'Set STATECRAFT_PORT' }, { cause: error }));
		});
		// With a port, the address is an object.
		server.listen(port, host, () => resolve(server.address() as AddressInfo));
	});
}

/** Resolves when every connection has ended, by itself within the grace period or by force after it. */
async function closeServer(
	server: Server,
	connections: Connections,
	graceMs: number,
	terminate: () => void,
): Promise<void> {
	if (!server.listening) return;
	const closed = new Promise((resolve) => server.close(resolve));
	connections.drain();
	const force = setTimeout(() => {
		server.closeAllConnections();
		terminate();
	}, graceMs);
	await closed;
	clearTimeout(force);
}

function formatHost(host: string): string {
	return host.includes(':') ? `[${host}]` : host;
}
