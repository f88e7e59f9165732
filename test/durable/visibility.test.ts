/** Promise one, looked at from every side: while a commit is held, nobody sees what it holds. */
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createDurabilityWatch } from '../support/durability-watch.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { counter } from './worlds/counter.ts';
import { createOffice } from './worlds/office.ts';

checkLeaksAfterEach();

const a = 'counter:a';

async function createWatchedCounter() {
	const watch = createDurabilityWatch();
	const world = createWorld([counter], { disk: createMemoryStore(), watch });
	await world.system.spawn('counter', 'a', undefined);
	const ref = world.system.get(a)?.ref;
	if (!ref) throw new Error('the counter is not there');
	const seen: string[] = [];
	ref.subscribe((snapshot) => seen.push(JSON.stringify(snapshot.value)));
	ref.on('*', (event) => seen.push(`emitted ${event.count}`));
	return { world, watch, seen, ref };
}

test('[P1, DU1, DU3] while the commit is held: no snapshot, no notification, no emitted event, no inspection', async () => {
	const { world, watch, seen, ref } = await createWatchedCounter();
	const release = world.hold();
	const before = watch.observations;
	const sent = [world.system.send(a, { type: 'ON' }), world.system.send(a, { type: 'ADD', by: 100 })];
	await world.settle();
	expect([ref.getSnapshot().value, seen, watch.observations - before]).toEqual(['off', [], 0]);
	expect([world.system.get(a)?.version, world.disk.journal().length]).toEqual([1, 1]);
	release();
	await Promise.all(sent);
	expect(seen).toEqual(['{"on":"resting"}', 'emitted 100', '{"on":"full"}']);
	expect(watch.undurable).toEqual([]);
	expect(watch.observations).toBeGreaterThan(before);
});

test('[P1, DU1] a bare `actor.send` shows observers nothing but the committed snapshot', async () => {
	const { world, watch, seen, ref } = await createWatchedCounter();
	const release = world.hold();
	ref.send({ type: 'ON' });
	await world.settle();
	expect(new Set(seen)).toEqual(new Set(['"off"']));
	release();
	await world.settle();
	expect([seen.at(-1), watch.undurable]).toEqual(['{"on":"resting"}', []]);
});

test('[P1, DU10] what was staged and failed was never seen by anybody', async () => {
	const { world, watch, seen } = await createWatchedCounter();
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await Promise.allSettled([world.system.send(a, { type: 'ON' }), world.system.send(a, { type: 'ADD', by: 1 })]);
	delete world.faults.before;
	expect([seen, watch.undurable]).toEqual([[], []]);
	await world.system.send(a, { type: 'ON' });
	expect(seen).toEqual(['{"on":"resting"}']);
});

async function createWatchedOffice() {
	const office = createOffice();
	const watch = createDurabilityWatch();
	const world = createWorld(office.definitions, { disk: createMemoryStore(), watch });
	await world.system.spawn('manager', 'm', undefined);
	await world.system.resume();
	return { office, watch, world };
}

test('[P1, DU3, DU12] a child is not announced, not reachable and asks for nothing before it is committed', async () => {
	const { office, watch, world } = await createWatchedOffice();
	const release = world.hold();
	const before = watch.observations;
	const hired = world.system.send('manager:m', { type: 'HIRE', id: 'c' });
	await world.settle();
	expect([watch.observations - before, world.system.get('manager:m/c'), office.outside]).toEqual([0, undefined, []]);
	release();
	await hired;
	await world.settle();
	expect(office.outside).toMatchObject([{ name: 'fetch' }]);
	expect(watch.undurable).toEqual([]);
});

test('[P1, DU3] a child whose birth failed is never announced', async () => {
	const { office, watch, world } = await createWatchedOffice();
	world.faults.before = () => {
		throw new Error('disk full');
	};
	const before = watch.observations;
	await expect(world.system.send('manager:m', { type: 'HIRE', id: 'c' })).rejects.toThrow();
	delete world.faults.before;
	expect([watch.observations - before, office.outside]).toEqual([0, []]);
});

test('[P1, DU20] another actor hears of a step only when it is committed', async () => {
	const { world } = await createWatchedOffice();
	await world.system.send('manager:m', { type: 'HIRE', id: 'c' });
	await world.settle();
	const release = world.hold();
	await world.advance(1_000);
	expect(world.system.get('manager:m')?.getSnapshot().context.reports).toEqual([]);
	release();
	await world.settle();
	expect(world.system.get('manager:m')?.getSnapshot().context.reports).toEqual(['c']);
});
