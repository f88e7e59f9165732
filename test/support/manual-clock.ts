/** Time that stands still until a test moves it. Epoch milliseconds, as everywhere. */
import type { Clock } from '../../src/durable/clock.ts';

export interface ManualClock extends Clock {
	/** Moves time on and calls what falls due on the way, in the order of due times. */
	advance(ms: number): void;
	/** Timers that are set and have neither fired nor been cancelled. */
	readonly armed: number;
	/** Forgets all timers, as the end of a process does. */
	clear(): void;
}

interface Alarm {
	readonly dueAt: number;
	readonly callback: () => void;
}

/** A moment like any other; tests that print times stay readable. */
export const startOfTime = Date.UTC(2026, 0, 1);

export function createManualClock(startsAt = startOfTime): ManualClock {
	const alarms = new Set<Alarm>();
	let time = startsAt;

	function nextDue(until: number): Alarm | undefined {
		let next: Alarm | undefined;
		for (const alarm of alarms) {
			if (alarm.dueAt <= until && (next === undefined || alarm.dueAt < next.dueAt)) next = alarm;
		}
		return next;
	}

	return {
		now: () => time,
		setTimer(callback, delayMs) {
			const alarm: Alarm = { dueAt: time + Math.max(0, delayMs), callback };
			alarms.add(alarm);
			return () => alarms.delete(alarm);
		},
		advance(ms) {
			const until = time + ms;
			for (let alarm = nextDue(until); alarm; alarm = nextDue(until)) {
				alarms.delete(alarm);
				time = Math.max(time, alarm.dueAt);
				alarm.callback();
			}
			time = until;
		},
		clear: () => alarms.clear(),
		get armed() {
			return alarms.size;
		},
	};
}
