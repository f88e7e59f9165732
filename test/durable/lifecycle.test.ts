/** From the check of definitions to the stop: what a system refuses, drains and removes. */

import { describe, expect, test } from 'vitest';
import { createMachine, fromPromise, setup } from 'xstate';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { clockwork } from './worlds/clockwork.ts';
import { counter, settingRow } from './worlds/counter.ts';
import { createOffice } from './worlds/office.ts';

checkLeaksAfterEach();

const a = 'counter:a';

async function createCounter(): Promise<World> {
	const world = createWorld([counter, clockwork]);
	await world.system.spawn('counter', 'a', undefined);
	await world.system.resume();
	return world;
}

describe('definitions', () => {
	const options = { maxIterations: 10 };
	const define = (machine: DurableDefinition['machine'], rest: Partial<DurableDefinition> = {}): DurableDefinition => ({
		kind: 'x',
		machine,
		version: 1,
		context: { parse: (value) => value },
		...rest,
	});
	const acting = setup({ actions: { act: () => {} } }).createMachine({ id: 'x', options, entry: 'act' });
	const effect = { repeat: 'always' as const, run: async () => undefined };

	test.each<[string, DurableDefinition, RegExp]>([
		['no maxIterations', define(createMachine({ id: 'x' })), /maxIterations/],
		['an action without a meaning', define(acting), /action act must be exactly one of/],
		[
			'an action with two meanings',
			define(acting, { effects: { act: effect }, writes: { act: () => ({}) } }),
			/action act must be exactly one of/,
		],
		[
			'a promise for a child',
			define(setup({ actors: { load: fromPromise(async () => 1) } }).createMachine({ id: 'x', options })),
			/actor load has no durable definition/,
		],
		[
			'a child that is itself not well defined',
			define(setup({ actors: { kid: acting } }).createMachine({ id: 'p', options }), {
				children: { kid: define(acting) },
			}),
			/machine x: action act/,
		],
	])('[DU24] %s is rejected at start-up', (_, definition, message) => {
		expect(() => createWorld([definition])).toThrow(message);
	});

	test('[DU24] an action written into the machine without a name is refused when it is asked for', async () => {
		const world = createWorld([define(createMachine({ id: 'x', options, on: { DO: { actions: () => {} } } }))]);
		await world.system.spawn('x', '1', undefined);
		await expect(world.system.send('x:1', { type: 'DO' })).rejects.toMatchObject({ code: 'transition_failed' });
	});

	test('[DU24, DU6] a cycle that never rests is refused, and the actor lives on', async () => {
		const cycle = createMachine({
			id: 'x',
			options,
			initial: 'calm',
			states: { calm: { on: { SPIN: 'ping' } }, ping: { always: 'pong' }, pong: { always: 'ping' } },
		});
		const world = createWorld([define(cycle)]);
		await world.system.spawn('x', '1', undefined);
		await expect(world.system.send('x:1', { type: 'SPIN' })).rejects.toMatchObject({ code: 'transition_failed' });
		expect(world.system.get('x:1')?.getSnapshot().value).toBe('calm');
	});
});

test('[DU25] an address is taken once, also while its first step is being written', async () => {
	const world = await createCounter();
	await expect(world.system.spawn('counter', 'a', undefined)).rejects.toMatchObject({ code: 'actor_exists' });
	const results = await Promise.allSettled([1, 2].map(() => world.system.spawn('counter', 'b', undefined)));
	expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
	expect(results[1]).toMatchObject({ reason: { code: 'actor_exists' } });
});

test('[DU5] an event for nobody is rejected with `actor_not_found`', async () => {
	const world = await createCounter();
	await expect(world.system.send('counter:b', { type: 'ON' })).rejects.toMatchObject({ code: 'actor_not_found' });
	await expect(world.system.remove('counter:b')).rejects.toMatchObject({ code: 'actor_not_found' });
});

