/** Effects: after the commit, at least once, settled with their outcome, tried again, given up. */
import { expect, test } from 'vitest';
import type { EffectContext, EffectDefinition } from '../../src/durable/definition.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { createErrand } from './worlds/errand.ts';

checkLeaksAfterEach();

const address = 'errand:e';
const effectId = `${address}/2/0`;

interface Play {
	readonly world: World;
	readonly runs: Array<EffectContext & { readonly params: unknown }>;
}

async function createPlay(effect: Partial<EffectDefinition> & Pick<EffectDefinition, 'run'>): Promise<Play> {
	const runs: Play['runs'] = [];
	const definition: EffectDefinition = {
		repeat: 'always',
		...effect,
		run(params, context) {
			runs.push({ ...context, params });
			return effect.run(params, context);
		},
	};
	const world = createWorld([createErrand(definition)]);
	await world.system.spawn('errand', 'e', undefined);
	await world.system.resume();
	return { world, runs };
}

const go = (world: World) => world.system.send(address, { type: 'GO', what: 'milk' });
const results = (world: World) => world.system.get(address)?.getSnapshot().context.results;
const done = async () => ({ type: 'DONE', result: 'ok' });
const never = () => new Promise<never>(() => {});

test('[DU12] an effect runs after its step with JSON parameters and an id that stays the same', async () => {
	const { world, runs } = await createPlay({ run: done });
	await go(world);
	await world.settle();
	expect(runs).toMatchObject([{ address, effectId, attempt: 1, params: { what: 'milk' } }]);
	expect(results(world)).toEqual(['ok']);
	expect(world.disk.journal().at(-1)).toMatchObject({ cause: `effect:${effectId}`, version: 3 });
});

test('[DU12] the outcome settles the effect in the commit of its own step', async () => {
	const { world } = await createPlay({ run: done });
	const settledWith: unknown[] = [];
	world.faults.after = (_, units) => {
		for (const unit of units) if (unit.effectsSettled) settledWith.push(unit.actors?.map(({ version }) => version));
	};
	await go(world);
	await world.settle();
	expect([settledWith, await world.disk.loadEffects()]).toEqual([[[3]], []]);
});

test('[DU12] an effect without an outcome is settled on its own', async () => {
	const { world } = await createPlay({ run: async () => undefined });
	await go(world);
	await world.settle();
	expect([await world.disk.loadEffects(), world.system.get(address)?.version]).toEqual([[], 2]);
});

test('[P1, DU12] a step whose commit fails asks for nothing', async () => {
	const { world, runs } = await createPlay({ run: done });
	world.faults.before = () => {
		delete world.faults.before;
		throw new Error('disk full');
	};
	await expect(go(world)).rejects.toThrow();
	await world.settle();
	expect(runs).toEqual([]);
});

test('[DU11] an outcome that the machine refuses settles the effect', async () => {
	let answer = (_outcome: { type: string; result: string }) => {};
	const { world } = await createPlay({ run: () => new Promise((resolve) => (answer = resolve)) });
	await go(world);
	await world.system.send(address, { type: 'DEAF' });
	answer({ type: 'DONE', result: 'late' });
	await world.settle();
	expect([await world.disk.loadEffects(), results(world), world.errors]).toEqual([[], [], []]);
});

test('[DU11] an outcome that meets a store which is unavailable is brought again, the effect is not run again', async () => {
	const { world, runs } = await createPlay({ run: done });
	world.faults.before = (_, units) => {
		if (units.some(({ effectsSettled }) => effectsSettled)) throw new Error('disk full');
	};
	await go(world);
	await world.settle();
	expect([results(world), (await world.disk.loadEffects()).length]).toEqual([[], 1]);
	delete world.faults.before;
	await world.advance(10);
	expect([results(world), runs.length, await world.disk.loadEffects()]).toEqual([['ok'], 1, []]);
});

const retry = { attempts: 3, delayMs: (attempt: number) => attempt * 100 };

test('[DU13] a failed attempt is stored with the time of the next before that is waited for', async () => {
	const { world, runs } = await createPlay({
		retry,
		run: async (_, { attempt }) => {
			if (attempt < 3) throw new Error(`attempt ${attempt} failed`);
			return { type: 'DONE', result: `attempt ${attempt}` };
		},
	});
	await go(world);
	await world.settle();
	const start = world.clock.now();
	expect(await world.disk.loadEffects()).toMatchObject([
		{ id: effectId, attempts: 1, nextAttemptAt: start + 100, lastError: 'attempt 1 failed' },
	]);
	await world.advance(100);
	expect(await world.disk.loadEffects()).toMatchObject([{ attempts: 2, nextAttemptAt: start + 300 }]);
	await world.advance(199);
	expect(runs).toHaveLength(2);
	await world.advance(1);
	expect([results(world), runs.map(({ effectId: id }) => id)]).toEqual([['attempt 3'], [effectId, effectId, effectId]]);
});

