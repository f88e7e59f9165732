/**
 * Domain records in memory, under the constraints of the schema: required columns, unique keys,
 * references. What refers to a row goes with it.
 */
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

type RowSets = ReadonlyMap<string, RowSet>;

export function createMemoryRecords(tables: Tables): MemoryRecords {
	const sets: RowSets = new Map([...tables].map(([name, table]) => [name, createRowSet(table)]));

	function apply(record: DomainRecord, log: UndoLog): void {
		const set = sets.get(record.table);
		if (set === undefined) throw new StatecraftError('internal', `There is no table ${record.table} for records`);
		if (record.op === 'insert') write(sets, set, { ...emptyRow(set.table), ...record.row }, log);
		else if (record.op === 'delete') remove(sets, set, [record.id], log);
		else update(sets, set, record.id, record.set, log);
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

function emptyRow(table: Table): Row {
	return Object.fromEntries([...table.columns.keys()].map((name) => [name, null]));
}

function write(sets: RowSets, set: RowSet, row: Row, log: UndoLog): void {
	checkRequired(set.table, row);
	checkReferences(sets, set.table, row);
	takeKeys(set, row, log);
	log.set(set.rows, String(row.id), row);
}

function update(sets: RowSets, set: RowSet, id: string, values: Row, log: UndoLog): void {
	const before = set.rows.get(id);
	if (before === undefined) return;
	releaseKeys(set, before, log);
	write(sets, set, { ...before, ...values }, log);
}

function remove(sets: RowSets, set: RowSet, ids: readonly string[], log: UndoLog): void {
	if (ids.length === 0) return;
	for (const id of ids) {
		const row = set.rows.get(id);
		if (row !== undefined) releaseKeys(set, row, log);
	}
	log.deleteInPlace(set.rows, ids);
	const gone = new Set<ColumnValue>(ids);
	for (const other of sets.values()) {
		for (const { column, table } of other.table.references) {
			if (table !== set.table.name) continue;
			const orphans = [...other.rows].filter(([, row]) => gone.has(row[column] ?? null));
			remove(
				sets,
				other,
				orphans.map(([id]) => id),
				log,
			);
		}
	}
}

function checkRequired(table: Table, row: Row): void {
	for (const { name, required } of table.columns.values()) {
		if (required && row[name] === null) throw createConstraintError(`A value is missing: ${table.name}.${name}`);
	}
}

/** As in SQL, null refers to nothing. */
function checkReferences(sets: RowSets, { name, references }: Table, row: Row): void {
	for (const { column, table } of references) {
		const id = row[column];
		if (id === null || sets.get(table)?.rows.has(String(id))) continue;
		throw createConstraintError(`${name}.${column} refers to a row that does not exist: ${id}`);
	}
}

function takeKeys(set: RowSet, row: Row, log: UndoLog): void {
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
