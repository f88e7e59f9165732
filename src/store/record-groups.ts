/**
 * Gathers domain records into as few set-based statements as their order allows.
 *
 * 1. What happens to one row happens in the order given; of two updates of the same columns of a row
 *    that meet in one statement, the later one counts.
 * 2. A record may join an earlier statement if nothing in between touches its row and nothing becomes
 *    possible by it that the given order refuses: no unique value is freed earlier or taken later, and
 *    no write that a constraint may refuse is passed over. The reverse, a refusal of what the given order
 *    allows, is harmless: the batch is then split, down to single units.
 * 3. In a strict grouping (one unit alone) records of a table keep their order altogether.
 */
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import { createStatement, deleteWhereIn, insertInto, type Statement, updateById } from './statements.ts';
import type { Table, Tables } from './tables.ts';

type Values = Readonly<Record<string, ColumnValue>>;

/** A record as a row of a statement. */
interface Entry {
	/** Operation and columns: what records must share to be written by one statement. */
	readonly shape: string;
	readonly op: DomainRecord['op'];
	readonly id: string;
	readonly row: unknown;
	/** Takes or frees unique values in a way that depends on its neighbours: a statement of its own. */
	readonly alone: boolean;
	createSql(): string;
}

interface RecordGroup {
	readonly shape: string;
	readonly alone: boolean;
	readonly op: DomainRecord['op'];
	readonly sql: string;
	/** By row id; insertion order is the order of writing. */
	readonly rows: Map<string, unknown>;
}

export interface RecordGroups {
	add(record: DomainRecord): void;
	/** The statements in the order in which they must run. */
	toStatements(): Statement[];
}

export function createRecordGroups(tables: Tables, strict: boolean): RecordGroups {
	const groupsOf = new Map<string, RecordGroup[]>();

	function add(record: DomainRecord): void {
		const groups = groupsOf.get(record.table) ?? [];
		groupsOf.set(record.table, groups);
		const entry = createEntry(tables.get(record.table), record);
		let group = findGroup(groups, entry, strict);
		if (group === undefined) {
			group = { shape: entry.shape, alone: entry.alone, op: entry.op, sql: entry.createSql(), rows: new Map() };
			groups.push(group);
		}
		group.rows.set(entry.id, entry.row);
	}

	function toStatements(): Statement[] {
		const groups = [...groupsOf.values()].flat();
		return groups.map((group) => createStatement(group.sql, [...group.rows.values()]));
	}

	return { add, toStatements };
}

function findGroup(groups: readonly RecordGroup[], entry: Entry, strict: boolean): RecordGroup | undefined {
	if (entry.alone) return undefined;
	const earliest = strict ? Math.max(groups.length - 1, 0) : 0;
	for (let index = groups.length - 1; index >= earliest; index--) {
		const group = groups[index];
		if (group === undefined) return undefined;
		const touched = group.rows.has(entry.id);
		// Inserting a row twice must fail, and does so only in a statement of its own.
		if (group.shape === entry.shape && !group.alone && !(touched && entry.op === 'insert')) return group;
		if (touched || mustFollow(entry, group)) return undefined;
	}
	return undefined;
}

/** A deletion frees unique values, which nothing that came before it may see. */
function mustFollow(entry: Entry, group: RecordGroup): boolean {
	return entry.op === 'delete' && (group.alone || group.op === 'insert');
}

function createEntry(table: Table | undefined, record: DomainRecord): Entry {
	const { op, table: name } = record;
	if (op === 'delete') {
		return { shape: op, op, id: record.id, row: record.id, alone: false, createSql: () => deleteWhereIn(name, 'id') };
	}
	const values: Values = op === 'insert' ? record.row : record.set;
	const columns = Object.keys(values);
	const shape = `${op} ${columns.join()}`;
	if (op === 'insert') {
		const id = String(values.id);
		return { shape, op, id, row: Object.values(values), alone: false, createSql: () => insertInto(name, columns) };
	}
	const row = [record.id, ...Object.values(values)];
	const alone = table === undefined || columns.some((column) => mayBeRefused(table, column, values[column]));
	return { shape, op, id: record.id, row, alone, createSql: () => updateById(name, columns) };
}

/** Whether a constraint may refuse to set the column: it is part of a unique key, or must not be null. */
function mayBeRefused(table: Table, name: string, value: ColumnValue | undefined): boolean {
	if (value === null && table.columns.get(name)?.required === true) return true;
	return table.uniques.some((columns) => columns.includes(name));
}
