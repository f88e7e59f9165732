/** Restoration: parse, migrate, validate, create; what cannot be restored is set aside and mended later. */

import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import type { DurableDefinition, PersistedSnapshot } from '../../src/durable/definition.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { counter } from './worlds/counter.ts';
import { createOffice } from './worlds/office.ts';

checkLeaksAfterEach();

const a = 'counter:a';
const b = 'counter:b';

/** A store whose rows come back changed, as another version of the program might have left them. */
function createTamperedStore(changes: Map<string, Partial<StoredActor>>): MemoryStore {
	const disk = createMemoryStore();
	return {
		...disk,
		async *loadActors() {
			for await (const page of disk.loadActors()) {
				yield page.map((row) => ({ ...row, ...changes.get(row.address) }));
			}
		},
	};
}

async function createCounters(): Promise<{ world: World; changes: Map<string, Partial<StoredActor>> }> {
	const changes = new Map<string, Partial<StoredActor>>();
	const world = createWorld([counter], { disk: createTamperedStore(changes) });
	for (const id of ['a', 'b']) await world.system.spawn('counter', id, { count: 1 });
	await world.system.send(a, { type: 'ON' });
	return { world, changes };
}

const snapshot = (change: Partial<Record<keyof PersistedSnapshot, unknown>>): string =>
	JSON.stringify({ status: 'active', value: 'off', context: { count: 1 }, historyValue: {}, children: {}, ...change });

test('[P11, DU21] after a restart every actor is where it was and goes on', async () => {
	const { world } = await createCounters();
	expect(await world.boot()).toEqual({ restored: 2, casualties: [] });
	expect(world.system.get(a)?.getSnapshot()).toMatchObject({ value: { on: 'resting' }, context: { count: 1 } });
	expect(await world.system.send(a, { type: 'ADD', by: 1 })).toMatchObject({ version: 3, state: 'on.counting' });
	expect(world.system.list('counter').map(({ address }) => address)).toEqual([a, b]);
});

test.each<[string, Partial<StoredActor>, string]>([
	['text that is no JSON', { snapshot: '{' }, 'JSON'],
	['JSON that is no object', { snapshot: '7' }, 'the snapshot is not an object'],
	['a snapshot without children', { snapshot: '{"status":"active","context":{}}' }, 'the snapshot has no children'],
	['a state that no longer exists', { snapshot: snapshot({ value: 'dimmed' }) }, 'dimmed'],
	['a state that is incomplete', { snapshot: snapshot({ value: { on: {} } }) }, 'incomplete'],
	['a context that is not valid', { snapshot: snapshot({ context: { count: 'one' } }) }, 'count'],
	['another machine', { machineId: 'lamp' }, 'the row belongs to machine lamp'],
	['a newer version', { machineVersion: 2 }, 'newer than this program'],
	['an older version without a migration', { machineVersion: 0 }, 'no migration from version 0 to 1'],
	['an unknown kind', { address: 'ghost:a' }, 'no machine is registered'],
])('[P11, DU21, DU22] %s is quarantined with its reason, the others are not affected', async (_, change, reason) => {
	const { world, changes } = await createCounters();
	changes.set(a, change);
	// The row of an unknown kind is another row: nothing can be set aside in its name.
	if (change.address)
		await world.disk.commit([
			{ actors: [{ ...requireRow(await world.disk.readActor(a)), address: change.address, version: 1 }] },
		]);
	const address = change.address ?? a;
	const { restored, casualties } = await world.boot();
	expect(casualties.map(({ address: lost, parent }) => [lost, parent])).toContainEqual([address, null]);
	expect(casualties[0]?.reason).toContain(reason);
	expect(restored).toBe(1);
	expect((await world.disk.readActor(address))?.quarantine).toContain(reason);
	expect(world.system.quarantineReason(address)).toContain(reason);
	await expect(world.system.send(address, { type: 'ON' })).rejects.toMatchObject({
		code: 'actor_quarantined',
		message: expect.stringContaining(reason),
	});
	expect(await world.system.send(b, { type: 'ON' })).toMatchObject({ version: 2 });
	expect(world.errors[0]).toContain(reason);
});

function requireRow(row: StoredActor | undefined): StoredActor {
	if (!row) throw new Error('the row is not there');
	return row;
}

const migrated: DurableDefinition = {
	...counter,
	version: 3,
	migrations: {
		1: (old) => ({ ...old, context: { count: Number(old.context.count) * 10 } }),
		2: (old) => ({ ...old, context: { count: Number(old.context.count) + 1 } }),
	},
};

test('[DU23] an older snapshot is migrated step by step, and its next step is stored in the new shape', async () => {
	const { world } = await createCounters();
	expect(await world.boot([migrated])).toMatchObject({ casualties: [] });
	expect(world.system.get(a)?.getSnapshot().context).toEqual({ count: 11 });
	await world.system.send(a, { type: 'OFF' });
	expect(await world.disk.readActor(a)).toMatchObject({ machineVersion: 3, version: 3 });
	expect((await world.disk.readActor(b))?.machineVersion).toBe(1);
	await world.boot([migrated]);
	expect(world.system.get(a)?.getSnapshot().context).toEqual({ count: 11 });
});

