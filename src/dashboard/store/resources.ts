/** Everything the page knows of the server's resources, by kind and id. Pure. */

import type { z } from 'zod';
import type { groupResource } from '../../agents/groups/schemas.ts';
import type { agentResource, runResource } from '../../agents/schemas.ts';
import type { promptResource } from '../../agents/schemas-prompts.ts';
import type { requestResource } from '../../requests/schemas.ts';
import type { supervisorResource } from '../../supervisors/schemas.ts';
import type { taskResource } from '../../tasks/schemas.ts';
import type { dispatchResource, workflowResource } from '../../workflows/schemas.ts';

export type Agent = z.output<typeof agentResource> & {
	/** What it does now, in one line. */
	readonly currentActivity?: string | null;
};
export type OpenRequest = z.output<typeof requestResource>;
export type Prompt = z.output<typeof promptResource>;
export type Run = z.output<typeof runResource>;
export type Workflow = z.output<typeof workflowResource>;
export type Dispatch = z.output<typeof dispatchResource>;
export type Task = z.output<typeof taskResource>;
export type Supervisor = z.output<typeof supervisorResource>;
export type Group = z.output<typeof groupResource>;

/** A live statechart. */
export interface Actor {
	/** Its address. */
	readonly id: string;
	readonly address: string;
	readonly machineId: string;
	readonly machineVersion: number;
	readonly version: number;
	/** XState's state value. */
	readonly value: unknown;
	readonly tags: readonly string[];
	readonly timers: ReadonlyArray<{ readonly id: string; readonly type: string; readonly dueAt: string | number }>;
	readonly children: ReadonlyArray<{ readonly id: string; readonly address: string }>;
}

export interface Resources {
	agent: Agent;
	request: OpenRequest;
	prompt: Prompt;
	run: Run;
	actor: Actor;
	workflow: Workflow;
	dispatch: Dispatch;
	task: Task;
	supervisor: Supervisor;
	group: Group;
}

export type ResourceKind = keyof Resources;

export type ResourceMaps = { readonly [K in ResourceKind]: ReadonlyMap<string, Resources[K]> };

/** One resource as it is now; null when it is gone. */
export interface Change<K extends ResourceKind = ResourceKind> {
	readonly kind: K;
	readonly id: string;
	readonly data: Resources[K] | null;
}

export const emptyResources: ResourceMaps = {
	agent: new Map(),
	request: new Map(),
	prompt: new Map(),
	run: new Map(),
	actor: new Map(),
	workflow: new Map(),
	dispatch: new Map(),
	task: new Map(),
	supervisor: new Map(),
	group: new Map(),
};

/** So many of a kind stay after they have settled: a page that is open for weeks is not to grow. */
const settledKept = 200;

const unsettled: Partial<Record<ResourceKind, ReadonlySet<string>>> = {
	request: new Set(['open']),
	prompt: new Set(['queued', 'running']),
};

/** Whether a snapshot would no longer tell of it. */
function isSettled({ kind, data }: Change): boolean {
	if (data === null) return true;
	if (kind === 'run') return (data as Run).completedAt !== null;
	if (kind === 'dispatch') return (data as Dispatch).finishedAt !== null;
	return unsettled[kind]?.has((data as { status: string }).status) === false;
}

/** Takes in changes, later ones over earlier ones. Kinds that are not touched keep their maps. */
export function applyChanges(maps: ResourceMaps, changes: readonly Change[]): ResourceMaps {
	const touched = new Map<ResourceKind, Map<string, Resources[ResourceKind]>>();
	for (const change of changes) {
		const map = touched.get(change.kind) ?? new Map<string, Resources[ResourceKind]>(maps[change.kind]);
		touched.set(change.kind, map);
		if (change.data === null) map.delete(change.id);
		else {
			// What settles goes to the end, so that the first settled ones are the oldest.
			if (isSettled(change)) map.delete(change.id);
			map.set(change.id, change.data);
		}
	}
	for (const [kind, map] of touched) dropSettled(kind, map);
	return touched.size === 0 ? maps : ({ ...maps, ...Object.fromEntries(touched) } as ResourceMaps);
}

/** Everything anew: what a snapshot tells, and nothing else. */
export function replaceAll(changes: readonly Change[]): ResourceMaps {
	return applyChanges(emptyResources, changes);
}

function dropSettled(kind: ResourceKind, map: Map<string, Resources[ResourceKind]>): void {
	if (map.size <= settledKept) return;
	const settled = [...map].filter(([id, data]) => isSettled({ kind, id, data })).map(([id]) => id);
	for (const id of settled.slice(0, Math.max(0, settled.length - settledKept))) map.delete(id);
}
