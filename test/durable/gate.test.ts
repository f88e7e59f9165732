/** The gate: acknowledged sends, refusals, failing commits, and nobody who sees too much. */
import { expect, test } from 'vitest';
import { StatecraftError } from '../../src/errors.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { counter, pingEvent, settingRow } from './worlds/counter.ts';

checkLeaksAfterEach();

const a = 'counter:a';

async function createCounters(...ids: readonly string[]): Promise<World> {
	const world = createWorld([counter]);
	for (const id of ids) await world.system.spawn('counter', id, undefined);
	return world;
}

/** What became of a promise, as far as it is known: `pending` while nothing is. */
async function outcomeOf(promise: Promise<unknown>, world: World): Promise<string> {
	let outcome = 'pending';
	promise.then(
		() => {
			outcome = 'ok';
		},
		(error: unknown) => {
			outcome = error instanceof StatecraftError ? error.code : String(error);
		},
	);
	await world.settle();
	return outcome;
}

function stateOf(world: World, address = a): unknown {
	const snapshot = world.system.get(address)?.getSnapshot();
	return [snapshot?.value, snapshot?.context.count];
}

test('[DU2] a send is acknowledged with version, state and whether anything changed', async () => {
	const world = await createCounters();
	expect(await world.system.spawn('counter', 'a', { count: 3 })).toEqual({
		address: a,
		version: 1,
		state: 'off',
		changed: true,
	});
	expect(await world.system.send(a, { type: 'ON' })).toEqual({
		address: a,
		version: 2,
		state: 'on.resting',
		changed: true,
	});
	expect(await world.system.send(a, { type: 'PEEK' })).toMatchObject({ version: 3, changed: false });
	expect(stateOf(world)).toEqual([{ on: 'resting' }, 3]);
});

test('[DU7] the journal tells each step: state before and after, event, trigger, cause and time', async () => {
	const world = await createCounters('a');
	world.clock.advance(5);
	await world.system.send(a, { type: 'ON' });
	const at = world.clock.now();
	expect(world.disk.journal()).toMatchObject([
		{ address: a, version: 1, from: null, to: 'off', cause: 'spawn', at: at - 5 },
		{ address: a, version: 2, from: 'off', to: 'on.resting', trigger: 'SwitchedOn', cause: 'send', at },
	]);
	expect(JSON.parse(world.disk.journal()[1]?.event ?? '')).toEqual({ type: 'ON', at });
});

test('[DU5, P3] an event the machine cannot take is refused with the state and what it could take', async () => {
	const world = await createCounters('a');
	const refusal = await world.system.send(a, { type: 'ADD', by: 1 }).catch((error: StatecraftError) => error);
	expect(refusal).toMatchObject({
		code: 'event_refused',
		extras: { state: 'off', possibleEvents: ['DOUBT', 'EXPLODE', 'FINISH', 'ON', 'PAY', 'PEEK'] },
	});
	expect(world.disk.journal()).toHaveLength(1);
	expect(world.system.get(a)?.version).toBe(1);
});

test('[DU5] an actor that has ended takes nothing more and says so', async () => {
	const world = await createCounters('a');
	await world.system.send(a, { type: 'FINISH' });
	await expect(world.system.send(a, { type: 'ON' })).rejects.toMatchObject({
		code: 'event_refused',
		extras: { state: 'finished', possibleEvents: [] },
	});
});

test('[DU5] expectedState holds in the state and around it, and nowhere else', async () => {
	const world = await createCounters('a');
	await world.system.send(a, { type: 'ON' }, { expectedState: 'off' });
	await world.system.send(a, { type: 'ADD', by: 1 }, { expectedState: 'on' });
	await world.system.send(a, { type: 'ADD', by: 1 }, { expectedState: 'on.counting' });
	await expect(world.system.send(a, { type: 'OFF' }, { expectedState: 'on.resting' })).rejects.toMatchObject({
		code: 'stale_state',
		extras: { state: 'on.counting', expected: 'on.resting', actual: 'on.counting' },
	});
	expect(stateOf(world)).toEqual([{ on: 'counting' }, 2]);
});

test('[DU5] of two senders with the same expectedVersion one is served', async () => {
	const world = await createCounters('a');
	const results = await Promise.allSettled([
		world.system.send(a, { type: 'ON' }, { expectedVersion: 1 }),
		world.system.send(a, { type: 'PEEK' }, { expectedVersion: 1 }),
	]);
	expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
	expect(results[1]).toMatchObject({ reason: { code: 'stale_state', extras: { expected: 1, actual: 2 } } });
});

