/**
 * Due times of all durable timers, earliest first, with one host timer armed for the nearest.
 *
 * 1. A timer fires at its due time or, when that has passed, at once; never before.
 * 2. Setting a timer with a known key replaces it.
 * 3. Firing does not forget the timer: the commit of the step it causes does. Until then it may still
 *    be cleared or replaced by a step that was under way, and is then no longer due.
 */

import type { Clock } from './clock.ts';
import type { StoredTimer } from './store.ts';

interface Entry {
	readonly timer: StoredTimer;
	cancelled: boolean;
}

export interface TimerQueue {
	set(timer: StoredTimer): void;
	clear(key: { readonly address: string; readonly id: string }): void;
	/** Clears all timers of an actor that is gone. */
	clearAll(address: string): void;
	/** False once the timer, which has fired, was cleared or replaced after all. */
	isDue(timer: StoredTimer): boolean;
	/** Starts firing; until then timers only gather. */
	start(): void;
	stop(): void;
	readonly size: number;
}

export function createTimerQueue(clock: Clock, onDue: (timer: StoredTimer) => void): TimerQueue {
	const heap: Entry[] = [];
	const actors = new Map<string, Map<string, Entry>>();
	let size = 0;
	let disarm: (() => void) | undefined;
	let armedFor = Number.POSITIVE_INFINITY;
	let started = false;

	/** Takes a timer off its actor's list; its entry in the heap is skipped when it surfaces. */
	function forget({ address, id }: { readonly address: string; readonly id: string }): void {
		const own = actors.get(address);
		const entry = own?.get(id);
		if (!own || !entry) return;
		entry.cancelled = true;
		own.delete(id);
		size--;
		if (own.size === 0) actors.delete(address);
	}

	function remember(entry: Entry): void {
		const { address, id } = entry.timer;
		const own = actors.get(address) ?? new Map<string, Entry>();
		actors.set(address, own.set(id, entry));
		size++;
	}

	function arm(): void {
		while (heap[0]?.cancelled) pop(heap);
		const dueAt = heap[0]?.timer.dueAt;
		if (!started || dueAt === armedFor) return;
		disarm?.();
		disarm = undefined;
		armedFor = dueAt ?? Number.POSITIVE_INFINITY;
		if (dueAt !== undefined) disarm = clock.setTimer(fire, Math.max(0, dueAt - clock.now()));
	}

	function fire(): void {
		armedFor = Number.POSITIVE_INFINITY;
		disarm = undefined;
		const now = clock.now();
		for (let head = heap[0]; head && (head.cancelled || head.timer.dueAt <= now); head = heap[0]) {
			pop(heap);
			if (!head.cancelled) onDue(head.timer);
		}
		arm();
	}

	return {
		set(timer) {
			forget(timer);
			const entry: Entry = { timer, cancelled: false };
			remember(entry);
			push(heap, entry);
			arm();
		},
		clear(key) {
			forget(key);
			arm();
		},
		clearAll(address) {
			for (const entry of actors.get(address)?.values() ?? []) forget(entry.timer);
			arm();
		},
		isDue: (timer) => actors.get(timer.address)?.get(timer.id)?.timer === timer,
		start() {
			started = true;
			arm();
		},
		stop() {
			started = false;
			disarm?.();
			disarm = undefined;
			armedFor = Number.POSITIVE_INFINITY;
		},
		get size() {
			return size;
		},
	};
}

/** A binary heap by due time. */
function push(heap: Entry[], entry: Entry): void {
	let index = heap.push(entry) - 1;
	while (index > 0) {
		const parentIndex = (index - 1) >> 1;
		const parent = heap[parentIndex];
		if (!parent || parent.timer.dueAt <= entry.timer.dueAt) break;
		heap[index] = parent;
		index = parentIndex;
	}
	heap[index] = entry;
}

function pop(heap: Entry[]): void {
	const last = heap.pop();
	if (!last || heap.length === 0) return;
	let index = 0;
	for (;;) {
		const childIndex = earlierChild(heap, index);
		const child = heap[childIndex];
		if (!child || child.timer.dueAt >= last.timer.dueAt) break;
		heap[index] = child;
		index = childIndex;
	}
	heap[index] = last;
}

function earlierChild(heap: readonly Entry[], index: number): number {
	const left = 2 * index + 1;
	const leftEntry = heap[left];
	const rightEntry = heap[left + 1];
	return leftEntry && rightEntry && rightEntry.timer.dueAt < leftEntry.timer.dueAt ? left + 1 : left;
}
