/**
 * The write side in SQLite's dialect.
 *
 * 1. A row is a JSON array in the order of the statement's columns; `->>` gives back exactly what
 *    went in: text, integers up to 2^53, reals, NULL, and 0 or 1 for booleans. `jsonb_each` parses the
 *    parameter once, where `json_each` would parse every row again for every column.
 * 2. Versions are checked in the write itself: a stale one makes `actors.version` NULL, which the
 *    column refuses, which fails the transaction.
 */
import {
	actorColumns,
	actorReferences,
	blockShift,
	effectColumns,
	eventColumns,
	journalColumns,
	messageColumns,
	quote,
	retryColumns,
	type Statements,
	saveSetting,
	setExcluded,
	timerColumns,
} from '../statements.ts';

function insertInto(table: string, columns: readonly string[]): string {
	const values = columns.map((_, index) => `value->>${index}`);
	return `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')}) SELECT ${values.join(', ')} FROM jsonb_each(?)`;
}

function updateById(table: string, columns: readonly string[]): string {
	const sets = columns.map((column, index) => `${quote(column)} = value->>${index + 1}`);
	return `UPDATE ${quote(table)} SET ${sets.join(', ')} FROM jsonb_each(?) WHERE ${quote(table)}."id" = value->>0`;
}

function deleteWhereIn(table: string, column: string): string {
	return `DELETE FROM ${quote(table)} WHERE ${quote(column)} IN (SELECT value FROM json_each(?))`;
}

function insertNumbered(table: string, columns: readonly string[]): string {
	const values = columns.map((_, index) => `value->>${index + 1}`);
	return `INSERT INTO ${quote(table)} ("seq", "block", ${columns.map(quote).join(', ')})
SELECT value->>0, (value->>0) >> ${blockShift}, ${values.join(', ')} FROM jsonb_each(?)`;
}

/** A stale version is told by this constraint, see 2 above. */
export const staleVersionMessage = 'NOT NULL constraint failed: actors.version';

export const sqliteStatements: Statements = {
	createStatement: (sql, rows) => ({ sql, parameter: JSON.stringify(rows) }),
	insertInto: ({ name }, columns) => insertInto(name, columns),
	updateById: ({ name }, columns) => updateById(name, columns),
	deleteWhereIn,
	writeActors: `INSERT INTO "actors" ("address", "parent", ${actorColumns.map(quote).join(', ')}, "version")
SELECT j.value->>0, j.value->>1, ${actorColumns.map((_, index) => `j.value->>${index + 2}`).join(', ')},
  CASE WHEN ifnull(a."version", 0) = j.value->>9 THEN j.value->>8 END
FROM jsonb_each(?) AS j LEFT JOIN "actors" AS a ON a."address" = j.value->>0 WHERE true
ON CONFLICT ("address") DO UPDATE SET "version" = excluded."version", ${setExcluded(actorColumns)}`,
	removeActors: actorReferences.map(([table, column]) => deleteWhereIn(table, column)),
	insertJournal: insertNumbered('transitions', journalColumns),
	insertEvents: insertNumbered('events', eventColumns),
	clearTimers: `DELETE FROM "timers" WHERE ("address", "id") IN (SELECT value->>0, value->>1 FROM jsonb_each(?))`,
	setTimers: `${insertInto('timers', timerColumns)} WHERE true
ON CONFLICT ("address", "id") DO UPDATE SET ${setExcluded(['target', 'event', 'due_at'])}`,
	insertEffects: insertInto('effects', effectColumns),
	retryEffects: updateById('effects', retryColumns),
	settleEffects: deleteWhereIn('effects', 'id'),
	insertMessages: insertInto('messages', messageColumns),
	consumeMessages: deleteWhereIn('messages', 'id'),
	touchAgents: updateById('agents', ['last_seen_at']),
	saveSetting,
	// Effects have no number of their own.
	effectOrder: 'rowid',
};
