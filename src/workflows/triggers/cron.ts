/**
 * The trigger `cron`: a clock by a cron expression in a time zone.
 *
 * A fire is on time when it is asked for at most `onTimeMs` late; an older one is missed. What becomes
 * of missed ones is up to the workflow: `skip` drops them, `once` makes one item of all of them.
 *
 * 1. Every fire is looked at once: those up to `lookedAt` have been.
 * 2. A poll yields one item at most; when another fire is due, `nextPollAt` has passed already.
 * 3. Fires before the schedule was first looked at are nobody's missed work: a workflow that is new, or
 *    whose schedule was edited, has nothing to catch up on.
 */

import { Cron } from 'croner';
import type { PollRequest, PollResult, TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { createWorkItem } from './work-item.ts';
import { formatZoned } from './zoned-time.ts';

type CronTrigger = TriggerOf<'cron'>;

interface CronCursor {
	/** The expression and zone that were looked at. */
	readonly schedule: string;
	/** Fires up to this have been looked at, epoch milliseconds. */
	readonly lookedAt: number;
}

/** A runner in the middle of a turn, or an agent that restarts, asks a little late: that is no missed fire. */
const onTimeMs = 60_000;
/** A year of seconds is too much to count. */
const countLimit = 1_000;

/** The fires of an expression, epoch milliseconds. */
interface Fires {
	/** The first one after; null for none. */
	after(at: number): number | null;
	/** The last one before; null for none. */
	before(at: number): number | null;
	/** How many there are after `start` up to `end`, counted up to `countLimit`. */
	count(start: number, end: number): number;
}

/** The next fires after `at`, epoch milliseconds; fewer where there are no more. */
export function listFires(trigger: CronTrigger, at: number, count: number): readonly number[] {
	const fires = createFires(trigger);
	const found: number[] = [];
	for (let next = fires.after(at); next !== null && found.length < count; next = fires.after(next)) found.push(next);
	return found;
}

export function createCronSource(): TriggerSource<CronTrigger, CronCursor> {
	return {
		async poll(request) {
			const { trigger, cursor, now, since } = request;
			const fires = createFires(trigger);
			const schedule = `${trigger.expression} ${zoneOf(trigger)}`;
			const known = cursor?.schedule === schedule;
			const start = known ? cursor.lookedAt : since - 1;
			const late = fires.before(now - onTimeMs);
			const missed = late !== null && late > start ? late : null;
			if (missed !== null && known && trigger.missed === 'once') {
				return yieldFire(request, fires, schedule, missed, fires.count(start, missed));
			}
			const lookedAt = missed ?? start;
			const next = fires.after(lookedAt);
			if (next !== null && next <= now) return yieldFire(request, fires, schedule, next, 0);
			return { items: [], ...follow(schedule, lookedAt, next) };
		},
	};
}

function yieldFire(
	{ trigger }: PollRequest<CronTrigger>,
	fires: Fires,
	schedule: string,
	at: number,
	missed: number,
): PollResult {
	const timeZone = zoneOf(trigger);
	const scheduledAt = new Date(at).toISOString();
	const item = createWorkItem({
		sourceId: scheduledAt,
		title: `Cron ${trigger.expression} at ${formatZoned(at, timeZone)}`,
		at,
		metadata: { scheduledAt, timeZone, missed },
	});
	return { items: [item], ...follow(schedule, at, fires.after(at)) };
}

function follow(schedule: string, lookedAt: number, next: number | null): Omit<PollResult, 'items'> {
	return { cursor: { schedule, lookedAt } satisfies CronCursor, nextPollAt: next, exhausted: next === null };
}

function zoneOf({ timeZone }: CronTrigger): string {
	return timeZone ?? 'UTC';
}

function createFires(trigger: CronTrigger): Fires {
	const cron = new Cron(trigger.expression, { paused: true, mode: '5-or-6-parts', timezone: zoneOf(trigger) });
	const after = (at: number) => cron.nextRun(new Date(at))?.getTime() ?? null;
	return {
		after,
		before: (at) => cron.previousRuns(1, new Date(at))[0]?.getTime() ?? null,
		count(start, end) {
			let count = 0;
			let fire = after(start);
			while (fire !== null && fire <= end && count < countLimit) {
				count += 1;
				fire = after(fire);
			}
			return count;
		},
	};
}
