/**
 * The write side in PostgreSQL's dialect.
 *
 * 1. A row is a JSON array in the order of the statement's columns; `->>` gives text or NULL, which is
 *    cast to the column's type: what went in comes out, integers up to 2^53 and reals exactly.
 * 2. Versions are checked in the write itself: a stale one makes `actors.version` NULL, which the
 *    column refuses, which fails the transaction. Transactions that write follow each other (see
 *    numbering.ts), and each statement sees what was committed before it.
 * 3. PostgreSQL holds neither NUL nor half a surrogate pair in a text. Agents say such things; each becomes
 *    U+FFFD, where refusing it would refuse the whole step. In JSON columns NUL is an escape, and stays.
 */
import { readSchema } from '../migration-folder.ts';
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
import { parseTables, type Table } from '../tables.ts';

const castByType: Readonly<Record<string, string>> = {
	Int: '::integer',
	BigInt: '::bigint',
	Float: '::double precision',
	Boolean: '::boolean',
};

const rows = 'jsonb_array_elements(?::jsonb) AS j(value)';

const tables = parseTables(readSchema().content);

function tableOf(name: string): Table {
	const table = tables.get(name);
	if (table === undefined) throw new Error(`The schema has no table ${name}`);
	return table;
}

/** The value at an index of the row, as the column takes it. */
function read({ columns }: Table, column: string, index: number): string {
	const cast = castByType[columns.get(column)?.type ?? ''];
	return cast === undefined ? `j.value->>${index}` : `(j.value->>${index})${cast}`;
}

function insertInto(table: Table, columns: readonly string[]): string {
	const values = columns.map((column, index) => read(table, column, index));
	return `INSERT INTO ${quote(table.name)} (${columns.map(quote).join(', ')}) SELECT ${values.join(', ')} FROM ${rows}`;
}

/** The number stands behind the values. */
function insertNumberedLast(name: string, columns: readonly string[]): string {
	const values = columns.map((column, index) => read(tableOf(name), column, index));
	return `INSERT INTO ${quote(name)} (${columns.map(quote).join(', ')}, "seq")
SELECT ${values.join(', ')}, (j.value->>${columns.length})::bigint FROM ${rows}`;
}

/** The number stands before the values, and tells the block. */
function insertInBlocks(name: string, columns: readonly string[]): string {
	const values = columns.map((column, index) => read(tableOf(name), column, index + 1));
	return `INSERT INTO ${quote(name)} ("seq", "block", ${columns.map(quote).join(', ')})
SELECT (j.value->>0)::bigint, ((j.value->>0)::bigint >> ${blockShift})::integer, ${values.join(', ')} FROM ${rows}`;
}

function updateById(table: Table, columns: readonly string[]): string {
	const sets = columns.map((column, index) => `${quote(column)} = ${read(table, column, index + 1)}`);
	return `UPDATE ${quote(table.name)} SET ${sets.join(', ')} FROM ${rows} WHERE ${quote(table.name)}."id" = j.value->>0`;
}

function deleteWhereIn(table: string, column: string): string {
	return `DELETE FROM ${quote(table)} WHERE ${quote(column)} IN (SELECT jsonb_array_elements_text(?::jsonb))`;
}

const actors = tableOf('actors');

/** A NUL, or half a surrogate pair: as `JSON.stringify` escapes them, and behind no backslash that is escaped itself. */
const unwritable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** JSON whose texts PostgreSQL can hold. */
export function toWritableJson(value: unknown): string {
	return JSON.stringify(value).replaceAll(unwritable, '$1\uFFFD');
}

export const postgresqlStatements: Statements = {
	createStatement: (sql, values) => ({ sql, parameter: toWritableJson(values) }),
	insertInto,
	updateById,
	deleteWhereIn,
	writeActors: `INSERT INTO "actors" ("address", "parent", ${actorColumns.map(quote).join(', ')}, "version")
SELECT j.value->>0, j.value->>1, ${actorColumns.map((column, index) => read(actors, column, index + 2)).join(', ')},
  CASE WHEN coalesce(a."version", 0) = (j.value->>9)::integer THEN (j.value->>8)::integer END
FROM ${rows} LEFT JOIN "actors" AS a ON a."address" = j.value->>0
ON CONFLICT ("address") DO UPDATE SET "version" = excluded."version", ${setExcluded(actorColumns)}`,
	removeActors: actorReferences.map(([table, column]) => deleteWhereIn(table, column)),
	insertJournal: insertInBlocks('transitions', journalColumns),
	insertEvents: insertInBlocks('events', eventColumns),
	clearTimers: `DELETE FROM "timers" WHERE ("address", "id") IN (SELECT j.value->>0, j.value->>1 FROM ${rows})`,
	setTimers: `${insertInto(tableOf('timers'), timerColumns)}
ON CONFLICT ("address", "id") DO UPDATE SET ${setExcluded(['target', 'event', 'due_at'])}`,
	insertEffects: insertNumberedLast('effects', effectColumns),
	retryEffects: updateById(tableOf('effects'), retryColumns),
	settleEffects: deleteWhereIn('effects', 'id'),
	insertMessages: insertNumberedLast('messages', messageColumns),
	consumeMessages: deleteWhereIn('messages', 'id'),
	touchAgents: updateById(tableOf('agents'), ['last_seen_at']),
	saveSetting,
	effectOrder: '"seq"',
};
