/** Messages that a definition adds to a step: as durable as those that its machine sends. */

import { expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { z } from 'zod';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';

checkLeaksAfterEach();

/** Two friends: whatever one is asked to pass on, its projection, its write and its machine tell the other. */
const friend: DurableDefinition = {
	kind: 'friend',
	version: 1,
	context: z.object({ heard: z.array(z.string()) }),
	machine: setup({
		types: {
			context: {} as { heard: readonly string[] },
			events: {} as { type: 'PASS'; word: string } | { type: 'HEAR'; word: string },
		},
		actions: {
			tell: (_, _params: { to: string; event: { type: 'HEAR'; word: string } }) => {},
			whisper: (_, _params: { word: string }) => {},
			hear: assign(({ context }, { word }: { word: string }) => ({ heard: [...context.heard, word] })),
		},
	}).createMachine({
		id: 'friend',
		options: { maxIterations: 10 },
		context: { heard: [] },
		on: {
			PASS: {
				actions: [
					{ type: 'whisper', params: ({ event }) => event },
					{
						type: 'tell',
						params: ({ event }) => ({ to: 'friend:b', event: { type: 'HEAR' as const, word: `${event.word}, sent` } }),
					},
				],
			},
			HEAR: { actions: { type: 'hear', params: ({ event }) => event } },
		},
	}),
	writes: {
		whisper: ({ word }: { word: string }) => ({
			messages: [{ to: 'friend:b', event: { type: 'HEAR', word: `${word}, written` } }],
		}),
	},
	project: ({ event }) =>
		event.type !== 'PASS'
			? {}
			: {
					messages: ['once', 'twice'].map((time) => ({
						to: 'friend:b',
						event: { type: 'HEAR', word: `${event.word}, projected ${time}` },
					})),
				},
};

async function createFriends(): Promise<World> {
	const world = createWorld([friend]);
	for (const id of ['a', 'b']) await world.system.spawn('friend', id, undefined);
	await world.system.resume();
	return world;
}

const pass = (world: World) =>
	world.system.send(
		'friend:a',
		{ type: 'PASS', word: 'hello' },
		{ messages: [{ to: 'friend:b', event: { type: 'HEAR', word: 'hello, riding along' } }] },
	);

function heard(world: World): readonly string[] {
	const context = world.system.get('friend:b')?.getSnapshot().context as { heard: readonly string[] } | undefined;
	return [...(context?.heard ?? [])].sort();
}

const everything = [
	'hello, projected once',
	'hello, projected twice',
	'hello, riding along',
	'hello, sent',
	'hello, written',
];

test('[DU30] each is heard once, and consumed', async () => {
	const world = await createFriends();
	await pass(world);
	await world.settle();
	expect(heard(world)).toEqual(everything);
	expect(await world.disk.loadMessages()).toEqual([]);
	expect(world.errors).toEqual([]);
});

test.each(['before', 'after'] as const)(
	"[DU30, P1] a crash %s the sender's commit: all of them are heard, or none was said",
	async (when) => {
		const world = await createFriends();
		world.faults[when] = (_, units) => {
			if (units.some(({ messagesSent }) => messagesSent)) world.crash();
		};
		void pass(world);
		await world.ended();
		delete world.faults[when];
		await world.boot();
		expect(heard(world)).toEqual(when === 'before' ? [] : everything);
		expect(await world.disk.loadMessages()).toEqual([]);
	},
);
