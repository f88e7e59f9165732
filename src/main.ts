/**
 * The composition root: the only file that knows every part. Opens the database, restores the actors,
 * listens, reconciles, and only then resumes timers and effects and says that it is ready.
 *
 * Listening comes before reconciling because agents that are reached again dial in.
 */

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { runMachine } from '../machines/run.ts';
import { createAgentDefinition } from './agents/agent-definition.ts';
import { type AgentHost, createAgentHost } from './agents/agent-host.ts';
import { createAgentService } from './agents/agent-service.ts';
import { findLocalDrivers } from './agents/drivers/driver-offers.ts';
import { groupDefinition } from './agents/groups/group-definition.ts';
import { createGroupService } from './agents/groups/group-service.ts';
import { createHeartbeats } from './agents/heartbeats.ts';
import { createOutputLog } from './agents/output-log.ts';
import { type ReconciliationReport, reconcileAgents } from './agents/reconciliation.ts';
import { shutDownAgents } from './agents/shutdown.ts';
import { createWatchdog } from './agents/watchdog.ts';
import type { Config } from './config.ts';
import { type Clock, systemClock } from './durable/clock.ts';
import { type DurableDefinition, listDefinitions, serializeDefinition } from './durable/definition.ts';
import type { DurableStore } from './durable/store.ts';
import { createDurableSystem, type DurableSystem } from './durable/system.ts';
import { createEventBus } from './events/bus.ts';
import { createEvent } from './events/catalogue.ts';
import { createNotifications } from './events/notifications.ts';
import { createHistory } from './history/history.ts';
import { loadAdminToken } from './http/admin-token.ts';
import { createLogger } from './http/logging.ts';
import { createHttpServer } from './http/server.ts';
import { createDiagrams } from './inspector/statechart/diagrams.ts';
import { createCallBackEndpoint } from './mcp/endpoint.ts';
import { createLiveRuns } from './mcp/live-runs.ts';
import { packageVersion } from './package.ts';
import { createRelays } from './relay/relays.ts';
import { acquireLock } from './store/lock.ts';
import { openStore } from './store/open-store.ts';
import type { Queries } from './store/queries.ts';
import { createSupervisors } from './supervisors/supervisors.ts';
import { createGateRunner } from './tasks/gates.ts';
import { createGitRunner } from './tasks/git.ts';
import { createTasks } from './tasks/tasks.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { createGithubSource } from './workflows/triggers/github.ts';
import { createWorkflows } from './workflows/workflows.ts';

/** What a boot found and did. */
export interface BootReport extends ReconciliationReport {
	readonly restored: number;
	readonly quarantined: number;
}

export interface Statecraft {
	readonly url: string;
	/** The admin token. */
	readonly token: string;
	readonly boot: BootReport;
	/** Ends in good order; with `leaveRunning` agents that dialled in are left to come back. */
	close(options?: { readonly leaveRunning?: boolean }): Promise<void>;
}

/** For tests and benchmarks: what stands between the core and the outside. */
export interface Overrides {
	readonly clock?: Clock;
	readonly logger?: Logger;
	/** Puts something between the core and its store. */
	readonly wrapStore?: (store: DurableStore) => DurableStore;
	/** Another Statecraft has the database now: the process must end. */
	readonly onTaken?: (error: Error) => void;
	/** How long an agent may take to end a turn it was asked to cancel. Default 30,000. */
	readonly cancelTimeoutMs?: number;
	/** Prompts that may wait for one agent. Default 1,000. */
	readonly maxQueuedPrompts?: number;
}

const defaultLimits = { cancelTimeoutMs: 30_000, maxQueuedPrompts: 1_000 };

export async function startStatecraft(config: Config, overrides: Overrides = {}): Promise<Statecraft> {
	const clock = overrides.clock ?? systemClock;
	const logger = overrides.logger ?? createLogger(config.logLevel);
	await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
	const lock = acquireLock(config.dataDir);
	const undo: Array<() => unknown> = [() => lock.release()];
	try {
		return await assemble(config, { ...overrides, clock, logger }, lock, undo);
	} catch (thrown) {
		// Whatever was begun is ended in reverse order, and the reason goes on to the caller.
		for (const step of undo.reverse()) await step();
		throw thrown;
	}
}