test('[DU25] after `remove` the address is free, the journal stays, and nothing of the removed fires', async () => {
	const world = await createCounter();
	await world.system.spawn('clockwork', 'c', undefined);
	await world.system.send('clockwork:c', { type: 'ARM', id: 'tea', delay: 100 });
	await world.system.remove('clockwork:c', { records: [settingRow('removed')] });
	expect([world.clock.armed, await world.disk.loadTimers(), world.disk.rows('settings').length]).toEqual([0, [], 1]);
	expect(await world.disk.readActor('clockwork:c/bell')).toBeUndefined();
	expect(world.disk.journal().filter(({ address }) => address === 'clockwork:c')).toHaveLength(2);
	expect(await world.system.spawn('clockwork', 'c', undefined)).toMatchObject({ version: 1 });
});

test('[DU25, DU8] what was sent before `remove` is served, what was sent after it is refused', async () => {
	const world = await createCounter();
	const results = await Promise.allSettled([
		world.system.send(a, { type: 'ON' }),
		world.system.remove(a),
		world.system.send(a, { type: 'OFF' }),
	]);
	expect(results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))).toEqual([
		'ok',
		'ok',
		'actor_stopped',
	]);
	expect(await world.disk.readActor(a)).toBeUndefined();
});

test('[DU25] a `remove` that cannot be written leaves the actor alive', async () => {
	const world = await createCounter();
	await world.system.write({ records: [settingRow('taken')] });
	await expect(world.system.remove(a, { records: [settingRow('taken')] })).rejects.toMatchObject({
		code: 'constraint_violated',
	});
	expect(await world.system.send(a, { type: 'ON' })).toMatchObject({ version: 2 });
});

test('[DU25] a child spawned by a step sent before `remove` goes as well; a child alone is not removed', async () => {
	const office = createOffice();
	const world = createWorld(office.definitions);
	await world.system.spawn('manager', 'm', undefined);
	await world.system.send('manager:m', { type: 'HIRE', id: 'c' });
	await expect(world.system.remove('manager:m/c')).rejects.toMatchObject({ code: 'actor_not_found' });
	await Promise.all([world.system.send('manager:m', { type: 'HIRE', id: 'd' }), world.system.remove('manager:m')]);
	await world.settle();
	for await (const page of world.disk.loadActors()) expect(page).toEqual([]);
	expect([await world.disk.loadEffects(), await world.disk.loadTimers(), world.clock.armed]).toEqual([[], [], 0]);
});

test('[DU26] `stop` lets what is under way settle and refuses what comes after', async () => {
	const world = await createCounter();
	const release = world.hold();
	const sent = [world.system.send(a, { type: 'ON' }), world.system.write({ records: [settingRow('x')] })];
	await world.settle();
	const stopped = world.system.stop();
	await expect(world.system.send(a, { type: 'OFF' })).rejects.toMatchObject({ code: 'shutting_down' });
	await expect(world.system.spawn('counter', 'b', undefined)).rejects.toMatchObject({ code: 'shutting_down' });
	await expect(world.system.remove(a)).rejects.toMatchObject({ code: 'shutting_down' });
	release();
	await Promise.all([...sent, stopped]);
	expect((await world.disk.readActor(a))?.version).toBe(2);
	expect(world.clock.armed).toBe(0);
});

test('[DU26, P10] a stop stores nothing: the next boot finds every actor as it was', async () => {
	const world = await createCounter();
	await world.system.spawn('clockwork', 'c', undefined);
	await world.system.send('clockwork:c', { type: 'WAIT' });
	const before = world.disk.journal().length;
	await world.system.stop();
	const { restored, casualties } = await world.boot();
	expect([restored, casualties, world.disk.journal().length]).toEqual([3, [], before]);
	await world.advance(1_000);
	expect(world.system.get('clockwork:c')?.getSnapshot().context.rung).toEqual(['patience']);
});
