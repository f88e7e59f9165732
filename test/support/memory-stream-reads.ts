/** `StreamReads` over the store in memory: the same rows, without SQL. */

import type { GroupReads } from '../../src/agents/groups/views.ts';
import type { AgentView, PromptView, RequestView, RunView } from '../../src/agents/views.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { RowKind, StreamReads } from '../../src/stream/views.ts';
import type { SupervisorReads } from '../../src/supervisors/views.ts';
import type { TaskReads } from '../../src/tasks/views.ts';
import type { WorkflowReads } from '../../src/workflows/views.ts';

export interface MemoryRows {
	agents(): readonly AgentView[];
	prompts(): readonly PromptView[];
	requests(): readonly RequestView[];
	runs(): readonly RunView[];
}

type Others = Pick<GroupReads, 'groups'> &
	Pick<SupervisorReads, 'supervisors'> &
	Pick<TaskReads, 'tasks'> &
	Pick<WorkflowReads, 'workflows' | 'dispatches' | 'workflow'>;

const everything = { limit: Number.POSITIVE_INFINITY, offset: 0 };

export function createMemoryStreamReads(store: MemoryStore, rows: MemoryRows, others: Others): StreamReads {
	const lastRuns = () =>
		rows.runs().filter((run) => rows.agents().find(({ id }) => id === run.agentId)?.generation === run.generation);

	/** Every row of the kind that is told of, with its agents. */
	async function present(kind: RowKind): Promise<ReadonlyArray<{ id: string; agents: readonly (string | null)[] }>> {
		const ofAgent = (row: { readonly id: string; readonly agentId: string | null }) => ({
			id: row.id,
			agents: [row.agentId],
		});
		switch (kind) {
			case 'agent':
				return rows.agents().map(({ id }) => ({ id, agents: [id] }));
			case 'request':
				return rows.requests().flatMap((row) => (row.status === 'open' ? [ofAgent(row)] : []));
			case 'prompt':
				return rows.prompts().flatMap((row) => (['queued', 'running'].includes(row.status) ? [ofAgent(row)] : []));
			case 'run':
				return lastRuns().flatMap((row) => (row.completedAt === null ? [ofAgent(row)] : []));
			case 'workflow':
				return (await others.workflows({}, everything)).items.map(ofAgent);
			case 'dispatch': {
				const { items } = await others.dispatches({}, everything);
				const outstanding = items.filter(
					({ status, nextAttemptAt }) => status === 'dispatched' || nextAttemptAt !== null,
				);
				const found = outstanding.map(async ({ id, workflowId }) => ({
					id,
					agents: [(await others.workflow(workflowId))?.agentId ?? null],
				}));
				return (await Promise.all(found)).reverse();
			}
			case 'task':
				return (await others.tasks({}, everything)).items.map(ofAgent);
			case 'supervisor':
				return (await others.supervisors({}, everything)).items.map(ofAgent);
			case 'group':
				return (await others.groups(everything)).items.map(({ id, members }) => ({
					id,
					agents: members.map((member) => member.id),
				}));
			default:
				return kind satisfies never;
		}
	}

	return {
		async presentIds(kind, agentIds) {
			const found = await present(kind);
			return found
				.filter(({ agents }) => agentIds === undefined || agents.some((id) => id !== null && agentIds.includes(id)))
				.map(({ id }) => id);
		},
		awaitedIds: async (kind) =>
			kind === 'agent'
				? rows.agents().flatMap(({ id, executionState: state }) => (alive.includes(state) ? [id] : []))
				: (await others.tasks({}, everything)).items.flatMap(({ id, state }) => (open.includes(state) ? [id] : [])),
		lastRunIds: async (agentIds) => lastRuns().flatMap(({ id, agentId }) => (agentIds.includes(agentId) ? [id] : [])),
		groupIdsOf: async (agentIds) =>
			(await others.groups(everything)).items
				.filter(({ members }) => members.some(({ id }) => agentIds.includes(id)))
				.map(({ id }) => id),
		async actors(addresses) {
			const timers = await store.loadTimers();
			const actors: StoredActor[] = [];
			for await (const page of store.loadActors()) actors.push(...page);
			return actors
				.filter(({ address }) => addresses.includes(address))
				.map(({ address, machineId, machineVersion, version, snapshot }) => ({
					...{ address, machineId, machineVersion, version },
					value: JSON.parse(snapshot).value,
					timers: timers
						.filter((timer) => timer.address === address)
						.map(({ id, event, dueAt }) => ({ id, type: JSON.parse(event).type, dueAt })),
					children: actors.filter(({ parent }) => parent === address).map((child) => child.address),
				}));
		},
	};
}

const alive = ['starting', 'idle', 'busy'];
const open = ['assigned', 'working'];
