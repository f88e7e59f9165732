/**
 * The agent service: what people and programs ask of agents, turned into events of agents' machines
 * and rows of the same transaction.
 */

import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { AgentInput, AgentSettings } from '../../machines/agent-model.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import { agentAddress, agentIdOf, agentKind } from './address.ts';
import { auditChange, deedOf } from './agent-audit.ts';
import { attribution, createAgentCommands, toEvent, toSendOptions } from './agent-commands.ts';
import type { AgentHost } from './agent-host.ts';
import { type AgentLimits, completeRestart, createSettings, transportOf } from './agent-settings.ts';
import { createConnectToken, isConnectToken } from './connect-tokens.ts';
import { driverConfigSchema, resolveDriver } from './drivers/driver-config.ts';
import { createWebSocketTransport } from './drivers/web-socket.ts';
import type { GroupReads } from './groups/views.ts';
import { createPromptService } from './prompt-service.ts';
import { createQuestionService } from './question-service.ts';
import { createRepair } from './repair.ts';
import { createRequestService } from './request-service.ts';
import type { AgentService, Conditions, CreateAgent, PatchAgent, Questions, RestartPolicy } from './service.ts';
import { toTransitionEvent } from './transition-event.ts';
import type { AgentView, DriverConfigView, Reads } from './views.ts';

export interface AgentServiceDeps {
	readonly system: DurableSystem;
	readonly reads: Reads & Pick<GroupReads, 'groupOf'>;
	readonly host: AgentHost;
	readonly bus: EventBus;
	readonly clock: Clock;
	readonly limits: AgentLimits;
	/** Longest message of an agent that dials in, bytes. */
	readonly agentFrameLimitBytes: number;
	/** How often an agent that dialled in is pinged. */
	readonly agentPingIntervalMs: number;
	/** What would be left without the agent: names of things, for people. */
	usesOf(agentId: string): Promise<readonly string[]>;
	onError(where: string, error: Error): void;
}