test.each([
	['assignment', 'EXPLODE', 'the assignment blew up'],
	['guard', 'DOUBT', 'the guard is in doubt'],
])('[DU6] a throwing %s refuses the event and the actor lives on', async (_, type, message) => {
	const world = await createCounters('a');
	await expect(world.system.send(a, { type })).rejects.toMatchObject({
		code: 'transition_failed',
		message: expect.stringContaining(message),
	});
	expect(world.disk.journal()).toHaveLength(1);
	expect(await world.system.send(a, { type: 'ON' })).toMatchObject({ version: 2, state: 'on.resting' });
});

test('[DU6, DU25] an actor whose first step throws does not come into being, and its address stays free', async () => {
	const world = await createCounters();
	await expect(world.system.spawn('counter', 'a', { count: -1 })).rejects.toMatchObject({ code: 'transition_failed' });
	expect(world.system.get(a)).toBeUndefined();
	expect(await world.disk.readActor(a)).toBeUndefined();
	expect(await world.system.spawn('counter', 'a', { count: 1 })).toMatchObject({ version: 1 });
});

test('[P1, DU4, DU10] a commit that fails leaves the actor, its version and its observers where they were', async () => {
	const world = await createCounters('a');
	const seen: unknown[] = [];
	world.system.get(a)?.ref.subscribe((snapshot) => seen.push(snapshot.value));
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await expect(world.system.send(a, { type: 'ON' })).rejects.toMatchObject({ code: 'store_unavailable' });
	await expect(world.system.spawn('counter', 'b', undefined)).rejects.toMatchObject({ code: 'store_unavailable' });
	expect([stateOf(world), world.system.get(a)?.version, seen]).toEqual([['off', 0], 1, []]);
	expect(world.system.get('counter:b')).toBeUndefined();
	delete world.faults.before;
	expect(await world.system.send(a, { type: 'ON' })).toMatchObject({ version: 2, state: 'on.resting' });
	expect(seen).toEqual([{ on: 'resting' }]);
	expect(await world.system.spawn('counter', 'b', undefined)).toMatchObject({ version: 1 });
});

test('[DU8] several events of one actor are staged onto each other and written in one call', async () => {
	const world = await createCounters('a');
	const commits: number[] = [];
	world.faults.before = (_, units) => void commits.push(units.length);
	const acks = await Promise.all([
		world.system.send(a, { type: 'ON' }),
		world.system.send(a, { type: 'ADD', by: 2 }),
		world.system.send(a, { type: 'ADD', by: 3 }),
	]);
	expect(acks.map(({ version, state }) => [version, state])).toEqual([
		[2, 'on.resting'],
		[3, 'on.counting'],
		[4, 'on.counting'],
	]);
	expect(commits).toEqual([3]);
	expect(stateOf(world)).toEqual([{ on: 'counting' }, 5]);
});

test('[DU10] when the batch fails, every step staged onto each other is rejected and none has happened', async () => {
	const world = await createCounters('a');
	world.faults.before = () => {
		delete world.faults.before;
		throw new Error('disk full');
	};
	const results = await Promise.allSettled([
		world.system.send(a, { type: 'ON' }),
		world.system.send(a, { type: 'ADD', by: 2 }),
	]);
	expect(results).toMatchObject([
		{ status: 'rejected', reason: { code: 'store_unavailable' } },
		{ status: 'rejected', reason: { code: 'store_unavailable' } },
	]);
	expect(stateOf(world)).toEqual(['off', 0]);
	expect(world.disk.journal()).toHaveLength(1);
});

test('[DU8] steps of many actors are one call of the store, and one report', async () => {
	const ids = Array.from({ length: 50 }, (_, index) => `c${index}`);
	const world = await createCounters(...ids);
	const before = world.batches.length;
	const commits: number[] = [];
	world.faults.before = (_, units) => void commits.push(units.length);
	await Promise.all(ids.map((id) => world.system.send(`counter:${id}`, { type: 'ON' })));
	expect(commits).toEqual([50]);
	expect(world.batches.slice(before).map(({ units }) => units)).toEqual([50]);
});

