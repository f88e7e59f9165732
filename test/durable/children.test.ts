/** Children and messages: rows of their own, born and gone with their parent's steps, heard exactly once. */
import { expect, test } from 'vitest';
import type { StoredActor } from '../../src/durable/store.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { createOffice, type Office } from './worlds/office.ts';
import { createWorker } from './worlds/worker.ts';

checkLeaksAfterEach();

const manager = 'manager:m';
const clerk = `${manager}/c`;
const intern = `${clerk}/intern`;

async function openOffice(): Promise<{ readonly world: World; readonly office: Office }> {
	const office = createOffice();
	const world = createWorld(office.definitions);
	await world.system.spawn('manager', 'm', undefined);
	await world.system.spawn('agent', 'a', undefined);
	await world.system.resume();
	return { world, office };
}

async function rows(world: World): Promise<StoredActor[]> {
	const all: StoredActor[] = [];
	for await (const page of world.disk.loadActors()) all.push(...page);
	return all;
}

const addresses = async (world: World) => (await rows(world)).map(({ address }) => address).sort();
const contextOf = (world: World, address: string) => world.system.get(address)?.getSnapshot().context;
const stateOf = (world: World, address: string) => world.system.get(address)?.getSnapshot().value;

async function hire(world: World, id = 'c', type = 'HIRE'): Promise<void> {
	await world.system.send(manager, { type, id });
	await world.settle();
}

test('[DU18] a child, and its child, have rows of their own; the parent keeps stubs', async () => {
	const { world } = await openOffice();
	await hire(world);
	expect(await rows(world)).toMatchObject([
		{ address: 'agent:a' },
		{ address: manager, parent: null, source: null },
		{ address: clerk, parent: manager, source: 'clerk', machineId: 'clerk' },
		{ address: intern, parent: clerk, source: 'intern', machineId: 'intern' },
	]);
	const stored = JSON.parse((await world.disk.readActor(manager))?.snapshot ?? '');
	expect(stored.children).toEqual({ c: { src: 'clerk', address: clerk, incarnation: 2 } });
});

test("[DU18, DU7] a child is born in the unit of its parent's step or not at all", async () => {
	const { world, office } = await openOffice();
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await expect(world.system.send(manager, { type: 'HIRE', id: 'c' })).rejects.toMatchObject({
		code: 'store_unavailable',
	});
	delete world.faults.before;
	expect([await addresses(world), world.system.get(clerk), office.outside]).toEqual([
		['agent:a', manager],
		undefined,
		[],
	]);
	await hire(world);
	expect(stateOf(world, clerk)).toBe('lunching');
});

test('[DU18, DU19] a child that ends is heard, with its output, and its rows go with the step that hears it', async () => {
	const { world } = await openOffice();
	await hire(world);
	await world.advance(1_000);
	expect(contextOf(world, manager)).toMatchObject({ reports: ['c'], files: ['file of c'] });
	expect(await addresses(world)).toEqual(['agent:a', manager]);
	expect([await world.disk.loadTimers(), await world.disk.loadEffects(), await world.disk.loadMessages()]).toEqual([
		[],
		[],
		[],
	]);
	expect(world.system.get(clerk)).toBeUndefined();
});

test("[DU19] a crash between the child's end and the parent's step: the parent hears of it at the next boot, once", async () => {
	const { world } = await openOffice();
	await hire(world);
	world.faults.before = (_, units) => {
		if (units.some(({ removed }) => removed?.includes(clerk))) world.crash();
	};
	await world.advance(1_000);
	delete world.faults.before;
	expect((await world.disk.readActor(clerk))?.status).toBe('done');
	await world.boot();
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'] });
	await world.boot();
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'], reports: ['c'] });
	expect(await addresses(world)).toEqual(['agent:a', manager]);
});