test('[DU22] a quarantined actor stays so over restarts until it is tried again', async () => {
	const { world, changes } = await createCounters();
	changes.set(a, { snapshot: '{' });
	await world.boot();
	changes.delete(a);
	await world.boot();
	expect(world.system.get(a)).toBeUndefined();
	await world.system.retryRestore(a);
	expect(world.system.get(a)?.getSnapshot().value).toEqual({ on: 'resting' });
	expect([world.system.quarantineReason(a), (await world.disk.readActor(a))?.quarantine]).toEqual([undefined, null]);
	expect(await world.system.send(a, { type: 'OFF' })).toMatchObject({ version: 3 });
	expect((await world.boot()).restored).toBe(2);
});

test('[DU22] tried again in vain it stays quarantined; one that is well is not tried again', async () => {
	const { world, changes } = await createCounters();
	changes.set(a, { snapshot: '{' });
	await world.boot();
	await expect(world.system.retryRestore(a)).rejects.toMatchObject({ code: 'actor_quarantined' });
	await expect(world.system.retryRestore(b)).rejects.toMatchObject({ code: 'actor_not_found' });
	const before = world.system.get(b)?.ref;
	expect([world.system.get(b)?.ref, world.system.quarantineReason(a)]).toEqual([before, expect.any(String)]);
});

test('[DU22] reset begins afresh, and the journal goes on', async () => {
	const { world, changes } = await createCounters();
	changes.set(a, { snapshot: '{' });
	await world.boot();
	expect(await world.system.reset(a, { count: 7 })).toMatchObject({ version: 3, state: 'off' });
	changes.delete(a);
	await world.system.send(a, { type: 'ON' });
	const versions = world.disk.journal().filter(({ address }) => address === a);
	expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
	await world.boot();
	expect(world.system.get(a)?.getSnapshot()).toMatchObject({ value: { on: 'resting' }, context: { count: 7 } });
	await expect(world.system.reset(a, undefined)).rejects.toMatchObject({ code: 'actor_not_found' });
});

test('[DU22, DU25] a quarantined actor keeps its address until it is removed', async () => {
	const { world, changes } = await createCounters();
	changes.set(a, { snapshot: '{' });
	await world.boot();
	await expect(world.system.spawn('counter', 'a', undefined)).rejects.toMatchObject({ code: 'actor_exists' });
	await world.system.remove(a);
	expect(await world.disk.readActor(a)).toBeUndefined();
	expect(await world.system.spawn('counter', 'a', undefined)).toMatchObject({ version: 1 });
});

test('[DU27] the row is JSON: what JSON cannot carry is not in it, and the live context is not the stored one', async () => {
	const odd: DurableDefinition = {
		kind: 'odd',
		machine: createMachine({
			id: 'odd',
			options: { maxIterations: 10 },
			context: { when: new Date(0), failure: new Error('it broke'), kept: { deep: [1] } },
		}),
		version: 1,
		context: { parse: (value) => value },
	};
	const world = createWorld([odd]);
	await world.system.spawn('odd', '1', undefined);
	const stored = JSON.parse(requireRow(await world.disk.readActor('odd:1')).snapshot);
	const carried = { when: '1970-01-01T00:00:00.000Z', failure: { message: 'it broke' }, kept: { deep: [1] } };
	expect(stored.context).toEqual(carried);
	const live = world.system.get('odd:1')?.getSnapshot().context;
	await world.boot();
	expect(world.system.get('odd:1')?.getSnapshot().context).toEqual(carried);
	expect(world.system.get('odd:1')?.getSnapshot().context.kept).not.toBe(live.kept);
});

test('[DU27] a history state is remembered across a restart', async () => {
	const states = {
		away: { on: { BACK: 'home.hist' } },
		home: {
			initial: 'hall',
			on: { LEAVE: 'away' },
			states: { hall: { on: { UP: 'attic' } }, attic: {}, hist: { type: 'history' } },
		},
	} as const;
	const machine = createMachine({ id: 'house', options: { maxIterations: 10 }, initial: 'home', states });
	const house: DurableDefinition = { kind: 'house', machine, version: 1, context: { parse: () => ({}) } };
	const world = createWorld([house]);
	await world.system.spawn('house', '1', undefined);
	for (const type of ['UP', 'LEAVE']) await world.system.send('house:1', { type });
	await world.boot();
	expect(await world.system.send('house:1', { type: 'BACK' })).toMatchObject({ state: 'home.attic' });
});

// --- with children ------------------------------------------------------------------------------

const manager = 'manager:m';
const clerk = `${manager}/c`;

async function openOffice() {
	const changes = new Map<string, Partial<StoredActor>>();
	const office = createOffice();
	const world = createWorld(office.definitions, { disk: createTamperedStore(changes) });
	await world.system.spawn('manager', 'm', undefined);
	await world.system.spawn('agent', 'a', undefined);
	await world.system.resume();
	await world.system.send(manager, { type: 'HIRE', id: 'c' });
	await world.settle();
	return { world, changes, office };
}

