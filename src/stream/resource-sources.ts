/**
 * Where resources come from: for each kind the rows by id, rendered as the REST API renders them, and
 * the ids that a newcomer is told of.
 */

import { agentAddress } from '../agents/address.ts';
import { groupAddress } from '../agents/groups/address.ts';
import { renderGroup } from '../agents/groups/routes.ts';
import type { GroupReads } from '../agents/groups/views.ts';
import { type AgentRenderer, renderPrompt, renderRun } from '../agents/resources.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import { renderRequest } from '../requests/resources.ts';
import { supervisorAddress } from '../supervisors/address.ts';
import { renderSupervisor } from '../supervisors/resources.ts';
import type { SupervisorReads } from '../supervisors/views.ts';
import { taskAddress } from '../tasks/address.ts';
import type { TaskRenderer } from '../tasks/resources.ts';
import type { TaskReads } from '../tasks/views.ts';
import { runnerAddress } from '../workflows/address.ts';
import { renderDispatch, renderWorkflow } from '../workflows/resources.ts';
import type { WorkflowReads } from '../workflows/views.ts';
import { type ActorOwner, createActorReader } from './actor-resources.ts';
import { keyOf, type Resource } from './resource.ts';
import type { ResourceKind, RowKind, StreamReads } from './views.ts';

export interface ResourceSources {
	/** Those of the ids that there are, in the order of the ids. */
	read(kind: ResourceKind, ids: readonly string[]): Promise<readonly Resource[]>;
	/** What a newcomer is told of; of these agents only, if any are given. Actors only of given agents. */
	present(kind: ResourceKind, agentIds: readonly string[] | undefined): Promise<readonly string[]>;
}

export type SourceReads = StreamReads &
	Pick<Reads, 'agentsByIds' | 'requestsByIds' | 'promptsByIds' | 'runsByIds'> &
	Pick<GroupReads, 'groupsByIds'> &
	Pick<SupervisorReads, 'supervisorsByIds'> &
	Pick<TaskReads, 'tasksByIds'> &
	Pick<WorkflowReads, 'workflowsByIds' | 'dispatchesByIds'>;

export interface ResourceSourcesDeps {
	readonly reads: SourceReads;
	readonly renderAgent: AgentRenderer;
	readonly renderTask: TaskRenderer;
	/** Makes sure that `renderAgent` knows what these agents do. */
	readonly prepareAgents: (agents: readonly AgentView[]) => Promise<void>;
	/** Definitions of the machines that run here, as JSON. */
	readonly machines: ReadonlyArray<{ readonly id: string; readonly definition: unknown }>;
}

/** Ids in one statement. */
const chunkSize = 500;

type Reader = (ids: readonly string[]) => Promise<readonly Resource[]>;

export function createResourceSources(deps: ResourceSourcesDeps): ResourceSources {
	const readers = createReaders(deps);
	const { reads } = deps;

	async function read(kind: ResourceKind, ids: readonly string[]): Promise<readonly Resource[]> {
		const found: Resource[] = [];
		for (let from = 0; from < ids.length; from += chunkSize)
			found.push(...(await readers[kind](ids.slice(from, from + chunkSize))));
		const places = new Map(ids.map((id, index) => [id, index]));
		return found.sort((one, other) => (places.get(one.id) ?? 0) - (places.get(other.id) ?? 0));
	}

	/** The actors of agents, and of what belongs to them. */
	async function presentActors(agentIds: readonly string[]): Promise<readonly string[]> {
		const of = async (kind: RowKind, address: (id: string) => string) =>
			(await reads.presentIds(kind, agentIds)).map(address);
		const addresses = [
			of('agent', agentAddress),
			of('workflow', runnerAddress),
			of('task', taskAddress),
			of('supervisor', supervisorAddress),
			of('group', groupAddress),
		];
		return (await Promise.all(addresses)).flat();
	}

	return {
		read,
		async present(kind, agentIds) {
			if (kind !== 'actor') return reads.presentIds(kind, agentIds);
			return agentIds === undefined ? [] : presentActors(agentIds);
		},
	};
}

