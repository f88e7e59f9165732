/** Domain records in memory, under the constraints of the schema: required columns, unique keys. */
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';
import type { Table, Tables } from './tables.ts';
import type { UndoLog } from './undo-log.ts';

export type Row = Readonly<Record<string, ColumnValue>>;

export interface MemoryRecords {
	apply(record: DomainRecord, log: UndoLog): void;
	rows(table: string): readonly Row[];
}

interface RowSet {
	readonly table: Table;
	readonly rows: Map<string, Row>;
	/** For each unique key: the values in use, and by which row. */
	readonly taken: ReadonlyArray<{
		readonly columns: readonly string[];
		readonly owners: Map<string, string>;
	}>;
}

export function createMemoryRecords(tables: Tables): MemoryRecords {
	const sets = new Map([...tables].map(([name, table]) => [name, createRowSet(table)]));

	function apply(record: DomainRecord, log: UndoLog): void {
		const set = sets.get(record.table);
		if (set === undefined) throw new StatecraftError('internal', `There is no table ${record.table} for records`);
		if (record.op === 'insert') insert(set, record.row, log);
		else change(set, record, log);
	}

	return {
		apply,
		rows: (table) => [...(sets.get(table)?.rows.values() ?? [])],
	};
}

function createRowSet(table: Table): RowSet {
	return {
		table,
		rows: new Map(),
		taken: table.uniques.map((columns) => ({ columns, owners: new Map() })),
	};
}

function insert(set: RowSet, values: Row, log: UndoLog): void {
	const empty = Object.fromEntries([...set.table.columns.keys()].map((name) => [name, null]));
	const row = { ...empty, ...values };
	takeKeys(set, row, log);
	log.set(set.rows, String(row.id), row);
}

function change(set: RowSet, record: Exclude<DomainRecord, { readonly op: 'insert' }>, log: UndoLog): void {
	const before = set.rows.get(record.id);
	if (before === undefined) return;
	releaseKeys(set, before, log);
	if (record.op === 'delete') {
		log.deleteInPlace(set.rows, record.id);
		return;
	}
	const after = { ...before, ...record.set };
	takeKeys(set, after, log);
	log.set(set.rows, record.id, after);
}

function takeKeys(set: RowSet, row: Row, log: UndoLog): void {
	for (const { name, required } of set.table.columns.values()) {
		if (required && row[name] === null) throw createConstraintError(`A value is missing: ${set.table.name}.${name}`);
	}
	for (const { columns, owners } of set.taken) {
		const key = keyOf(row, columns);
		if (key === undefined) continue;
		if (owners.has(key)) {
			const names = columns.map((column) => `${set.table.name}.${column}`).join(', ');
			throw createConstraintError(`A row with the same ${names} exists already`);
		}
		log.set(owners, key, String(row.id));
	}
}

function releaseKeys(set: RowSet, row: Row, log: UndoLog): void {
	for (const { columns, owners } of set.taken) {
		const key = keyOf(row, columns);
		if (key !== undefined) log.delete(owners, key);
	}
}

/** As in SQL, a key with a null in it is never the same as another. */
function keyOf(row: Row, columns: readonly string[]): string | undefined {
	const values = columns.map((column) => row[column]);
	return values.includes(null) ? undefined : JSON.stringify(values);
}

function createConstraintError(detail: string): StatecraftError {
	return new StatecraftError('constraint_violated', detail);
}