test('[DU18] a child goes on where it was after a restart, and so does its own child', async () => {
	const { world } = await openOffice();
	await hire(world);
	await world.system.send(intern, { type: 'ERRAND' });
	world.crash();
	const { restored } = await world.boot();
	expect(restored).toBe(4);
	expect(await world.system.send(intern, { type: 'ERRAND' })).toMatchObject({ version: 3 });
	expect([stateOf(world, clerk), contextOf(world, intern)]).toEqual(['lunching', { errands: 2 }]);
	await world.advance(1_000);
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'] });
});

test('[DU18] a stopped child takes its whole tree along, timers and all', async () => {
	const { world } = await openOffice();
	await hire(world);
	await world.system.send(manager, { type: 'FIRE', id: 'c' });
	expect([await addresses(world), await world.disk.loadTimers(), world.clock.armed]).toEqual([
		['agent:a', manager],
		[],
		0,
	]);
	await expect(world.system.send(intern, { type: 'ERRAND' })).rejects.toMatchObject({ code: 'actor_not_found' });
});

test('[DU18] an actor that ends takes its children along, and none is left after a restart', async () => {
	const { world } = await openOffice();
	await hire(world);
	await world.system.send(manager, { type: 'CLOSE' });
	expect(await addresses(world)).toEqual(['agent:a', manager]);
	expect([world.system.get(clerk), world.system.get(intern)]).toEqual([undefined, undefined]);
	const { restored, casualties } = await world.boot();
	expect([restored, casualties]).toEqual([2, []]);
	expect(stateOf(world, manager)).toBe('closed');
});

test('[DU18] a second child with an id in use is refused, and the first one lives on', async () => {
	const { world } = await openOffice();
	await hire(world);
	await expect(world.system.send(manager, { type: 'HIRE', id: 'c' })).rejects.toMatchObject({
		code: 'transition_failed',
		message: expect.stringContaining('a child with the id c'),
	});
	expect(await world.system.send(intern, { type: 'ERRAND' })).toMatchObject({ version: 2 });
});

test('[DU18] a child replaced in one step by another of its id begins anew', async () => {
	const { world, office } = await openOffice();
	await hire(world);
	await world.system.send(intern, { type: 'ERRAND' });
	await hire(world, 'c', 'REPLACE');
	expect(contextOf(world, intern)).toEqual({ errands: 0 });
	expect(office.outside.map(({ effectId }) => effectId)).toEqual([`${clerk}~2/1/1`, `${clerk}~3/1/1`]);
	await world.boot();
	await world.advance(1_000);
	expect(contextOf(world, manager)).toMatchObject({ hired: ['c', 'c'], files: ['file of c'] });
});

test('[DU18] an id may be used again when the first bearer is gone, messages of both arrive', async () => {
	const { world } = await openOffice();
	for (const _ of [1, 2]) {
		await hire(world);
		await world.advance(1_000);
	}
	expect(contextOf(world, manager)).toMatchObject({ reports: ['c', 'c'], files: ['file of c', 'file of c'] });
});

test('[DU18] a child spawned inside an assignment lives, and the reference in context survives a restart', async () => {
	const { world } = await openOffice();
	await hire(world, 'c', 'ADOPT');
	expect(stateOf(world, clerk)).toBe('lunching');
	await world.boot();
	expect((contextOf(world, manager) as { favourite: unknown }).favourite).toBe(world.system.get(clerk)?.ref);
	await world.advance(1_000);
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'] });
});

test('[DU19] a child whose first step throws is born in error; its parent hears of it and lives on', async () => {
	const { world } = await openOffice();
	await hire(world, 'impostor');
	expect(contextOf(world, manager)).toMatchObject({ failures: ['impostor'] });
	expect(await addresses(world)).toEqual(['agent:a', manager]);
	expect(stateOf(world, manager)).toBe('open');
});

test('[DU20] a message to a child arrives with a step of its own', async () => {
	const { world } = await openOffice();
	await hire(world);
	await world.system.send(manager, { type: 'PUSH', id: 'c' });
	await world.settle();
	expect(world.disk.journal().find(({ event }) => event.includes('HURRY'))).toMatchObject({
		address: clerk,
		cause: `message:${manager}/3/0`,
	});
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'] });
});

