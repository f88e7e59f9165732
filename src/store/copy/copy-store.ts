/**
 * Copies a whole store from one database to another, in either direction.
 *
 * 1. All of it or nothing: one transaction writes everything, and is committed only when every table of
 *    the copy, read back, has the rows of the original and the same hash.
 * 2. Both databases are ours alone meanwhile, and the one that is written to must be empty.
 * 3. Numbers of the journal, of messages and events go on where they were.
 */
import { createHash } from 'node:crypto';
import { StatecraftError } from '../../errors.ts';
import { toWritableJson } from '../postgresql/statements.ts';
import type { Table } from '../tables.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';

export interface TableCopy {
	readonly table: string;
	readonly rows: number;
	/** SHA-256 of all rows in the order of their keys, hex. */
	readonly hash: string;
}

export interface StoreCopy {
	readonly tables: readonly TableCopy[];
	readonly rows: number;
}

type Row = readonly (string | number | boolean | null)[];

const batchSize = 1_000;

/** Rejects with `store_locked`, `store_unavailable`, or `store_not_empty`; nothing is written then. */
export async function copyStore(urls: { readonly from: string; readonly to: string }): Promise<StoreCopy> {
	if (urls.from === urls.to) throw new StatecraftError('invalid_request', 'Both URLs name the same database');
	const source = await openEndpoint(urls.from, { mustExist: true });
	try {
		const target = await openEndpoint(urls.to, { mustExist: false });
		try {
			await refuseFilled(target);
			const tables = await target.executor.transact(() => copyTables(source, target));
			return { tables, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
		} catch (error) {
			throw target.toStoreError(error);
		} finally {
			await target.close();
		}
	} finally {
		await source.close();
	}
}

async function refuseFilled({ executor, tables }: Endpoint): Promise<void> {
	for (const table of tables.keys()) {
		const [row] = await executor.query(`SELECT 1 FROM "${table}" LIMIT 1`);
		if (row === undefined) continue;
		throw new StatecraftError('store_not_empty', `The database to copy to is not empty: it has ${table}`, {
			hint: 'Name a new, empty database.',
		});
	}
}

async function copyTables(source: Endpoint, target: Endpoint): Promise<readonly TableCopy[]> {
	const copies: TableCopy[] = [];
	// As the schema has them, rows come before those that refer to them.
	for (const [name, table] of source.tables) {
		const original = createDigest();
		let written = 0;
		for await (const rows of readRows(source, table)) {
			for (const row of rows) original.add(row);
			await writeRows(target, table, rows, written);
			written += rows.length;
		}
		const copy = createDigest();
		for await (const rows of readRows(target, table)) for (const row of rows) copy.add(row);
		const expected = original.end();
		const found = copy.end();
		if (expected.rows !== found.rows || expected.hash !== found.hash) {
			throw new StatecraftError('internal', `The copy of ${name} differs: ${found.rows} rows of ${expected.rows}`);
		}
		copies.push({ table: name, ...found });
	}
	const effects = copies.find(({ table }) => table === 'effects')?.rows ?? 0;
	await target.writeCounters(await source.readCounters(), effects);
	return copies;
}

/** Columns that both kinds of database have, in one order. */
function columnsOf(table: Table): string[] {
	return [...table.columns.keys()].filter((name) => !(table.name === 'effects' && name === 'seq'));
}

function keyOf({ name, columns }: Table): readonly string[] {
	if (name === 'timers') return ['address', 'id'];
	return [['seq', 'id', 'address'].find((column) => columns.has(column)) ?? 'id'];
}

async function* readRows({ executor, statements }: Endpoint, table: Table): AsyncGenerator<readonly Row[]> {
	const columns = columnsOf(table);
	const list = columns.map((name) => `"${name}"`).join(', ');
	const toRow = (values: readonly unknown[]): Row =>
		values.map((value, index) => toValue(table, columns[index], value));
	if (table.name === 'effects') {
		// Their order is all that is told by it; they are few.
		yield (await executor.query(`SELECT ${list} FROM "effects" ORDER BY ${statements.effectOrder}`)).map(toRow);
		return;
	}
	const key = keyOf(table);
	const keyList = key.map((name) => `"${name}"`).join(', ');
	let last: Row | undefined;
	for (;;) {
		const after = last === undefined ? '' : `WHERE (${keyList}) > (${key.map(() => '?').join(', ')})`;
		const values = key.map((name) => last?.[columns.indexOf(name)] ?? null).map((value) => value as string | number);
		const rows = await executor.query(
			`SELECT ${list} FROM "${table.name}" ${after} ORDER BY ${keyList} LIMIT ${batchSize}`,
			...(last === undefined ? [] : values),
		);
		const page = rows.map(toRow);
		if (page.length > 0) yield page;
		if (page.length < batchSize) return;
		last = page.at(-1);
	}
}

/** The same value whichever database it comes from. */
function toValue({ columns }: Table, name: string | undefined, value: unknown): Row[number] {
	if (value === null) return null;
	switch (columns.get(name ?? '')?.type) {
		case 'String':
			return String(value);
		case 'Boolean':
			return typeof value === 'boolean' ? value : Number(value) === 1;
		default:
			return Number(value);
	}
}

async function writeRows(target: Endpoint, table: Table, rows: readonly Row[], written: number): Promise<void> {
	if (rows.length === 0) return;
	const own = target.tables.get(table.name) ?? table;
	const isNumbered = table.name === 'effects' && target.numbersEffects;
	const columns = isNumbered ? [...columnsOf(table), 'seq'] : columnsOf(table);
	const values = isNumbered ? rows.map((row, index) => [...row, written + index + 1]) : rows;
	const { sql, parameter } = target.statements.createStatement(target.statements.insertInto(own, columns), values);
	await target.executor.execute(sql, parameter);
}

function createDigest() {
	const hash = createHash('sha256');
	let rows = 0;
	return {
		/** As PostgreSQL can hold it: a NUL in a text is another character there (see its statements). */
		add(row: Row) {
			hash.update(toWritableJson(row)).update('\n');
			rows += 1;
		},
		end: () => ({ rows, hash: hash.digest('hex') }),
	};
}
