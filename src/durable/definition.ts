/**
 * A durable definition: a machine plus what its actions mean to the world. The machine says *that*
 * something is to be done, by name and with JSON parameters; the definition says *how*.
 *
 * An action name stands for exactly one of:
 * - a builtin of XState (assign, raise, sendTo, spawnChild, …);
 * - `tell`: a message to another durable actor by address (`{ to, event }`);
 * - a write: rows, system events and messages in the transaction of the step itself;
 * - an effect: run after the commit, at least once, its outcome coming back as an event.
 */

import { createHash } from 'node:crypto';
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { StatecraftError } from '../errors.ts';
import type { DomainEvent, DomainRecord } from './store.ts';

/** Name of the action that sends a message to a durable actor that is no relative: params `{ to, event }`. */
export const tellAction = 'tell';

/** A step as definitions see it: computed, about to be committed. */
export interface StepView {
	readonly address: string;
	/** Version after the step. */
	readonly version: number;
	/** Null for an actor's first step. */
	readonly previous: AnyMachineSnapshot | null;
	readonly next: AnyMachineSnapshot;
	readonly event: AnyEventObject;
	/** Epoch milliseconds, the same as `event.at`. */
	readonly at: number;
}

/** A message to another durable actor. */
export interface Told {
	/** Its address. */
	readonly to: string;
	readonly event: AnyEventObject;
}

/** What a part adds to a step's transaction. */
export interface Writes {
	readonly records?: readonly DomainRecord[];
	readonly events?: readonly DomainEvent[];
	/** Stored with the step and delivered after it, like those that the machine itself sends. */
	readonly messages?: readonly Told[];
}

/** Given to an effect while it runs. */
export interface EffectContext {
	readonly address: string;
	/** The same for every attempt: use it as an idempotency key. */
	readonly effectId: string;
	/** 1 for the first. */
	readonly attempt: number;
	/** Aborted when the system stops. */
	readonly signal: AbortSignal;
}

/**
 * How one kind of effect is run. `repeat` says what a crash between running and settling means:
 * `always`: run it again; `check`: ask `check` first; `never`: leave it to reconciliation.
 */
export interface EffectDefinition {
	readonly repeat: 'always' | 'check' | 'never';
	/** Does it. The event it answers, if any, is sent to the actor; its commit settles the effect. */
	run(params: never, context: EffectContext): Promise<AnyEventObject | undefined>;
	/** For `check`: whether it happened already (`done`), has to be run, or ended with an outcome. */
	check?(params: never, context: EffectContext): Promise<'done' | 'run' | AnyEventObject>;
	/** Attempts in all (default 1) and the pause before attempt n+1. */
	readonly retry?: { readonly attempts: number; delayMs(attempt: number): number };
	/** Told when the last attempt failed; its event is sent to the actor. */
	onGivenUp?(params: never, error: Error, context: EffectContext): AnyEventObject | undefined;
}

/** XState's persisted snapshot, parsed. */
export interface PersistedSnapshot {
	readonly status: string;
	readonly value: unknown;
	readonly context: Readonly<Record<string, unknown>>;
	readonly historyValue?: unknown;
	readonly children: Readonly<Record<string, ChildStub>>;
	readonly output?: unknown;
	readonly error?: unknown;
}

/** Stands for a child in its parent's snapshot; the child's state is in a row of its own. */
export interface ChildStub {
	readonly src: string;
	readonly address: string;
	/** Version of the parent's step that spawned it. */
	readonly incarnation: number;
}

/** Dotted paths of single values that may be shown to third parties, `*` for each key or element. */
export interface Disclosed {
	readonly context: readonly string[];
	/** Besides its `type` and `at`, which always are. */
	readonly event: readonly string[];
}

export interface DurableDefinition {
	/** Prefix of the addresses of its root actors. */
	readonly kind: string;
	readonly machine: AnyStateMachine;
	/** Version of the snapshot's shape; bump it with a migration when old snapshots no longer fit. */
	readonly version: number;
	/** From version n to n + 1, keyed by n. */
	readonly migrations?: Readonly<Record<number, (snapshot: PersistedSnapshot) => PersistedSnapshot>>;
	/** Checks a stored context; throws with a message that names what is wrong. A zod schema fits. */
	readonly context: { parse(value: unknown): unknown };
	readonly effects?: Readonly<Record<string, EffectDefinition>>;
	readonly writes?: Readonly<Record<string, (params: never, step: StepView) => Writes>>;
	/** What third parties may see; nothing by default. */
	readonly disclosed?: Disclosed;
	/** Definitions of the machine's children by their name in `setup({ actors })`. */
	readonly children?: Readonly<Record<string, DurableDefinition>>;
	/** Trigger and generation for the journal. */
	describe?(step: StepView): { readonly trigger: string | null; readonly generation: number | null };
	/** Projections and system events that every step of this machine writes, and messages it sends. */
	project?(step: StepView): Writes;
}

/** Functions become `{ type: name }`, as in the form that Stately Studio and the inspector read. */
export function serializeDefinition(machine: AnyStateMachine): string {
	return JSON.stringify(machine.config, (_key, value: unknown) =>
		typeof value === 'function' ? { type: 'type' in value ? value.type : value.name } : value,
	);
}

export function hashDefinition(machine: AnyStateMachine): string {
	return createHash('sha256').update(serializeDefinition(machine)).digest('hex').slice(0, 16);
}

/** The definition and those of its children, to any depth. */
export function listDefinitions(definition: DurableDefinition): readonly DurableDefinition[] {
	return [definition, ...Object.values(definition.children ?? {}).flatMap(listDefinitions)];
}

/** Rejects at start-up what would only fail, or silently do nothing, in the middle of the night. */
export function checkDefinition(definition: DurableDefinition): void {
	const { machine } = definition;
	const fail = (detail: string): never => {
		throw new StatecraftError('internal', `machine ${machine.id}: ${detail}`);
	};
	if (!Number.isFinite(machine.options.maxIterations)) {
		fail('set options.maxIterations, or an `always` cycle would hang the server');
	}
	for (const [name, action] of Object.entries(machine.implementations.actions)) {
		const isBuiltin = typeof action === 'function' && 'resolve' in action;
		const meanings = [
			isBuiltin,
			name === tellAction,
			Object.hasOwn(definition.effects ?? {}, name),
			Object.hasOwn(definition.writes ?? {}, name),
		];
		if (meanings.filter(Boolean).length !== 1) {
			fail(`action ${name} must be exactly one of: a builtin, \`${tellAction}\`, a write, an effect`);
		}
	}
	for (const name of Object.keys(machine.implementations.actors)) {
		if (!Object.hasOwn(definition.children ?? {}, name)) {
			fail(`actor ${name} has no durable definition; promises and callbacks would run again on restore`);
		}
	}
}
