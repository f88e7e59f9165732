import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reads } from '../../src/agents/views.ts';
import { createEventBus, type EventBus } from '../../src/events/bus.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { type CursorReader, type CursorStep, openCursor } from '../../src/stream/cursor.ts';
import { createEventFeed, type EventFeed } from '../../src/stream/feed.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { createRandom } from '../support/random.ts';

let store: MemoryStore;
let bus: EventBus;
let feed: EventFeed;
let reads: Reads;
beforeEach(() => {
	store = createMemoryStore();
	bus = createEventBus();
	feed = createEventFeed(bus, 1);
	reads = createMemoryReads(store);
});
afterEach(() => feed.close());

async function commit(count: number, agentId: string | null = null, data = '{}'): Promise<void> {
	const events = Array.from({ length: count }, () => ({ topic: 'agent.output.log', agentId, at: 0, data }));
	const [outcome] = await store.commit([{ events }]);
	if (outcome?.ok !== true) throw new Error('not committed');
	bus.publish(outcome.events);
}

const seqsOf = (step: CursorStep) => (step.type === 'events' ? step.events.map(({ seq }) => seq) : step.type);

async function collect(reader: CursorReader, upTo: number): Promise<number[]> {
	const seqs: number[] = [];
	while ((seqs.at(-1) ?? 0) < upTo) {
		const step = await reader.next();
		if (step.type !== 'events') throw new Error(step.type);
		seqs.push(...step.events.map(({ seq }) => seq));
	}
	return seqs;
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('[P7] a cursor', () => {
	it('reads what is stored page by page, then live, each event once', async () => {
		await commit(25);
		const reader = openCursor({ reads, feed, bufferBytes: 1e6, pageSize: 10 }, 3, {});
		expect(seqsOf(await reader.next())).toEqual(upTo(13, 4));
		expect(seqsOf(await reader.next())).toEqual(upTo(23, 14));
		await commit(3);
		expect(seqsOf(await reader.next())).toEqual(upTo(28, 24));
		const next = reader.next();
		await commit(1);
		expect(seqsOf(await next)).toEqual([29]);
		reader.close();
		expect(seqsOf(await reader.next())).toBe('closed');
	});

	it('loses nothing that is committed while a page is read', async () => {
		await commit(5);
		const slow = {
			async events(query: Parameters<Reads['events']>[0]) {
				const page = await reads.events(query);
				const last = await reads.lastEventSeq();
				const fed = fedUpTo(last + 2);
				await commit(2);
				await fed;
				return page;
			},
		};
		const reader = openCursor({ reads: slow, feed, bufferBytes: 1e6 }, 0, {});
		expect(await collect(reader, 7)).toEqual(upTo(7));
		reader.close();
	});

	it('hands out what passes the filter, stored and live', async () => {
		await commit(1, 'agt_1');
		await commit(1, 'agt_2');
		const reader = openCursor({ reads, feed, bufferBytes: 1e6 }, 0, { agentIds: ['agt_2'], topics: ['agent.'] });
		expect(seqsOf(await reader.next())).toEqual([2]);
		const next = reader.next();
		await commit(1, 'agt_1');
		await commit(1, 'agt_2');
		expect(seqsOf(await next)).toEqual([4]);
		reader.close();
	});

	it('tells a live reader that is too slow of a gap, and takes up after it when asked again', async () => {
		await commit(1);
		const reader = openCursor({ reads, feed, bufferBytes: 2_000 }, 0, {});
		expect(seqsOf(await reader.next())).toEqual([1]);
		await commitBursts(10);
		expect(await reader.next()).toEqual({ type: 'gap', after: 1 });
		reader.close();
		const again = openCursor({ reads, feed, bufferBytes: 2_000 }, 1, {});
		expect(await collect(again, 11)).toEqual(upTo(11, 2));
		again.close();
	});

	it('reads another page, and tells of no gap, when too much happens during a replay', async () => {
		await commit(3);
		let bursts = 3;
		const busy = {
			async events(query: Parameters<Reads['events']>[0]) {
				const page = await reads.events(query);
				bursts -= 1;
				if (bursts === 0) return page;
				await commitBursts(10);
				return page;
			},
		};
		const reader = openCursor({ reads: busy, feed, bufferBytes: 2_000 }, 0, {});
		expect(await collect(reader, 23)).toEqual(upTo(23));
		reader.close();
	});

	it('hands a burst of any size to a reader that waits for it', async () => {
		await commit(1);
		const reader = openCursor({ reads, feed, bufferBytes: 2_000 }, 0, {});
		await reader.next();
		const next = reader.next();
		await commit(50, null, bigData);
		expect(seqsOf(await next)).toEqual(upTo(51, 2));
		reader.close();
	});

	it('wakes a reader that waits when it is closed', async () => {
		const reader = openCursor({ reads, feed, bufferBytes: 1e6 }, 0, {});
		await commit(1);
		await reader.next();
		const waiting = reader.next();
		reader.close();
		expect(await waiting).toEqual({ type: 'closed' });
	});

	const seeds = process.env.FUZZ_SEED === undefined ? upTo(20) : [Number(process.env.FUZZ_SEED)];
	it.each(seeds)('sees every seq once, in order, whatever the pages, delays and gaps (FUZZ_SEED=%i)', async (seed) => {
		const random = createRandom(seed);
		const total = 400;
		const writing = writeAtRandom(random, total);
		const erratic = {
			async events(query: Parameters<Reads['events']>[0]) {
				await pause(random, 0.3);
				const page = await reads.events(query);
				await pause(random, 0.3);
				return page;
			},
		};
		const seen: number[] = [];
		while ((seen.at(-1) ?? 0) < total) {
			const deps = { reads: erratic, feed, bufferBytes: 300, pageSize: 1 + Math.floor(random() * 20) };
			const reader = openCursor(deps, seen.at(-1) ?? 0, {});
			await readForAWhile(reader, random, seen, total);
			reader.close();
		}
		await writing;
		expect(seen).toEqual(upTo(total));
	});
});

/** Lets others go first, with this probability. */
async function pause(random: () => number, probability: number): Promise<void> {
	if (random() >= probability) return;
	await new Promise((resolve) => (random() < 0.5 ? setImmediate(resolve) : setTimeout(resolve, random() * 4)));
}

async function writeAtRandom(random: () => number, total: number): Promise<void> {
	for (let left = total; left > 0; ) {
		const count = Math.min(left, 1 + Math.floor(random() * 5));
		await commit(count, null, JSON.stringify('y'.repeat(random() * 60)));
		left -= count;
		await pause(random, 0.6);
	}
}

async function readForAWhile(reader: CursorReader, random: () => number, seen: number[], total: number): Promise<void> {
	for (let steps = random() * 12; steps > 0 && (seen.at(-1) ?? 0) < total; steps -= 1) {
		const step = await reader.next();
		if (step.type !== 'events') return;
		seen.push(...step.events.map((event) => event.seq));
		await pause(random, 0.4);
	}
}

const bigData = JSON.stringify({ text: 'x'.repeat(500) });

/** Events of half a kilobyte, each in a burst of its own. */
async function commitBursts(count: number): Promise<void> {
	for (let index = 0; index < count; index += 1) {
		const fed = fedUpTo((await reads.lastEventSeq()) + 1);
		await commit(1, null, bigData);
		await fed;
	}
}

/** Resolves when the feed has handed out an event with this seq. */
function fedUpTo(seq: number): Promise<void> {
	return new Promise((resolve) => {
		const leave = feed.join((events) => {
			if ((events.at(-1)?.seq ?? 0) < seq) return;
			leave();
			resolve();
		});
	});
}
