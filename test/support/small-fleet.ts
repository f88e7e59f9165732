/**
 * A small `AgentService`: real rows, versions, constraints and events in the store in memory, but no
 * processes. For tests of the HTTP and streaming surface, which the real one is not needed for.
 */

import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { AgentCommand, AgentService, Conditions, CreateAgent } from '../../src/agents/service.ts';
import type { AgentView, Reads } from '../../src/agents/views.ts';
import type { DomainEvent, DomainRecord } from '../../src/durable/store.ts';
import { StatecraftError } from '../../src/errors.ts';
import type { EventBus } from '../../src/events/bus.ts';
import { createEvent } from '../../src/events/catalogue.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';

export interface SmallFleet extends AgentService {
	/** Commits, then publishes, one after the other. */
	write(records: readonly DomainRecord[], events: readonly DomainEvent[]): Promise<void>;
	openRequest(agentId: string, title: string): Promise<string>;
	finishPrompt(promptId: string): Promise<void>;
	readonly sockets: ReadonlyArray<{ readonly agentId: string; readonly socket: WebSocket }>;
	readonly repaired: ReadonlyArray<readonly [string, string]>;
}

export interface SmallFleetDeps {
	readonly store: MemoryStore;
	readonly reads: Reads;
	readonly bus: EventBus;
	/** Awaited before each commit, to let others in between. */
	readonly pause?: () => Promise<void>;
}

const commandTargets: Readonly<Record<AgentCommand, string>> = {
	start: 'starting',
	stop: 'stopped',
	restart: 'starting',
	suspend: 'idle',
	resume: 'idle',
	cancel: 'idle',
	kill: 'failed',
};

