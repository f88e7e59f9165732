/** What `/stream` says and is told, and how a snapshot and changes are gathered from it. Pure. */

import type { EventTopic } from '../../events/catalogue.ts';
import type { Change, ResourceKind, Resources } from '../store/resources.ts';

export interface Subscription {
	/** Ids or names; all when left out. */
	readonly agents?: readonly string[];
	/** Topics or prefixes such as `prompt.*`; all when left out. */
	readonly topics?: readonly string[];
	readonly resources?: readonly ResourceKind[];
	/** Events after this one, and no snapshot. */
	readonly after?: number;
}

export interface StreamEvent {
	readonly seq: number;
	readonly topic: EventTopic;
	readonly agentId: string | null;
	readonly at: string;
	readonly data: Readonly<Record<string, unknown>>;
}

export interface Snapshot {
	/** Events after this one are news. */
	readonly cursor: number;
	/** Server time at its beginning, epoch ms. */
	readonly serverTime: number | null;
	readonly changes: readonly Change[];
}

export interface StreamProblem {
	readonly code: string;
	readonly detail: string;
	readonly hint?: string;
}

export type ServerMessage =
	| { readonly type: 'snapshot.begin'; readonly cursor: number; readonly at?: string }
	| { readonly type: 'snapshot.end' }
	| { readonly type: 'resource'; readonly resource: ResourceKind; readonly data: Resources[ResourceKind] }
	| { readonly type: 'resource.removed'; readonly resource: ResourceKind; readonly id: string }
	| ({ readonly type: 'event' } & StreamEvent)
	| { readonly type: 'gap'; readonly after: number }
	| { readonly type: 'pong' }
	| ({ readonly type: 'error' } & StreamProblem);

/** What came since it was last taken. */
export interface Batch {
	readonly snapshot: Snapshot | null;
	readonly changes: readonly Change[];
	readonly events: readonly StreamEvent[];
}

/** Gathers messages until they are taken. What is staged of a snapshot counts only at its end. */
export interface Gatherer {
	add(message: ServerMessage): void;
	/** Null when nothing has come. */
	take(): Batch | null;
	/** Forgets an unfinished snapshot and what was not taken: the connection is another one now. */
	reset(): void;
	/** The last event seen, or where the snapshot stands; null before either. */
	readonly cursor: number | null;
}

export function createGatherer(): Gatherer {
	let staged: { readonly cursor: number; readonly serverTime: number | null; readonly changes: Change[] } | null = null;
	let snapshot: Snapshot | null = null;
	let changes = new Map<string, Change>();
	let events: StreamEvent[] = [];
	let cursor: number | null = null;

	function put(change: Change): void {
		if (staged !== null) staged.changes.push(change);
		else changes.set(`${change.kind} ${change.id}`, change);
	}

	function add(message: ServerMessage): void {
		switch (message.type) {
			case 'snapshot.begin':
				staged = { cursor: message.cursor, serverTime: parseTime(message.at), changes: [] };
				return;
			case 'snapshot.end':
				if (staged === null) return;
				cursor = staged.cursor;
				snapshot = staged;
				staged = null;
				// Whatever came before it is in it.
				changes = new Map();
				return;
			case 'resource':
				put({ kind: message.resource, id: message.data.id, data: message.data });
				return;
			case 'resource.removed':
				put({ kind: message.resource, id: message.id, data: null });
				return;
			case 'event':
				cursor = message.seq;
				events.push(message);
				return;
			default:
		}
	}

	return {
		add,
		take() {
			if (snapshot === null && changes.size === 0 && events.length === 0) return null;
			const batch: Batch = { snapshot, changes: [...changes.values()], events };
			snapshot = null;
			changes = new Map();
			events = [];
			return batch;
		},
		reset() {
			staged = null;
			snapshot = null;
			changes = new Map();
			events = [];
		},
		get cursor() {
			return cursor;
		},
	};
}

function parseTime(text: string | undefined): number | null {
	const time = text === undefined ? Number.NaN : Date.parse(text);
	return Number.isNaN(time) ? null : time;
}

/** Null for what is no message of ours. */
export function parseServerMessage(text: unknown): ServerMessage | null {
	if (typeof text !== 'string') return null;
	try {
		const message = JSON.parse(text) as ServerMessage | null;
		return typeof message === 'object' && message !== null && typeof message.type === 'string' ? message : null;
	} catch {
		return null;
	}
}