test('[DU20] messages by address go both ways, and each is consumed', async () => {
	const { world } = await openOffice();
	await hire(world);
	await world.advance(1_000);
	expect(contextOf(world, 'agent:a')).toMatchObject({ delivered: ['c'] });
	expect(contextOf(world, manager)).toMatchObject({ praise: ['c'] });
	expect(await world.disk.loadMessages()).toEqual([]);
});

test.each(['before', 'after'] as const)(
	"[DU20, P1] a crash %s the sender's commit: the message changes its receiver exactly once",
	async (when) => {
		const { world } = await openOffice();
		await hire(world);
		world.faults[when] = (_, units) => {
			if (units.some(({ messagesSent }) => messagesSent?.some(({ to }) => to === 'agent:a'))) world.crash();
		};
		await world.advance(1_000);
		delete world.faults[when];
		await world.boot();
		await world.advance(0);
		await world.boot();
		expect(contextOf(world, 'agent:a')).toMatchObject({ delivered: ['c'], interrupted: [], queue: [] });
	},
);

test('[DU20] a message found in the store while it is under way is not delivered twice', async () => {
	const world = createWorld([createWorker(() => {})]);
	for (const id of ['a', 'b']) await world.system.spawn('worker', id, undefined);
	await world.restoreOnly();
	world.faults.before = (_, units) => {
		if (units.some(({ messagesConsumed }) => messagesConsumed)) world.hold();
	};
	await world.system.send('worker:a', { type: 'PASS', to: 'worker:b', token: 'x' });
	await world.settle();
	await world.system.resume();
	delete world.faults.before;
	world.release();
	await world.settle();
	expect(contextOf(world, 'worker:b')).toMatchObject({ got: ['x'] });
	expect(await world.disk.loadMessages()).toEqual([]);
});

test('[DU20] a message to nobody is dropped and reported', async () => {
	const { world } = await openOffice();
	await world.system.remove('agent:a');
	await hire(world);
	await world.advance(1_000);
	expect(await world.disk.loadMessages()).toEqual([]);
	expect(world.errors).toEqual([expect.stringContaining('there is no actor agent:a')]);
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'] });
});

test('[DU11] a message that meets a store which is unavailable arrives when it is back', async () => {
	const { world } = await openOffice();
	await hire(world);
	world.faults.before = (_, units) => {
		if (units.some(({ messagesConsumed }) => messagesConsumed)) throw new Error('disk full');
	};
	await world.system.send(manager, { type: 'PUSH', id: 'c' });
	await world.settle();
	expect((await world.disk.loadMessages()).map(({ to }) => to)).toEqual([clerk]);
	delete world.faults.before;
	await world.advance(10);
	expect([await world.disk.loadMessages(), world.errors]).toEqual([[], []]);
	expect(contextOf(world, manager)).toMatchObject({ files: ['file of c'] });
});

test("[DU9] a child's step sent together with its parent's farewell is refused, and nothing comes back", async () => {
	const { world } = await openOffice();
	await hire(world);
	const results = await Promise.allSettled([
		world.system.send(intern, { type: 'ERRAND' }),
		world.system.send(manager, { type: 'FIRE', id: 'c' }),
		world.system.send(intern, { type: 'ERRAND' }),
	]);
	expect(results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))).toEqual([
		'ok',
		'ok',
		'actor_stopped',
	]);
	expect([await addresses(world), world.errors]).toEqual([['agent:a', manager], []]);
});

test('[DU29] what an effect answers goes to the child that asked, not to one that has its address by now', async () => {
	const { world, office } = await openOffice();
	let answer = () => {};
	office.afterDeed = ({ name }) =>
		name === 'fetch'
			? new Promise((resolve) => {
					answer = resolve;
				})
			: undefined;
	await hire(world);
	const late = answer;
	await world.system.send(manager, { type: 'REPLACE', id: 'c' });
	await world.settle();
	late();
	await world.settle();
	expect([stateOf(world, clerk), contextOf(world, clerk)]).toEqual(['fetching', { id: 'c', file: null }]);
	answer();
	await world.settle();
	expect(stateOf(world, clerk)).toBe('lunching');
});