export function createSmallFleet({ store, reads, bus, pause = async () => {} }: SmallFleetDeps): SmallFleet {
	const sockets: Array<{ agentId: string; socket: WebSocket }> = [];
	const repaired: Array<readonly [string, string]> = [];
	const waiting = new Map<string, () => void>();
	let last: Promise<unknown> = Promise.resolve();

	function write(
		records: readonly DomainRecord[],
		events: readonly DomainEvent[],
		version?: AgentVersion,
	): Promise<void> {
		const turn = last.then(async () => {
			await pause();
			const actors = version === undefined ? [] : [actorWrite(version)];
			const [outcome] = await store.commit([{ actors, records, events }]);
			if (outcome === undefined) throw new Error('the store answered nothing');
			if (!outcome.ok) throw outcome.error;
			bus.publish(outcome.events);
		});
		last = turn.catch(() => undefined);
		return turn;
	}

	async function demand(id: string, conditions: Conditions): Promise<AgentView> {
		const agent = await reads.agent(id);
		if (agent === undefined) throw new StatecraftError('agent_not_found', `There is no agent ${id}`);
		const { expectedVersion, expectedState } = conditions;
		if (expectedVersion !== undefined && expectedVersion !== agent.version)
			throw new StatecraftError('stale_state', 'another version', { expected: expectedVersion, actual: agent.version });
		if (expectedState !== undefined && expectedState !== agent.executionState)
			throw new StatecraftError('stale_state', 'another state', {
				expected: expectedState,
				actual: agent.executionState,
			});
		return agent;
	}

	async function change(
		id: string,
		set: Record<string, string | number | null>,
		events: readonly DomainEvent[],
		conditions: Conditions,
	): Promise<void> {
		const agent = await demand(id, conditions);
		const version = agent.version + 1;
		const update: DomainRecord = { op: 'update', table: 'agents', id, set: { ...set, version } };
		await write([update, ...(conditions.records?.(id) ?? [])], events, { id, version });
	}

	async function moveTo(id: string, target: string, trigger: string, conditions: Conditions): Promise<void> {
		const agent = await demand(id, conditions);
		if (agent.executionState === target)
			throw new StatecraftError('event_refused', `already ${target}`, { state: target, possibleEvents: ['RESTART'] });
		const moved = createEvent('agent.state.changed', id, Date.now(), {
			from: agent.executionState,
			to: target,
			trigger,
			version: agent.version + 1,
			generation: agent.generation,
		});
		await change(id, { execution_state: target, state_changed_at: Date.now() }, [moved], conditions);
	}

	return {
		write: (records, events) => write(records, events),
		sockets,
		repaired,
		async create(input, conditions) {
			const id = `agt_${randomUUID()}`;
			if ((await reads.agent(input.name)) !== undefined)
				throw new StatecraftError('agent_name_taken', `"${input.name}" is taken`);
			const insert: DomainRecord = { op: 'insert', table: 'agents', row: agentRow(id, input) };
			const created = createEvent('agent.created', id, Date.now(), { name: input.name });
			await write([insert, ...(conditions.records?.(id) ?? [])], [created], { id, version: 1 });
			const dialsIn = input.driver.transport === 'websocket';
			return { id, connect: dialsIn ? { path: `/ws/${id}?token=${tokenOf(id)}`, token: tokenOf(id) } : null };
		},
		async patch(id, { name, driver, labels }, conditions) {
			const set = {
				...(name === undefined ? {} : { name }),
				...(driver === undefined ? {} : { driver: JSON.stringify(driver) }),
				...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
			};
			const changed = Object.keys(set);
			await change(id, set, [createEvent('agent.updated', id, Date.now(), { changed })], conditions);
			return { restartRequired: driver !== undefined };
		},
		async remove(id, conditions) {
			const { name } = await demand(id, conditions);
			const gone = createEvent('agent.deleted', id, Date.now(), { name });
			await write([{ op: 'delete', table: 'agents', id }, ...(conditions.records?.(id) ?? [])], [gone]);
		},
		command: (id, command, conditions) => moveTo(id, commandTargets[command], 'User', conditions),
		async killAll(_reason, conditions) {
			const { items } = await reads.agents({}, { limit: 200, offset: 0 });
			for (const { id } of items) await moveTo(id, 'failed', 'Killed', conditions);
			return { total: items.length, killed: items.length, failed: 0, errors: [] };
		},
		transition: moveTo,
		async submitPrompt(agentId, prompt, conditions) {
			await demand(agentId, conditions);
			const key = prompt.idempotencyKey ?? null;
			const first = key === null ? undefined : await reads.promptByKey(agentId, key);
			if (first !== undefined) return { id: first.id, repeated: true };
			const id = `pmt_${randomUUID()}`;
			const row = promptRow(id, agentId, prompt.text, key, prompt.repeatable === true);
			const queued = createEvent('prompt.queued', agentId, Date.now(), { promptId: id });
			await write([{ op: 'insert', table: 'prompts', row }, ...(conditions.records?.(id) ?? [])], [queued]);
			return { id, repeated: false };
		},
		async waitForPrompt(promptId, timeoutMs, signal) {
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, timeoutMs);
				const end = () => {
					clearTimeout(timer);
					resolve();
				};
				waiting.set(promptId, end);
				signal.addEventListener('abort', end, { once: true });
			});
			const prompt = await reads.prompt(promptId);
			if (prompt === undefined) throw new StatecraftError('prompt_not_found', promptId);
			return prompt;
		},
		async cancelPrompt(id, conditions) {
			const prompt = await reads.prompt(id);
			if (prompt === undefined) throw new StatecraftError('prompt_not_found', `There is no prompt ${id}`);
			if (prompt.status !== 'queued') throw new StatecraftError('prompt_settled', `${id} is ${prompt.status}`);
			const set = { status: 'cancelled', finished_at: Date.now() };
			const cancelled = createEvent('prompt.cancelled', prompt.agentId, Date.now(), { promptId: id });
			await write([{ op: 'update', table: 'prompts', id, set }, ...(conditions.records?.(id) ?? [])], [cancelled]);
		},
		async answerRequest(id, answer, conditions) {
			const request = await reads.request(id);
			if (request === undefined) throw new StatecraftError('request_not_found', `There is no request ${id}`);
			if (request.status !== 'open') throw new StatecraftError('request_settled', `${id} is ${request.status}`);
			const set = { status: 'answered', answer: JSON.stringify(answer), answered_by: conditions.by };
			const answered = createEvent('request.answered', request.agentId, Date.now(), {
				requestId: id,
				answer,
				answeredBy: conditions.by,
			});
			await write([{ op: 'update', table: 'requests', id, set }, ...(conditions.records?.(id) ?? [])], [answered]);
		},
		async renewConnectToken(id, conditions) {
			await demand(id, conditions);
			return { path: `/ws/${id}?token=${tokenOf(id)}`, token: tokenOf(id) };
		},
		async mayConnect(agentId, token) {
			if ((await reads.agent(agentId)) === undefined) return 'unknown_agent';
			return token === tokenOf(agentId) ? 'yes' : 'bad_token';
		},
		connect(agentId, socket) {
			sockets.push({ agentId, socket });
			socket.on('message', (data) => socket.send(`heard ${String(data)}`));
		},
		async repair(address, how) {
			repaired.push([address, how]);
		},
		async openRequest(agentId, title) {
			const id = `req_${randomUUID()}`;
			const opened = createEvent('request.opened', agentId, Date.now(), { requestId: id, kind: 'permission', title });
			await write([{ op: 'insert', table: 'requests', row: requestRow(id, agentId, title) }], [opened]);
			return id;
		},
		async finishPrompt(promptId) {
			const result = JSON.stringify({ text: 'done', stopReason: 'end_turn', usage: null });
			const set = { status: 'finished', result, finished_at: Date.now() };
			const agentId = (await reads.prompt(promptId))?.agentId ?? null;
			const finished = createEvent('prompt.finished', agentId, Date.now(), { promptId, stopReason: 'end_turn' });
			await write([{ op: 'update', table: 'prompts', id: promptId, set }], [finished]);
			waiting.get(promptId)?.();
		},
	};
}

