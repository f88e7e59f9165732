/**
 * Numbers on PostgreSQL: taken from one row, in the transaction that writes what they are for.
 *
 * 1. The row stays locked until that transaction ends: whoever takes higher numbers commits later. So a
 *    reader that has seen n never finds a new row below n, however many processes write. (A sequence
 *    hands out numbers before the commit, and would let a reader pass a row that becomes visible later.)
 * 2. What is rolled back gives its numbers back: there are no gaps.
 * 3. All that writes waits for the row, which makes its transactions follow each other.
 */
import type { WriteUnit } from '../../durable/store.ts';
import type { Executor } from '../executor.ts';
import { countNumbers, createSequenceNumbers, type SequenceNumbers } from '../sequence-numbers.ts';

const kinds = ['journal', 'message', 'event', 'effect'] as const;

const takeAll = `UPDATE "numbering" SET ${kinds.map((kind) => `"${kind}" = "${kind}" + ?::bigint`).join(', ')}
WHERE "id" = 1 RETURNING ${kinds.map((kind) => `"${kind}"`).join(', ')}`;

export async function takeNumbers(executor: Executor, units: readonly WriteUnit[]): Promise<SequenceNumbers> {
	const counts = countNumbers(units);
	const [last] = await executor.query(takeAll, ...kinds.map((kind) => counts[kind]));
	return createSequenceNumbers(
		Object.fromEntries(kinds.map((kind, index) => [kind, Number(last?.[index]) - counts[kind]])),
	);
}
