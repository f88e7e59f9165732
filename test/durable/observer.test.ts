/** What whoever measures the core is told of it. */
import { expect, test } from 'vitest';
import type { EffectDefinition } from '../../src/durable/definition.ts';
import type { DurableObserver, EffectRun } from '../../src/durable/observer.ts';
import type { WriteUnit } from '../../src/durable/store.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createErrand } from './worlds/errand.ts';

const address = 'errand:e';

interface Scene {
	readonly system: DurableSystem;
	readonly errors: string[];
	/** Lets everything happen that can without time. */
	settle(): Promise<void>;
	readonly clock: ReturnType<typeof createManualClock>;
}

async function createScene(effect: EffectDefinition, observer: DurableObserver): Promise<Scene> {
	const errors: string[] = [];
	const clock = createManualClock();
	const system = createDurableSystem({
		store: createMemoryStore(),
		clock,
		definitions: [createErrand(effect)],
		observer,
		onError: (where, error) => errors.push(`${where}: ${error.message}`),
	});
	await system.spawn('errand', 'e', undefined);
	await system.resume();
	const settle = async () => {
		for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
	};
	return { system, errors, clock, settle };
}

test('a step is told once it is on disk and before it is installed, with all it wrote', async () => {
	const told: Array<{ unit: WriteUnit; version: number | undefined; committedAt: number }> = [];
	const late: { system?: DurableSystem } = {};
	const scene = await createScene(
		{ repeat: 'always', run: async () => ({ type: 'DONE', result: 'ok' }) },
		{
			stepCommitted: (unit, committedAt) => {
				told.push({ unit, version: late.system?.get(address)?.version, committedAt });
			},
		},
	);
	late.system = scene.system;
	await scene.system.send(address, { type: 'GO', what: 'milk' });
	await scene.settle();
	await scene.system.stop();

	expect(told.map(({ unit }) => unit.journal?.map(({ version }) => version))).toEqual([[1], [2], [3]]);
	expect(told.map(({ version }) => version)).toEqual([undefined, 1, 2]);
	expect(told[1]?.unit).toMatchObject({ actors: [{ address, version: 2 }], effectsAsked: [{ id: `${address}/2/0` }] });
	expect(told.every(({ unit, committedAt }) => committedAt >= (unit.journal?.[0]?.at ?? Number.NaN))).toBe(true);
});

test('every attempt at an effect is told when it begins and when it ends, with how it ended', async () => {
	const runs: EffectRun[] = [];
	let under = 0;
	let most = 0;
	const answers = [new Error('no milk'), new Error('shut'), { type: 'DONE', result: 'ok' }];
	const scene = await createScene(
		{
			repeat: 'always',
			async run() {
				const answer = answers.shift();
				if (answer instanceof Error) throw answer;
				return answer;
			},
			retry: { attempts: 2, delayMs: () => 1_000 },
		},
		{
			effectBegan: () => {
				under += 1;
				most = Math.max(most, under);
			},
			effectEnded: (run) => {
				under -= 1;
				runs.push(run);
			},
		},
	);
	await scene.system.send(address, { type: 'GO', what: 'milk' });
	await scene.settle();
	scene.clock.advance(1_000);
	await scene.settle();
	await scene.system.stop();

	expect(runs.map(({ attempt, outcome, error }) => [attempt, outcome, error?.message])).toEqual([
		[1, 'retried', 'no milk'],
		[2, 'given_up', 'shut'],
	]);
	expect(runs[0]?.effect).toMatchObject({ id: `${address}/2/0`, address });
	expect((runs[1]?.startedAt ?? 0) - (runs[0]?.endedAt ?? 0)).toBe(1_000);
	expect([under, most]).toEqual([0, 1]);
});

test('an effect that the stop cut off is told as such', async () => {
	const outcomes: string[] = [];
	const scene = await createScene(
		{
			repeat: 'always',
			run: (_params, { signal }) =>
				new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
		},
		{ effectEnded: ({ outcome }) => outcomes.push(outcome) },
	);
	await scene.system.send(address, { type: 'GO', what: 'milk' });
	await scene.settle();
	await scene.system.stop();
	expect(outcomes).toEqual(['cut']);
});

test('an observer that throws is reported and harms nothing', async () => {
	const scene = await createScene(
		{ repeat: 'always', run: async () => ({ type: 'DONE', result: 'ok' }) },
		{
			stepCommitted: () => {
				throw new Error('no ink');
			},
			effectBegan: () => {
				throw new Error('no paper');
			},
		},
	);
	await scene.system.send(address, { type: 'GO', what: 'milk' });
	await scene.settle();
	expect(scene.system.get(address)?.getSnapshot().context.results).toEqual(['ok']);
	await scene.system.stop();
	expect([...new Set(scene.errors)]).toEqual(['observer: no ink', 'observer: no paper']);
});
