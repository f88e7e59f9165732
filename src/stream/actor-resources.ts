/**
 * Durable actors as the stream tells of them: where they are and what they wait for. Neither contexts
 * nor events are told, which may hold anything.
 */

import { groupIdOf } from '../agents/groups/address.ts';
import { renderTime } from '../http/fields.ts';
import { supervisorIdOf } from '../supervisors/address.ts';
import { taskIdOf } from '../tasks/address.ts';
import { runnerAddress } from '../workflows/address.ts';
import type { Resource } from './resource.ts';
import { keyOf } from './resource.ts';
import type { ActorView, RowKind, StreamReads } from './views.ts';

/** The row that an actor stands behind. */
export interface ActorOwner {
	readonly kind: Extract<RowKind, 'agent' | 'workflow' | 'task' | 'supervisor' | 'group'>;
	readonly id: string;
}

export interface ActorReaderDeps {
	readonly reads: Pick<StreamReads, 'actors'>;
	readonly machines: ReadonlyArray<{ readonly id: string; readonly definition: unknown }>;
	/** The agents that rows belong to, by the rows' keys. */
	readonly findOwners: (owners: readonly ActorOwner[]) => Promise<ReadonlyMap<string, readonly string[]>>;
}

export function createActorReader({ reads, machines, findOwners }: ActorReaderDeps) {
	const definitions = new Map(machines.map(({ id, definition }) => [id, definition as StateConfig]));
	return async (addresses: readonly string[]): Promise<readonly Resource[]> => {
		const actors = await reads.actors(addresses);
		const owned = actors.map((actor) => ({ actor, owner: ownerOf(actor.address) }));
		const agentIds = await findOwners(owned.flatMap(({ owner }) => owner ?? []));
		return owned.map(({ actor, owner }) => ({
			kind: 'actor',
			id: actor.address,
			agentIds: (owner && agentIds.get(keyOf(owner.kind, owner.id))) ?? [],
			goesWith: owner && owner.kind !== 'group' ? keyOf(owner.kind, owner.id) : null,
			isUnderWay: true,
			data: renderActor(actor, tagsOf(definitions.get(actor.machineId), actor.value)),
		}));
	};
}

function renderActor(actor: ActorView, tags: readonly string[]) {
	const { address, machineId, machineVersion, version, value, timers, children } = actor;
	return {
		id: address,
		address,
		machineId,
		machineVersion,
		version,
		value,
		tags,
		timers: timers.map(({ id, type, dueAt }) => ({ id, type, dueAt: renderTime(dueAt) })),
		children: children.map((child) => ({ id: child.slice(address.length + 1), address: child })),
	};
}

const agentPrefix = 'agent:';
const runnerPrefix = runnerAddress('');

/** Undefined for an actor that stands behind no row, such as the orchestrator. */
function ownerOf(address: string): ActorOwner | undefined {
	if (address.startsWith(agentPrefix))
		return { kind: 'agent', id: address.slice(agentPrefix.length).split('/')[0] ?? '' };
	if (address.startsWith(runnerPrefix)) return { kind: 'workflow', id: address.slice(runnerPrefix.length) };
	const taskId = taskIdOf(address);
	if (taskId !== undefined) return { kind: 'task', id: taskId };
	const supervisorId = supervisorIdOf(address);
	if (supervisorId !== undefined) return { kind: 'supervisor', id: supervisorId };
	const groupId = groupIdOf(address);
	return groupId === undefined ? undefined : { kind: 'group', id: groupId };
}

interface StateConfig {
	readonly tags?: string | readonly string[];
	readonly states?: Readonly<Record<string, StateConfig>>;
}

/** Tags of the states that a state value names, sorted; a snapshot does not keep them. */
function tagsOf(config: StateConfig | undefined, value: unknown): readonly string[] {
	const tags = new Set<string>();
	function visit(state: StateConfig | undefined, inside: unknown): void {
		if (state === undefined) return;
		for (const tag of [state.tags ?? []].flat()) tags.add(tag);
		if (typeof inside === 'string') visit(state.states?.[inside], undefined);
		else if (typeof inside === 'object' && inside !== null)
			for (const [name, deeper] of Object.entries(inside)) visit(state.states?.[name], deeper);
	}
	visit(config, value);
	return [...tags].sort();
}
