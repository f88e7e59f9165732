/**
 * Gathers domain records into as few set-based statements as their order allows.
 *
 * 1. What happens to one row happens in the order given; of two updates of the same columns of a row
 *    that meet in one statement, the later one counts.
 * 2. In a strict grouping (one unit alone) records of a table keep their order altogether. Otherwise
 *    a record may join an earlier statement if nothing in between touches its row. That can at worst
 *    violate a unique constraint that the given order would not: the batch is then split, down to
 *    single units, and those are grouped strictly.
 */
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import { createStatement, deleteWhereIn, insertInto, type Statement, updateById } from './statements.ts';

interface RecordGroup {
	/** Operation and columns: what records must share to be written by one statement. */
	readonly shape: string;
	readonly sql: string;
	/** By row id; insertion order is the order of writing. */
	readonly rows: Map<string, unknown>;
}

export interface RecordGroups {
	add(record: DomainRecord): void;
	/** The statements in the order in which they must run. */
	toStatements(): Statement[];
}

export function createRecordGroups(strict: boolean): RecordGroups {
	const groupsOf = new Map<string, RecordGroup[]>();

	function add(record: DomainRecord): void {
		const groups = groupsOf.get(record.table) ?? [];
		groupsOf.set(record.table, groups);
		const { shape, id, row, createSql } = describe(record);
		let group = findGroup(groups, shape, id, record.op, strict);
		if (group === undefined) {
			group = { shape, sql: createSql(), rows: new Map() };
			groups.push(group);
		}
		group.rows.set(id, row);
	}

	function toStatements(): Statement[] {
		const groups = [...groupsOf.values()].flat();
		return groups.map((group) => createStatement(group.sql, [...group.rows.values()]));
	}

	return { add, toStatements };
}

function findGroup(
	groups: readonly RecordGroup[],
	shape: string,
	id: string,
	op: DomainRecord['op'],
	strict: boolean,
): RecordGroup | undefined {
	const earliest = strict ? groups.length - 1 : 0;
	for (let index = groups.length - 1; index >= Math.max(earliest, 0); index--) {
		const group = groups[index];
		const touched = group?.rows.has(id) === true;
		// Inserting a row twice must fail, and does so only in a statement of its own.
		if (group?.shape === shape && !(touched && op === 'insert')) return group;
		if (touched) return undefined;
	}
	return undefined;
}

function describe(record: DomainRecord) {
	const { op, table } = record;
	if (op === 'delete') {
		return {
			shape: op,
			id: record.id,
			row: record.id,
			createSql: () => deleteWhereIn(table, 'id'),
		};
	}
	const values: Readonly<Record<string, ColumnValue>> = op === 'insert' ? record.row : record.set;
	const columns = Object.keys(values);
	const shape = `${op} ${columns.join()}`;
	if (op === 'insert') {
		return {
			shape,
			id: String(values.id),
			row: Object.values(values),
			createSql: () => insertInto(table, columns),
		};
	}
	const row = [record.id, ...Object.values(values)];
	return {
		shape,
		id: record.id,
		row,
		createSql: () => updateById(table, columns),
	};
}
