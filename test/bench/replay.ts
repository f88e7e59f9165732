/** A client that comes back and wants everything since its cursor. */

import { createEvent } from '../../src/events/catalogue.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { alternate, compare } from './statistics.ts';
import { type StreamServer, startHandWrittenServer, startStreamServer } from './stream-server.ts';
import { openWatchers } from './stream-watchers.ts';

const sizes = {
	full: { events: 10_000, rounds: 5 },
	tiny: { events: 20, rounds: 1 },
} as const;

async function fill(server: StreamServer, events: number): Promise<void> {
	const text = 'Renamed the function in eleven files; the tests of the parser fail.';
	const write = (index: number) =>
		server.publish(
			createEvent('agent.output.message', `agt_${index % 100}`, Date.now(), { type: 'message', text } as never),
		);
	await Promise.all(Array.from({ length: events }, (_, index) => write(index)));
}

/** From the beginning of the connection to the arrival of the last event. */
async function measureOnce(server: StreamServer, events: number): Promise<number> {
	const watchers = await openWatchers(server, { clients: 1, after: 0 });
	try {
		const { openedAt, clients } = await watchers.collect(events);
		return (clients[0]?.at(-1) ?? Number.NaN) - openedAt;
	} finally {
		await watchers.close();
	}
}

async function measureReplay(size: BenchSize): Promise<readonly Figure[]> {
	const { events, rounds: count } = sizes[size];
	const [ours, byHand] = [await startStreamServer(), await startHandWrittenServer()];
	try {
		await fill(ours, events);
		await fill(byHand, events);
		const rounds = await alternate(
			count,
			() => measureOnce(ours, events),
			() => measureOnce(byHand, events),
		);
		const { value, baseline, ratio } = compare(rounds, (ms) => ms);
		return [
			{
				id: 'replay',
				what: `replay of ${events} stored events to a client that reconnects`,
				unit: 'ms',
				value,
				baseline: { what: 'one query, then everything into the socket', value: baseline },
				ratio,
				target: atMost(500, value, ' ms'),
			},
		];
	} finally {
		await ours.close();
		await byHand.close();
	}
}

export const replayBench: Bench = {
	name: 'replay',
	title: 'Replay',
	about:
		'From the beginning of the connection, with its authentication, to the last event. Ours reads in pages and waits for the client.',
	run: measureReplay,
};
