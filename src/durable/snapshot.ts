/**
 * Snapshots as they are stored: XState's persisted form as JSON, with a stub in place of each child.
 * The persisted context of XState *is* the live object, so it is always taken through JSON text.
 */

import { type AnyActorRef, type AnyMachineSnapshot, type AnyStateMachine, matchesState } from 'xstate';
import type { ChildStub, PersistedSnapshot } from './definition.ts';
import type { ActorStatus } from './store.ts';

export type Children = Readonly<Record<string, AnyActorRef>>;

/** XState stops the children of an actor that ends, but goes on listing them. */
export function childrenOf(snapshot: AnyMachineSnapshot): Children {
	return snapshot.status === 'active' ? snapshot.children : {};
}

/**
 * JSON of a snapshot; `rowOf` names the row that each of the children's own state is in. Stubs of children
 * that are lost, and whose parent is still to be told, stay.
 */
export function serializeSnapshot(
	machine: AnyStateMachine,
	snapshot: AnyMachineSnapshot,
	rowOf: (child: AnyActorRef) => { readonly address: string; readonly incarnation: number },
	lost: Readonly<Record<string, ChildStub>> = {},
): string {
	const stubs: Record<string, ChildStub> = { ...lost };
	for (const [id, child] of Object.entries(childrenOf(snapshot))) {
		const { address, incarnation } = rowOf(child);
		stubs[id] = { src: String(child.src), address, incarnation };
	}
	const persisted = { ...persistOwn(machine, snapshot), children: stubs };
	// A replacer costs more than all the rest; hardly any snapshot needs one.
	return holdsError(snapshot) ? JSON.stringify(persisted, keepErrors) : JSON.stringify(persisted);
}

/**
 * The snapshot without its children. XState's own way copies everything twice; only history and
 * references to children, which can stand in a context, need it.
 */
function persistOwn(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): object {
	const { status, value, historyValue, context, output, error } = snapshot;
	const isPlain = isEmpty(historyValue) && isEmpty(snapshot.children);
	if (isPlain) return { status, value, historyValue, context, output, error };
	return machine.getPersistedSnapshot({ ...snapshot, children: {} } as AnyMachineSnapshot);
}

function isEmpty(record: object): boolean {
	for (const _key in record) return false;
	return true;
}

function holdsError({ status, context }: AnyMachineSnapshot): boolean {
	if (status === 'error') return true;
	for (const key in context) if (context[key] instanceof Error) return true;
	return false;
}

/** An Error becomes `{}` in JSON; keep at least what it said. */
function keepErrors(_key: string, value: unknown): unknown {
	return value instanceof Error ? { message: value.message } : value;
}

/** Throws with a reason when the text is not a snapshot of this machine. */
export function parseSnapshot(json: string): PersistedSnapshot {
	const value: unknown = JSON.parse(json);
	if (typeof value !== 'object' || value === null) throw new Error('the snapshot is not an object');
	const { status, context, children } = value as Record<string, unknown>;
	if (typeof status !== 'string') throw new Error('the snapshot has no status');
	if (typeof context !== 'object' || context === null) throw new Error('the snapshot has no context');
	if (typeof children !== 'object' || children === null) throw new Error('the snapshot has no children');
	return value as PersistedSnapshot;
}

/** Throws when the machine has no such state; XState itself would only fail later, uncaught. */
export function checkStateExists(machine: AnyStateMachine, snapshot: PersistedSnapshot): void {
	const resolved = machine.resolveState({ value: snapshot.value as string, context: snapshot.context });
	// A stored value that names only part of a state would be completed silently.
	if (!matchesState(resolved.value, snapshot.value as string)) {
		throw new Error(`the stored state ${JSON.stringify(snapshot.value)} is incomplete`);
	}
}

export function statusOf(snapshot: AnyMachineSnapshot): ActorStatus {
	return snapshot.status;
}
