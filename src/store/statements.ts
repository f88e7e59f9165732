/**
 * The SQL of the write side. Every statement takes one parameter, a JSON array with one element for
 * each row, so that a batch of any size is the same few statements.
 *
 * 1. A row is a JSON array in the order of the statement's columns; `->>` gives back exactly what
 *    went in: text, integers up to 2^53, reals, NULL, and 0 or 1 for booleans. `jsonb_each` parses the
 *    parameter once, where `json_each` would parse every row again for every column.
 * 2. Versions are checked in the write itself: a stale one makes `actors.version` NULL, which the
 *    column refuses, which fails the transaction. No result has to be looked at in between.
 */

/** A statement and the JSON that is its only parameter. */
export interface Statement {
	readonly sql: string;
	readonly parameter: string;
}

export function createStatement(sql: string, rows: readonly unknown[]): Statement {
	return { sql, parameter: JSON.stringify(rows) };
}

const quote = (name: string): string => `"${name}"`;

/** Inserts rows whose values stand in the order of `columns`. */
export function insertInto(table: string, columns: readonly string[]): string {
	const values = columns.map((_, index) => `value->>${index}`);
	return `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')}) SELECT ${values.join(', ')} FROM jsonb_each(?)`;
}

/** Updates rows by id: the id stands first, then the values in the order of `columns`. */
export function updateById(table: string, columns: readonly string[]): string {
	const sets = columns.map((column, index) => `${quote(column)} = value->>${index + 1}`);
	return `UPDATE ${quote(table)} SET ${sets.join(', ')} FROM jsonb_each(?) WHERE ${quote(table)}."id" = value->>0`;
}

/** Deletes rows whose `column` is among the values. */
export function deleteWhereIn(table: string, column: string): string {
	return `DELETE FROM ${quote(table)} WHERE ${quote(column)} IN (SELECT value FROM json_each(?))`;
}

/** A stale version is told by this constraint, see 2 above. */
export const staleVersionMessage = 'NOT NULL constraint failed: actors.version';

const written = ['source', 'machine_id', 'machine_version', 'definition_hash', 'status', 'snapshot'];

/** Row: address, parent, what is in `written`, the new version, the version it must follow (0: no row). */
export const writeActors = `INSERT INTO "actors" ("address", "parent", ${written.map(quote).join(', ')}, "version")
SELECT j.value->>0, j.value->>1, ${written.map((_, index) => `j.value->>${index + 2}`).join(', ')},
  CASE WHEN ifnull(a."version", 0) = j.value->>9 THEN j.value->>8 END
FROM jsonb_each(?) AS j LEFT JOIN "actors" AS a ON a."address" = j.value->>0 WHERE true
ON CONFLICT ("address") DO UPDATE SET "version" = excluded."version",
  ${written.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(', ')}`;

/** Everything that goes with an actor. */
export const removeActors = [
	deleteWhereIn('actors', 'address'),
	deleteWhereIn('timers', 'address'),
	deleteWhereIn('effects', 'address'),
	deleteWhereIn('messages', 'to'),
] as const;

const blockShift = 10;

/** Numbered rows carry the block their number is in, which leads their index (see the schema). */
export function blockOf(seq: number): number {
	return Math.floor(seq / 2 ** blockShift);
}

/** Row: the number, then the values in the order of `columns`. */
function insertNumbered(table: string, columns: readonly string[]): string {
	const values = columns.map((_, index) => `value->>${index + 1}`);
	return `INSERT INTO ${quote(table)} ("seq", "block", ${columns.map(quote).join(', ')})
SELECT value->>0, (value->>0) >> ${blockShift}, ${values.join(', ')} FROM jsonb_each(?)`;
}

export const insertJournal = insertNumbered('transitions', [
	'address',
	'version',
	'from',
	'to',
	'event',
	'trigger',
	'cause',
	'generation',
	'at',
]);

export const insertEvents = insertNumbered('events', ['topic', 'agent_id', 'at', 'data']);

export const clearTimers = `DELETE FROM "timers" WHERE ("address", "id") IN (SELECT value->>0, value->>1 FROM jsonb_each(?))`;

export const setTimers = `${insertInto('timers', ['address', 'id', 'target', 'event', 'due_at'])} WHERE true
ON CONFLICT ("address", "id") DO UPDATE SET "target" = excluded."target", "event" = excluded."event", "due_at" = excluded."due_at"`;

export const insertEffects = insertInto('effects', [
	'id',
	'address',
	'name',
	'params',
	'attempts',
	'next_attempt_at',
	'last_error',
]);

export const retryEffects = updateById('effects', ['attempts', 'next_attempt_at', 'last_error']);

export const settleEffects = deleteWhereIn('effects', 'id');

export const insertMessages = insertInto('messages', ['id', 'from', 'to', 'event', 'sent_at']);

export const consumeMessages = deleteWhereIn('messages', 'id');
