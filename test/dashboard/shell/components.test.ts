import { describe, expect, test, vi } from 'vitest';
import { createTickingClock } from '../../../src/dashboard/components/clock.ts';
import { formatCountdown, formatDuration, formatRelative } from '../../../src/dashboard/components/durations.ts';
import { toneOf } from '../../../src/dashboard/components/state-tones.ts';

describe('times', () => {
	test.each([
		[0, 'just now'],
		[-1_000, 'just now'],
		[5_000, '5 s ago'],
		[119_000, '1 min ago'],
		[7_200_000, '2 h ago'],
		[-180_000, 'in 3 min'],
	])('%i ms after it, it was %j', (ms, text) => {
		expect(formatRelative(1_000_000_000, 1_000_000_000 + ms)).toBe(text);
	});

	test.each([
		[-5, '0 s'],
		[999, '0 s'],
		[65_000, '1 min 05 s'],
		[3_780_000, '1 h 03 min'],
		[90_000_000, '1 d 01 h'],
	])('%i ms are counted down as %j', (ms, text) => {
		expect(formatCountdown(ms)).toBe(text);
	});

	test('a duration is its largest unit, rounded down', () => {
		expect([formatDuration(59_999), formatDuration(60_000), formatDuration(-1)]).toEqual(['59 s', '1 min', '0 s']);
	});
});

test('one clock ticks for all, and only while somebody looks', () => {
	vi.useFakeTimers({ now: 1_000 });
	try {
		const clock = createTickingClock(100);
		const seen: number[] = [];
		const leave = [clock.subscribe(() => seen.push(clock.now())), clock.subscribe(() => undefined)];
		expect(vi.getTimerCount()).toBe(1);
		vi.advanceTimersByTime(200);
		for (const stop of leave) stop();
		expect([seen, vi.getTimerCount()]).toEqual([[1_100, 1_200], 0]);
		vi.advanceTimersByTime(5_000);
		clock.subscribe(() => undefined)();
		expect(clock.now()).toBe(6_200);
	} finally {
		vi.useRealTimers();
	}
});

test.each([
	['busy.working', 'busy'],
	['busy.awaitingInput', 'warn'],
	['idle.suspended.untilTold', 'warn'],
	['failed.resting', 'danger'],
	['waiting_for_tasks', 'waiting'],
	['something.new', 'idle'],
])('the tone of %j is %j', (state, tone) => {
	expect(toneOf(state)).toBe(tone);
});
