/**
 * Numbers on SQLite: held in the process, which alone writes the database, and read from it once.
 *
 * 1. Those of a batch that was rolled back stay unused, so that a number means one row for ever.
 * 2. Effects and messages are numbered by the database; what they are given here is left aside.
 */
import type { Executor } from '../executor.ts';
import { createSequenceNumbers, type SequenceNumbers } from '../sequence-numbers.ts';

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
