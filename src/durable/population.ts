/**
 * The population: which actors live here, under which address, and which are set aside.
 *
 * 1. An address names at most one live actor.
 * 2. Every actor in it has an error observer: without one XState reports an actor's error as an
 *    uncaught exception.
 */

import {
	type AnyActorRef,
	type AnyEventObject,
	type AnyMachineSnapshot,
	createActor,
	type InspectionEvent,
} from 'xstate';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import type { Audience } from './audience.ts';
import { checkDefinition, type DurableDefinition, listDefinitions } from './definition.ts';
import { createGatedLogic, type Gate, gateOf } from './gate.ts';
import { childrenOf } from './snapshot.ts';

export interface PopulationOptions {
	/** Definitions of root actors; those of children hang below them. */
	readonly definitions: readonly DurableDefinition[];
	readonly inspect?: (event: InspectionEvent) => void;
	/** Told of actors that come and go. */
	readonly audience: Pick<Audience, 'added' | 'removed'>;
	/** An event reached an actor by XState's own ways. */
	received(gate: Gate, event: AnyEventObject): void;
	onError(where: string, error: Error): void;
}

export interface Population {
	get(address: string): Gate | undefined;
	all(): Iterable<Gate>;
	readonly size: number;
	/** Addresses that could not be restored, with the reason. */
	readonly quarantined: Map<string, string>;
	/** Notes that an actor could not be restored, and the rows that are left of it and below it. */
	setAside(address: string, reason: string, rows: readonly string[]): void;
	/** Addresses of the rows that are left at an address that is set aside; none elsewhere. */
	rowsAside(address: string): readonly string[];
	definitionOf(kind: string): DurableDefinition;
	/** Creates a root actor, new (`input`) or restored (`snapshot`); it is not part of the population yet. */
	open(address: string, creation: { readonly input: unknown } | { readonly snapshot: unknown }): Gate;
	/** Makes an actor reachable and, if it is new, ready for its start. */
	add(gate: Gate, version: number): void;
	/** Adds a restored actor with everything below it. */
	adopt(gate: Gate, parent: Gate | null): void;
	remove(gate: Gate): void;
	/** The actor and everything below it, as it stands after what is staged. */
	tree(gate: Gate): Gate[];
	/** Why the actor, or one above it, is set aside. */
	whyAside(address: string): string | undefined;
}

export function kindOf(address: string): string {
	return address.slice(0, address.indexOf(':'));
}

export function createPopulation(options: PopulationOptions): Population {
	const { definitions, audience, received, onError } = options;
	const gates = new Map<string, Gate>();
	const quarantined = new Map<string, string>();
	const leftovers = new Map<string, readonly string[]>();
	const inspect = options.inspect && announceLate(options.inspect);
	const kinds = new Map(
		definitions.map((definition) => {
			listDefinitions(definition).forEach(checkDefinition);
			return [definition.kind, { definition, logic: createGatedLogic(definition, { received }) }];
		}),
	);

	function find(kind: string) {
		const found = kinds.get(kind);
		if (!found) throw new StatecraftError('internal', `no machine is registered for actors of kind ${kind}`);
		return found;
	}

	function add(gate: Gate, version: number): void {
		gates.set(gate.address, gate);
		gate.actor.subscribe({ error: (error) => onError(gate.address, toStatecraftError(error)) });
		if (gate.initial) gate.release(version);
		audience.added(gate);
	}

	function adopt(gate: Gate, parent: Gate | null): void {
		gate.parent = parent;
		gate.source = parent && String(gate.actor.src);
		add(gate, gate.version);
		const snapshot = gate.actor.getSnapshot() as AnyMachineSnapshot;
		for (const child of Object.values<AnyActorRef>(snapshot.children)) {
			const childGate = gateOf(child);
			if (childGate) adopt(childGate, gate);
		}
	}

	return {
		get: (address) => gates.get(address),
		all: () => gates.values(),
		get size() {
			return gates.size;
		},
		quarantined,
		setAside(address, reason, rows) {
			quarantined.set(address, reason);
			leftovers.set(address, rows);
		},
		rowsAside: (address) => (quarantined.has(address) ? (leftovers.get(address) ?? [address]) : []),
		definitionOf: (kind) => find(kind).definition,
		open(address, creation) {
			const actor = createActor(find(kindOf(address)).logic, {
				id: address,
				...(inspect && { inspect }),
				...creation,
			} as never);
			const gate = gateOf(actor);
			const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
			if (!gate) throw toStatecraftError(snapshot.error, 'transition_failed');
			gate.address = address;
			return gate;
		},
		add,
		adopt,
		remove(gate) {
			gate.live = false;
			audience.removed(gate);
			// Another may have its address by now: stopped and spawned anew in one step.
			if (gates.get(gate.address) === gate) gates.delete(gate.address);
		},
		tree,
		whyAside(address) {
			for (let end = address.length; end > 0; end = address.lastIndexOf('/', end - 1)) {
				const reason = quarantined.get(address.slice(0, end));
				if (reason !== undefined) return reason;
			}
			return undefined;
		},
	};
}

function tree(gate: Gate): Gate[] {
	const children = Object.values(childrenOf(gate.head)).flatMap((child) => gateOf(child) ?? []);
	return [gate, ...children.flatMap(tree)];
}

/**
 * XState announces an actor when it is created: a child while its parent's step is only staged. The
 * announcement waits until the actor does something, which it does not before its first commit.
 */
function announceLate(inspect: (event: InspectionEvent) => void): (event: InspectionEvent) => void {
	const announcements = new WeakMap<object, InspectionEvent>();
	return (event) => {
		if (event.type === '@xstate.actor') {
			announcements.set(event.actorRef, event);
			return;
		}
		const announcement = announcements.get(event.actorRef);
		if (announcement) inspect(announcement);
		announcements.delete(event.actorRef);
		inspect(event);
	};
}