test('[DU13] after a restart the next attempt comes at its time and knows its number', async () => {
	const { world, runs } = await createPlay({ retry, run: () => Promise.reject(new Error('no')) });
	await go(world);
	await world.settle();
	world.crash();
	world.clock.advance(40);
	await world.boot();
	await world.advance(59);
	expect(runs).toHaveLength(1);
	await world.advance(1);
	expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test('[DU13] after the last attempt `onGivenUp` has the word, and its event settles the effect', async () => {
	const { world, runs } = await createPlay({
		retry: { attempts: 2, delayMs: () => 5 },
		run: () => Promise.reject(new Error('shop closed')),
		onGivenUp: (_, { message }) => ({ type: 'GAVE_UP', reason: message }),
	});
	await go(world);
	await world.settle();
	await world.advance(5);
	expect([runs.length, results(world), await world.disk.loadEffects()]).toEqual([2, ['gave up: shop closed'], []]);
	expect(world.errors).toEqual([`effect run ${effectId}: shop closed`]);
});

test('[DU13] an `onGivenUp` that throws is reported and hurts nobody else', async () => {
	const { world } = await createPlay({
		run: () => Promise.reject(new Error('shop closed')),
		onGivenUp: () => {
			throw new Error('speechless');
		},
	});
	await go(world);
	await world.settle();
	expect(world.errors).toEqual([expect.stringContaining('shop closed'), expect.stringContaining('speechless')]);
	expect(await world.system.send(address, { type: 'DONE', result: 'still here' })).toMatchObject({ changed: true });
});

test.each([
	['always', 2, ['ok']],
	['never', 1, []],
] as const)(
	'[DU14, DU12] after a crash while it ran, an effect of kind `%s` has run %i times in all',
	async (repeat, count, expected) => {
		let answer: () => Promise<{ type: string; result: string }> = never;
		const { world, runs } = await createPlay({ repeat, run: () => answer() });
		await go(world);
		await world.settle();
		world.crash();
		answer = done;
		await world.boot();
		expect([runs.length, results(world), await world.disk.loadEffects()]).toEqual([count, expected, []]);
	},
);

test.each([
	['done', 'done', 1, []],
	['run', 'run', 2, ['ok']],
	['an outcome', { type: 'DONE', result: 'found out' }, 1, ['found out']],
] as const)('[DU14] after a crash a `check` effect is asked first: %s', async (_, verdict, count, expected) => {
	let answer: () => Promise<{ type: string; result: string }> = never;
	const { world, runs } = await createPlay({ repeat: 'check', run: () => answer(), check: async () => verdict });
	await go(world);
	await world.settle();
	world.crash();
	answer = done;
	await world.boot();
	expect([runs.length, results(world), await world.disk.loadEffects()]).toEqual([count, expected, []]);
});

test('[DU14] a check that fails is made again: its effect is not run blindly', async () => {
	let asked = 0;
	const { world, runs } = await createPlay({
		repeat: 'check',
		retry,
		run: never,
		async check() {
			asked += 1;
			if (asked === 1) throw new Error('cannot tell');
			return 'done';
		},
	});
	await go(world);
	await world.settle();
	world.crash();
	await world.boot();
	await world.advance(100);
	expect([asked, runs.length, await world.disk.loadEffects()]).toEqual([2, 1, []]);
});

test.each(['always', 'check', 'never'] as const)(
	'[DU12, DU14] a `%s` effect begun between restore and resume is not taken for a crashed one',
	async (repeat) => {
		let answer: (outcome: { type: string; result: string }) => void = () => {};
		const { world, runs } = await createPlay({
			repeat,
			run: () => new Promise((resolve) => (answer = resolve)),
			check: async () => 'run',
		});
		await world.restoreOnly();
		await go(world);
		await world.system.resume();
		await world.settle();
		expect([runs.length, (await world.disk.loadEffects()).length]).toEqual([1, 1]);
		answer({ type: 'DONE', result: 'once' });
		await world.settle();
		expect(results(world)).toEqual(['once']);
	},
);

test('[DU26] `stop` aborts what runs, waits for it, and leaves its row for the next boot', async () => {
	let aborted = false;
	const { world, runs } = await createPlay({
		run: (_, { signal }) =>
			new Promise((_resolve, reject) =>
				signal.addEventListener('abort', () => {
					aborted = true;
					reject(new Error('aborted'));
				}),
			),
	});
	await go(world);
	await world.system.stop();
	expect([aborted, (await world.disk.loadEffects()).map(({ attempts }) => attempts)]).toEqual([true, [0]]);
	expect(world.errors).toEqual([]);
	await world.boot();
	expect(runs).toHaveLength(2);
});

test('[DU26] an effect that fails while the system stops arms no timer', async () => {
	let fail = () => {};
	const { world } = await createPlay({
		retry,
		run: () => new Promise((_, reject) => (fail = () => reject(new Error('no')))),
	});
	await go(world);
	const release = world.hold();
	fail();
	await world.settle();
	const stopped = world.system.stop();
	release();
	await stopped;
	expect(world.clock.armed).toBe(0);
});

test('[DU12] an effect of an actor that is gone is settled', async () => {
	let answer = (_outcome: { type: string; result: string }) => {};
	const { world } = await createPlay({ run: () => new Promise((resolve) => (answer = resolve)) });
	await go(world);
	await world.system.remove(address);
	answer({ type: 'DONE', result: 'too late' });
	await world.settle();
	expect([await world.disk.loadEffects(), world.errors]).toEqual([[], []]);
});
