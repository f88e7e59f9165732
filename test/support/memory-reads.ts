/** `Reads` over the store in memory: the same rows, filters and pages, without SQL. */

import type { GroupReads, GroupView } from '../../src/agents/groups/views.ts';
import type { AgentView, Listing, Page, PromptView, Reads, RequestView, RunView } from '../../src/agents/views.ts';
import type { AuditReads, AuditView } from '../../src/audit/views.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { StreamReads } from '../../src/stream/views.ts';
import type { SupervisorReads } from '../../src/supervisors/views.ts';
import type { TaskReads } from '../../src/tasks/views.ts';
import type { WorkflowReads } from '../../src/workflows/views.ts';
import { createMemoryStreamReads } from './memory-stream-reads.ts';
import { createMemorySupervisorReads } from './memory-supervisor-reads.ts';
import { createMemoryTaskReads } from './memory-task-reads.ts';
import { createMemoryWorkflowReads } from './memory-workflow-reads.ts';

type Row = ReturnType<MemoryStore['rows']>[number];

export function createMemoryReads(
	store: MemoryStore,
): Reads & AuditReads & GroupReads & StreamReads & SupervisorReads & TaskReads & WorkflowReads {
	const agents = () => store.rows('agents').map(toAgent);
	const prompts = () => store.rows('prompts').map(toPrompt);
	const requests = () => store.rows('requests').map(toRequest);
	const groups = () => store.rows('agent_groups').map((row) => toGroup(row, agents()));
	const runs = () => store.rows('runs').map(toRun);
	const others = {
		...createMemoryWorkflowReads(store, toView, toPrompt),
		...createMemoryTaskReads(store, toView),
		...createMemorySupervisorReads(store, toView),
		groups: async (page: Page) => cut(groups().sort(byName), page),
	};
	return {
		...others,
		...createMemoryStreamReads(store, { agents, prompts, requests, runs }, others),
		async agents({ executionState, labels = {} }, page) {
			const matches = agents().filter(
				(agent) =>
					(executionState === undefined || agent.executionState === executionState) &&
					Object.entries(labels).every(([name, value]) => agent.labels[name] === value),
			);
			return cut(matches, page);
		},
		agent: async (idOrName) =>
			agents().find(({ id }) => id === idOrName) ?? agents().find(({ name }) => name === idOrName),
		agentsByIds: async (ids) => agents().filter(({ id }) => ids.includes(id)),
		runsByIds: async (ids) => runs().filter(({ id }) => ids.includes(id)),
		runs: async (agentId, page) => cut(runs().filter(ofAgent(agentId)), page),
		async prompts(agentId, { status }, page) {
			const matches = prompts().filter(
				(prompt) => prompt.agentId === agentId && (status === undefined || prompt.status === status),
			);
			return cut(matches.reverse(), page);
		},
		prompt: async (id) => prompts().find((prompt) => prompt.id === id),
		promptsByIds: async (ids) => prompts().filter(({ id }) => ids.includes(id)),
		runningPrompts: async (agentIds) =>
			prompts().filter(({ agentId, status }) => status === 'running' && agentIds.includes(agentId)),
		promptByKey: async (agentId, key) =>
			prompts().find((prompt) => prompt.agentId === agentId && prompt.idempotencyKey === key),
		async requests({ status, agentId }, page) {
			const matches = requests().filter(
				(request) =>
					(status === undefined || request.status === status) && (agentId === undefined || request.agentId === agentId),
			);
			return cut(matches, page);
		},
		request: async (id) => requests().find((request) => request.id === id),
		requestsByIds: async (ids) => requests().filter(({ id }) => ids.includes(id)),
		async audit({ agentId, action, by }, { after, limit }) {
			const entries = store.rows('audit_entries').map((row) => toView(row, ['detail']) as AuditView);
			return entries
				.filter(
					(entry) =>
						(agentId === undefined || entry.agentId === agentId) &&
						(action === undefined ||
							(action.endsWith('.') ? entry.action.startsWith(action) : entry.action === action)) &&
						(by === undefined || entry.by === by) &&
						(after === undefined || entry.id < after),
				)
				.sort((one, other) => (one.id < other.id ? 1 : -1))
				.slice(0, limit);
		},
		group: async (idOrName) =>
			groups().find(({ id }) => id === idOrName) ?? groups().find(({ name }) => name === idOrName),
		groupsByIds: async (ids) => groups().filter(({ id }) => ids.includes(id)),
		groupOf: async (agentId) => groups().find(({ members }) => members.some(({ id }) => id === agentId)),
		async transitions(address, page) {
			const lines = store.journal().filter((line) => line.address === address);
			return cut(
				lines.map((line) => ({ ...line, event: JSON.parse(line.event) })),
				page,
			);
		},
		async journal(address, { after, limit }) {
			const lines = store.journal().filter((line) => line.address === address && line.seq > after);
			return lines.slice(0, limit).map((line) => ({ ...line, event: JSON.parse(line.event) }));
		},
		async events({ after, before, limit, agentIds, topics }) {
			const matches = store
				.events()
				.filter(
					({ seq, agentId, topic }) =>
						seq > after &&
						(before === undefined || seq < before) &&
						(agentIds === undefined || (agentId !== null && agentIds.includes(agentId))) &&
						(topics === undefined ||
							topics.some((wanted) => (wanted.endsWith('.') ? topic.startsWith(wanted) : topic === wanted))),
				);
			const wanted = before === undefined ? matches.slice(0, limit) : matches.slice(-limit);
			return wanted.map((event) => ({ ...event, data: JSON.parse(event.data) }));
		},
		lastEventSeq: async () => store.events().at(-1)?.seq ?? 0,
		async quarantined() {
			const set = [];
			for await (const page of store.loadActors()) {
				for (const { address, machineId, machineVersion, version, quarantine } of page)
					if (quarantine !== null) set.push({ address, machineId, machineVersion, version, reason: quarantine });
			}
			return set;
		},
		async snapshot(address) {
			const actor = await store.readActor(address);
			return actor === undefined ? undefined : { ...actor, snapshot: JSON.parse(actor.snapshot) };
		},
		async tokenByHash(hash) {
			const row = store.rows('tokens').find((token) => token.hash === hash);
			return row === undefined ? undefined : { name: String(row.name), scopes: parse(row.scopes) };
		},
		tokens: async () =>
			store.rows('tokens').map((row) => ({
				id: String(row.id),
				name: String(row.name),
				scopes: parse(row.scopes),
				createdAt: Number(row.created_at),
			})),
		async idempotencyKey(id) {
			const row = store.rows('idempotency_keys').find((key) => key.id === id);
			if (row === undefined) return undefined;
			return { hash: String(row.hash), resource: String(row.resource), status: Number(row.status) };
		},
	};
}

