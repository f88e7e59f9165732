/**
 * The tables that domain records may be written to, derived from prisma/schema.prisma so that no
 * adapter keeps a list of its own: names and types of the columns, which are required, what is unique, what refers to what.
 */

import type { ColumnValue, DomainRecord, WriteUnit } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';
import { readSchema } from './migration-folder.ts';

export interface Column {
	readonly name: string;
	/** Prisma's scalar type. */
	readonly type: string;
	readonly required: boolean;
	readonly hasDefault: boolean;
}

/** A column that holds the id of a row of another table, and goes with that row. */
export interface Reference {
	readonly column: string;
	readonly table: string;
}

export interface Table {
	readonly name: string;
	readonly columns: ReadonlyMap<string, Column>;
	/** Column names of the primary key and of every unique index. */
	readonly uniques: ReadonlyArray<readonly string[]>;
	readonly references: readonly Reference[];
	/** Columns that are part of a unique key, or refer to another table. */
	readonly constrained: ReadonlySet<string>;
}

export type Tables = ReadonlyMap<string, Table>;

/** What the durable core keeps for itself: written by its own statements, never by records. */
const coreTables = new Set(['actors', 'transitions', 'timers', 'effects', 'messages', 'events']);

/** The tables of the parts: agents, runs, prompts, … Each has the primary key `id`. */
export function readRecordTables(schema: string = readSchema().content): Tables {
	return new Map([...parseTables(schema)].filter(([name]) => !coreTables.has(name)));
}

/** Every table of a Prisma schema. */
export function parseTables(schema: string): Tables {
	const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)];
	const bodies = new Map(models.map(([, model = '', body = '']) => [model, body]));
	const tables = [...bodies].map(([model, body]) => parseTable(model, body, bodies));
	return new Map(tables.map((table) => [table.name, table]));
}

function parseTable(model: string, body: string, bodies: ReadonlyMap<string, string>): Table {
	const columnOf = new Map<string, Column>();
	const relations: Array<{ readonly model: string; readonly rest: string }> = [];
	const uniques: string[][] = [];
	for (const [, field = '', type = '', optional, rest = ''] of body.matchAll(/^\s+(\w+)\s+(\w+)(\?)?([^\n]*)$/gm)) {
		if (bodies.has(type)) {
			if (rest.includes('@relation(')) relations.push({ model: type, rest });
			continue;
		}
		const name = rest.match(/@map\("(\w+)"\)/)?.[1] ?? field;
		columnOf.set(field, { name, type, required: optional === undefined, hasDefault: rest.includes('@default') });
		if (/@id\b|@unique\b/.test(rest)) uniques.push([name]);
	}
	const columnName = (field: string): string => columnOf.get(field)?.name ?? field;
	for (const [, fields = ''] of body.matchAll(/@@(?:unique|id)\(\[([^\]]*)\]/g)) {
		uniques.push(fields.split(',').map((field) => columnName(field.trim())));
	}
	const references = relations.map((relation) => ({
		column: columnName(readForeignKey(relation.rest)),
		table: tableName(relation.model, bodies.get(relation.model) ?? ''),
	}));
	return {
		name: tableName(model, body),
		columns: new Map([...columnOf.values()].map((column) => [column.name, column])),
		uniques,
		references,
		constrained: new Set([...uniques.flat(), ...references.map(({ column }) => column)]),
	};
}

function tableName(model: string, body: string): string {
	return body.match(/@@map\("(\w+)"\)/)?.[1] ?? model;
}

/** The field of the only kind of relation that the stores know. */
function readForeignKey(rest: string): string {
	const field = rest.match(/@relation\(fields: \[(\w+)\], references: \[id\], onDelete: Cascade\)/)?.[1];
	if (field === undefined) throw createBug(`A relation refers to an id and cascades, unlike ${rest.trim()}`);
	return field;
}

/** Why a unit's records cannot be meant: an unknown table or column, a value of another type. A bug of the writer. */
export function findUnitBug(tables: Tables, unit: WriteUnit): StatecraftError | undefined {
	for (const record of unit.records ?? []) {
		const bug = findRecordBug(tables, record);
		if (bug !== undefined) return bug;
	}
	return undefined;
}

function findRecordBug(tables: Tables, record: DomainRecord): StatecraftError | undefined {
	const table = tables.get(record.table);
	if (table === undefined) return createBug(`There is no table ${record.table} for records`);
	if (record.op === 'delete') return undefined;
	if (record.op === 'update' && 'id' in record.set) return createBug(`The id of ${record.table} never changes`);
	const values = record.op === 'insert' ? record.row : record.set;
	for (const name in values) {
		const column = table.columns.get(name);
		if (column === undefined) return createBug(`The table ${record.table} has no column ${name}`);
		const value = values[name];
		if (!fits(column, value)) {
			return createBug(`${record.table}.${name} takes ${column.type}, not ${typeof value} ${String(value)}`);
		}
	}
	return undefined;
}

function createBug(detail: string): StatecraftError {
	return new StatecraftError('internal', detail);
}

function fits({ type }: Column, value: ColumnValue | undefined): boolean {
	if (value === null) return true;
	switch (type) {
		case 'String':
			return typeof value === 'string';
		case 'Boolean':
			return typeof value === 'boolean';
		case 'Float':
			return typeof value === 'number' && Number.isFinite(value);
		default:
			return Number.isSafeInteger(value);
	}
}
