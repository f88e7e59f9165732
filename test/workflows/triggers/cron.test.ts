import { Cron } from 'croner';
import { describe, expect, test } from 'vitest';
import { createCronSource, listFires } from '../../../src/workflows/triggers/cron.ts';
import { createRandom } from '../../support/random.ts';
import { type Polling, sourceIds, startPolling } from './polling.ts';

const time = (iso: string): number => Date.parse(iso);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function follow(expression: string, rest: Record<string, unknown>, since: string): Polling {
	return startPolling(createCronSource(), { type: 'cron', expression, ...rest }, { since: time(since) });
}

/** The fires that polls at exactly the times they ask for yield, with the titles of their items. */
async function collect(polling: Polling, first: string, count: number): Promise<readonly string[][]> {
	const fires: string[][] = [];
	let now = time(first);
	while (fires.length < count) {
		const answer = await polling.poll(now);
		for (const { sourceId, title } of answer.items) fires.push([sourceId, title]);
		now = answer.nextPollAt ?? Number.NaN;
	}
	return fires;
}

describe('a cron trigger', () => {
	test('fires at its times, from the creation of its workflow on', async () => {
		const polling = follow('0 9 * * *', {}, '2026-01-01T09:00:00.001Z');
		expect(await polling.poll(time('2026-01-01T09:00:30Z'))).toMatchObject({
			items: [],
			nextPollAt: time('2026-01-02T09:00:00Z'),
		});
		expect((await polling.poll(time('2026-01-02T08:59:59.999Z'))).items).toEqual([]);
		expect(await polling.poll(time('2026-01-02T09:00:00Z'))).toMatchObject({
			items: [
				{
					sourceId: '2026-01-02T09:00:00.000Z',
					title: 'Cron 0 9 * * * at 2026-01-02T09:00:00Z',
					body: null,
					url: null,
					labels: [],
					metadata: { scheduledAt: '2026-01-02T09:00:00.000Z', timeZone: 'UTC', missed: 0 },
				},
			],
			nextPollAt: time('2026-01-03T09:00:00Z'),
		});
		expect((await polling.poll(time('2026-01-02T09:00:10Z'))).items).toEqual([]);
	});

	test('fires in the very millisecond in which its workflow was created', async () => {
		const polling = follow('0 9 * * *', {}, '2026-01-01T09:00:00Z');
		expect(sourceIds(await polling.poll(time('2026-01-01T09:00:00Z')))).toEqual(['2026-01-01T09:00:00.000Z']);
	});

	test('[WF15] is on time up to a minute late, to the millisecond', async () => {
		const punctual = follow('0 9 * * *', {}, '2026-01-01T00:00:00Z');
		expect(sourceIds(await punctual.poll(time('2026-01-01T09:01:00Z')))).toEqual(['2026-01-01T09:00:00.000Z']);
		const late = follow('0 9 * * *', {}, '2026-01-01T00:00:00Z');
		expect(sourceIds(await late.poll(time('2026-01-01T09:01:00.001Z')))).toEqual([]);
	});

	test('yields one fire a poll, and asks to be polled at once for the next', async () => {
		const polling = follow('*/20 * * * * *', {}, '2026-01-01T00:00:00Z');
		const now = time('2026-01-01T00:00:45Z');
		const first = await polling.poll(now);
		expect(sourceIds(first)).toEqual(['2026-01-01T00:00:00.000Z']);
		expect(first.nextPollAt).toBeLessThan(now);
		expect(sourceIds(await polling.poll(now))).toEqual(['2026-01-01T00:00:20.000Z']);
		expect(sourceIds(await polling.poll(now))).toEqual(['2026-01-01T00:00:40.000Z']);
		expect(await polling.poll(now)).toMatchObject({ items: [], nextPollAt: time('2026-01-01T00:01:00Z') });
	});

	test('answers the same again to whoever asks again with the same cursor', async () => {
		const polling = follow('0 * * * *', { missed: 'once' }, '2026-01-01T00:30:00Z');
		const first = await polling.poll(time('2026-01-01T01:00:00Z'));
		polling.forgetLast();
		expect(await polling.poll(time('2026-01-01T01:00:20Z'))).toEqual(first);
	});

	test('[WF15] drops missed fires when it skips, and goes on with the one that is due', async () => {
		const polling = follow('0 * * * *', {}, '2026-01-01T00:30:00Z');
		await polling.poll(time('2026-01-01T01:00:00Z'));
		expect(await polling.poll(time('2026-01-01T05:30:00Z'))).toMatchObject({
			items: [],
			nextPollAt: time('2026-01-01T06:00:00Z'),
		});
		expect(sourceIds(await polling.poll(time('2026-01-01T09:00:01Z')))).toEqual(['2026-01-01T09:00:00.000Z']);
	});

	test('[WF15] makes one item of all missed fires when it catches up once, then the one that is due', async () => {
		const polling = follow('0 * * * *', { missed: 'once' }, '2026-01-01T00:30:00Z');
		await polling.poll(time('2026-01-01T01:00:00Z'));
		const now = time('2026-01-01T06:00:10Z');
		expect(await polling.poll(now)).toMatchObject({
			items: [{ sourceId: '2026-01-01T05:00:00.000Z', metadata: { missed: 4 } }],
			nextPollAt: time('2026-01-01T06:00:00Z'),
		});
		expect(await polling.poll(now)).toMatchObject({ items: [{ metadata: { missed: 0 } }] });
		expect((await polling.poll(now)).items).toEqual([]);
	});

	test('has nothing to catch up on when it is first polled, however late', async () => {
		const polling = follow('0 * * * *', { missed: 'once' }, '2026-01-01T00:30:00Z');
		expect(sourceIds(await polling.poll(time('2026-01-03T10:30:00Z')))).toEqual([]);
		expect(sourceIds(await polling.poll(time('2026-01-03T12:30:00Z')))).toEqual(['2026-01-03T12:00:00.000Z']);
	});

	test('has nothing to catch up on after an edit of its schedule', async () => {
		const polling = follow('0 0 1 1 *', { missed: 'once' }, '2026-01-01T00:30:00Z');
		await polling.poll(time('2026-01-01T01:00:00Z'));
		polling.edit({ type: 'cron', expression: '0 * * * *', missed: 'once' });
		expect(await polling.poll(time('2026-06-01T10:30:00Z'))).toMatchObject({
			items: [],
			nextPollAt: time('2026-06-01T11:00:00Z'),
		});
	});

	test('counts no further than a thousand, so that a year of seconds costs nothing', async () => {
		const polling = follow('* * * * * *', { missed: 'once' }, '2026-01-01T00:00:00Z');
		await polling.poll(time('2026-01-01T00:00:00Z'));
		expect(await polling.poll(time('2027-01-01T00:00:00Z'))).toMatchObject({
			items: [{ sourceId: '2026-12-31T23:58:59.000Z', metadata: { missed: 1_000 } }],
		});
	});

	test('does not fire twice when the clock is set back', async () => {
		const polling = follow('0 9 * * *', { missed: 'once' }, '2026-01-01T00:00:00Z');
		await polling.poll(time('2026-01-01T09:00:00Z'));
		expect((await polling.poll(time('2026-01-01T08:59:00Z'))).items).toEqual([]);
		expect((await polling.poll(time('2026-01-01T09:00:00Z'))).items).toEqual([]);
	});

	test('keeps to leap days', async () => {
		const polling = follow('0 0 29 2 *', {}, '2026-01-01T00:00:00Z');
		const fires = await collect(polling, '2026-01-01T00:00:00Z', 2);
		expect(fires.map(([id]) => id)).toEqual(['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z']);
	});

	test('takes six fields, seconds first', async () => {
		const polling = follow('15,45 0 12 * * *', {}, '2026-01-01T00:00:00Z');
		const fires = await collect(polling, '2026-01-01T00:00:00Z', 3);
		expect(fires.map(([id]) => id)).toEqual([
			'2026-01-01T12:00:15.000Z',
			'2026-01-01T12:00:45.000Z',
			'2026-01-02T12:00:15.000Z',
		]);
	});
});