interface AgentVersion {
	readonly id: string;
	readonly version: number;
}

/** The actor's row makes the store itself refuse a version that was taken meanwhile. */
function actorWrite({ id, version }: AgentVersion) {
	return {
		address: `agent:${id}`,
		parent: null,
		source: null,
		machineId: 'agent',
		machineVersion: 1,
		definitionHash: 'test',
		version,
		status: 'active' as const,
		snapshot: JSON.stringify({ value: 'idle', context: { driver: { kind: 'acp', env: { API_KEY: 'secret' } } } }),
	};
}

export function tokenOf(agentId: string): string {
	return `connect-${agentId}`;
}

function agentRow(id: string, input: CreateAgent) {
	const now = Date.now();
	return {
		id,
		name: input.name,
		driver: JSON.stringify(input.driver),
		cwd: input.cwd,
		auto_start: input.autoStart ?? true,
		restart: JSON.stringify(input.restart ?? {}),
		interrupted_turn: input.interruptedTurn ?? 'fail',
		labels: JSON.stringify(input.labels ?? {}),
		execution_state: 'pending',
		status: 'pending',
		tags: '[]',
		version: 1,
		generation: 0,
		queued_prompts: 0,
		open_requests: 0,
		state_changed_at: now,
		created_at: now,
		updated_at: now,
	};
}

function promptRow(id: string, agentId: string, text: string, key: string | null, repeatable: boolean) {
	const row = { id, agent_id: agentId, status: 'queued', text, idempotency_key: key, repeatable };
	return { ...row, created_at: Date.now() };
}

function requestRow(id: string, agentId: string, title: string) {
	const options = JSON.stringify([{ optionId: 'yes', name: 'Yes', kind: 'allow_once' }]);
	const row = { id, agent_id: agentId, key: id, kind: 'permission', title, detail: '{}', options };
	return { ...row, status: 'open', asked_at: Date.now() };
}
