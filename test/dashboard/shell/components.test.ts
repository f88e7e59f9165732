import { describe, expect, test, vi } from 'vitest';
import { visibleName } from '../../../src/dashboard/components/agent-name.tsx';
import { sortByName } from '../../../src/dashboard/components/agent-order.ts';
import { createTickingClock } from '../../../src/dashboard/components/clock.ts';
import { formatCountdown, formatDuration, formatRelative } from '../../../src/dashboard/components/durations.ts';
import { wordsOfProblem } from '../../../src/dashboard/components/problem-words.ts';
import { describeRights, mayDo } from '../../../src/dashboard/components/rights.ts';
import { toneOf } from '../../../src/dashboard/components/state-tones.ts';
import { wordOfState } from '../../../src/dashboard/fleet/agent-state.ts';

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

describe('what the server complains about', () => {
	const refused = (detail: string, issues: Array<{ path: string; message: string }>) =>
		wordsOfProblem({ title: 'The request is not valid.', detail, issues });

	test('is said once: the issues, and not the detail that repeats them', () => {
		const issues = [
			{ path: 'body.driver.maxTurns', message: 'Too small' },
			{ path: 'body.gates.0.command', message: 'Too short' },
		];
		expect(refused('body.driver.maxTurns: Too small; body.gates.0.command: Too short', issues)).toEqual({
			title: 'The request is not valid',
			detail: null,
			issues: [
				{ field: 'driver, max turns', message: 'Too small' },
				{ field: 'gates, no. 1, command', message: 'Too short' },
			],
		});
	});

	test('keeps a detail that says more, and leaves out an issue that only repeats it', () => {
		expect(refused('There is no branch "x"', [{ path: 'body.base', message: 'unknown' }])).toMatchObject({
			detail: 'There is no branch "x"',
			issues: [{ field: 'base', message: 'unknown' }],
		});
		expect(wordsOfProblem({ title: 'Taken.', detail: 'Taken' })).toEqual({ title: 'Taken', detail: null, issues: [] });
	});
});

test.each([
	[null, null],
	[['admin'], null],
	[['read'], 'This token may only look.'],
	[['read', 'answer'], 'This token may look and answer requests, nothing more.'],
	[['read', 'prompt', 'answer'], 'This token may look and send prompts and answer requests, nothing more.'],
] as const)('the scopes %j are told as %j', (scopes, words) => {
	expect(describeRights(scopes)).toBe(words);
	expect(mayDo(scopes, 'admin')).toBe(words === null);
});

test('names keep their order of reading, and numbers in them count', () => {
	expect(visibleName('evil\u202egpj.exe\n')).toBe('evil⟨U+202E⟩gpj.exe');
	const agents = ['agent-10', 'Bea', 'agent-9'].map((name) => ({ id: name, name }));
	expect(sortByName(agents).map(({ name }) => name)).toEqual(['agent-9', 'agent-10', 'Bea']);
});

test.each([
	['idle', 'ready', 'idle', 'idle'],
	['busy', 'awaitingInput', 'asks you', 'warn'],
	['idle', 'suspended.untilTold', 'suspended', 'warn'],
	['failed', 'backingOff', 'restarts soon', 'warn'],
	['failed', 'resting', 'failed', 'danger'],
] as const)('an agent that is %s, %s, is told as %j; its statechart has the same tone', (state, sub, label, tone) => {
	expect(wordOfState({ executionState: state, substate: sub })).toMatchObject({ label, tone });
	expect(toneOf(`${state}.${sub}`)).toBe(tone);
});