describe('where the clocks change, a cron trigger', () => {
	const timeZone = 'Europe/Berlin';

	test('[WF15] fires after the hour that is left out in spring, on that day too', async () => {
		const polling = follow('30 2 * * *', { timeZone }, '2026-03-28T00:00:00Z');
		expect(await collect(polling, '2026-03-28T00:00:00Z', 3)).toEqual([
			['2026-03-28T01:30:00.000Z', 'Cron 30 2 * * * at 2026-03-28T02:30:00+01:00'],
			['2026-03-29T01:00:00.000Z', 'Cron 30 2 * * * at 2026-03-29T03:00:00+02:00'],
			['2026-03-30T00:30:00.000Z', 'Cron 30 2 * * * at 2026-03-30T02:30:00+02:00'],
		]);
	});

	test('[WF15] fires once in the hour that comes twice in autumn', async () => {
		const polling = follow('30 2 * * *', { timeZone }, '2026-10-24T12:00:00Z');
		expect(await collect(polling, '2026-10-24T12:00:00Z', 2)).toEqual([
			['2026-10-25T00:30:00.000Z', 'Cron 30 2 * * * at 2026-10-25T02:30:00+02:00'],
			['2026-10-26T01:30:00.000Z', 'Cron 30 2 * * * at 2026-10-26T02:30:00+01:00'],
		]);
	});

	test('that goes by intervals fires in both of them, by its own clock every time', async () => {
		const polling = follow('*/30 * * * *', { timeZone }, '2026-10-24T23:45:00Z');
		expect((await collect(polling, '2026-10-24T23:45:00Z', 5)).map(([, title]) => title?.split(' at ')[1])).toEqual([
			'2026-10-25T02:00:00+02:00',
			'2026-10-25T02:30:00+02:00',
			'2026-10-25T02:00:00+01:00',
			'2026-10-25T02:30:00+01:00',
			'2026-10-25T03:00:00+01:00',
		]);
	});

	test.each([
		['the hour that is left out', '2026-03-28T23:00:00Z', '2026-03-29T02:10:00Z', '2026-03-29T02:00:00.000Z', 3],
		['the hour that comes twice', '2026-10-24T23:00:00Z', '2026-10-25T02:10:00Z', '2026-10-25T02:00:00.000Z', 3],
	])('counts what it missed across %s', async (_, begun, polled, latest, missed) => {
		const polling = follow('0 * * * *', { timeZone, missed: 'once' }, begun);
		await polling.poll(time(begun));
		expect(await polling.poll(time(polled))).toMatchObject({ items: [{ sourceId: latest, metadata: { missed } }] });
	});
});