test('[DU9] a unit the store refuses fails alone; later steps of its actor are staged anew on what is left', async () => {
	const world = await createCounters('a', 'b');
	await world.system.send(a, { type: 'ON' });
	await world.system.write({ records: [settingRow('taken')] });
	const sends = [
		world.system.send(a, { type: 'ADD', by: 1 }),
		world.system.send(a, { type: 'ADD', by: 10 }, { records: [settingRow('taken')] }),
		world.system.send('counter:b', { type: 'ON' }),
		world.system.send(a, { type: 'ADD', by: 5 }),
		world.system.send(a, { type: 'OFF' }),
	];
	const results = await Promise.allSettled(sends);
	expect(results.map((result) => (result.status === 'fulfilled' ? result.value.version : result.reason.code))).toEqual([
		3,
		'constraint_violated',
		2,
		4,
		5,
	]);
	expect(stateOf(world)).toEqual(['off', 6]);
	const versions = world.disk.journal().filter(({ address }) => address === a);
	expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
});

test('[P1, DU5] a refusal is judged on what is committed, not on a step that then fails', async () => {
	const world = await createCounters('a');
	await world.system.write({ records: [settingRow('taken')] });
	const first = world.system.send(a, { type: 'ON' }, { records: [settingRow('taken')] });
	// Refused if the first step held; it does not.
	const second = world.system.send(a, { type: 'ON' });
	await expect(first).rejects.toMatchObject({ code: 'constraint_violated' });
	expect(await second).toMatchObject({ version: 2, state: 'on.resting' });
});

test('[P1, DU5] a refusal that tells a state waits until that state is committed', async () => {
	const world = await createCounters('a');
	const release = world.hold();
	const first = world.system.send(a, { type: 'ON' });
	const second = world.system.send(a, { type: 'ON' });
	const third = world.system.send(a, { type: 'ADD', by: 1 }, { expectedVersion: 1 });
	expect(await outcomeOf(second, world)).toBe('pending');
	expect(await outcomeOf(third, world)).toBe('pending');
	release();
	await first;
	await expect(second).rejects.toMatchObject({ code: 'event_refused', extras: { state: 'on.resting' } });
	await expect(third).rejects.toMatchObject({ code: 'stale_state', extras: { actual: 2 } });
});

test('[DU8] rows written between two steps stand between them', async () => {
	const world = await createCounters('a');
	await Promise.all([
		world.system.send(a, { type: 'ON' }, { events: [pingEvent('1')] }),
		world.system.write({ events: [pingEvent('2')] }),
		world.system.send(a, { type: 'ADD', by: 1 }, { events: [pingEvent('3')] }),
		world.system.write({ events: [pingEvent('4')] }),
	]);
	expect(world.disk.events().map(({ data }) => JSON.parse(data).id)).toEqual(['1', '2', '3', '4']);
});

test('[DU7] rows and events that ride with a send are written with its step or not at all', async () => {
	const world = await createCounters('a');
	const cargo = (id: string) => ({ records: [settingRow(id)], events: [pingEvent(id)] });
	await world.system.send(a, { type: 'ON' }, cargo('taken along'));
	await expect(world.system.send(a, { type: 'ON' }, cargo('refused'))).rejects.toMatchObject({ code: 'event_refused' });
	world.faults.before = () => {
		delete world.faults.before;
		throw new Error('disk full');
	};
	await expect(world.system.send(a, { type: 'OFF' }, cargo('lost'))).rejects.toMatchObject({
		code: 'store_unavailable',
	});
	expect(world.disk.rows('settings').map(({ id }) => id)).toEqual(['taken along']);
	expect(world.disk.events()).toHaveLength(1);
	expect(world.batches.flatMap(({ events }) => events.map(({ topic }) => topic))).toEqual(['test.pinged']);
});

test('[DU7, P2] what a machine writes goes with its step, and a row that cannot be written refuses the step', async () => {
	const world = await createCounters('a');
	await world.system.send(a, { type: 'PAY', id: 'x' });
	await expect(world.system.send(a, { type: 'PAY', id: 'x' })).rejects.toMatchObject({ code: 'constraint_violated' });
	expect(world.system.get(a)?.version).toBe(2);
	expect(world.disk.events()).toHaveLength(1);
});

test('[DU2] an event sent to the actor itself is gated as well', async () => {
	const world = await createCounters('a');
	const release = world.hold();
	world.system.get(a)?.ref.send({ type: 'ON' });
	await world.settle();
	expect(stateOf(world)).toEqual(['off', 0]);
	release();
	await world.settle();
	expect(stateOf(world)).toEqual([{ on: 'resting' }, 0]);
	expect(world.disk.journal().at(-1)).toMatchObject({ version: 2, cause: 'actor' });
});

test('[DU2, DU5] an event the actor cannot take, sent to it directly, changes nothing and hurts nobody', async () => {
	const world = await createCounters('a');
	world.system.get(a)?.ref.send({ type: 'ADD', by: 1 });
	await world.settle();
	expect([world.disk.journal().length, world.errors]).toEqual([1, []]);
});
