/** A thousand workflow runners under one orchestrator: born, brought back, and in the way of each other. */

import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { measureSenders } from './drive.ts';
import { createRunnerFleet, type RunnerFleet } from './runner-fleet.ts';
import { alternate, compare, spreadOf } from './statistics.ts';

const sizes = {
	full: { few: 10, many: 1_000, births: 3, restores: 5, rounds: 5, senders: 10, durationMs: 400 },
	tiny: { few: 2, many: 4, births: 1, restores: 1, rounds: 1, senders: 2, durationMs: 20 },
} as const;

/** From the word that the agent is there to all of its runners waiting. */
async function measureBirth(runners: number): Promise<number> {
	const fleet = await createRunnerFleet(runners);
	try {
		const startedAt = performance.now();
		await fleet.tellRestarted();
		await fleet.allWaiting();
		return performance.now() - startedAt;
	} finally {
		await fleet.close();
	}
}

async function gather(runners: number): Promise<RunnerFleet> {
	const fleet = await createRunnerFleet(runners);
	await fleet.tellRestarted();
	await fleet.allWaiting();
	return fleet;
}

async function repeat(times: number, measure: () => Promise<number>): Promise<readonly number[]> {
	const taken: number[] = [];
	for (let time = 0; time < times; time++) taken.push(await measure());
	return taken;
}

async function compareStep(
	crowds: readonly [RunnerFleet, RunnerFleet],
	{ rounds, senders, durationMs }: (typeof sizes)[BenchSize],
	step: (fleet: RunnerFleet, sender: number) => Promise<void>,
) {
	const microsecondsOf = async (fleet: RunnerFleet) => {
		const send = (sender: number) => step(fleet, sender).then(() => 1);
		const microseconds = 1_000_000 / (await measureSenders(senders, durationMs, send));
		await fleet.allWaiting();
		return microseconds;
	};
	const taken = await alternate(
		rounds,
		() => microsecondsOf(crowds[1]),
		() => microsecondsOf(crowds[0]),
	);
	return compare(taken, (microseconds) => microseconds);
}

async function measureRunners(size: BenchSize): Promise<readonly Figure[]> {
	const { few, many, births, restores } = sizes[size];
	const born = spreadOf(await repeat(births, () => measureBirth(many)));
	const crowds = [await gather(few), await gather(many)] as const;
	try {
		const restored = spreadOf(await repeat(restores, () => crowds[1].restore()));
		await crowds[1].allWaiting();
		const own = await compareStep(crowds, sizes[size], (fleet, sender) => fleet.nudge(sender % few));
		const word = await compareStep(crowds, sizes[size], (fleet) => fleet.tellRestarted());
		const among = { unit: 'µs', baseline: { what: `among ${few}`, value: own.baseline } };
		return [
			{
				id: 'runners.spawn',
				what: `${many} runners, from the word that their agent is there to the last one waiting`,
				unit: 'ms',
				value: born,
				target: atMost(2_000, born, ' ms'),
			},
			{
				id: 'runners.restore',
				what: `restoring the orchestrator with ${many} runners`,
				unit: 'ms',
				value: restored,
				target: atMost(500, restored, ' ms'),
			},
			{
				...among,
				id: 'runners.step',
				what: `one transition of a runner among ${many}`,
				value: own.value,
				ratio: own.ratio,
				target: atMost(1.5, own.ratio, ' ×'),
			},
			{
				id: 'runners.word',
				what: `one transition of the orchestrator with ${many} runners`,
				unit: 'µs',
				value: word.value,
				baseline: { what: `with ${few}`, value: word.baseline },
				ratio: word.ratio,
				target: atMost(5_000, word.value, ' µs'),
			},
		];
	} finally {
		for (const fleet of crowds) await fleet.close();
	}
}

export const runnersBench: Bench = {
	name: 'runners',
	title: 'Workflow runners',
	about:
		'All runners hang below one orchestrator, whose row names each of them: what it does costs more with many, what ' +
		'they do by themselves should not. Their triggers have nothing to tell.',
	run: measureRunners,
};
