/** The tables of a database as the tests compare them: by column names, booleans as booleans. */
import type { ColumnValue } from '../../src/durable/store.ts';
import type { Database } from '../../src/store/database.ts';
import { readSchema } from '../../src/store/migration-folder.ts';
import { parseTables } from '../../src/store/tables.ts';
import type { Row } from './scene.ts';

const tables = parseTables(readSchema().content);

/** Reads a table, in the order of insertion, through the connection that others read from: committed rows only. */
export async function readTable(database: Database, name: string): Promise<readonly Row[]> {
	const rows = await database.client.$queryRawUnsafe<Array<Record<string, unknown>>>(
		`SELECT * FROM "${name}" ORDER BY rowid`,
	);
	return rows.map((row) =>
		Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toValue(name, key, value)])),
	);
}

function toValue(table: string, column: string, value: unknown): ColumnValue {
	if (tables.get(table)?.columns.get(column)?.type === 'Boolean') return Boolean(value);
	return typeof value === 'bigint' ? Number(value) : (value as ColumnValue);
}
