import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authorMigration } from '../../src/store/author-migration.ts';
import { checkSchema } from '../../src/store/check-schema.ts';
import type { Database } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { type MigrationFolder, readMigrationFolder, readSchema } from '../../src/store/migration-folder.ts';
import { diffSchemas } from '../../src/store/schema-diff.ts';
import { parseTables } from '../../src/store/tables.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';

let folder: DatabaseFolder;
beforeEach(() => {
	folder = createDatabaseFolder();
});
afterEach(() => folder.remove());

const shipped = readMigrationFolder();
const names = shipped.migrations.map(({ name }) => name);

/** The shipped migrations and one more. */
function withMigration(name: string, sql: string): MigrationFolder {
	const schema = shipped.migrations.at(-1)?.schema ?? '';
	return { ...shipped, migrations: [...shipped.migrations, { name, sql, schema }] };
}

async function ask(database: Database, sql: string): Promise<readonly (readonly unknown[])[]> {
	return (await database.connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
}

/** Every table with its columns, types, keys, indexes and references. */
async function describeTables(database: Database): Promise<unknown> {
	const columns = await ask(
		database,
		`SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master AS t, pragma_table_info(t.name) AS c
		 WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, 2`,
	);
	const indexes = await ask(
		database,
		`SELECT t.name, i."unique", group_concat(c.name) FROM sqlite_master AS t, pragma_index_list(t.name) AS i,
		 pragma_index_info(i.name) AS c
		 WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' GROUP BY t.name, i.name ORDER BY 1, 2, 3`,
	);
	const references = await ask(
		database,
		`SELECT t.name, f."from", f."table", f."to", f.on_delete FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS f
		 WHERE t.type = 'table' ORDER BY 1, 2`,
	);
	return { columns, indexes, references };
}

describe('migrations at boot', () => {
	test('a fresh database gets every migration, a migrated one none', async () => {
		const database = await folder.openRaw();
		expect(await migrateDatabase(database)).toEqual(names);
		expect(await migrateDatabase(database)).toEqual([]);
		expect(await database.client.agent.count()).toBe(0);
	});

	test('a database in memory is migrated and can be read', async () => {
		const database = await folder.openRaw({ url: 'file::memory:' });
		await migrateDatabase(database);
		expect(await database.client.agent.count()).toBe(0);
	});

	test('what is stored survives a later migration', async () => {
		const database = await folder.open();
		await database.connection.executeScript("INSERT INTO settings VALUES ('kept', 'yes')");
		const next = withMigration('29990101000000_notes', 'ALTER TABLE settings ADD COLUMN note TEXT;');
		expect(await migrateDatabase(database, next)).toEqual(['29990101000000_notes']);
		expect(await ask(database, 'SELECT * FROM settings')).toEqual([['kept', 'yes', null]]);
	});

	test('a database that a newer Statecraft wrote is refused and left as it is', async () => {
		const database = await folder.openRaw();
		await migrateDatabase(database, withMigration('29990101000000_future', 'CREATE TABLE future (id TEXT);'));
		const before = await describeTables(database);
		await expect(migrateDatabase(database)).rejects.toMatchObject({
			code: 'store_newer',
			message: expect.stringContaining('29990101000000_future'),
		});
		expect(await describeTables(database)).toEqual(before);
	});

	test('a migration that fails half-way is named with its reason, now and at every later boot', async () => {
		const database = await folder.open();
		const broken = withMigration(
			'29990101000000_broken',
			'CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);',
		);
		const refused = { code: 'store_unavailable', message: expect.stringMatching(/29990101000000_broken.*nowhere/s) };
		await expect(migrateDatabase(database, broken)).rejects.toMatchObject(refused);
		await database.close();
		await expect(migrateDatabase(await folder.openRaw(), broken)).rejects.toMatchObject(refused);
	});

	test('a file that is no database is refused with what to check', async () => {
		writeFileSync(join(folder.path, 'statecraft.db'), 'this is not a database, only some text\n'.repeat(100));
		await expect(folder.openRaw()).rejects.toMatchObject({ code: 'store_unavailable' });
	});

	test('a folder that does not exist is refused with what to check', async () => {
		await expect(folder.openRaw({ url: `file:${folder.path}/missing/a.db` })).rejects.toMatchObject({
			code: 'store_unavailable',
		});
	});
});

describe('the pragmas of a connection', () => {
	const read = async (database: Database, name: string) => Number((await ask(database, `PRAGMA ${name}`))[0]?.[0]);

	test('the log is written ahead, commits are synced in full and foreign keys hold, unless told otherwise', async () => {
		const database = await folder.open();
		expect(await ask(database, 'PRAGMA journal_mode')).toEqual([['wal']]);
		expect(await read(database, 'synchronous')).toBe(2);
		expect(await read(database, 'foreign_keys')).toBe(1);
		expect(await ask(database, 'PRAGMA locking_mode')).toEqual([['normal']]);
	});

	test('synchronous and the busy timeout are set as asked', async () => {
		const database = await folder.open({ synchronous: 'NORMAL', busyTimeoutMs: 123 });
		expect(await read(database, 'synchronous')).toBe(1);
		expect(await read(database, 'busy_timeout')).toBe(123);
	});
});

describe('the migrations of this checkout', () => {
	test('lead exactly to prisma/schema.prisma', async () => {
		const migrated = await folder.open();
		const built = await folder.openRaw({ url: 'file::memory:' });
		await built.connection.executeScript(await diffSchemas(undefined, readSchema()));
		expect(await describeTables(migrated)).toEqual(await describeTables(built));
	});

	test('have a first line that says why', () => {
		for (const { sql } of shipped.migrations) expect(sql).toMatch(/^-- \S+: \S/);
	});

	test('build the columns that records are checked against', async () => {
		const database = await folder.open();
		for (const [name, table] of parseTables(readSchema().content)) {
			const columns = await ask(database, `SELECT name, "notnull" FROM pragma_table_info('${name}')`);
			const parsed = [...table.columns.values()].map(({ name: column, required }) => [column, required]);
			expect(columns.map(([column, notNull]) => [column, Number(notNull) === 1])).toEqual(parsed);
		}
	});

	test('build the references that records are checked against, each of which cascades', async () => {
		const database = await folder.open();
		for (const [name, table] of parseTables(readSchema().content)) {
			const keys = await ask(
				database,
				`SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list('${name}')`,
			);
			expect(keys).toEqual(table.references.map(({ column, table: other }) => [column, other, 'id', 'CASCADE']));
		}
	});
});

test('a relation that the stores would not treat as the database does is refused', () => {
	const weaker = readSchema().content.replaceAll('onDelete: Cascade', 'onDelete: SetNull');
	expect(() => parseTables(weaker)).toThrow(/cascades/);
});

describe('authoring a migration', () => {
	const schemaOf = (fields: string) => ({
		path: 'schema.prisma',
		content: `datasource db {\n  provider = "sqlite"\n}\n\n/// A note.\nmodel Note {\n  /// Its id.\n  id String @id\n${fields}}\n`,
	});
	const author = (name: string, fields: string, second: number) =>
		authorMigration({
			name,
			why: 'because',
			schema: schemaOf(fields),
			folderPath: join(folder.path, 'migrations'),
			now: new Date(Date.UTC(2030, 0, 2, 3, 4, second)),
		});

	test('each leads from the schema the last one left, and nothing is written when nothing changed', async () => {
		expect(await author('init', '', 1)).toMatch(/20300102030401_init$/);
		expect(await author('again', '', 2)).toBeUndefined();
		await author('add-text', '  /// What it says.\n  text String?\n', 3);
		const authored = readMigrationFolder(join(folder.path, 'migrations'));
		expect(authored.migrations.map(({ sql }) => sql.split('\n')[0])).toEqual([
			'-- init: because',
			'-- add-text: because',
		]);
		const database = await folder.openRaw();
		expect(await migrateDatabase(database, authored)).toEqual(['20300102030401_init', '20300102030403_add-text']);
		expect(await ask(database, 'SELECT id, text FROM "Note"')).toEqual([]);
	});

	test('a name that is not kebab-case is refused', async () => {
		await expect(author('Add Text', '', 1)).rejects.toThrow(/kebab-case/);
	});
});

describe('checking the schema', () => {
	const schema = readSchema();
	const client = (content: string) => `"inlineSchema": ${JSON.stringify(content)},`;
	const check = (content: string, clientText: string | undefined = client(content)) =>
		checkSchema({ schema: { ...schema, content }, folder: shipped, client: clientText });

	test('the schema of this checkout passes', async () => {
		expect(await check(schema.content)).toEqual([]);
	});

	test('a change without a migration, a field without its line and a stale client are each told', async () => {
		const changed = schema.content.replace('model Setting {', 'model Setting {\n  note String?\n');
		expect(await check(changed, client(schema.content))).toEqual([
			'Setting.note lacks its /// line in schema.prisma',
			expect.stringContaining('changes without a migration'),
			expect.stringContaining('generated client is not of this schema'),
		]);
		const undocumented = schema.content.replace(/\/\/\/ .*\nmodel Run/, 'model Run');
		expect(await check(undocumented)).toEqual(['Run lacks its /// line in schema.prisma']);
	});

	test('a client that was never generated is told', async () => {
		const complaints = await checkSchema({ schema, folder: shipped, client: undefined });
		expect(complaints).toEqual([expect.stringContaining('npm run generate')]);
	});
});

test('a migration folder that lacks its SQL is an error, not an empty migration', () => {
	mkdirSync(join(folder.path, 'migrations', '20300101000000_empty'), { recursive: true });
	expect(() => readMigrationFolder(join(folder.path, 'migrations'))).toThrow(/migration\.sql/);
});
