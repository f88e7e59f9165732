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
import { checkDefinition, type DurableDefinition } from './definition.ts';
import { createGatedLogic, type Gate, gateOf } from './gate.ts';

export interface PopulationOptions {
	/** Definitions of root actors; those of children hang below them. */
	readonly definitions: readonly DurableDefinition[];
	readonly inspect?: (event: InspectionEvent) => void;
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
	definitionOf(kind: string): DurableDefinition;
	/** Creates a root actor, new (`input`) or restored (`snapshot`); it is not part of the population yet. */
	open(address: string, creation: { readonly input: unknown } | { readonly snapshot: unknown }): Gate;
	/** Makes an actor reachable and, if it is new, ready for its start. */
	add(gate: Gate, version: number): void;
	/** Adds a restored actor with everything below it. */
	adopt(gate: Gate, parent: Gate | null): void;
	remove(gate: Gate): void;
	/** An actor's descendants. */
	below(address: string): Gate[];
}

export function kindOf(address: string): string {
	return address.slice(0, address.indexOf(':'));
}

export function createPopulation(options: PopulationOptions): Population {
	const { definitions, received, onError } = options;
	const gates = new Map<string, Gate>();
	const kinds = new Map(
		definitions.map((definition) => {
			checkTree(definition);
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
		quarantined: new Map(),
		definitionOf: (kind) => find(kind).definition,
		open(address, creation) {
			const actor = createActor(find(kindOf(address)).logic, {
				id: address,
				...(options.inspect && { inspect: options.inspect }),
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
			gates.delete(gate.address);
		},
		below: (address) => [...gates.values()].filter((gate) => gate.address.startsWith(`${address}/`)),
	};
}

function checkTree(definition: DurableDefinition): void {
	checkDefinition(definition);
	for (const child of Object.values(definition.children ?? {})) checkTree(child);
}
