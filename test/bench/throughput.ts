/** Committed transitions a second through live actors, each sender awaiting its acknowledgement. */

import { agentKind } from '../../src/agents/address.ts';
import { createIdleAgent, idleAgentDefinition, runTurn } from './agent-fleet.ts';
import { atLeast, type Bench, type BenchSize, type Figure } from './bench.ts';
import { counterDefinition } from './counter.ts';
import { measureSenders } from './drive.ts';
import { measureLoop } from './hand-written-loop.ts';
import { alternate, compare } from './statistics.ts';
import { openWorld, type World } from './world.ts';

const sizes = {
	full: { actors: 200, curve: [1, 8, 32, 64, 200, 500, 1_000], rounds: 5, curveRounds: 3, durationMs: 600 },
	tiny: { actors: 3, curve: [1, 2], rounds: 1, curveRounds: 1, durationMs: 20 },
} as const;

const baselineText = 'one transaction for each transition';

async function measure(
	world: World,
	label: { readonly id: string; readonly what: string },
	actors: number,
	run: { readonly rounds: number; readonly durationMs: number },
	step: (sender: number) => Promise<number>,
): Promise<Figure> {
	const loop = world.createLoop(actors);
	const rounds = await alternate(
		run.rounds,
		() => measureSenders(actors, run.durationMs, step),
		() => measureLoop(loop, run.durationMs),
	);
	const { value, baseline, ratio } = compare(rounds, (rate) => rate);
	return { ...label, unit: '/s', value, baseline: { what: baselineText, value: baseline }, ratio };
}

async function measureCounters(size: BenchSize): Promise<readonly Figure[]> {
	const { actors, curve, rounds, curveRounds, durationMs } = sizes[size];
	const world = await openWorld({ definition: counterDefinition });
	try {
		const most = Math.max(actors, ...curve);
		await Promise.all(Array.from({ length: most }, (_, index) => world.system.spawn('counter', `${index}`, {})));
		const step = async (sender: number) => {
			await world.system.send(`counter:${sender}`, { type: 'TICK' });
			return 1;
		};
		const label = { id: 'throughput.small', what: `transitions, small machine, ${actors} actors` };
		const main = await measure(world, label, actors, { rounds, durationMs }, step);
		const figures: Figure[] = [{ ...main, ...(main.ratio && { target: atLeast(5, main.ratio, ' ×') }) }];
		for (const count of curve) {
			const point = {
				id: `throughput.small.${count}`,
				what: `the same with ${count} ${count === 1 ? 'actor' : 'actors'}`,
			};
			figures.push(await measure(world, point, count, { rounds: curveRounds, durationMs: durationMs / 3 }, step));
		}
		return figures;
	} finally {
		await world.close();
	}
}

async function measureAgents(size: BenchSize): Promise<Figure> {
	const { actors, rounds, durationMs } = sizes[size];
	const world = await openWorld({ definition: idleAgentDefinition });
	try {
		const ids = Array.from({ length: actors }, (_, index) => `agt_${index}`);
		await Promise.all(ids.map((id) => createIdleAgent(world.system, id)));
		const label = { id: 'throughput.agents', what: `transitions, real agents taking prompts, ${actors} agents` };
		const { system } = world;
		if (system.list(agentKind).length !== actors) throw new Error('not every agent was created');
		return await measure(world, label, actors, { rounds, durationMs }, (sender) => runTurn(system, ids[sender] ?? ''));
	} finally {
		await world.close();
	}
}

export const throughputBench: Bench = {
	name: 'throughput',
	title: 'Committed transitions a second',
	about:
		'Every sender awaits its acknowledgement before it sends again. The small machine writes what the loop writes: ' +
		'its row under a version check, and a line of the journal. A real agent also writes its row of the API, its ' +
		'prompt, two to three events and an effect that is settled after the commit: about five times as many rows.',
	run: async (size) => [...(await measureCounters(size)), await measureAgents(size)],
};
