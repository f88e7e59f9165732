/** Ids and times of traces, worked out from the ids of what they are about. */

import { decodeTime } from 'ulid';
import { expect, test } from 'vitest';
import { createId } from '../../src/ids.ts';
import { rootOf, spanIdOf, timeOf, traceIdOf } from '../../src/telemetry/spans.ts';

test('the trace of a prompt is the 128 bits of its ULID, and tells when it was made', () => {
	expect(traceIdOf('pmt_01arz3ndektsv4rrffq69g5fav')).toBe('01563e3ab5d3d6764c61efb99302bd5b');
	expect(timeOf('pmt_01arz3ndektsv4rrffq69g5fav')).toBe(decodeTime('01ARZ3NDEKTSV4RRFFQ69G5FAV'));
	expect(traceIdOf('pmt_7zzzzzzzzzzzzzzzzzzzzzzzzz')).toBe('f'.repeat(32));
	const at = Date.UTC(2026, 10, 20, 12, 30);
	const ids = Array.from({ length: 100 }, () => createId('prompt', at));
	expect(new Set(ids.map(traceIdOf)).size).toBe(100);
	for (const id of ids) {
		expect(traceIdOf(id)).toMatch(/^[0-9a-f]{32}$/);
		expect(timeOf(id)).toBeGreaterThanOrEqual(at);
	}
});

test('an id that holds no ULID has a trace all the same, and no time', () => {
	expect(traceIdOf('pmt_one')).toMatch(/^[0-9a-f]{32}$/);
	expect(traceIdOf('pmt_one')).not.toBe(traceIdOf('pmt_two'));
	expect(timeOf('pmt_one')).toBeUndefined();
	// Beyond 128 bits.
	expect(timeOf('pmt_8zzzzzzzzzzzzzzzzzzzzzzzzz')).toBeUndefined();
});

test('a span has the same id whenever it is asked for, and no other one has it', () => {
	expect(spanIdOf('turn', 'pmt_1', 2)).toBe(spanIdOf('turn', 'pmt_1', 2));
	const names = [['turn', 'pmt_1', 1], ['turn', 'pmt_1', 2], ['turn', 'pmt_11'], ['pmt_1']] as const;
	const ids = names.map((parts) => spanIdOf(...parts));
	expect(new Set(ids).size).toBe(ids.length);
	for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
	expect(rootOf('pmt_1')).toEqual({ traceId: traceIdOf('pmt_1'), spanId: spanIdOf('pmt_1') });
});
