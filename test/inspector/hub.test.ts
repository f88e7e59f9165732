/** The hub of the inspector on the real core: what a viewer sees, and what it must never see. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import type { SeenActor } from '../../src/durable/audience.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { createInspectorHub } from '../../src/inspector/hub.ts';
import { selectActors } from '../../src/inspector/selection.ts';
import { wireVersion } from '../../src/inspector/wire.ts';
import { counter } from '../durable/worlds/counter.ts';
import { createOffice } from '../durable/worlds/office.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { openViewer } from './viewer.ts';

checkLeaksAfterEach();

const a = 'counter:a';
const office = 'manager:main';
const openCounter: DurableDefinition = { ...counter, disclosed: { context: ['count'], event: ['by'] } };

function createHub(definitions: readonly DurableDefinition[] = [openCounter], limit?: number) {
	const world = createWorld(definitions);
	let spectators = 0;
	const hub = createInspectorHub({
		system: {
			actors: () => world.system.actors(),
			watch(spectator) {
				spectators++;
				const stop = world.system.watch(spectator);
				return () => {
					spectators--;
					stop();
				};
			},
		},
		now: world.clock.now,
		...(limit !== undefined && { limit }),
	});
	return { world, hub, watching: () => spectators };
}

async function createCounters(ids: readonly string[], limit?: number) {
	const made = createHub([openCounter], limit);
	for (const id of ids) await made.world.system.spawn('counter', id, undefined);
	return made;
}

test('somebody who comes late sees what is there, then every step with its own event, in order', async () => {
	const { world, hub } = await createCounters(['a']);
	await world.system.send(a, { type: 'ON' });
	await world.system.send(a, { type: 'ADD', by: 7 });
	const viewer = openViewer(hub);
	await world.system.send(a, { type: 'ADD', by: 1 });
	await world.system.send(a, { type: 'OFF' });
	expect(viewer.lines()).toEqual([
		'hello 1',
		`actor ${a} {"on":"counting"}`,
		`event ${a} ADD`,
		`snapshot ${a} ADD {"on":"counting"} active`,
		`event ${a} OFF`,
		`snapshot ${a} OFF "off" active`,
	]);
	expect(JSON.stringify(viewer.seen)).not.toContain('@durable');
	expect(viewer.seen[1].snapshot.context).toEqual({ count: 7 });
	expect(viewer.seen[3]).toEqual({
		type: '@xstate.snapshot',
		sessionId: a,
		rootId: a,
		createdAt: String(world.clock.now()),
		id: null,
		_version: wireVersion,
		event: { type: 'ADD', by: 1, at: world.clock.now() },
		snapshot: {
			status: 'active',
			value: { on: 'counting' },
			context: { count: 8 },
			tags: [],
			historyValue: {},
			children: {},
		},
	});
});

test('what is not committed is not shown: neither held nor failed nor refused steps', async () => {
	const { world, hub } = await createCounters(['a']);
	const viewer = openViewer(hub);
	viewer.clear();
	const release = world.hold();
	const sent = world.system.send(a, { type: 'ON' });
	await world.settle();
	expect(viewer.lines()).toEqual([]);
	release();
	await sent;
	expect(viewer.lines()).toEqual([`event ${a} ON`, `snapshot ${a} ON {"on":"resting"} active`]);
	viewer.clear();
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await expect(world.system.send(a, { type: 'OFF' })).rejects.toThrow('disk full');
	delete world.faults.before;
	await expect(world.system.send(a, { type: 'ON' })).rejects.toThrow('cannot take');
	expect(viewer.lines()).toEqual([]);
});

test('a viewer that comes while a step is held sees the state before it, then the step', async () => {
	const { world, hub } = await createCounters(['a']);
	const release = world.hold();
	const sent = [world.system.send(a, { type: 'ON' }), world.system.send(a, { type: 'OFF' })];
	await world.settle();
	const viewer = openViewer(hub);
	release();
	await Promise.all(sent);
	expect(viewer.lines().slice(1)).toEqual([
		`actor ${a} "off"`,
		`event ${a} ON`,
		`snapshot ${a} ON {"on":"resting"} active`,
		`event ${a} OFF`,
		`snapshot ${a} OFF "off" active`,
	]);
});

test('an event that changes nothing is shown without a snapshot', async () => {
	const { world, hub } = await createCounters(['a']);
	const viewer = openViewer(hub);
	viewer.clear();
	expect(await world.system.send(a, { type: 'PEEK' })).toMatchObject({ changed: false });
	expect(viewer.lines()).toEqual([`event ${a} PEEK`]);
});

test('children are shown below their parents, appear when they are spawned and go when they are stopped', async () => {
	const { definitions } = createOffice();
	const { world, hub } = createHub(definitions);
	await world.system.spawn('manager', 'main', undefined);
	await world.system.send(office, { type: 'HIRE', id: 'old' });
	await world.settle();
	const viewer = openViewer(hub);
	const [, manager, clerk] = viewer.seen;
	expect([manager.sessionId, manager.parentId, manager.rootId]).toEqual([office, undefined, office]);
	expect([clerk.sessionId, clerk.parentId, clerk.rootId]).toEqual([`${office}/old`, office, office]);
	viewer.clear();
	await world.system.send(office, { type: 'HIRE', id: 'new' });
	const order = viewer.lines();
	expect(order[0]).toMatch(`actor ${office}/new`);
	expect(order.indexOf(`event ${office} HIRE`)).toBe(order.findLastIndex((line) => line.startsWith('actor')) + 1);
	expect(viewer.seen.find(({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === office)).toMatchObject({
		snapshot: { children: { old: { id: 'old' }, new: { id: 'new' } } },
	});
	viewer.clear();
	await world.system.send(office, { type: 'FIRE', id: 'old' });
	expect(viewer.lines().filter((line) => line.includes('/old '))).toEqual([
		`event ${office}/old xstate.stop`,
		expect.stringMatching(`^snapshot ${office}/old xstate.stop .* stopped$`),
	]);
	await world.settle();
	viewer.clear();
	await world.system.send(office, { type: 'PUSH', id: 'new' });
	await world.settle();
	const hurry = viewer.seen.find(({ event, type }) => type === '@xstate.event' && event.type === 'HURRY');
	expect(hurry).toMatchObject({ sessionId: `${office}/new`, sourceId: office });
});

test('a child that takes another’s place in one step is shown as it begins, and stays', async () => {
	const { definitions } = createOffice();
	const { world, hub } = createHub(definitions);
	await world.system.spawn('manager', 'main', undefined);
	await world.system.send(office, { type: 'HIRE', id: 'x' });
	const viewer = openViewer(hub);
	viewer.clear();
	await world.system.send(office, { type: 'REPLACE', id: 'x' });
	const lines = viewer.lines().filter((line) => line.includes(`${office}/x`));
	expect(lines[0]).toMatch(/^actor/);
	expect(lines.some((line) => line.includes('xstate.stop'))).toBe(false);
});

test('root actors appear and disappear live, a spawn that fails never does', async () => {
	const { world, hub } = await createCounters(['a']);
	const viewer = openViewer(hub);
	viewer.clear();
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await expect(world.system.spawn('counter', 'ghost', undefined)).rejects.toThrow('disk full');
	delete world.faults.before;
	await world.system.spawn('counter', 'b', undefined);
	await world.system.remove('counter:b');
	expect(viewer.lines()).toEqual([
		'actor counter:b "off"',
		'event counter:b xstate.stop',
		'snapshot counter:b xstate.stop "off" stopped',
	]);
});

test('a definition is whole, in the order it is written, and can be made a machine of again', async () => {
	const deep = createMachine({
		id: 'deep',
		options: { maxIterations: 10 },
		initial: 'zeta',
		states: {
			zeta: {
				initial: 'b',
				states: {
					b: { initial: 'c', states: { c: { initial: 'd', states: { d: { initial: 'e', states: { e: {} } } } } } },
				},
			},
			alpha: {},
		},
	});
	const definition: DurableDefinition = {
		kind: 'deep',
		machine: deep as never,
		version: 1,
		context: { parse: (v) => v },
	};
	const { world, hub } = createHub([definition]);
	await world.system.spawn('deep', 'a', undefined);
	const viewer = openViewer(hub);
	const config = JSON.parse(viewer.seen[1].definition);
	expect(Object.keys(config.states)).toEqual(['zeta', 'alpha']);
	expect(createMachine(config).root.states.zeta?.states.b?.states.c?.states.d?.states.e?.key).toBe('e');
	expect(viewer.seen[1]._version).toBe(wireVersion);
});

test('it speaks the format of the release that is installed', () => {
	const { version } = JSON.parse(
		readFileSync(new URL('../../node_modules/@statelyai/inspect/package.json', import.meta.url), 'utf8'),
	);
	expect(wireVersion).toBe(version);
});

test('only what is disclosed is sent', async () => {
	const { world, hub } = createHub([counter]);
	await world.system.spawn('counter', 'a', { count: 4_711 });
	const viewer = openViewer(hub);
	await world.system.send(a, { type: 'ON' });
	await world.system.send(a, { type: 'ADD', by: 815 });
	expect(JSON.stringify(viewer.seen)).not.toMatch(/4711|815|5526/);
	expect(viewer.seen.at(-1).snapshot.context).toBe('[redacted]');
});

test('chosen actors alone are shown, also those that come later', async () => {
	const { world, hub } = await createCounters(['a', 'b']);
	const viewer = openViewer(hub, new Set([a, 'counter:c']));
	await world.system.send('counter:b', { type: 'ON' });
	await world.system.spawn('counter', 'd', undefined);
	await world.system.spawn('counter', 'c', undefined);
	await world.system.send(a, { type: 'ON' });
	expect(viewer.lines()).toEqual([
		'hello 1',
		`actor ${a} "off"`,
		'actor counter:c "off"',
		`event ${a} ON`,
		`snapshot ${a} ON {"on":"resting"} active`,
	]);
});

test('no more actors are shown than the limit, of each kind some, and it is told how many are left out', async () => {
	const { definitions } = createOffice();
	const { world, hub } = createHub([openCounter, ...definitions], 4);
	for (let index = 0; index < 9; index++) await world.system.spawn('counter', `${index}`, undefined);
	await world.system.spawn('manager', 'main', undefined);
	await world.system.send(office, { type: 'HIRE', id: 'x' });
	await world.settle();
	const viewer = openViewer(hub);
	expect(viewer.seen[0]).toMatchObject({ shown: 4, limit: 4 });
	expect(viewer.seen[0].leftOut).toBeGreaterThanOrEqual(7);
	const shown = viewer.seen.slice(1).map(({ sessionId }) => sessionId);
	expect(shown.slice(0, 3)).toEqual(['counter:0', office, `${office}/x`]);
	expect(shown).toHaveLength(4);
	viewer.clear();
	await world.system.spawn('counter', 'late', undefined);
	expect(viewer.lines()).toEqual([]);
	await world.system.remove('counter:0');
	await world.system.spawn('counter', 'later', undefined);
	expect(viewer.lines().at(-1)).toBe('actor counter:later "off"');
});

test('a child is not shown without its parent, however many there are', () => {
	const actor = (kind: string, id: string, parent: SeenActor | null = null) =>
		({ address: id, parent, definition: { kind } }) as unknown as SeenActor;
	const parents = ['p1', 'p2', 'p3'].map((id) => actor('parent', id));
	const orphan = actor('child', 'p3/c', parents[2]);
	const { shown, leftOut } = selectActors([...parents, orphan], null, 2);
	expect([shown.map(({ address }) => address), leftOut]).toEqual([['p1', 'p2'], 2]);
});

test('a viewer that is too slow is sent nothing more until it has read, then everything afresh', async () => {
	const { world, hub } = await createCounters(['a']);
	const slow = openViewer(hub);
	const fast = openViewer(hub);
	slow.clear();
	slow.stall();
	await world.system.send(a, { type: 'ON' });
	for (let index = 0; index < 200; index++) await world.system.send(a, { type: 'ADD', by: 0 });
	expect(slow.waiting).toBeLessThanOrEqual(5);
	expect(fast.seen.filter(({ type }) => type === '@xstate.event')).toHaveLength(201);
	const before = slow.waiting;
	await slow.resume();
	expect(slow.lines().slice(before)).toEqual(['hello 1 again', `actor ${a} {"on":"counting"}`]);
	slow.clear();
	await world.system.send(a, { type: 'OFF' });
	expect(slow.lines()).toEqual([`event ${a} OFF`, `snapshot ${a} OFF "off" active`]);
});

test('while nobody looks, the core is not watched; one who leaves is sent nothing more', async () => {
	const { world, hub, watching } = await createCounters(['a']);
	expect([hub.viewers, watching()]).toEqual([0, 0]);
	const one = openViewer(hub);
	const other = openViewer(hub);
	expect([hub.viewers, watching()]).toEqual([2, 1]);
	one.leave();
	one.leave();
	await world.system.send(a, { type: 'ON' });
	expect([one.seen.length, other.seen.length, watching()]).toEqual([2, 4, 1]);
	other.leave();
	expect([hub.viewers, watching()]).toEqual([0, 0]);
	await world.system.send(a, { type: 'OFF' });
	expect(other.seen).toHaveLength(4);
});

test('restored actors have the sessions they had, and their states', async () => {
	const { world, hub } = await createCounters(['a']);
	await world.system.send(a, { type: 'ON' });
	await world.boot();
	const viewer = openViewer(hub);
	expect(viewer.lines()).toEqual(['hello 1', `actor ${a} {"on":"resting"}`]);
});

test('a spectator that throws is reported and harms nobody', async () => {
	const { world } = await createCounters(['a']);
	const stop = world.system.watch({
		added: () => {},
		removed: () => {},
		moved() {
			throw new Error('out of my depth');
		},
	});
	await world.system.send(a, { type: 'ON' });
	expect(world.errors).toEqual(['spectator: out of my depth']);
	stop();
	await world.system.send(a, { type: 'OFF' });
	expect(world.errors).toHaveLength(1);
});