export function createAgentService(deps: AgentServiceDeps): AgentService & Questions {
	const { system, reads, host, clock } = deps;
	const commands = createAgentCommands(system);
	const prompts = createPromptService({ ...deps, commands });
	const questions = createQuestionService({ ...deps, commands, prompts });
	const requests = createRequestService({ ...deps, commands, questions });
	const repair = createRepair(deps);

	async function requireView(id: string): Promise<AgentView> {
		const view = await reads.agent(id);
		if (!view) throw new StatecraftError('agent_not_found', `there is no agent ${id}`);
		return view;
	}

	async function create(input: CreateAgent, conditions: Conditions): ReturnType<AgentService['create']> {
		await checkDriver(input.driver, input.cwd);
		const at = clock.now();
		const id = createId('agent', at);
		const promptId = input.prompt === undefined ? null : createId('prompt', at);
		const connect = transportOf(input.driver) === 'websocket' ? createConnectToken(id) : null;
		const machineInput: AgentInput = {
			agentId: id,
			autoStart: input.autoStart ?? true,
			settings: createSettings(input, deps.limits),
			queue: promptId === null ? [] : [{ id: promptId, repeatable: false }],
		};
		const records: DomainRecord[] = [
			{ op: 'insert', table: 'agents', row: agentRow(id, input, machineInput.settings, connect?.hash ?? null, at) },
			...(promptId === null ? [] : [prompts.row(promptId, id, { text: input.prompt ?? '' }, at)]),
			auditRecord(at, { ...deedOf(conditions), action: 'agent.create', agentId: id, detail: { name: input.name } }),
			...(conditions.records?.(id) ?? []),
		];
		const events = [createEvent('agent.created', id, at, { name: input.name })];
		await system.spawn(agentKind, id, machineInput, { records, events }).catch((error) => nameTaken(error, input.name));
		if (machineInput.autoStart) await commands.send(id, { type: 'SPAWN', ...attribution(conditions) });
		return { id, connect: connect?.offer ?? null };
	}

	/** The only unique column that a client chooses is the name. */
	async function nameTaken(thrown: unknown, name: string): Promise<never> {
		const error = toStatecraftError(thrown);
		const other = error.code === 'constraint_violated' ? await reads.agent(name) : undefined;
		if (!other) throw error;
		throw new StatecraftError('agent_name_taken', `${other.id} is named ${name} already`, { actual: other.id });
	}

	async function patch(id: string, change: PatchAgent, conditions: Conditions): Promise<{ restartRequired: boolean }> {
		const view = await requireView(id);
		const driver = change.driver ?? view.driver;
		const cwd = change.cwd ?? view.cwd;
		if (change.driver || change.cwd !== undefined) await checkDriver(driver, cwd);
		if (transportOf(driver) !== transportOf(view.driver)) {
			throw new StatecraftError('invalid_request', 'An agent keeps its transport: create another agent instead.');
		}
		const restart = completeRestart(change.restart, view.restart as unknown as RestartPolicy);
		const settings: Partial<AgentSettings> = {
			...(change.restart && { restart }),
			...(change.interruptedTurn && { interruptedTurn: change.interruptedTurn }),
			...(change.budget !== undefined && { budget: change.budget }),
		};
		const options = toSendOptions(conditions, id);
		const row: DomainRecord = { op: 'update', table: 'agents', id, set: changedColumns(change, restart) };
		const audit = auditChange(view, change, conditions, clock.now());
		const records = [row, ...audit, ...(options.records ?? [])];
		// The machine tells of what it knows; the rest of the configuration is in the row alone.
		const changed = (['name', 'driver', 'cwd', 'policy', 'labels'] as const).filter(
			(field) => change[field] !== undefined,
		);
		const events = changed.length > 0 ? [createEvent('agent.updated', id, clock.now(), { changed })] : [];
		await commands
			.send(id, { type: 'CONFIGURE', settings }, { ...options, records, events })
			.catch((error) => nameTaken(error, change.name ?? ''));
		const isLive = view.status === 'running';
		return { restartRequired: isLive && (change.driver !== undefined || change.cwd !== undefined) };
	}

	async function remove(id: string, conditions: Conditions): Promise<void> {
		const view = await requireView(id);
		const uses = await deps.usesOf(id);
		if (uses.length > 0) {
			const detail = `${view.name} is still needed by ${uses.join(', ')}`;
			throw new StatecraftError('agent_in_use', detail, { actual: uses });
		}
		const options = toSendOptions(conditions, id);
		if (view.status === 'running') {
			const { expectedState, expectedVersion } = options;
			const { reason = 'The agent was removed.' } = conditions;
			const event = { type: 'KILL', ...attribution({ ...conditions, reason }) } as const;
			await commands.send(id, event, { expectedState, expectedVersion });
			await host.ended(id);
		}
		await system.remove(agentAddress(id), {
			// Prompts, runs and requests go with their agent's row.
			records: [
				{ op: 'delete', table: 'agents', id },
				auditRecord(clock.now(), {
					...deedOf(conditions),
					action: 'agent.delete',
					agentId: id,
					detail: { name: view.name },
				}),
				...(options.records ?? []),
			],
			events: [createEvent('agent.deleted', id, clock.now(), { name: view.name })],
		});
	}

	async function killAll(reason: string, conditions: Conditions): ReturnType<AgentService['killAll']> {
		const errors: Array<{ agentId: string; message: string }> = [];
		const living = system.list(agentKind).filter((actor) => actor.getSnapshot().can({ type: 'KILL' }));
		const event = { type: 'KILL', ...attribution({ ...conditions, reason }) } as const;
		await Promise.all(
			living.map(({ address }) =>
				commands.send(agentIdOf(address), event, { urgent: true }).catch((thrown: unknown) => {
					const { code, message } = toStatecraftError(thrown);
					// It ended by itself just now.
					if (code === 'event_refused' || code === 'agent_not_found') return;
					errors.push({ agentId: agentIdOf(address), message });
				}),
			),
		);
		return { total: living.length, killed: living.length - errors.length, failed: errors.length, errors };
	}

	return {
		create,
		patch,
		remove,
		async command(id, command, conditions) {
			const event = toEvent(command, commands.require(id), conditions);
			await commands.send(id, event, { ...toSendOptions(conditions, id), urgent: event.type === 'KILL' });
		},
		killAll,
		async transition(id, target, trigger, conditions) {
			const event = toTransitionEvent(target, trigger, commands.require(id), attribution(conditions));
			await commands.send(id, event, toSendOptions(conditions, id));
		},
		submitPrompt: prompts.submit,
		waitForPrompt: prompts.wait,
		cancelPrompt: prompts.cancel,
		answerRequest: requests.answer,
		ask: questions.ask,
		async renewConnectToken(id, conditions) {
			const view = await requireView(id);
			if (transportOf(view.driver) !== 'websocket') {
				throw new StatecraftError('invalid_request', `${view.name} is started here: it does not dial in`);
			}
			const { offer, hash } = createConnectToken(id);
			const options = toSendOptions(conditions, id);
			const row: DomainRecord = { op: 'update', table: 'agents', id, set: { connect_token_hash: hash } };
			const audit = auditRecord(clock.now(), {
				...deedOf(conditions),
				action: 'agent.renew_connect_token',
				agentId: id,
			});
			const records = [row, audit, ...(options.records ?? [])];
			await commands.send(id, { type: 'CONFIGURE', settings: {} }, { ...options, records });
			return offer;
		},
		async mayConnect(agentId, token) {
			const view = await reads.agent(agentId);
			if (!view || view.id !== agentId) return 'unknown_agent';
			return view.connectTokenHash !== null && isConnectToken(token, view.connectTokenHash) ? 'yes' : 'bad_token';
		},
		connect(agentId, socket, origin) {
			const { agentFrameLimitBytes: maxFrameBytes, agentPingIntervalMs: pingIntervalMs } = deps;
			const transport = createWebSocketTransport(socket, { maxFrameBytes, pingIntervalMs });
			host.dialIn(agentId, { transport, origin }).catch((error: Error) => deps.onError(`dial-in of ${agentId}`, error));
		},
		repair: (address, how, conditions) => (how === 'retry' ? repair.retry(address) : repair.reset(address, conditions)),
	};
}

