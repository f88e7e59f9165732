/**
 * Gathers domain records into as few set-based statements as their order allows.
 *
 * 1. What happens to one row happens in the order given; of two updates of the same columns of a row
 *    that meet in one statement, the later one counts.
 * 2. A record may join an earlier statement if nothing in between touches its row and nothing becomes
 *    possible by it that the given order refuses: no unique value is freed earlier or taken later, and
 *    no write that a constraint may refuse is passed over. The reverse, a refusal of what the given order
 *    allows, is harmless: the batch is then split, down to single units.
 * 3. A row stays behind the insertion of what it refers to, and an insertion behind whatever referred
 *    to it before it was there. A deletion that takes rows of other tables with it stays where it is
 *    among the records of tables that refer to others, for no record names the rows it takes.
 * 4. In a strict grouping (one unit alone) records keep their order altogether.
 */
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';
import type { Statement, Statements } from './statements.ts';
import type { Table, Tables } from './tables.ts';

type Values = Readonly<Record<string, ColumnValue>>;

/** What a record and the statement it is written by have in common. */
interface Write {
	/** Operation, table and columns: what records must share to be written by one statement. */
	readonly shape: string;
	readonly op: DomainRecord['op'];
	readonly table: Table;
	/** Takes or frees unique values, or refers, in a way that depends on its neighbours: a statement of its own. */
	readonly alone: boolean;
	/** Takes rows of other tables with it. */
	readonly cascades: boolean;
}

/** A record as a row of a statement. */
interface Entry extends Write {
	readonly id: string;
	readonly row: unknown;
	/** The rows it refers to. */
	readonly needs: ReadonlyArray<{ readonly table: string; readonly id: string }>;
	createSql(statements: Statements): string;
}

interface RecordGroup extends Write {
	readonly sql: string;
	/** By row id; insertion order is the order of writing. */
	readonly rows: Map<string, unknown>;
	/** The rows that its own refer to. */
	readonly needs: Set<string>;
}

export interface RecordGroups {
	add(record: DomainRecord): void;
	/** The statements in the order in which they must run. */
	toStatements(): Statement[];
}

/** NUL stands in no name, so joined names cannot be mistaken for each other. */
const rowKey = (table: string, id: string): string => `${table}\0${id}`;

export function createRecordGroups(statements: Statements, tables: Tables, strict: boolean): RecordGroups {
	const groups: RecordGroup[] = [];
	const referred = new Set([...tables.values()].flatMap(({ references }) => references.map(({ table }) => table)));

	function add(record: DomainRecord): void {
		const table = tables.get(record.table);
		if (table === undefined) throw new StatecraftError('internal', `There is no table ${record.table} for records`);
		const entry = createEntry(table, record, referred.has(record.table));
		const group = findGroup(groups, entry, strict) ?? startGroup(entry);
		group.rows.set(entry.id, entry.row);
		for (const { table: name, id } of entry.needs) group.needs.add(rowKey(name, id));
	}

	function startGroup(entry: Entry): RecordGroup {
		const { shape, op, table, alone, cascades } = entry;
		const sql = entry.createSql(statements);
		const group: RecordGroup = { shape, op, table, alone, cascades, sql, rows: new Map(), needs: new Set() };
		groups.push(group);
		return group;
	}

	return {
		add,
		toStatements: () => groups.map(({ sql, rows }) => statements.createStatement(sql, [...rows.values()])),
	};
}

function findGroup(groups: readonly RecordGroup[], entry: Entry, strict: boolean): RecordGroup | undefined {
	if (entry.alone) return undefined;
	const earliest = strict ? Math.max(groups.length - 1, 0) : 0;
	for (let index = groups.length - 1; index >= earliest; index--) {
		const group = groups[index];
		if (group === undefined) return undefined;
		const touched = group.table === entry.table && group.rows.has(entry.id);
		// Inserting a row twice must fail, and does so only in a statement of its own.
		if (group.shape === entry.shape && !group.alone && !(touched && entry.op === 'insert')) return group;
		if (touched || mustFollow(entry, group)) return undefined;
	}
	return undefined;
}

function mustFollow(entry: Entry, group: RecordGroup): boolean {
	if (entry.table !== group.table) return dependsOn(entry, group);
	// A deletion frees unique values, which nothing that came before it may see.
	return entry.op === 'delete' && (group.alone || group.op === 'insert');
}

/** Whether records of two tables would mean something else in another order. */
function dependsOn(entry: Entry, group: RecordGroup): boolean {
	if (entry.cascades && group.table.references.length > 0) return true;
	if (group.cascades && entry.table.references.length > 0) return true;
	if (entry.op === 'insert' && group.needs.has(rowKey(entry.table.name, entry.id))) return true;
	return group.op === 'insert' && entry.needs.some(({ table, id }) => table === group.table.name && group.rows.has(id));
}

function createEntry(table: Table, record: DomainRecord, isReferred: boolean): Entry {
	const { op } = record;
	const { name } = table;
	if (op === 'delete') {
		const createSql = ({ deleteWhereIn }: Statements) => deleteWhereIn(name, 'id');
		const { id } = record;
		return {
			shape: `delete ${name}`,
			op,
			table,
			alone: false,
			cascades: isReferred,
			id,
			row: id,
			needs: [],
			createSql,
		};
	}
	const values: Values = op === 'insert' ? record.row : record.set;
	const columns = Object.keys(values);
	const common = {
		shape: `${op} ${name} ${columns.join()}`,
		op,
		table,
		cascades: false,
		needs: findNeeds(table, values),
	};
	if (op === 'insert') {
		const createSql = ({ insertInto }: Statements) => insertInto(table, columns);
		return { ...common, alone: false, id: String(values.id), row: Object.values(values), createSql };
	}
	const row = [record.id, ...Object.values(values)];
	const alone = columns.some((column) => mayBeRefused(table, column, values[column]));
	return { ...common, alone, id: record.id, row, createSql: ({ updateById }) => updateById(table, columns) };
}

function findNeeds({ references }: Table, values: Values): Entry['needs'] {
	return references.flatMap(({ column, table }) => {
		const id = values[column];
		return typeof id === 'string' ? [{ table, id }] : [];
	});
}

/** Whether a constraint may refuse to set the column: part of a unique key, a reference, or not to be null. */
function mayBeRefused(table: Table, name: string, value: ColumnValue | undefined): boolean {
	if (table.constrained.has(name)) return true;
	return value === null && table.columns.get(name)?.required === true;
}
