/**
 * The shapes of XState that src/durable leans on and no type promises. An upgrade that changes one
 * fails here first, and names it.
 */

import { describe, expect, test } from 'vitest';
import {
	type AnyActorRef,
	type AnyMachineSnapshot,
	assign,
	cancel,
	createActor,
	createMachine,
	emit,
	enqueueActions,
	type InspectionEvent,
	log,
	raise,
	sendParent,
	sendTo,
	setup,
	spawnChild,
	stopChild,
} from 'xstate';
import { take } from './staging-scope.ts';

const kid = createMachine({
	id: 'kid',
	on: { END: '.ended' },
	initial: 'alive',
	states: { alive: {}, ended: { type: 'final' } },
	output: 7,
});
const kinds = setup({ actors: { kid }, actions: { act: (_, _params: { n: number }) => {} } });

const acting = (...actions: readonly unknown[]) =>
	kinds.createMachine({ id: 'm', on: { GO: { actions: actions as never } } });

describe('[DU3] actions as they reach the executor', () => {
	const ping = { type: 'PING' };

	test('raise with a delay: event, id, delay', () => {
		expect(take(acting(raise(ping, { id: 'later', delay: 5 }))).actions).toMatchObject([
			{ type: 'xstate.raise', params: { event: ping, id: 'later', delay: 5 } },
		]);
	});

	test('raise without a delay: no delay, and nothing left to do', () => {
		expect(take(acting(raise(ping))).actions[0]).toMatchObject({
			type: 'xstate.raise',
			params: { event: ping, id: undefined, delay: undefined },
		});
	});

	test('sendTo: target actor, event, id, delay', () => {
		const { actions } = take(acting(sendTo(({ self }) => self, ping, { id: 's', delay: 5 })));
		expect(actions[0]).toMatchObject({ type: 'xstate.sendTo', params: { event: ping, id: 's', delay: 5 } });
		expect((actions[0]?.params.to as AnyActorRef | undefined)?.sessionId).toEqual(expect.any(String));
	});

	test('sendTo a child spawned by the same entry: resolved to the actor by the time the step is done', () => {
		const machine = kinds.createMachine({
			id: 'm',
			initial: 'a',
			states: { a: { on: { GO: 'b' } }, b: { entry: sendTo('kid', ping), invoke: { src: 'kid', id: 'kid' } } },
		});
		const { actions, next } = take(machine);
		expect(actions.map(({ type }) => type)).toEqual(['xstate.sendTo', 'xstate.spawnChild']);
		expect(actions[0]?.params.to).toBe(next.children.kid);
	});

	test('sendParent is a sendTo', () => {
		expect((sendParent(ping) as unknown as { type: string }).type).toBe('xstate.sendTo');
	});

	test('cancel: the send id', () => {
		expect(take(acting(cancel('later'))).actions).toMatchObject([
			{ type: 'xstate.cancel', params: { sendId: 'later' } },
		]);
	});

	test('spawnChild: the actor is in the children, created and not started', () => {
		const { actions, next } = take(acting(spawnChild('kid', { id: 'k' })));
		expect(actions).toMatchObject([{ type: 'xstate.spawnChild', params: { id: 'k', src: 'kid' } }]);
		expect(next.children.k).toBe(actions[0]?.params.actorRef);
		expect(next.children.k).toMatchObject({ src: 'kid', id: 'k', _processingStatus: 0 });
	});

	test('stopChild: the actor itself is the params, and it is gone from the children', () => {
		const machine = kinds.createMachine({
			id: 'm',
			entry: spawnChild('kid', { id: 'k' }),
			on: { GO: { actions: stopChild('k') } },
		});
		const { actions, next } = take(machine);
		expect(actions).toMatchObject([{ type: 'xstate.stopChild', params: { id: 'k' } }]);
		expect(next.children).toEqual({});
	});

	test('a machine that ends stops its children and goes on listing them', () => {
		const machine = kinds.createMachine({
			id: 'm',
			initial: 'a',
			entry: spawnChild('kid', { id: 'k' }),
			states: { a: { on: { GO: 'b' } }, b: { type: 'final' } },
		});
		const { actions, next } = take(machine);
		expect(actions).toMatchObject([{ type: 'xstate.stopChild', params: { id: 'k' } }]);
		expect([next.status, Object.keys(next.children)]).toEqual(['done', ['k']]);
	});

	test('emit: the event; log: an executable of its own', () => {
		expect(take(acting(emit(ping as never), log('x'))).actions).toMatchObject([
			{ type: 'xstate.emit', params: { event: ping }, exec: expect.any(Function) },
			{ type: 'xstate.log', exec: expect.any(Function) },
		]);
	});

	test('assign and enqueueActions leave no action, what is enqueued leaves its own', () => {
		const both = acting(
			assign({}),
			enqueueActions(({ enqueue }) => enqueue.raise(ping as never, { delay: 1 })),
		);
		expect(take(both).actions.map(({ type }) => type)).toEqual(['xstate.raise']);
	});

	test('a custom action: its name and resolved params', () => {
		expect(take(acting({ type: 'act', params: () => ({ n: 1 }) })).actions).toMatchObject([
			{ type: 'act', params: { n: 1 } },
		]);
	});

	test('`after`: a raise whose id is that of its event, cancelled on the way out', () => {
		const machine = createMachine({
			id: 'm',
			initial: 'a',
			states: { a: { on: { GO: 'b' } }, b: { after: { 10: 'a' }, on: { GO: 'a' } } },
		});
		const id = 'xstate.after.10.m.b';
		expect(take(machine).actions).toMatchObject([
			{ type: 'xstate.raise', params: { id, delay: 10, event: { type: id } } },
		]);
		const back = createMachine({ ...machine.config, initial: 'b' });
		expect(take(back).actions).toMatchObject([{ type: 'xstate.cancel', params: { sendId: id } }]);
	});
});

