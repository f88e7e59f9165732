/** What waits for a client that follows resources. */

import { describe, expect, test } from 'vitest';
import { encodeRemoval, encodeResource } from '../../src/stream/resource.ts';
import type { ResourceListener } from '../../src/stream/resource-feed.ts';
import { openOutbox } from '../../src/stream/resource-outbox.ts';

function open(bufferBytes = 1_000) {
	const listeners: ResourceListener[] = [];
	const feed = {
		join(listener: ResourceListener) {
			listeners.push(listener);
			return () => void listeners.pop();
		},
		tell: async () => {},
	};
	const outbox = openOutbox(feed, { kinds: new Set(['prompt']), agentIds: undefined }, bufferBytes);
	let ready = 0;
	outbox.onReady(() => {
		ready += 1;
	});
	const deliver = (id: string, text: string, isUnderWay = true) =>
		listeners[0]?.deliver([
			encodeResource({ kind: 'prompt', id, agentIds: ['agt_1'], goesWith: null, isUnderWay, data: { id, text } }),
		]);
	const taken = () => outbox.take().map((message) => JSON.parse(String(message)));
	return { outbox, deliver, taken, listeners, readyTimes: () => ready };
}

describe('what waits for a client', () => {
	test('is one message of each resource, the latest', () => {
		const { deliver, taken, readyTimes, listeners } = open();
		deliver('one', 'a');
		deliver('two', 'a');
		for (let index = 0; index < 1_000; index += 1) deliver('one', `${index}`.padStart(900));
		expect(readyTimes()).toBe(1_002);
		expect(taken().map(({ data }) => [data.id, data.text.trim()])).toEqual([
			['one', '999'],
			['two', 'a'],
		]);
		expect(taken()).toEqual([]);
		listeners[0]?.deliver([encodeRemoval('prompt', 'one', null)]);
		expect(taken()).toEqual([{ type: 'resource.removed', resource: 'prompt', id: 'one' }]);
	});

	test('has no limit while it is under way, however large', () => {
		const { outbox, deliver, taken } = open(10);
		for (let index = 0; index < 50; index += 1) deliver(`prompt ${index}`, 'long '.repeat(100));
		expect(outbox.isOverrun).toBe(false);
		expect(taken()).toHaveLength(50);
	});

	test('is bounded where there are ever new ones that end', () => {
		const { outbox, deliver, taken } = open(1_000);
		deliver('first', 'x'.repeat(5_000), false);
		expect(outbox.isOverrun).toBe(false);
		deliver('next', 'x', false);
		expect([outbox.isOverrun, taken()]).toEqual([true, []]);
		deliver('more', 'x');
		expect(taken()).toEqual([]);
	});

	test('is forgotten when the client goes', () => {
		const { outbox, deliver, taken, listeners } = open();
		deliver('one', 'a');
		outbox.close();
		expect([taken(), listeners]).toEqual([[], []]);
	});
});
