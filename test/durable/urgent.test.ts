/** Urgent events: ahead of all that wait. */

import { expect, test } from 'vitest';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { counter } from './worlds/counter.ts';

checkLeaksAfterEach();

/** More than one transaction takes. */
const crowd = 600;

async function createCounters() {
	const world = createWorld([counter]);
	for (const id of ['a', 'b']) {
		await world.system.spawn('counter', id, undefined);
		await world.system.send(`counter:${id}`, { type: 'ON' });
	}
	return world;
}

test('[DU31] an urgent event goes ahead of a crowd that waits, behind the commit in flight alone', async () => {
	const world = await createCounters();
	const release = world.hold();
	const inFlight = world.system.send('counter:b', { type: 'ADD', by: 1 });
	await world.settle();
	const waiting = Array.from({ length: crowd }, () => world.system.send('counter:a', { type: 'ADD', by: 0 }));
	const urgent = world.system.send('counter:b', { type: 'OFF' }, { urgent: true });
	release();
	await Promise.all([inFlight, urgent, ...waiting]);
	const events = world.disk.journal().map(({ event }) => JSON.parse(event).type);
	expect(events.slice(4, 7)).toEqual(['ADD', 'OFF', 'ADD']);
	expect(events).toHaveLength(6 + crowd);
});

test('[DU31, DU5] what an urgent event overtakes at its own actor is judged by what that led to', async () => {
	const world = await createCounters();
	const release = world.hold();
	const inFlight = world.system.send('counter:b', { type: 'ADD', by: 1 });
	await world.settle();
	const overtaken = world.system.send('counter:a', { type: 'ADD', by: 1 }).catch((error) => error);
	const urgent = ['OFF', 'ON', 'FINISH'].map((type) => world.system.send('counter:a', { type }, { urgent: true }));
	release();
	await Promise.all([inFlight, ...urgent]);
	expect(await overtaken).toMatchObject({ code: 'event_refused' });
	const steps = world.disk.journal().filter(({ address }) => address === 'counter:a');
	expect(steps.map(({ event }) => JSON.parse(event).type).slice(2)).toEqual(['OFF', 'ON', 'FINISH']);
});
