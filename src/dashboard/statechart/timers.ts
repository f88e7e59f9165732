/** Timers that run, and where in a chart they belong. Pure. */

import { type ChartIndex, nameEvent } from './chart-index.ts';

export interface RunningTimer {
	readonly id: string;
	/** Type of the event that it brings. */
	readonly type: string;
	/** ISO 8601 or epoch ms. */
	readonly dueAt: string | number;
}

export interface TimerWords {
	readonly id: string;
	/** `after backoff`, or the event. */
	readonly name: string;
	readonly left: string;
	/** Where it may lead; empty where it changes no state. */
	readonly targets: readonly string[];
}

/** By the path of the state whose transition it is: what is left of its next timer. `left` goes with `timers`. */
export function timersByState(
	index: ChartIndex,
	timers: readonly RunningTimer[],
	left: readonly string[],
): ReadonlyMap<string, string> {
	const badges = new Map<string, string>();
	for (const { timer, text } of inOrder(timers, left)) {
		const source = index.edges.find(({ event }) => event === timer.type)?.source;
		if (source !== undefined && !badges.has(source)) badges.set(source, text);
	}
	return badges;
}

export function describeTimers(
	index: ChartIndex,
	timers: readonly RunningTimer[],
	left: readonly string[],
): readonly TimerWords[] {
	return inOrder(timers, left).map(({ timer, text }) => {
		const targets = index.edges.flatMap(({ event, target }) => (event === timer.type && target !== '' ? [target] : []));
		return { id: timer.id, name: nameEvent(timer.type), left: text, targets: [...new Set(targets)] };
	});
}

function inOrder(timers: readonly RunningTimer[], left: readonly string[]) {
	const all = timers.map((timer, at) => ({ timer, text: left[at] ?? '', due: new Date(timer.dueAt).getTime() }));
	return all.sort((a, b) => a.due - b.due);
}
