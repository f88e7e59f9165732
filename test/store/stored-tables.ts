/** The tables of a database as the tests compare them: by column names, booleans as booleans. */
import type { ColumnValue } from '../../src/durable/store.ts';
import { readSchema } from '../../src/store/migration-folder.ts';
import type { ReadClient } from '../../src/store/read-client.ts';
import { parseTables } from '../../src/store/tables.ts';
import type { Row } from './scene.ts';

const tables = parseTables(readSchema().content);

/** Reads a table, in the order of insertion, through the connection that others read from: committed rows only. */
export async function readTable(
	database: { readonly client: ReadClient },
	name: string,
	order = 'rowid',
): Promise<readonly Row[]> {
	const rows = await database.client.$queryRawUnsafe<Array<Record<string, unknown>>>(
		`SELECT * FROM "${name}" ORDER BY ${order}`,
	);
	return rows.map((row) =>
		Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toValue(name, key, value)])),
	);
}

function toValue(table: string, column: string, value: unknown): ColumnValue {
	if (tables.get(table)?.columns.get(column)?.type === 'Boolean') return Boolean(value);
	return typeof value === 'bigint' ? Number(value) : (value as ColumnValue);
}