function createReaders(deps: ResourceSourcesDeps): Readonly<Record<ResourceKind, Reader>> {
	const { reads, renderAgent, renderTask } = deps;
	const rows: Readonly<Record<RowKind, Reader>> = {
		async agent(ids) {
			const agents = await reads.agentsByIds(ids);
			await deps.prepareAgents(agents);
			return agents.map((agent) => {
				const data = renderAgent(agent);
				return { ...lasting('agent', agent.id, [agent.id], data), staleness: data.staleness };
			});
		},
		request: async (ids) =>
			(await reads.requestsByIds(ids)).map((request) => ({
				...ofAgent('request', request, renderRequest(request)),
				isUnderWay: request.status === 'open',
			})),
		prompt: async (ids) =>
			(await reads.promptsByIds(ids)).map((prompt) => ({
				...ofAgent('prompt', prompt, renderPrompt(prompt)),
				isUnderWay: prompt.status === 'queued' || prompt.status === 'running',
			})),
		run: async (ids) =>
			(await reads.runsByIds(ids)).map((run) => ({
				...ofAgent('run', run, renderRun(run)),
				isUnderWay: run.completedAt === null,
			})),
		workflow: async (ids) =>
			(await reads.workflowsByIds(ids)).map((row) => ofAgent('workflow', row, renderWorkflow(row))),
		async dispatch(ids) {
			const dispatches = await reads.dispatchesByIds(ids);
			const workflows = await reads.workflowsByIds([...new Set(dispatches.map(({ workflowId }) => workflowId))]);
			const agentOf = new Map(workflows.map(({ id, agentId }) => [id, agentId]));
			return dispatches.map((row) => {
				const agentId = agentOf.get(row.workflowId);
				return {
					...lasting('dispatch', row.id, agentId === undefined ? [] : [agentId], renderDispatch(row)),
					goesWith: keyOf('workflow', row.workflowId),
					isUnderWay: row.status === 'dispatched' || row.nextAttemptAt !== null,
				};
			});
		},
		task: async (ids) =>
			(await reads.tasksByIds(ids)).map((row) => {
				const data = renderTask(row);
				return {
					...lasting('task', row.id, row.agentId === null ? [] : [row.agentId], data),
					staleness: data.staleness,
				};
			}),
		supervisor: async (ids) =>
			(await reads.supervisorsByIds(ids)).map((row) => ofAgent('supervisor', row, renderSupervisor(row))),
		group: async (ids) =>
			(await reads.groupsByIds(ids)).map((row) => {
				const members = row.members.map(({ id }) => id);
				return lasting('group', row.id, members, renderGroup(row));
			}),
	};
	/** An actor belongs to whom the row it stands behind belongs to. */
	async function findOwners(owners: readonly ActorOwner[]): Promise<ReadonlyMap<string, readonly string[]>> {
		const found = new Map<string, readonly string[]>();
		for (const kind of new Set(owners.map((owner) => owner.kind))) {
			const ids = owners.filter((owner) => owner.kind === kind).map(({ id }) => id);
			const resources = await rows[kind](ids);
			for (const { id, agentIds } of resources) found.set(keyOf(kind, id), agentIds);
		}
		return found;
	}
	return { ...rows, actor: createActorReader({ reads, machines: deps.machines, findOwners }) };
}

/** What is told of as long as it is there. */
function lasting(kind: ResourceKind, id: string, agentIds: readonly string[], data: unknown): Resource {
	return { kind, id, agentIds, goesWith: null, isUnderWay: true, data };
}

/** What goes with its agent. */
function ofAgent(
	kind: ResourceKind,
	{ id, agentId }: { readonly id: string; readonly agentId: string },
	data: unknown,
): Resource {
	return { ...lasting(kind, id, [agentId], data), goesWith: keyOf('agent', agentId) };
}
