/** From the commit of an event to a hundred WebSocket clients; and what a client costs that does not read. */

import { setTimeout as pause } from 'node:timers/promises';
import { createEvent } from '../../src/events/catalogue.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { collectGarbage } from './memory.ts';
import { alternate, compare, percentile } from './statistics.ts';
import { type StreamServer, startHandWrittenServer, startStreamServer } from './stream-server.ts';
import { openWatchers } from './stream-watchers.ts';

const sizes = {
	full: { clients: 100, perSecond: 1_000, warmUp: 500, events: 1_500, rounds: 3, stalledEvents: 10_000 },
	tiny: { clients: 2, perSecond: 1_000, warmUp: 2, events: 5, rounds: 1, stalledEvents: 50 },
} as const;

interface Percentiles {
	readonly p50: number;
	readonly p99: number;
}

function createOutput(index: number, length = 120) {
	const text = `${index} `.padEnd(length, 'words ');
	return createEvent('agent.output.message', `agt_${index % 100}`, Date.now(), { type: 'message', text } as never);
}

/** Publishes at a steady rate; what is late is caught up with. */
async function publishSteadily(server: StreamServer, count: number, perSecond: number): Promise<void> {
	const startedAt = performance.now();
	const publishing: Array<Promise<void>> = [];
	while (publishing.length < count) {
		const due = Math.min(count, 1 + Math.floor(((performance.now() - startedAt) * perSecond) / 1_000));
		while (publishing.length < due) publishing.push(server.publish(createOutput(publishing.length)));
		await pause(1);
	}
	await Promise.all(publishing);
}

async function measureDelays(server: StreamServer, size: BenchSize): Promise<Percentiles> {
	const { clients, perSecond, warmUp, events } = sizes[size];
	const after = Math.max(0, server.latestSeq());
	const watchers = await openWatchers(server, { clients, after });
	try {
		await publishSteadily(server, warmUp + events, perSecond);
		const arrivals = await watchers.collect(warmUp + events);
		const delays = arrivals.clients.flatMap((times) =>
			[...times.subarray(warmUp)].map((at, index) => at - server.committedAt(after + warmUp + index + 1)),
		);
		return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
	} finally {
		await watchers.close();
	}
}

async function measureFanOut(size: BenchSize): Promise<readonly Figure[]> {
	const { clients, perSecond, rounds: count } = sizes[size];
	const [ours, byHand] = [await startStreamServer(), await startHandWrittenServer()];
	try {
		const rounds = await alternate(
			count,
			() => measureDelays(ours, size),
			() => measureDelays(byHand, size),
		);
		return (['p50', 'p99'] as const).map((name) => {
			const { value, baseline, ratio } = compare(rounds, (percentiles) => percentiles[name]);
			return {
				id: `fan-out.${name}`,
				what: `from commit to ${clients} clients, ${perSecond} events a second, ${name}`,
				unit: 'ms',
				value,
				baseline: { what: 'insert, then send to every socket', value: baseline },
				ratio,
				...(name === 'p99' && { target: atMost(20, value, ' ms') }),
			};
		});
	} finally {
		await ours.close();
		await byHand.close();
	}
}

interface Growth {
	/** Heap and buffers after a collection. */
	readonly held: number;
	/** The whole process as the operating system sees it. */
	readonly resident: number;
}

/** Growth of this process, in MiB, by events of 1 KiB, of which a client that subscribed reads none. */
async function measureGrowth(server: StreamServer, size: BenchSize, clients: 0 | 1): Promise<Growth> {
	const { stalledEvents } = sizes[size];
	const watchers = await openWatchers(server, { clients, after: Math.max(0, server.latestSeq()), stalled: true });
	try {
		const before = readMemory();
		for (let index = 0; index < stalledEvents; ) {
			const batch: Array<Promise<void>> = [];
			while (batch.length < 100 && index < stalledEvents) batch.push(server.publish(createOutput(index++, 1_024)));
			await Promise.all(batch);
			// Lets the sockets be written to.
			await pause(1);
		}
		const after = readMemory();
		return { held: after.held - before.held, resident: after.resident - before.resident };
	} finally {
		await watchers.close();
	}
}

function readMemory(): Growth {
	collectGarbage();
	const { heapUsed, external, rss } = process.memoryUsage();
	return { held: (heapUsed + external) / 2 ** 20, resident: rss / 2 ** 20 };
}

async function measureStalledClient(size: BenchSize): Promise<readonly Figure[]> {
	const { rounds, stalledEvents } = sizes[size];
	const [ours, byHand] = [await startStreamServer(), await startHandWrittenServer()];
	const stalled = () => measureGrowth(ours, size, 1);
	try {
		const held = compare(
			await alternate(rounds, stalled, () => measureGrowth(byHand, size, 1)),
			(growth) => growth.held,
		);
		const resident = compare(
			await alternate(rounds, stalled, () => measureGrowth(ours, size, 0)),
			(growth) => growth.resident,
		);
		const circumstances = `one client reads nothing, ${stalledEvents} events of 1 KiB`;
		return [
			{
				id: 'fan-out.stalled.held',
				what: `heap and buffers gained: ${circumstances}`,
				unit: 'MiB',
				value: held.value,
				baseline: { what: 'insert, then send to every socket', value: held.baseline },
				target: atMost(4, held.value, ' MiB'),
			},
			{
				id: 'fan-out.stalled.resident',
				what: `resident memory gained: ${circumstances}`,
				unit: 'MiB',
				value: resident.value,
				baseline: { what: 'the same events and no such client', value: resident.baseline },
			},
		];
	} finally {
		await ours.close();
		await byHand.close();
	}
}

export const fanOutBench: Bench = {
	name: 'fan-out',
	title: 'Events to WebSocket clients',
	about:
		'The real server on loopback, the clients in a process of their own. Each event is a commit of its own making, ' +
		'and the clients check that they get every event once and in order. Ours gathers events for a few milliseconds ' +
		'and writes them together; by hand each event is written to each socket at once.',
	run: async (size) => [...(await measureFanOut(size)), ...(await measureStalledClient(size))],
};
