/** A relay on its own: a journal and rows in memory, and a real Valkey or Redis. */

import { onTestFinished } from 'vitest';
import type { AgentView, EventView, RunView } from '../../src/agents/views.ts';
import { systemClock } from '../../src/durable/clock.ts';
import type { StoredEvent } from '../../src/durable/store.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { sourceOf } from '../../src/relay/cloud-event.ts';
import { nameKeys } from '../../src/relay/names.ts';
import { createRelay, type Relay, type RelayDeps } from '../../src/relay/relay.ts';

export interface RelayWorld {
	readonly journal: readonly EventView[];
	readonly agents: Map<string, AgentView>;
	readonly runs: Map<string, RunView>;
	readonly settings: ReadonlyMap<string, string>;
	readonly warnings: ReadonlyArray<{ readonly where: string; readonly error?: Error | undefined }>;
	readonly notices: readonly string[];
	/** Reads of the journal: what each asked for, and how many events it got. */
	readonly reads: ReadonlyArray<{ readonly limit: number; readonly found: number }>;
	readonly states: ReadonlyArray<{ readonly isUp: boolean; readonly lag: number }>;
	/** Events that were relayed for the first time. */
	relayed(): number;
	/** Commits events, and tells the bus. */
	tell(...events: ReadonlyArray<Partial<EventView> & { readonly topic: string }>): void;
	/** Commits so many events of a prompt; without a word to the bus. */
	fill(count: number): void;
	/** Begins a relay; the one before must have ended. */
	begin(changes?: Partial<RelayDeps>): Promise<Relay>;
}

export function createRelayWorld(url: string, prefix: string): RelayWorld {
	const journal: EventView[] = [];
	const agents = new Map<string, AgentView>();
	const runs = new Map<string, RunView>();
	const settings = new Map<string, string>();
	const warnings: Array<{ where: string; error?: Error | undefined }> = [];
	const notices: string[] = [];
	const reads: Array<{ limit: number; found: number }> = [];
	const states: Array<{ isUp: boolean; lag: number }> = [];
	const bus = createEventBus();
	let relayed = 0;

	function commit({
		topic,
		agentId = null,
		at,
		data = {},
	}: Partial<EventView> & { readonly topic: string }): StoredEvent {
		const seq = (journal.at(-1)?.seq ?? 0) + 1;
		const event = { seq, topic, agentId, at: at ?? 1_700_000_000_000 + seq, data };
		journal.push(event);
		return { ...event, data: JSON.stringify(data) };
	}

	const isWanted = (topics: readonly string[] | undefined, topic: string) =>
		topics?.some((wanted) => wanted === topic || (wanted.endsWith('.') && topic.startsWith(wanted))) ?? true;

	const deps: RelayDeps = {
		url,
		names: nameKeys(prefix),
		source: sourceOf('test'),
		withOutput: false,
		streamLength: 100_000,
		clock: systemClock,
		bus,
		reads: {
			events: async ({ after, before = Number.POSITIVE_INFINITY, limit, topics }) => {
				// The seq of an event is its place.
				const found: EventView[] = [];
				for (let index = after; index < Math.min(journal.length, before - 1) && found.length < limit; index++) {
					const event = journal[index];
					if (event && isWanted(topics, event.topic)) found.push(event);
				}
				reads.push({ limit, found: found.length });
				return found;
			},
			lastEventSeq: async () => journal.length,
			setting: async (id) => settings.get(id),
			agentsByIds: async (ids) => ids.flatMap((id) => agents.get(id) ?? []),
			runsByIds: async (ids) => ids.flatMap((id) => runs.get(id) ?? []),
			presentIds: async () => [...agents.keys()],
			lastRunIds: async (ids) =>
				[...runs.values()]
					.filter((run) => ids.includes(run.agentId) && agents.get(run.agentId)?.generation === run.generation)
					.map(({ id }) => id),
		},
		saveSetting: async (id, value) => void settings.set(id, value),
		onState: (isUp, lag) => void states.push({ isUp, lag }),
		onRelayed: (count) => {
			relayed += count;
		},
		onWarning: (where, error) => void warnings.push({ where, error }),
		onNotice: (text) => void notices.push(text),
	};

	return {
		journal,
		agents,
		runs,
		settings,
		warnings,
		notices,
		reads,
		states,
		relayed: () => relayed,
		tell: (...events) => bus.publish(events.map(commit)),
		fill(count) {
			for (let index = 0; index < count; index++) commit({ topic: 'prompt.queued', data: { promptId: 'pmt_1' } });
		},
		async begin(changes = {}) {
			const relay = createRelay({ ...deps, ...changes });
			onTestFinished(() => relay.stop());
			await relay.begin();
			return relay;
		},
	};
}

/** An agent as its row is. */
export function agentRow(id: string, more: Partial<AgentView> = {}): AgentView {
	return {
		...{ id, name: id, driver: { kind: 'demo' }, cwd: '/', autoStart: false, restart: {}, interruptedTurn: 'ask' },
		...{ policy: null, budget: null, labels: {}, connectTokenHash: null, executionState: 'idle', substate: 'ready' },
		...{ status: 'running', tags: [], version: 1, generation: 1, pid: 1, sessionId: null, queuedPrompts: 0 },
		...{ openRequests: 0, error: null, usage: null, startedAt: 0, completedAt: null, stateChangedAt: 0 },
		...{ lastSeenAt: null, createdAt: 0, updatedAt: 0 },
		...more,
	};
}

export function runRow(id: string, agentId: string, more: Partial<RunView> = {}): RunView {
	return {
		...{ id, agentId, generation: 1, state: 'running', pid: 1, processStart: null, startedAt: 0, completedAt: null },
		...{ exitCode: null, signal: null, error: null },
		...more,
	};
}
