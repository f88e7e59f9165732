/** Children whose rows could not be restored, across more than one restart. */

import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { createOffice } from './worlds/office.ts';

checkLeaksAfterEach();

const [manager, clerk] = ['manager:m', 'manager:m/c'];

/** A manager with a clerk whose row nobody understands, and whose process has died. */
async function createLoss() {
	const world = createWorld(createOffice().definitions, { disk: createMemoryStore() });
	await world.system.resume();
	await world.system.spawn('manager', 'm', undefined);
	await world.system.spawn('agent', 'a', undefined);
	await world.system.send(manager, { type: 'HIRE', id: 'c' });
	world.crash();
	await world.disk.quarantine(clerk, 'nobody understands it');
	return { world, failures: () => world.system.get(manager)?.getSnapshot().context.failures };
}

test('[DU19] a parent learns of its loss although it took other steps, and a crash came, before it could', async () => {
	const { world, failures } = await createLoss();
	world.faults.before = (_, units) => {
		const isLoss = units.some(({ journal = [] }) => journal.some(({ event }) => event.includes('xstate.error.actor')));
		if (isLoss) throw new Error('disk full');
	};
	await world.boot();
	await world.system.send(manager, { type: 'REPORT', from: 'x' });
	await world.system.send(manager, { type: 'REPORT', from: 'y' });
	expect(failures()).toEqual([]);
	world.crash();
	delete world.faults.before;
	await world.boot();
	expect(failures()).toEqual(['c']);
	// Once, however often it is begun again.
	await world.system.send(manager, { type: 'REPORT', from: 'z' });
	await world.boot();
	await world.boot();
	expect(failures()).toEqual(['c']);
});

test('[DU21, DU28] a loss that its parent knows of stays visible after a restart, and makes room for another', async () => {
	const { world, failures } = await createLoss();
	await world.boot();
	expect(failures()).toEqual(['c']);
	await world.boot();
	expect(world.system.quarantineReason(clerk)).toBe('nobody understands it');
	await world.system.send(manager, { type: 'HIRE', id: 'c' });
	expect(world.system.quarantineReason(clerk)).toBeUndefined();
	await world.boot();
	expect(world.system.get(clerk)).toBeDefined();
	expect(failures()).toEqual(['c']);
});
