/**
 * The numbers of journal rows and events, and on databases that do not number them by themselves of effects
 * and messages. Handed out in the order of writing; they only ever grow.
 */
import type { DomainEvent, StoredEvent, WriteUnit } from '../durable/store.ts';

export interface SequenceNumbers {
	nextJournalSeq(): number;
	nextEffectSeq(): number;
	nextMessageSeq(): number;
	numberEvents(events: readonly DomainEvent[] | undefined): readonly StoredEvent[];
}

/** How many numbers of each kind. */
export interface NumberCounts {
	readonly journal: number;
	readonly event: number;
	readonly effect: number;
	readonly message: number;
}

const noEvents: readonly StoredEvent[] = [];

/** Continues after the given last numbers. */
export function createSequenceNumbers(last: Partial<NumberCounts> = {}): SequenceNumbers {
	let { journal = 0, event = 0, effect = 0, message = 0 } = last;
	return {
		nextJournalSeq() {
			journal += 1;
			return journal;
		},
		nextEffectSeq() {
			effect += 1;
			return effect;
		},
		nextMessageSeq() {
			message += 1;
			return message;
		},
		numberEvents(events) {
			if (events === undefined || events.length === 0) return noEvents;
			return events.map((content) => {
				event += 1;
				return { seq: event, ...content };
			});
		},
	};
}

/** How many numbers it takes to write the units. */
export function countNumbers(units: readonly WriteUnit[]): NumberCounts {
	const count = (rows: (unit: WriteUnit) => readonly unknown[] | undefined): number =>
		units.reduce((sum, unit) => sum + (rows(unit)?.length ?? 0), 0);
	return {
		journal: count(({ journal }) => journal),
		event: count(({ events }) => events),
		effect: count(({ effectsAsked }) => effectsAsked),
		message: count(({ messagesSent }) => messagesSent),
	};
}