function cut<T>(matches: readonly T[], { limit, offset }: Page): Listing<T> {
	return { items: matches.slice(offset, offset + limit), total: matches.length };
}

function ofAgent(agentId: string): (row: { readonly agentId: string }) => boolean {
	return (row) => row.agentId === agentId;
}

// biome-ignore lint/suspicious/noExplicitAny: rows hold JSON text whose shape their writer knows.
function parse(value: unknown): any {
	return value === null ? null : JSON.parse(String(value));
}

/** Columns are in snake case; views in camel case, with JSON parsed. */
function toView(row: Row, json: readonly string[], booleans: readonly string[] = []): unknown {
	return Object.fromEntries(
		Object.entries(row).map(([column, value]) => {
			const name = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
			if (json.includes(name)) return [name, parse(value)];
			return [name, booleans.includes(name) ? Boolean(value) : value];
		}),
	);
}

const toAgent = (row: Row) =>
	toView(
		row,
		['driver', 'restart', 'policy', 'budget', 'labels', 'tags', 'error', 'usage'],
		['autoStart'],
	) as AgentView;
const toPrompt = (row: Row) => toView(row, ['content', 'policy', 'result', 'error'], ['repeatable']) as PromptView;
const toRequest = (row: Row) => toView(row, ['detail', 'options', 'answer']) as RequestView;
function toGroup(row: Row, agents: readonly AgentView[]): GroupView {
	const group = toView(row, ['members']) as GroupView;
	const ids = group.members as unknown as readonly string[];
	return { ...group, members: ids.map((id) => ({ id, name: agents.find((agent) => agent.id === id)?.name ?? null })) };
}

const byName = (one: GroupView, other: GroupView) => (one.name < other.name ? -1 : 1);
const toRun = (row: Row) => toView(row, ['error']) as RunView;
