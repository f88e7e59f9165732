/** A resource as the stream tells of it: rendered once, as the REST API answers it, for all clients. */

import { z } from 'zod';
import type { ResourceKind } from './views.ts';

export const resourceKinds = [
	'agent',
	'request',
	'prompt',
	'run',
	'actor',
	'workflow',
	'dispatch',
	'task',
	'supervisor',
	'group',
] as const satisfies readonly ResourceKind[];

export const resourceKind = z.enum(resourceKinds);

export interface Resource {
	readonly kind: ResourceKind;
	readonly id: string;
	/** The agents it belongs to: clients that asked for agents are told of theirs. */
	readonly agentIds: readonly string[];
	/** What it goes with when that is removed, as a key; null for what stays. */
	readonly goesWith: string | null;
	/** Whether it can still change; what cannot is forgotten here once it was told. */
	readonly isUnderWay: boolean;
	/** Changes with time alone; undefined for what has none. */
	readonly staleness?: string;
	readonly data: unknown;
}

/** Names a resource among all kinds. */
export function keyOf(kind: ResourceKind, id: string): string {
	return `${kind} ${id}`;
}

/** What a client is sent of one resource; the latest counts. */
export interface ResourceMessage {
	readonly key: string;
	readonly kind: ResourceKind;
	/** Null: of interest to whoever may know it. */
	readonly agentIds: readonly string[] | null;
	/** Whether nothing more will be told of it, as of what is settled or gone: of these there are ever new ones. */
	readonly isLast: boolean;
	readonly message: Buffer;
}

export function encodeResource({ kind, id, agentIds, isUnderWay, data }: Resource): ResourceMessage {
	const message = Buffer.from(JSON.stringify({ type: 'resource', resource: kind, data }));
	return { key: keyOf(kind, id), kind, agentIds, isLast: !isUnderWay, message };
}

/** `agentIds`: those it belonged to last; null where that is not known. */
export function encodeRemoval(kind: ResourceKind, id: string, agentIds: readonly string[] | null): ResourceMessage {
	const message = Buffer.from(JSON.stringify({ type: 'resource.removed', resource: kind, id }));
	return { key: keyOf(kind, id), kind, agentIds, isLast: true, message };
}
