/**
 * Watches over promise one: whatever anybody is shown must be on disk by then. Knows what was
 * committed, is told what was observed, and collects what does not fit.
 */
import type { InspectionEvent, StateValue } from 'xstate';
import { formatState } from '../../src/durable/state-path.ts';
import type { JournalEntry, WriteUnit } from '../../src/durable/store.ts';

/** A snapshot as JSON carries it. */
interface Parked {
	readonly value: StateValue;
	readonly context: unknown;
	readonly status: string;
}

export interface DurabilityWatch {
	readonly inspect: (event: InspectionEvent) => void;
	committed(unit: WriteUnit): void;
	/** Somebody was told of this version of the actor. */
	told(address: string, version: number): void;
	/** Observations of what was not on disk. */
	readonly undurable: string[];
	/** How much was observed: a watch that saw nothing proves nothing. */
	readonly observations: number;
	/** Committed lines of the journal, in order. */
	readonly journal: readonly JournalEntry[];
}

export function createDurabilityWatch(): DurabilityWatch {
	const durable = new Set<string>();
	const versions = new Map<string, number>();
	const undurable: string[] = [];
	const journal: JournalEntry[] = [];
	let observations = 0;

	function observe(what: string, holds: boolean): void {
		observations++;
		if (!holds) undurable.push(what);
	}

	return {
		undurable,
		journal,
		get observations() {
			return observations;
		},
		committed(unit) {
			for (const { address, version, snapshot } of unit.actors ?? []) {
				const { value, context, status } = JSON.parse(snapshot) as Parked;
				durable.add(keyOf(address, value, status, context));
				versions.set(address, version);
			}
			journal.push(...(unit.journal ?? []));
		},
		told(address, version) {
			observe(`${address}@${version} was told`, (versions.get(address) ?? 0) >= version);
		},
		inspect(event) {
			const address = addressOf(event.actorRef);
			if (event.type === '@xstate.actor') observe(`${address} was announced`, versions.has(address));
			if (event.type !== '@xstate.snapshot' && event.type !== '@xstate.microstep') return;
			const { value, context, status } = JSON.parse(JSON.stringify(event.snapshot)) as Parked;
			// A stop is passed on, not stored: the process ends, the actor does not.
			if (status === 'stopped') return;
			const key = keyOf(address, value, status, context);
			observe(`${key} was inspected`, durable.has(key));
		},
	};
}

function keyOf(address: string, value: StateValue, status: string, context: unknown): string {
	return `${address} ${status} ${formatState(value)} ${JSON.stringify(context, inOrder)}`;
}

/** A context that was restored may name its members in another order. */
function inOrder(_key: string, value: unknown): unknown {
	if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
	return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A root actor's id is its address, a child's is below its parent's. */
function addressOf(actor: unknown): string {
	const { id, _parent } = actor as { readonly id: string; readonly _parent?: unknown };
	return _parent ? `${addressOf(_parent)}/${id}` : id;
}
