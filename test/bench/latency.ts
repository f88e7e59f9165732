/** One actor, one event at a time: from send to acknowledgement. */

import { createIdleAgent, idleAgentDefinition, runTurn } from './agent-fleet.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { counterDefinition } from './counter.ts';
import type { HandWrittenLoop } from './hand-written-loop.ts';
import { alternate, compare, percentile } from './statistics.ts';
import { openWorld, type World } from './world.ts';

const sizes = {
	full: { rounds: 7, samples: 500 },
	tiny: { rounds: 1, samples: 5 },
} as const;

interface Percentiles {
	readonly p50: number;
	readonly p99: number;
}

async function sample(count: number, work: () => unknown): Promise<Percentiles> {
	const samples = new Float64Array(count);
	for (let index = 0; index < count; index++) {
		const startedAt = performance.now();
		await work();
		samples[index] = performance.now() - startedAt;
	}
	return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}

function measureBoth(size: BenchSize, loop: HandWrittenLoop, send: () => Promise<unknown>) {
	const { rounds, samples } = sizes[size];
	return alternate(
		rounds,
		() => sample(samples, send),
		() => sample(samples, () => loop.step(0)),
	);
}

async function measureCounter(world: World, size: BenchSize): Promise<readonly Figure[]> {
	await world.system.spawn('counter', 'one', {});
	const rounds = await measureBoth(size, world.createLoop(1), () => world.system.send('counter:one', { type: 'TICK' }));
	const figure = (pick: keyof Percentiles): Figure => {
		const { value, baseline, ratio } = compare(rounds, (percentiles) => percentiles[pick]);
		return {
			id: `latency.small.${pick}`,
			what: `send to acknowledgement, small machine, ${pick}`,
			unit: 'ms',
			value,
			baseline: { what: "the loop's commit", value: baseline },
			ratio,
			...(pick === 'p50' && { target: atMost(3, ratio, ' ×') }),
		};
	};
	return [figure('p50'), figure('p99')];
}

async function measureAgent(world: World, size: BenchSize): Promise<Figure> {
	await createIdleAgent(world.system, 'agt_one');
	const rounds = await measureBoth(size, world.createLoop(1), () => runTurn(world.system, 'agt_one'));
	const { value, baseline, ratio } = compare(rounds, ({ p50 }) => p50);
	return {
		id: 'latency.agent.p50',
		what: 'a real agent: prompt accepted and result stored (two transitions), p50',
		unit: 'ms',
		value,
		baseline: { what: "the loop's commit", value: baseline },
		ratio,
	};
}

async function within(world: World, work: (world: World) => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
	try {
		return await work(world);
	} finally {
		await world.close();
	}
}

export const latencyBench: Bench = {
	name: 'latency',
	title: 'One actor, one event at a time',
	about: 'Nothing to share a commit with: the cost of the way itself.',
	run: async (size) => [
		...(await within(await openWorld({ definition: counterDefinition }), (world) => measureCounter(world, size))),
		...(await within(await openWorld({ definition: idleAgentDefinition }), async (world) => [
			await measureAgent(world, size),
		])),
	],
};
