/** Whether a transition costs more where there are many agents. */

import { createIdleAgent, idleAgentDefinition, runTurn } from './agent-fleet.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { measureSenders } from './drive.ts';
import { alternate, compare } from './statistics.ts';
import { openWorld, type World } from './world.ts';

const sizes = {
	full: { few: 10, many: 10_000, senders: 10, rounds: 7, durationMs: 500 },
	tiny: { few: 2, many: 4, senders: 2, rounds: 1, durationMs: 20 },
} as const;

interface Crowd {
	readonly world: World;
	/** Runs a turn of the sender's next agent; no two senders share one. */
	turn(sender: number): Promise<number>;
}

async function gather(agents: number, senders: number): Promise<Crowd> {
	const world = await openWorld({ definition: idleAgentDefinition });
	const ids = Array.from({ length: agents }, (_, index) => `agt_${index}`);
	await Promise.all(ids.map((id) => createIdleAgent(world.system, id)));
	const turns = new Array<number>(senders).fill(0);
	return {
		world,
		turn(sender) {
			const turn = turns[sender] ?? 0;
			turns[sender] = turn + 1;
			return runTurn(world.system, ids[(turn * senders + sender) % agents] ?? '');
		},
	};
}

async function measurePopulation(size: BenchSize): Promise<readonly Figure[]> {
	const { few, many, senders, rounds: count, durationMs } = sizes[size];
	const crowds = [await gather(few, senders), await gather(many, senders)] as const;
	const microsecondsOf = async ({ turn }: Crowd) => 1_000_000 / (await measureSenders(senders, durationMs, turn));
	try {
		const rounds = await alternate(
			count,
			() => microsecondsOf(crowds[1]),
			() => microsecondsOf(crowds[0]),
		);
		const { value, baseline, ratio } = compare(rounds, (microseconds) => microseconds);
		return [
			{
				id: 'population',
				what: `one transition of a real agent among ${many}, ${senders} at a time`,
				unit: 'µs',
				value,
				baseline: { what: `among ${few}`, value: baseline },
				ratio,
				target: atMost(1.2, ratio, ' ×'),
			},
		];
	} finally {
		for (const { world } of crowds) await world.close();
	}
}

export const populationBench: Bench = {
	name: 'population',
	title: 'Many agents',
	about: 'Ten senders go round all agents, so that every transition touches another one.',
	run: measurePopulation,
};