async function assemble(
	config: Config,
	overrides: Overrides & { readonly clock: Clock; readonly logger: Logger },
	lock: ReturnType<typeof acquireLock>,
	undo: Array<() => unknown>,
): Promise<Statecraft> {
	const { clock, logger } = overrides;
	const onError = (where: string, error: Error) => logger.error({ err: error }, where);

	const database = await openStore({
		url: config.databaseUrl,
		synchronous: config.sqliteSynchronous,
		onTaken(error) {
			onError('database', error);
			overrides.onTaken?.(error);
		},
	});
	undo.push(() => database.close());
	const { reads, instance } = database;
	const { saveSetting, touchAgents } = database.store;
	const store = overrides.wrapStore?.(database.store) ?? database.store;
	const adminToken = await loadAdminToken(config.dataDir, config.token);

	const bus = createEventBus({ onListenerError: (error) => onError('event listener', error as Error) });
	const heartbeats = createHeartbeats({ clock, touch: touchAgents, onError });
	// The system needs its definitions, which need the host, which sends to the system.
	const late: { system?: DurableSystem } = {};
	const onWarning = (where: string, error?: Error) => logger.warn({ err: error }, where);
	const telemetry = await createTelemetry({
		config,
		clock,
		instance,
		reads,
		bus,
		system: () => late.system,
		onWarning,
	});
	const { metrics, traceRequests } = telemetry;
	undo.push(() => telemetry.stop());
	const requireSystem = () => {
		if (!late.system) throw new Error('the system is not there yet');
		return late.system;
	};
	const output = createOutputLog({
		clock,
		write: (unit) => requireSystem().write(unit),
		onError: (error) => onError('output log', error),
	});
	const runs = createLiveRuns();
	const host: AgentHost = createAgentHost({
		clock,
		instance,
		reads,
		output,
		callBacks: runs,
		system: requireSystem,
		alive: heartbeats.beat,
		onError,
	});
	const workflows = createWorkflows({
		clock,
		reads,
		bus,
		github: createGithubSource({
			baseUrl: config.githubApiUrl,
			token: config.githubToken,
			userAgent: `statecraft/${packageVersion}`,
			clock,
		}),
		system: requireSystem,
		agents: () => agents,
		onError,
	});
	const tasks = createTasks({
		clock,
		reads,
		bus,
		git: createGitRunner(instance),
		gates: createGateRunner(instance),
		dataDir: resolve(config.dataDir),
		system: requireSystem,
		agents: () => agents,
		onError,
	});
	const supervisors = createSupervisors({
		clock,
		reads,
		bus,
		system: requireSystem,
		agents: () => agents,
		tasks: () => tasks.service,
		onError,
	});
	const definitions = [
		createAgentDefinition(host.effects),
		groupDefinition,
		workflows.definition,
		tasks.definition,
		supervisors.definition,
	];
	const system = createDurableSystem({
		store,
		clock,
		definitions,
		observer: telemetry.observer,
		onError,
		onBatch({ events, units, durationMs }) {
			metrics.commitObserved(durationMs, units);
			bus.publish(events);
		},
		onCommitFailure(error) {
			metrics.commitFailed();
			onError('commit', error);
		},
	});
	late.system = system;

	const { restored, casualties } = await system.restore();
	await telemetry.begin();
	const agents = createAgentService({
		system,
		reads,
		host,
		bus,
		clock,
		limits: { ...defaultLimits, ...config, ...overrides },
		agentFrameLimitBytes: config.agentFrameLimitBytes,
		agentPingIntervalMs: config.agentPingIntervalMs,
		usesOf: (agentId) => listUses(reads, agentId),
		onError,
	});
	const groups = createGroupService({ system, reads, clock });
	const callBacks = createCallBackEndpoint({
		runs,
		agents,
		supervisors: supervisors.service,
		tasks: tasks.service,
		reads,
		bodyLimitBytes: config.bodyLimitBytes,
		onError,
	});
	// A run has no actor, but it is a law of its own.
	const machines = [...definitions.flatMap(listDefinitions), { machine: runMachine, version: 1 }];
	const server = createHttpServer({
		config,
		adminToken,
		agents,
		groups,
		history: createHistory({ definitions, reads, clock }),
		workflows: workflows.service,
		tasks: tasks.service,
		taskDiffs: tasks.diffs,
		supervisors: supervisors.service,
		callBacks,
		reads,
		store,
		trouble: database.trouble,
		actors: system,
		bus,
		clock,
		logger,
		metrics,
		traceRequests,
		machines: machines.map(describeMachine),
		diagrams: createDiagrams(machines.map(({ machine }) => machine)),
		drivers: { find: findLocalDrivers },
		signsOfLife: host.signsOfLife,
	});
	const notifications = createNotifications({
		urls: config.notifyUrl,
		secret: config.notifySecret ?? null,
		clock,
		bus,
		reads,
		saveSetting,
		onError: onWarning,
		onSent: metrics.notificationSent,
	});
	await notifications.begin();
	undo.push(() => notifications.stop());
	const relays = createRelays({ config, instance, clock, reads, bus, saveSetting, metrics, logger });
	await relays.begin();
	undo.push(() => relays.stop());
	// Agents dial in as soon as anybody listens, and tell the orchestrator.
	await workflows.begin();
	const { url } = await server.listen(config.port, config.host);
	undo.push(() => server.close());
	runs.listening(url);
	lock.update({ address: url });

	const reconciled = await reconcileAgents({ system, instance, onError });
	await tasks.sweep();
	await system.resume();
	await groups.sweep();
	await workflows.resume();
	await tasks.resume();
	await supervisors.resume();
	const boot: BootReport = { restored, quarantined: casualties.length, ...reconciled };
	const { heartbeatIntervalMs } = config;
	const { signsOfLife } = host;
	const watchdog = createWatchdog({ system, reads, clock, heartbeatIntervalMs, signsOfLife, onError });
	await system.write({ events: [createEvent('system.started', null, clock.now(), { recovered: { ...boot } })] });
	server.setReady();
	logger.info({ url, ...boot }, 'ready');

	return {
		url,
		token: adminToken,
		boot,
		async close({ leaveRunning = false } = {}) {
			logger.info('shutting down');
			await system.write({ events: [createEvent('system.stopping', null, clock.now(), {})] });
			// From here on the server refuses new work, so that nothing begins behind our back.
			const closed = server.close();
			await watchdog.stop();
			// What becomes of missions without their agents is the next boot's affair.
			await supervisors.stop();
			await shutDownAgents({ system, host, leaveRunning, graceMs: config.shutdownGraceMs, clock, onError });
			await host.stop();
			await closed;
			await output.stop();
			await heartbeats.stop();
			await notifications.stop();
			workflows.stop();
			tasks.stop();
			await system.stop();
			await relays.stop();
			await telemetry.stop();
			await database.close();
			lock.release();
		},
	};
}

/** A machine as the API shows it. */
function describeMachine({ machine, version }: Pick<DurableDefinition, 'machine' | 'version'>) {
	return { id: machine.id, version, definition: JSON.parse(serializeDefinition(machine)) };
}

/** What refers to an agent, so that it cannot be removed without it. */
async function listUses(reads: Queries, agentId: string): Promise<readonly string[]> {
	const group = await reads.groupOf(agentId);
	const { items: workflows } = await reads.workflows({ agentId }, { limit: 200, offset: 0 });
	const tasks = await reads.openTasksOf(agentId);
	const { items: supervisors } = await reads.supervisors({ agentId }, { limit: 200, offset: 0 });
	return [
		...(group ? [`group ${group.name}`] : []),
		...workflows.map(({ name }) => `workflow ${name}`),
		...tasks.map(({ id }) => `task ${id}`),
		...supervisors.map(({ id, state }) => `supervisor ${id} (${state})`),
	];
}
