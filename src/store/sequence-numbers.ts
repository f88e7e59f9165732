/**
 * The numbers of journal rows and events. Held in the process, which alone writes the database, and
 * read from it once.
 *
 * 1. Numbers are handed out in the order of writing and only ever grow; those of a batch that was
 *    rolled back stay unused, so that a number means one row for ever.
 */
import type { DomainEvent, StoredEvent } from '../durable/store.ts';
import type { Executor } from './executor.ts';

export interface SequenceNumbers {
	nextJournalSeq(): number;
	numberEvents(events: readonly DomainEvent[] | undefined): readonly StoredEvent[];
}

const noEvents: readonly StoredEvent[] = [];

/** Continues after the given last numbers. */
export function createSequenceNumbers(last: { readonly journal: number; readonly event: number }): SequenceNumbers {
	let { journal, event } = last;
	return {
		nextJournalSeq() {
			journal += 1;
			return journal;
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

/** SQLite remembers the highest number of a table even when its rows were deleted. */
const lastNumberOf = (table: string): string =>
	`max(ifnull((SELECT max("seq") FROM "${table}"), 0), ifnull((SELECT "seq" FROM "sqlite_sequence" WHERE "name" = '${table}'), 0))`;

export async function loadSequenceNumbers(executor: Executor): Promise<SequenceNumbers> {
	const [row] = await executor.query(`SELECT ${lastNumberOf('transitions')}, ${lastNumberOf('events')}`);
	return createSequenceNumbers({
		journal: Number(row?.[0] ?? 0),
		event: Number(row?.[1] ?? 0),
	});
}