describe('over a year of late polls and downtimes', () => {
	const since = time('2026-01-01T00:00:00Z');
	const until = time('2027-01-01T00:00:00Z');

	/** Every fire of the year, counted one by one. */
	function fireTimes(expression: string, timeZone: string): readonly number[] {
		const cron = new Cron(expression, { paused: true, timezone: timeZone });
		const fires: number[] = [];
		for (let fire = cron.nextRun(new Date(since - 1)); fire && fire.getTime() < until; fire = cron.nextRun(fire)) {
			fires.push(fire.getTime());
		}
		return fires;
	}

	interface Poll {
		readonly now: number;
		readonly told: ReadonlyArray<{ readonly at: number; readonly missed: number }>;
	}

	/** A year of polls, each until nothing is due any more. */
	async function live(polling: Polling, random: () => number): Promise<readonly Poll[]> {
		const polls: Poll[] = [];
		for (let now = since; now < until; ) {
			const told: Array<{ at: number; missed: number }> = [];
			let next: number;
			do {
				const { items, nextPollAt } = await polling.poll(now);
				expect(items.length).toBeLessThanOrEqual(1);
				for (const { sourceId, metadata } of items) told.push({ at: time(sourceId), missed: Number(metadata.missed) });
				next = nextPollAt ?? until;
				if (items.length === 0) expect(next).toBeGreaterThan(now);
			} while (next <= now);
			polls.push({ now, told });
			now = pause(now, next, random);
		}
		return polls;
	}

	/** Mostly a little late, at times down for long, at times nudged early. */
	function pause(now: number, next: number, random: () => number): number {
		const dice = random();
		if (dice < 0.08) return next + Math.floor(random() * 40 * hourMs);
		if (dice < 0.2) return now + 1 + Math.floor(random() * (next - now));
		return next + Math.floor(random() * 70_000);
	}

	test.each([
		['17 */5 * * *', 'UTC', 1],
		['30 2 * * *', 'Europe/Berlin', 2],
		['0,30 1-4 * * *', 'Europe/Berlin', 3],
		['*/25 0 */6 * * *', 'America/St_Johns', 4],
		['0 12 1,29,31 * *', 'Asia/Kathmandu', 5],
	])(
		'%s in %s: nothing on time is lost or told twice, and what is missed is made up for once',
		async (expression, timeZone, seed) => {
			const fires = fireTimes(expression, timeZone);
			for (const missed of ['skip', 'once'] as const) {
				const polling = follow(expression, { timeZone, missed }, new Date(since).toISOString());
				const polls = await live(polling, createRandom(seed));
				let lookedAt = since - 1;
				for (const [index, { now, told }] of polls.entries()) {
					const due = fires.filter((at) => at > lookedAt && at <= now);
					const late = due.filter((at) => at < now - minuteMs);
					const catchUp = missed === 'once' && index > 0 && late.length > 0;
					const madeUp = catchUp ? [{ at: late.at(-1), missed: late.length }] : [];
					const onTime = due.filter((at) => at >= now - minuteMs).map((at) => ({ at, missed: 0 }));
					expect(told).toEqual([...madeUp, ...onTime]);
					lookedAt = now;
				}
				expect(polls.some(({ told }) => told.some((one) => one.missed > 1))).toBe(
					missed === 'once' && fires.length > 100,
				);
			}
		},
	);
});

test('the next fires of an expression are those of its zone, also where clocks change', () => {
	const trigger = { type: 'cron', expression: '0 9 * * *', timeZone: 'Europe/Berlin' } as const;
	expect(listFires(trigger, time('2026-03-28T00:00:00Z'), 3)).toEqual(
		['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z', '2026-03-30T07:00:00Z'].map(time),
	);
});