/** Rejects a driver that cannot work here, before anything is created. */
async function checkDriver(driver: DriverConfigView, cwd: string): Promise<void> {
	const config = driverConfigSchema.safeParse(driver);
	if (!config.success) {
		const issues = config.error.issues.map(({ path, message }) => ({ path: ['driver', ...path].join('.'), message }));
		throw new StatecraftError('invalid_request', 'The driver is not valid', { issues });
	}
	const { transport } = resolveDriver(config.data, { resume: null });
	if (!isAbsolute(cwd)) throw new StatecraftError('cwd_not_found', `${cwd} is not an absolute path`);
	// An agent that dials in works in a directory of its own host.
	if (transport === 'websocket') return;
	const found = await stat(cwd).catch(() => null);
	if (!found?.isDirectory()) throw new StatecraftError('cwd_not_found', `${cwd} is not a directory on this host`);
}

function jsonOrNull(value: unknown): string | null {
	return value === undefined || value === null ? null : JSON.stringify(value);
}

function agentRow(
	id: string,
	input: CreateAgent,
	settings: AgentSettings,
	connectTokenHash: string | null,
	at: number,
): Readonly<Record<string, ColumnValue>> {
	return {
		id,
		name: input.name,
		driver: JSON.stringify(input.driver),
		cwd: input.cwd,
		auto_start: input.autoStart ?? true,
		restart: JSON.stringify(settings.restart),
		interrupted_turn: settings.interruptedTurn,
		policy: jsonOrNull(input.policy),
		budget: jsonOrNull(input.budget),
		labels: JSON.stringify(input.labels ?? {}),
		connect_token_hash: connectTokenHash,
		// Projected anew by every step, this first one included.
		execution_state: 'pending',
		status: 'pending',
		tags: '[]',
		version: 1,
		generation: 0,
		queued_prompts: 0,
		open_requests: 0,
		state_changed_at: at,
		created_at: at,
		updated_at: at,
	};
}

function changedColumns(change: PatchAgent, restart: RestartPolicy): Readonly<Record<string, ColumnValue>> {
	return {
		...(change.name !== undefined && { name: change.name }),
		...(change.driver && { driver: JSON.stringify(change.driver) }),
		...(change.cwd !== undefined && { cwd: change.cwd }),
		...(change.restart && { restart: JSON.stringify(restart) }),
		...(change.interruptedTurn && { interrupted_turn: change.interruptedTurn }),
		...(change.policy !== undefined && { policy: jsonOrNull(change.policy) }),
		...(change.budget !== undefined && { budget: jsonOrNull(change.budget) }),
		...(change.labels && { labels: JSON.stringify(change.labels) }),
	};
}
