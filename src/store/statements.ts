/**
 * The statements of the write side, which every kind of database words in its own dialect. Each takes one
 * parameter, a JSON array with one element for each row, so that a batch of any size is the same few
 * statements. `?` stands for a parameter in all of them.
 */
import type { Table } from './tables.ts';

/** A statement and the JSON that is its only parameter. */
export interface Statement {
	readonly sql: string;
	readonly parameter: string;
}

export interface Statements {
	createStatement(sql: string, rows: readonly unknown[]): Statement;
	/** Inserts rows whose values stand in the order of `columns`. */
	insertInto(table: Table, columns: readonly string[]): string;
	/** Updates rows by id: the id stands first, then the values in the order of `columns`. */
	updateById(table: Table, columns: readonly string[]): string;
	/** Deletes rows whose `column` is among the values. */
	deleteWhereIn(table: string, column: string): string;
	/**
	 * Row: address, parent, what is in `actorColumns`, the new version, the version it must follow (0: no
	 * row). A stale one fails, and the transaction with it: no result has to be looked at in between.
	 */
	readonly writeActors: string;
	/** Everything that goes with an actor. */
	readonly removeActors: readonly string[];
	/** Row: the number, then the values in the order of `journalColumns`. */
	readonly insertJournal: string;
	/** Row: the number, then the values in the order of `eventColumns`. */
	readonly insertEvents: string;
	readonly clearTimers: string;
	readonly setTimers: string;
	/** Row: the values in the order of `effectColumns`, then the number, for databases that do not number rows. */
	readonly insertEffects: string;
	readonly retryEffects: string;
	readonly settleEffects: string;
	/** Row: the values in the order of `messageColumns`, then the number, as of effects. */
	readonly insertMessages: string;
	readonly consumeMessages: string;
	/** Row: id of an agent and when it was last heard of. */
	readonly touchAgents: string;
	/** Two parameters: id and value. */
	readonly saveSetting: string;
	/** What effects are sorted by to stand in the order of insertion. */
	readonly effectOrder: string;
}

export const actorColumns = ['source', 'machine_id', 'machine_version', 'definition_hash', 'status', 'snapshot'];
/** Where an actor's address stands: what goes with it. */
export const actorReferences = [
	['actors', 'address'],
	['timers', 'address'],
	['effects', 'address'],
	['messages', 'to'],
] as const;

export const journalColumns = ['address', 'version', 'from', 'to', 'event', 'trigger', 'cause', 'generation', 'at'];
export const eventColumns = ['topic', 'agent_id', 'at', 'data'];
export const timerColumns = ['address', 'id', 'target', 'event', 'due_at'];
export const effectColumns = ['id', 'address', 'name', 'params', 'attempts', 'next_attempt_at', 'last_error'];
export const retryColumns = ['attempts', 'next_attempt_at', 'last_error'];
export const messageColumns = ['id', 'from', 'to', 'event', 'sent_at'];

export const quote = (name: string): string => `"${name}"`;

export const blockShift = 10;

/** Numbered rows carry the block their number is in, which leads their index (see the schema). */
export function blockOf(seq: number): number {
	return Math.floor(seq / 2 ** blockShift);
}

/** `SET` list by which an insertion that meets its row replaces these columns. */
export function setExcluded(columns: readonly string[]): string {
	return columns.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(', ');
}

export const saveSetting = `INSERT INTO "settings" ("id", "value") VALUES (?, ?)
ON CONFLICT ("id") DO UPDATE SET ${setExcluded(['value'])}`;