describe('[DU3] the scope', () => {
	test('what a builtin executes goes through the scope it was resolved with', () => {
		const { actions, deferred } = take(acting(emit({ type: 'PING' } as never)));
		expect(deferred).toEqual([]);
		(actions[0]?.exec as (() => void) | undefined)?.();
		expect(deferred).toHaveLength(1);
	});

	test('a child spawned inside assign is started by a deferred function', () => {
		const machine = kinds.createMachine({
			id: 'm',
			context: { ref: null as unknown },
			on: { GO: { actions: assign({ ref: ({ spawn }) => spawn('kid', { id: 'k' }) }) } },
		});
		const { actions, deferred, next } = take(machine);
		expect([actions, deferred.length, Object.keys(next.children)]).toEqual([[], 1, ['k']]);
		expect(next.children.k).toMatchObject({ _processingStatus: 0 });
	});

	test('microsteps are told through `system._sendInspectionEvent` and nowhere else', () => {
		expect(take(acting(assign({}))).inspected).toEqual(['@xstate.microstep']);
	});

	test('an actor is announced when it is created, and does nothing else before its start', () => {
		const told: string[] = [];
		const actor = createActor(kid, { inspect: (event: InspectionEvent) => told.push(event.type) });
		expect(told.filter((type) => type !== '@xstate.microstep')).toEqual(['@xstate.actor']);
		actor.start();
		expect(told.filter((type) => type !== '@xstate.microstep')).toEqual([
			'@xstate.actor',
			'@xstate.event',
			'@xstate.snapshot',
		]);
		actor.stop();
	});
});

describe('[DU18, DU21] snapshots and children', () => {
	const parent = kinds.createMachine({ id: 'm', context: {}, entry: spawnChild('kid', { id: 'k' }) });

	test('a child that ends tells its parent by this event', () => {
		const heard: unknown[] = [];
		const machine = kinds.createMachine({
			id: 'm',
			entry: spawnChild('kid', { id: 'k' }),
			on: { '*': { actions: ({ event }: { event: unknown }) => heard.push(event) } } as never,
		});
		const actor = createActor(machine).start();
		(actor.getSnapshot().children as Record<string, AnyActorRef>).k?.send({ type: 'END' });
		expect(heard).toEqual([{ type: 'xstate.done.actor.k', output: 7, actorId: 'k' }]);
		actor.stop();
	});

	test('the persisted form, and children restored from it under their ids, not started', () => {
		const actor = createActor(parent).start();
		const persisted = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
		actor.stop();
		expect(Object.keys(persisted).sort()).toEqual(['children', 'context', 'historyValue', 'status', 'value']);
		expect(persisted.children.k).toMatchObject({ src: 'kid', snapshot: { value: 'alive' } });
		const restored = createActor(parent, { snapshot: persisted });
		const child = (restored.getSnapshot() as AnyMachineSnapshot).children.k;
		expect(child?.getSnapshot()).toMatchObject({ value: 'alive', status: 'active' });
		expect(child).toMatchObject({ _processingStatus: 0, src: 'kid' });
	});

	test('a child whose source is unknown is dropped silently: the reason for a check of our own', () => {
		const persisted = { status: 'active', value: {}, context: {}, historyValue: {} };
		const stub = { k: { src: 'nobody', snapshot: { status: 'active' } } };
		const restored = createActor(parent, { snapshot: { ...persisted, children: stub } as never });
		expect((restored.getSnapshot() as AnyMachineSnapshot).children).toEqual({});
	});

	test('`can` is false where no transition is, and where one does nothing', () => {
		const machine = createMachine({ id: 'm', on: { YES: { actions: 'act' }, NO: {} } });
		const snapshot = createActor(machine).getSnapshot();
		expect(['YES', 'NO', 'WHAT'].map((type) => snapshot.can({ type }))).toEqual([true, false, false]);
	});

	test('a state unknown to the machine throws in `resolveState`', () => {
		expect(() => kid.resolveState({ value: 'gone' as never })).toThrow();
	});
});