test.each<[string, Partial<StoredActor>, string]>([
	['whose row is broken', { snapshot: '{' }, 'JSON'],
	['whose state no longer exists', { snapshot: snapshot({ value: 'dreaming' }) }, 'dreaming'],
])('[DU19, DU21] of a child %s the parent hears as of a failed one', async (_, change, reason) => {
	const { world, changes } = await openOffice();
	changes.set(clerk, change);
	const { casualties } = await world.boot();
	expect(casualties).toMatchObject([{ address: clerk, parent: manager, reason: expect.stringContaining(reason) }]);
	expect(world.system.get(manager)?.getSnapshot()).toMatchObject({ value: 'open', context: { failures: ['c'] } });
	expect((await world.disk.readActor(clerk))?.quarantine).toContain(reason);
});

test('[DU28] a child spawned where one could not be restored takes its place: nothing of that one is left', async () => {
	const { world, changes } = await openOffice();
	changes.set(clerk, { snapshot: '{' });
	await world.boot();
	changes.clear();
	await world.system.send(manager, { type: 'HIRE', id: 'c' });
	await world.settle();
	expect(world.system.quarantineReason(clerk)).toBeUndefined();
	expect(await world.disk.readActor(clerk)).toMatchObject({ quarantine: null, version: expect.any(Number) });
	expect(await world.boot()).toMatchObject({ casualties: [], restored: 4 });
	await world.system.send(clerk, { type: 'HURRY' });
});

test("[DU21] a child whose source is gone from its parent's machine is not dropped silently", async () => {
	const { world, changes } = await openOffice();
	const row = requireRow(await world.disk.readActor(manager));
	changes.set(manager, { snapshot: row.snapshot.replace('"src":"clerk"', '"src":"robot"') });
	const { casualties } = await world.boot();
	expect(casualties).toMatchObject([{ address: clerk, reason: 'machine manager knows no actor robot' }]);
	expect(world.system.get(manager)?.getSnapshot().context.failures).toEqual(['c']);
});

test('[DU22, P6] below a quarantined actor timers, messages and effects wait, and go on when it is well', async () => {
	const { world, changes, office } = await openOffice();
	await world.system.send(manager, { type: 'HIRE', id: 'd' });
	await world.settle();
	world.faults.before = (_, units) => {
		// The word to the second clerk is on its way, his answer never comes.
		if (units.some(({ messagesConsumed }) => messagesConsumed)) world.crash();
	};
	const pushed = world.system.send(manager, { type: 'PUSH', id: 'd' });
	await Promise.race([pushed, world.ended()]);
	await world.settle();
	delete world.faults.before;
	changes.set(manager, { snapshot: '{' });
	await world.boot();
	await world.advance(60_000);
	expect((await world.disk.loadTimers()).map(({ address }) => address)).toEqual([clerk, `${manager}/d`]);
	expect((await world.disk.loadMessages()).map(({ to }) => to)).toEqual([`${manager}/d`]);
	await expect(world.system.send(clerk, { type: 'HURRY' })).rejects.toMatchObject({ code: 'actor_quarantined' });
	changes.delete(manager);
	await world.system.retryRestore(manager);
	await world.settle();
	await world.advance(0);
	expect(world.system.get(manager)?.getSnapshot().context.files.toSorted()).toEqual(['file of c', 'file of d']);
	expect(office.outside.filter(({ name }) => name === 'deliver')).toHaveLength(2);
	expect([await world.disk.loadTimers(), await world.disk.loadMessages(), await world.disk.loadEffects()]).toEqual([
		[],
		[],
		[],
	]);
});

test('[DU20, DU22] a message to a quarantined actor arrives when it is well again', async () => {
	const { world, changes } = await openOffice();
	changes.set('agent:a', { snapshot: '{' });
	await world.boot();
	await world.advance(1_000);
	expect((await world.disk.loadMessages()).map(({ to }) => to)).toEqual(['agent:a']);
	changes.delete('agent:a');
	await world.system.retryRestore('agent:a');
	await world.settle();
	expect(world.system.get('agent:a')?.getSnapshot().context.delivered).toEqual(['c']);
	expect(await world.disk.loadMessages()).toEqual([]);
});

test('[DU22] reset, or removal, of a quarantined actor leaves nothing of what was below it', async () => {
	for (const mend of [
		(world: World) => world.system.reset(manager, undefined).then(() => world.system.remove(manager)),
		(world: World) => world.system.remove(manager),
	]) {
		const { world, changes } = await openOffice();
		changes.set(manager, { snapshot: '{' });
		await world.boot();
		await mend(world);
		const left: string[] = [];
		for await (const page of world.disk.loadActors()) left.push(...page.map(({ address }) => address));
		expect([left, await world.disk.loadTimers()]).toEqual([['agent:a'], []]);
	}
});
