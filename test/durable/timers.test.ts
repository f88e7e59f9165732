/** Timers: `after`, delayed raises and sends, across restarts and in the face of a failing store. */
import { expect, test } from 'vitest';
import { createTimerQueue } from '../../src/durable/timer-queue.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { clockwork } from './worlds/clockwork.ts';

checkLeaksAfterEach();

const address = 'clockwork:c';

async function createClockwork(): Promise<World> {
	const world = createWorld([clockwork]);
	await world.system.spawn('clockwork', 'c', undefined);
	await world.system.resume();
	return world;
}

const send = (world: World, event: { readonly type: string; readonly [key: string]: unknown }) =>
	world.system.send(address, event);
const stateOf = (world: World) => world.system.get(address)?.getSnapshot().value;
const rung = (world: World) => world.system.get(address)?.getSnapshot().context.rung;
const rings = (world: World) => world.system.get(`${address}/bell`)?.getSnapshot().context.rings;
const timers = async (world: World) => (await world.disk.loadTimers()).map(({ id }) => id);

test('[DU15] `after` fires at its due time and not before; its row goes with the step', async () => {
	const world = await createClockwork();
	await send(world, { type: 'WAIT' });
	expect(await world.disk.loadTimers()).toMatchObject([{ address, target: address, dueAt: world.clock.now() + 1_000 }]);
	await world.advance(999);
	expect(stateOf(world)).toBe('waiting');
	await world.advance(1);
	expect([stateOf(world), rung(world), await timers(world)]).toEqual(['idle', ['patience'], []]);
	expect(world.disk.journal().at(-1)?.cause).toMatch(/^timer:/);
});

test('[DU16] leaving the state clears its timer', async () => {
	const world = await createClockwork();
	await send(world, { type: 'WAIT' });
	await send(world, { type: 'LEAVE' });
	expect([await timers(world), world.clock.armed]).toEqual([[], 0]);
	await world.advance(5_000);
	expect(rung(world)).toEqual([]);
});

test('[DU16] entering the state anew starts its time anew', async () => {
	const world = await createClockwork();
	await send(world, { type: 'WAIT' });
	await world.advance(900);
	await send(world, { type: 'WAIT' });
	await world.advance(900);
	expect(stateOf(world)).toBe('waiting');
	await world.advance(100);
	expect(rung(world)).toEqual(['patience']);
});

test('[DU16] a timer set again under its id is replaced, a cancelled one is silent', async () => {
	const world = await createClockwork();
	await send(world, { type: 'ARM', id: 'tea', delay: 100 });
	await send(world, { type: 'ARM', id: 'tea', delay: 300 });
	await send(world, { type: 'ARM', id: 'egg', delay: 200 });
	await send(world, { type: 'ARM', id: 'cake', delay: 50 });
	await send(world, { type: 'DISARM', id: 'cake' });
	expect(await timers(world)).toEqual(['egg', 'tea']);
	await world.advance(299);
	expect(rung(world)).toEqual(['egg']);
	await world.advance(1);
	expect(rung(world)).toEqual(['egg', 'tea']);
	expect(await timers(world)).toEqual([]);
});

test('[DU16] set and cancelled in one batch, nothing is left', async () => {
	const world = await createClockwork();
	await Promise.all([send(world, { type: 'ARM', id: 'tea', delay: 100 }), send(world, { type: 'DISARM', id: 'tea' })]);
	expect([await timers(world), world.clock.armed]).toEqual([[], 0]);
});

test('[DU15] a delayed message to another actor arrives there, and only then its row goes', async () => {
	const world = await createClockwork();
	await send(world, { type: 'RING_LATER', delay: 100 });
	expect(await world.disk.loadTimers()).toMatchObject([{ address, id: 'ring', target: `${address}/bell` }]);
	const release = world.hold();
	await world.advance(100);
	expect([rings(world), await timers(world)]).toEqual([0, ['ring']]);
	release();
	await world.settle();
	expect([rings(world), await timers(world)]).toEqual([1, []]);
});

test('[P6, DU15] after a restart a timer has what remained of its time', async () => {
	const world = await createClockwork();
	await send(world, { type: 'WAIT' });
	await world.advance(400);
	world.crash();
	await world.boot();
	await world.advance(599);
	expect(stateOf(world)).toBe('waiting');
	await world.advance(1);
	expect(rung(world)).toEqual(['patience']);
});

