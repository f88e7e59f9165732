/** The cost of the gate alone: durable sends into a store that only counts, against bare XState. */

import { createActor } from 'xstate';
import { systemClock } from '../../src/durable/clock.ts';
import type { DurableStore, UnitOutcome } from '../../src/durable/store.ts';
import { createDurableSystem } from '../../src/durable/system.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { Bench, BenchSize, Figure } from './bench.ts';
import { counterDefinition, counterMachine } from './counter.ts';
import { measureSenders } from './drive.ts';
import { alternate, compare } from './statistics.ts';
import { failLoudly } from './world.ts';

const sizes = {
	full: { actors: 200, rounds: 7, durationMs: 500 },
	tiny: { actors: 2, rounds: 1, durationMs: 10 },
} as const;

const written: UnitOutcome = { ok: true, events: [] };

/** Takes every unit and keeps none. */
function createCountingStore(): DurableStore {
	return { ...createMemoryStore(), commit: async (units) => units.map(() => written) };
}

function measureBare(actors: number, durationMs: number): number {
	const bare = Array.from({ length: actors }, () => createActor(counterMachine).start());
	const startedAt = performance.now();
	let sends = 0;
	while (performance.now() - startedAt < durationMs) {
		for (const actor of bare) actor.send({ type: 'TICK' });
		sends += actors;
	}
	return (sends * 1_000) / (performance.now() - startedAt);
}

async function measureGate(size: BenchSize): Promise<readonly Figure[]> {
	const { actors, rounds: count, durationMs } = sizes[size];
	const system = createDurableSystem({
		store: createCountingStore(),
		clock: systemClock,
		definitions: [counterDefinition],
		onError: failLoudly,
	});
	try {
		await Promise.all(Array.from({ length: actors }, (_, index) => system.spawn('counter', `${index}`, {})));
		const step = async (sender: number) => {
			await system.send(`counter:${sender}`, { type: 'TICK' });
			return 1;
		};
		const rounds = await alternate(
			count,
			() => measureSenders(actors, durationMs, step),
			() => measureBare(actors, durationMs),
		);
		const { value, baseline, ratio } = compare(rounds, (rate) => rate);
		const what = `gated sends into a store that only counts, ${actors} actors`;
		return [{ id: 'gate', what, unit: '/s', value, baseline: { what: 'bare XState sends', value: baseline }, ratio }];
	} finally {
		await system.stop();
	}
}

export const gateBench: Bench = {
	name: 'gate',
	title: 'The gate alone',
	about:
		'A bare send only moves the actor. A gated one also stages the step, writes it down as JSON and acknowledges it.',
	run: measureGate,
};
