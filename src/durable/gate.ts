/**
 * The gate: a live XState actor that moves only after its step is committed.
 *
 * Every event of the actor, whoever sent it, comes through its logic's `transition`. The gated logic
 * does not move on it: it hands the event to the host and answers the unchanged snapshot. The host
 * stages the step, commits it, and sends the actor an internal event that carries the staged
 * snapshot; on that, and on nothing else, the actor moves and its actions run.
 *
 * 1. `actor.getSnapshot()` is always a committed snapshot.
 * 2. `xstate.stop` passes straight through: stopping is the host's decision and is stored elsewhere.
 */

import type { AnyActorRef, AnyActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { ChildStub, DurableDefinition, PersistedSnapshot } from './definition.ts';
import { replay, type Staged, stageInitial, stageTransition } from './staging.ts';

/** The internal event that installs a committed step. */
export const commitEvent = '@durable.commit';

/** By which XState tells a parent that a child has failed; its id follows. */
const errorPrefix = 'xstate.error.actor.';

export interface CommitEvent {
	readonly type: typeof commitEvent;
	readonly staged: Staged;
	/** The event the step was caused by: what inspectors are to be shown. */
	readonly cause: AnyEventObject;
}

/** Children that could not be restored, by id, until their parent has been told so. */
export type LostChildren = Readonly<Record<string, ChildStub>>;

/** One durable actor's live side. */
export class Gate {
	readonly definition: DurableDefinition;
	readonly machine: AnyStateMachine;
	readonly scope: AnyActorScope;
	/** Empty until the actor is adopted: a child learns its address from its parent's step. */
	address = '';
	/** Version of the parent's step that spawned it; tells apart children that had the same address. 0 for a root. */
	incarnation = 0;
	parent: Gate | null = null;
	source: string | null = null;
	/** Committed version; 0 until the first step is committed. */
	version = 0;
	/** The initial step of a new actor, until it is committed and started. */
	initial: Staged | null = null;
	/** What a new actor was created with. */
	input: unknown;
	/** False once it was stopped or removed: late events are refused. */
	live = true;
	/** They stay in the stored snapshot as long, or a crash would keep the parent from ever being told. */
	lost: LostChildren = {};
	/** Staged in the batch that is being put together: the base of the actor's next step. */
	private stagedSnapshot: AnyMachineSnapshot | null = null;
	private stagedLost: LostChildren = {};
	private stagedVersion = 0;

	constructor(definition: DurableDefinition, machine: AnyStateMachine, scope: AnyActorScope) {
		this.definition = definition;
		this.machine = machine;
		this.scope = scope;
	}

	get actor(): AnyActorRef {
		return this.scope.self;
	}

	/** The committed one. */
	get snapshot(): AnyMachineSnapshot {
		return this.actor.getSnapshot() as AnyMachineSnapshot;
	}

	/** The latest staged snapshot, or the committed one. */
	get head(): AnyMachineSnapshot {
		return this.stagedSnapshot ?? this.snapshot;
	}

	/** Whether steps are staged that the store has not taken yet. */
	get staged(): boolean {
		return this.stagedSnapshot !== null;
	}

	get headVersion(): number {
		return this.stagedSnapshot ? this.stagedVersion : this.version;
	}

	/** Computes a step on top of the head; may throw what a guard or assignment threw. */
	compute(event: AnyEventObject): Staged {
		return stageTransition(this.machine, this.head, event, this.scope);
	}

	/** Children that are lost still after a step on top of the head. */
	lostAfter(event: AnyEventObject): LostChildren {
		return exceptTold(this.stagedSnapshot ? this.stagedLost : this.lost, event);
	}

	/** Makes a computed step the head, for the next one in the same batch. */
	advanceHead(next: AnyMachineSnapshot, event: AnyEventObject): void {
		this.stagedLost = this.lostAfter(event);
		this.stagedVersion = this.headVersion + 1;
		this.stagedSnapshot = next;
	}

	/** Forgets whatever was staged and not committed. */
	resetHead(): void {
		this.stagedSnapshot = null;
	}

	/** Moves the actor: called once the step is on disk. */
	install(staged: Staged, cause: AnyEventObject, version: number): void {
		this.version = version;
		this.lost = exceptTold(this.lost, cause);
		if (this.stagedSnapshot === staged.next) this.stagedSnapshot = null;
		const event: CommitEvent = { type: commitEvent, staged, cause };
		this.actor.send(event);
	}

	/** Lets a new actor, whose initial step is on disk, run. A child is started by its parent's replay. */
	release(version: number): void {
		this.version = version;
		this.stagedSnapshot = null;
		if (this.initial) replay(this.initial, this.scope);
		this.initial = null;
	}
}

function exceptTold(lost: LostChildren, { type }: AnyEventObject): LostChildren {
	const id = type.startsWith(errorPrefix) ? type.slice(errorPrefix.length) : undefined;
	if (id === undefined || !Object.hasOwn(lost, id)) return lost;
	const { [id]: _told, ...rest } = lost;
	return rest;
}

/** What the gated logic needs of the system that hosts it. */
export interface GateHost {
	/** An event reached the actor by XState's own ways: a child's completion, `actor.send`. */
	received(gate: Gate, event: AnyEventObject): void;
}

const gates = new WeakMap<AnyActorRef, Gate>();

/** The gate of a durable actor; undefined for any other actor. */
export function gateOf(actor: AnyActorRef): Gate | undefined {
	return gates.get(actor);
}

/** Persisted children in this form carry their row's address and version to their new gate. */
export interface RestorableSnapshot extends PersistedSnapshot {
	readonly durable: {
		readonly address: string;
		readonly version: number;
		readonly incarnation: number;
		readonly lost: LostChildren;
	};
}

/** Makes logic for `createActor` from a definition; its children are gated as well. */
export function createGatedLogic(definition: DurableDefinition, host: GateHost): AnyStateMachine {
	const actors = Object.fromEntries(
		Object.entries(definition.children ?? {}).map(([name, child]) => [name, createGatedLogic(child, host)]),
	);
	const machine = definition.machine.provide({ actors }) as AnyStateMachine;

	function openGate(scope: AnyActorScope): Gate {
		const gate = new Gate(definition, machine, scope);
		gates.set(scope.self, gate);
		return gate;
	}

	const overrides: Pick<AnyStateMachine, 'transition' | 'getInitialSnapshot' | 'restoreSnapshot'> = {
		transition(snapshot, event: AnyEventObject, scope) {
			if (event.type === commitEvent) {
				const { staged } = event as unknown as CommitEvent;
				replay(staged, scope);
				return staged.next;
			}
			if (event.type === 'xstate.stop') return machine.transition(snapshot, event, scope);
			const gate = gates.get(scope.self);
			if (gate) host.received(gate, event);
			return snapshot;
		},
		getInitialSnapshot(scope, input) {
			const gate = openGate(scope);
			gate.input = input;
			gate.initial = stageInitial(machine, input, scope);
			return gate.initial.next;
		},
		restoreSnapshot(snapshot, scope) {
			const gate = openGate(scope);
			const { durable, ...persisted } = snapshot as unknown as RestorableSnapshot;
			gate.address = durable.address;
			gate.version = durable.version;
			gate.incarnation = durable.incarnation;
			gate.lost = durable.lost;
			return machine.restoreSnapshot(persisted as never, scope);
		},
	};
	return Object.assign(Object.create(machine) as AnyStateMachine, overrides);
}