test('[P6, DU15] a timer whose time passed while nobody was there fires at once, and fires once', async () => {
	const world = await createClockwork();
	await send(world, { type: 'ARM', id: 'tea', delay: 1_000 });
	await send(world, { type: 'RING_LATER', delay: 1_000 });
	world.crash();
	world.clock.advance(3_600_000);
	await world.boot();
	await world.advance(0);
	expect([rung(world), rings(world), await timers(world)]).toEqual([['tea'], 1, []]);
	await world.boot();
	await world.advance(3_600_000);
	expect([rung(world), rings(world)]).toEqual([['tea'], 1]);
});

test('[DU17, P6] a crash between the firing and its commit fires again', async () => {
	const world = await createClockwork();
	await send(world, { type: 'ARM', id: 'tea', delay: 100 });
	world.hold();
	await world.advance(100);
	world.crash();
	expect(await timers(world)).toEqual(['tea']);
	world.release();
	await world.boot();
	await world.advance(0);
	expect(rung(world)).toEqual(['tea']);
});

test('[DU11] a timer that meets a store which is unavailable fires when it is back', async () => {
	const world = await createClockwork();
	await send(world, { type: 'ARM', id: 'tea', delay: 100 });
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await world.advance(100);
	await world.advance(50);
	expect([rung(world), await timers(world)]).toEqual([[], ['tea']]);
	delete world.faults.before;
	await world.advance(10);
	expect([rung(world), await timers(world), world.errors]).toEqual([['tea'], [], []]);
});

test('[DU11] a timer whose event is refused is used up', async () => {
	const world = await createClockwork();
	await world.system.write({
		timersSet: [{ address, id: 'odd', target: address, event: '{"type":"NOTHING"}', dueAt: world.clock.now() + 10 }],
	});
	world.crash();
	await world.boot();
	await world.advance(10);
	expect([await timers(world), world.errors, world.system.get(address)?.version]).toEqual([[], [], 1]);
});

test('[DU15] a timer for an actor that is gone is dropped', async () => {
	const world = await createClockwork();
	await world.system.write({
		timersSet: [{ address, id: 'odd', target: 'clockwork:gone', event: '{"type":"WAIT"}', dueAt: world.clock.now() }],
	});
	world.crash();
	await world.boot();
	await world.advance(0);
	expect(await timers(world)).toEqual([]);
});

test('[DU15, DU16] a timer replaced by a step that was being written when it fired does not fire early', async () => {
	const world = await createClockwork();
	await send(world, { type: 'WAIT' });
	await world.advance(900);
	const release = world.hold();
	const again = send(world, { type: 'WAIT' });
	await world.settle();
	await world.advance(100);
	release();
	await again;
	await world.settle();
	expect([stateOf(world), (await timers(world)).length]).toEqual(['waiting', 1]);
	await world.advance(899);
	expect(stateOf(world)).toBe('waiting');
	await world.advance(1);
	expect([stateOf(world), rung(world)]).toEqual(['idle', ['patience']]);
});

test('[DU16] of a cancel and a firing in one batch the cancel, sent first, wins', async () => {
	const world = await createClockwork();
	await send(world, { type: 'ARM', id: 'tea', delay: 100 });
	world.clock.advance(99);
	const disarmed = send(world, { type: 'DISARM', id: 'tea' });
	world.clock.advance(1);
	await disarmed;
	await world.settle();
	expect([rung(world), await timers(world), world.clock.armed]).toEqual([[], [], 0]);
});

test('[DU15] before `resume` no timer fires', async () => {
	const world = await createClockwork();
	await send(world, { type: 'ARM', id: 'tea', delay: 100 });
	await world.restoreOnly();
	await world.advance(500);
	expect(rung(world)).toEqual([]);
	await world.system.resume();
	await world.advance(0);
	expect(rung(world)).toEqual(['tea']);
});

test('[DU15] a hundred thousand timers arm one host timer and fire in the order of their times', () => {
	const clock = createManualClock();
	const fired: number[] = [];
	const queue = createTimerQueue(clock, (timer) => {
		fired.push(timer.dueAt);
		queue.clear(timer);
	});
	queue.start();
	const count = 100_000;
	const start = clock.now();
	for (let index = 0; index < count; index++) {
		const dueAt = start + ((index * 7_919) % count);
		queue.set({ address: `a:${index}`, id: 't', target: `a:${index}`, event: '{}', dueAt });
	}
	for (let index = 0; index < count; index += 2) queue.clear({ address: `a:${index}`, id: 't' });
	expect([clock.armed, queue.size]).toEqual([1, count / 2]);
	clock.advance(count);
	expect(fired).toHaveLength(count / 2);
	expect(fired).toEqual([...fired].sort((a, b) => a - b));
	expect([clock.armed, queue.size]).toEqual([0, 0]);
});
