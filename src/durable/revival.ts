/**
 * Revival: the actors of the store made live again, and those that cannot be, set aside.
 *
 * 1. A row that cannot be restored is quarantined with its reason; the others are not affected.
 * 2. A parent whose child is set aside is told so, as of a child that failed.
 */

import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { beginActor } from './birth.ts';
import type { Clock } from './clock.ts';
import type { Writes } from './definition.ts';
import { type Delivery, endOf } from './delivery.ts';
import type { Gate } from './gate.ts';
import { kindOf, type Population } from './population.ts';
import { type Casualty, listRows, planRestore } from './restoration.ts';
import type { Acknowledgement } from './step-job.ts';
import type { DurableStore, StoredActor } from './store.ts';

export interface RestoreReport {
	/** Actors that live again, children included. */
	readonly restored: number;
	readonly casualties: readonly Casualty[];
}

export interface Revival {
	restore(): Promise<RestoreReport>;
	/** Tells parents of children that had ended, or were set aside, before they had taken note. Each once. */
	tellParents(): void;
	retry(address: string): Promise<void>;
	/** Removes an actor that is set aside, with everything below it. */
	discard(address: string, extra: Writes): Promise<void>;
	reset(address: string, input: unknown, writes: Writes): Promise<Acknowledgement>;
}

export interface RevivalDeps {
	readonly store: DurableStore;
	readonly clock: Clock;
	readonly population: Population;
	readonly delivery: Delivery;
	onError(where: string, error: Error): void;
}

type ChildrenOf = (parent: string) => readonly StoredActor[];

interface Rows {
	readonly roots: readonly StoredActor[];
	/** Children that were set aside, by this process or one before it. */
	readonly lost: readonly StoredActor[];
	readonly childrenOf: ChildrenOf;
}

export function createRevival({ store, clock, population, delivery, onError }: RevivalDeps): Revival {
	const { quarantined } = population;
	/** As found in the store: children that end from now on tell their parents themselves. */
	let untold: Array<{ readonly parent: Gate; readonly event: AnyEventObject }> = [];

	async function restore(): Promise<RestoreReport> {
		const { roots, lost, childrenOf } = await loadRows();
		const casualties: Casualty[] = [];
		for (const row of roots) {
			if (row.quarantine === null) casualties.push(...restoreRoot(row, childrenOf));
			else population.setAside(row.address, row.quarantine, listRows(row.address, childrenOf));
		}
		for (const casualty of casualties) await setAside(casualty);
		// Also those whose parent has taken note of their loss: their rows are left until another takes their place.
		for (const { address, quarantine } of lost) {
			if (population.whyAside(address) !== undefined) continue;
			population.setAside(address, quarantine ?? '', listRows(address, childrenOf));
		}
		return { restored: population.size, casualties };
	}

	async function loadRows(): Promise<Rows> {
		const roots: StoredActor[] = [];
		const lost: StoredActor[] = [];
		const children = new Map<string, StoredActor[]>();
		for await (const page of store.loadActors()) {
			for (const row of page) {
				const siblings = row.parent === null ? roots : (children.get(row.parent) ?? []);
				siblings.push(row);
				if (row.parent === null) continue;
				children.set(row.parent, siblings);
				if (row.quarantine !== null) lost.push(row);
			}
		}
		return { roots, lost, childrenOf: (parent) => children.get(parent) ?? [] };
	}

	function restoreRoot(row: StoredActor, childrenOf: ChildrenOf): readonly Casualty[] {
		try {
			const plan = planRestore(row, population.definitionOf(kindOf(row.address)), childrenOf);
			revive(row, plan.snapshot);
			return plan.lostChildren;
		} catch (thrown) {
			const { address } = row;
			return [{ address, parent: null, reason: (thrown as Error).message, rows: listRows(address, childrenOf) }];
		}
	}

	function revive(row: StoredActor, restorable: unknown): void {
		const gate = population.open(row.address, { snapshot: restorable });
		const snapshot = gate.actor.getSnapshot() as AnyMachineSnapshot;
		if (snapshot.status === 'error' && row.status !== 'error') throw toStatecraftError(snapshot.error);
		population.adopt(gate, null);
		for (const child of population.tree(gate)) {
			const event = child.parent && endOf(child);
			if (child.parent && event) untold.push({ parent: child.parent, event });
		}
		if (snapshot.status === 'active') gate.actor.start();
	}

	async function setAside({ address, reason, rows }: Casualty): Promise<void> {
		population.setAside(address, reason, rows);
		noteLoss(address, reason);
		onError(`restore ${address}`, new StatecraftError('actor_quarantined', reason));
		await store.quarantine(address, reason);
	}

	function noteLoss(address: string, reason: string): void {
		const slash = address.lastIndexOf('/');
		const parent = slash < 0 ? undefined : population.get(address.slice(0, slash));
		const actorId = address.slice(slash + 1);
		const event = { type: `xstate.error.actor.${actorId}`, error: { message: reason }, actorId };
		if (parent) untold.push({ parent, event });
	}

	function tellParents(): void {
		for (const { parent, event } of untold) delivery.receive(parent, event);
		untold = [];
	}

	async function retry(address: string): Promise<void> {
		const rows = await loadTree(address);
		const row = requireQuarantined(address, rows);
		const lost = restoreRoot({ ...row, quarantine: null }, (parent) => rows.filter((child) => child.parent === parent));
		const own = lost.find((casualty) => casualty.address === address);
		if (own) throw new StatecraftError('actor_quarantined', own.reason, { hint: 'Reset it to begin afresh.' });
		quarantined.delete(address);
		await store.quarantine(address, null);
		for (const casualty of lost) await setAside(casualty);
		await delivery.takeUp((candidate) => candidate === address || candidate.startsWith(`${address}/`));
		tellParents();
	}

	async function reset(address: string, input: unknown, extra: Writes): Promise<Acknowledgement> {
		const rows = await loadTree(address);
		const row = requireQuarantined(address, rows);
		const own = (entry: { readonly address: string }) => entry.address === address;
		const also = {
			removed: rows.filter((child) => child !== row).map((child) => child.address),
			timersCleared: (await store.loadTimers()).filter(own),
			effectsSettled: (await store.loadEffects()).filter(own).map(({ id }) => id),
			messagesConsumed: (await store.loadMessages()).filter(({ to }) => to === address).map(({ id }) => id),
		};
		const gate = population.open(address, { input });
		const birth = { gate, input, version: row.version + 1, extra, also, now: clock.now };
		const acknowledgement = await beginActor(birth, population, delivery);
		quarantined.delete(address);
		await store.quarantine(address, null);
		return acknowledgement;
	}

	async function discard(address: string, { records, events }: Writes): Promise<void> {
		const rows = await loadTree(address);
		await delivery.write({
			removed: rows.map((row) => row.address),
			...(records && { records }),
			...(events && { events }),
		});
		for (const row of rows) quarantined.delete(row.address);
	}

	function requireQuarantined(address: string, rows: readonly StoredActor[]): StoredActor {
		const row = rows.find((candidate) => candidate.address === address);
		if (row && row.parent === null && quarantined.has(address)) return row;
		throw new StatecraftError('actor_not_found', `no root actor ${address} is quarantined`);
	}

	async function loadTree(address: string): Promise<StoredActor[]> {
		const rows: StoredActor[] = [];
		for await (const page of store.loadActors()) {
			rows.push(...page.filter((row) => row.address === address || row.address.startsWith(`${address}/`)));
		}
		return rows;
	}

	return { restore, tellParents, retry, reset, discard };
}
