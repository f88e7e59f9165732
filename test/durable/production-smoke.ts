/**
 * The durable core under plain Node, which loads XState's production build; vitest loads the
 * development build, and they differ. Ends with code 1 and says why when anything is not as it must be.
 */
import assert from 'node:assert/strict';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { StatecraftError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createFaultyStore, type Faults } from '../support/faulty-store.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { clockwork } from './worlds/clockwork.ts';
import { counter } from './worlds/counter.ts';
import { createOffice } from './worlds/office.ts';

const clock = createManualClock();
const disk = createMemoryStore();
const faults: Faults = {};
const office = createOffice();
const errors: string[] = [];

function begin(): DurableSystem {
	return createDurableSystem({
		store: createFaultyStore(disk, {
			before: (index, units) => faults.before?.(index, units),
			after: (index, units, outcomes) => faults.after?.(index, units, outcomes),
		}),
		clock,
		definitions: [counter, clockwork, ...office.definitions],
		onError: (where, error) => errors.push(`${where}: ${error.message}`),
	});
}

async function settle(): Promise<void> {
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
	try {
		await promise;
		return 'ok';
	} catch (error) {
		return error instanceof StatecraftError ? error.code : String(error);
	}
}

async function checkGate(system: DurableSystem): Promise<void> {
	const address = 'counter:a';
	await system.spawn('counter', 'a', { count: 1 });
	const seen: unknown[] = [];
	system.get(address)?.ref.subscribe((snapshot) => seen.push(snapshot.value));
	assert.deepEqual(await system.send(address, { type: 'ON' }), {
		address,
		version: 2,
		state: 'on.resting',
		changed: true,
	});
	assert.equal(await codeOf(system.send(address, { type: 'ON' })), 'event_refused');
	assert.equal(await codeOf(system.send(address, { type: 'OFF' }, { expectedVersion: 1 })), 'stale_state');
	faults.before = () => {
		throw new Error('disk full');
	};
	assert.equal(await codeOf(system.send(address, { type: 'OFF' })), 'store_unavailable');
	delete faults.before;
	assert.deepEqual(seen, [{ on: 'resting' }]);
	await system.send(address, { type: 'OFF' });
	assert.equal(await codeOf(system.send(address, { type: 'EXPLODE' })), 'transition_failed');
	assert.equal(system.get(address)?.version, 3);
}

async function checkTimers(system: DurableSystem): Promise<void> {
	await system.spawn('clockwork', 'c', undefined);
	await system.send('clockwork:c', { type: 'WAIT' });
	await system.send('clockwork:c', { type: 'ARM', id: 'tea', delay: 100 });
	await system.send('clockwork:c', { type: 'ARM', id: 'egg', delay: 50 });
	await system.send('clockwork:c', { type: 'DISARM', id: 'egg' });
	clock.advance(100);
	await settle();
	assert.deepEqual(system.get('clockwork:c')?.getSnapshot().context.rung, ['tea']);
}

async function checkChildren(system: DurableSystem): Promise<void> {
	await system.spawn('manager', 'm', undefined);
	await system.spawn('agent', 'a', undefined);
	await system.send('manager:m', { type: 'HIRE', id: 'c' });
	await settle();
	assert.equal(system.get('manager:m/c')?.getSnapshot().value, 'lunching');
	assert.equal(await codeOf(system.send('manager:m', { type: 'HIRE', id: 'c' })), 'transition_failed');
}

async function checkRestored(system: DurableSystem): Promise<void> {
	const { restored, casualties } = await system.restore();
	assert.deepEqual([restored, casualties], [7, []]);
	await system.resume();
	clock.advance(1_000);
	await settle();
	assert.deepEqual(system.get('clockwork:c')?.getSnapshot().context.rung, ['tea', 'patience']);
	const { reports, files, praise } = system.get('manager:m')?.getSnapshot().context ?? {};
	assert.deepEqual([reports, files, praise], [['c'], ['file of c'], ['c']]);
	assert.deepEqual(
		office.outside.map(({ name }) => name),
		['fetch', 'stamp', 'deliver'],
	);
	assert.equal(system.get('manager:m/c'), undefined);
	assert.deepEqual(
		[await disk.loadTimers(), await disk.loadEffects(), await disk.loadMessages()].map(({ length }) => length),
		[0, 0, 0],
	);
}

const first = begin();
await first.restore();
await first.resume();
await checkGate(first);
await checkTimers(first);
await checkChildren(first);
await first.stop();
assert.equal(clock.armed, 0, 'the stop left a timer');

const second = begin();
await checkRestored(second);
await second.stop();
assert.equal(clock.armed, 0, 'the stop left a timer');
assert.deepEqual(errors, []);
process.stdout.write('the durable core holds on the production build\n');
