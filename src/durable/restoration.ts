/**
 * Restoration: from rows to snapshots that `createActor` can take. Parse, migrate, validate; a row
 * that fails any of these is named with its reason and never stops the others.
 *
 * XState itself would not notice: an unknown state becomes an uncaught error after the start, a
 * missing child source is dropped silently, and context is taken as it comes.
 */

import type { ChildStub, DurableDefinition, PersistedSnapshot } from './definition.ts';
import type { RestorableSnapshot } from './gate.ts';
import { checkStateExists, parseSnapshot } from './snapshot.ts';
import type { StoredActor } from './store.ts';

/** A row that could not be restored, and why. */
export interface Casualty {
	readonly address: string;
	/** Address of its parent, null for a root. */
	readonly parent: string | null;
	readonly reason: string;
	/** Addresses of its row and of those below it. */
	readonly rows: readonly string[];
}

export interface RestorePlan {
	readonly row: StoredActor;
	readonly definition: DurableDefinition;
	readonly snapshot: RestorableSnapshot;
	/** Children that were left out because their own rows are casualties. */
	readonly lostChildren: readonly Casualty[];
}

/** Brings a stored snapshot to the definition's version. Throws with a reason. */
export function migrateSnapshot(row: StoredActor, definition: DurableDefinition): PersistedSnapshot {
	if (row.machineId !== definition.machine.id) {
		throw new Error(`the row belongs to machine ${row.machineId}, not to ${definition.machine.id}`);
	}
	if (row.machineVersion > definition.version) {
		throw new Error(
			`version ${row.machineVersion} of the snapshot is newer than this program's version ${definition.version}`,
		);
	}
	let snapshot = parseSnapshot(row.snapshot);
	for (let version = row.machineVersion; version < definition.version; version++) {
		const migrate = definition.migrations?.[version];
		if (!migrate) throw new Error(`there is no migration from version ${version} to ${version + 1}`);
		snapshot = migrate(snapshot);
	}
	checkStateExists(definition.machine, snapshot);
	return { ...snapshot, context: definition.context.parse(snapshot.context) as PersistedSnapshot['context'] };
}

/** Plans the restoration of one root actor with everything below it. */
export function planRestore(
	row: StoredActor,
	definition: DurableDefinition,
	childrenOf: (parent: string) => readonly StoredActor[],
): RestorePlan {
	const lostChildren: Casualty[] = [];
	const snapshot = expand(row, definition, childrenOf, lostChildren, 0);
	return { row, definition, snapshot, lostChildren };
}

/** The address, and those of all rows below it. */
export function listRows(address: string, childrenOf: (parent: string) => readonly StoredActor[]): string[] {
	return [address, ...childrenOf(address).flatMap((child) => listRows(child.address, childrenOf))];
}

function expand(
	row: StoredActor,
	definition: DurableDefinition,
	childrenOf: (parent: string) => readonly StoredActor[],
	lost: Casualty[],
	incarnation: number,
): RestorableSnapshot {
	const { children: stubs, ...own } = migrateSnapshot(row, definition);
	const rows = new Map(childrenOf(row.address).map((child) => [child.address, child]));
	const children: Record<string, unknown> = {};
	const untold: Record<string, ChildStub> = {};
	for (const [id, stub] of Object.entries(stubs)) {
		try {
			const childRow = rows.get(stub.address);
			const childDefinition = definition.children?.[stub.src];
			if (!childRow) throw new Error('its row is missing');
			if (childRow.quarantine !== null) throw new Error(childRow.quarantine);
			if (!childDefinition) throw new Error(`machine ${definition.machine.id} knows no actor ${stub.src}`);
			const snapshot = expand(childRow, childDefinition, childrenOf, lost, stub.incarnation);
			children[id] = { src: stub.src, snapshot };
		} catch (thrown) {
			const reason = (thrown as Error).message;
			untold[id] = stub;
			lost.push({ address: stub.address, parent: row.address, reason, rows: listRows(stub.address, childrenOf) });
		}
	}
	return {
		...own,
		children: children as never,
		durable: { address: row.address, version: row.version, incarnation, lost: untold },
	};
}
