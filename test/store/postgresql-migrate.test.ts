import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDerivedSchema } from '../../src/store/check-schema.ts';
import type { Connection } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import {
	type MigrationFolder,
	postgresqlMigrationsPath,
	postgresqlSchemaPath,
	readMigrationFolder,
	readSchema,
} from '../../src/store/migration-folder.ts';
import { createPool } from '../../src/store/postgresql/pool.ts';
import { adaptScript, derivePostgresqlSchema } from '../../src/store/postgresql/schema.ts';
import { diffSchemas } from '../../src/store/schema-diff.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';

const shipped = readMigrationFolder(postgresqlMigrationsPath);
const names = shipped.migrations.map(({ name }) => name);

function withMigration(name: string, sql: string): MigrationFolder {
	const schema = shipped.migrations.at(-1)?.schema ?? '';
	return { ...shipped, migrations: [...shipped.migrations, { name, sql, schema }] };
}

describe("PostgreSQL's schema", () => {
	const derived = derivePostgresqlSchema(readSchema());
	const check = (content: string, sql?: string) =>
		checkDerivedSchema(readSchema(), {
			schema: { path: 'schema.prisma', content },
			folder: sql === undefined ? shipped : withMigration('29990101000000_more', sql),
			client: `"inlineSchema": ${JSON.stringify(content)},`,
		});

	test('on disk is the derived one, and the migrations lead to it', async () => {
		expect(readSchema(postgresqlSchemaPath).content).toBe(derived.content);
		expect(await check(derived.content)).toEqual([]);
	});

	test('that was changed by hand, and text in the order of the locale, are told', async () => {
		expect((await check(`${derived.content}\n`)).join()).toMatch(/does not derive/);
		expect((await check(derived.content, 'CREATE TABLE "x" (\n    "id" TEXT NOT NULL\n);')).join()).toMatch(
			/byte by byte/,
		);
	});

	test('numbers are big and given by the writer, and effects have one', () => {
		for (const model of ['Transition', 'Message', 'Event', 'Effect']) {
			const body = derived.content.match(new RegExp(`^model ${model} \\{\\n([\\s\\S]*?)^\\}`, 'm'))?.[1] ?? '';
			expect(body).toMatch(/^ {2}seq +BigInt( +@id)?$/m);
		}
		expect(derived.content).not.toContain('autoincrement');
	});
});

describeOnPostgresql('migrations on PostgreSQL at boot', () => {
	let server: TestDatabase;
	let connection: Connection;
	beforeEach(async () => {
		server = await createTestDatabase();
		connection = await createPool({ connectionString: server.url, max: 1 });
	});
	afterEach(async () => {
		await connection.dispose();
		await server.remove();
	});

	const describeTables = () =>
		server.query(
			`SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, collation_name::text
			 FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY 1, 2`,
		);

	test('a fresh database gets every migration, a migrated one none; they lead to the schema', async () => {
		expect(await migrateDatabase({ connection }, shipped)).toEqual(names);
		expect(await migrateDatabase({ connection }, shipped)).toEqual([]);
		const migrated = await describeTables();
		expect(migrated.length).toBeGreaterThan(150);
		const texts = migrated.filter(([, , type]) => type === 'text');
		expect(new Set(texts.map((column) => column[4]))).toEqual(new Set(['C']));
		const built = await createTestDatabase();
		const other = await createPool({ connectionString: built.url, max: 1 });
		await other.executeScript(adaptScript(await diffSchemas(undefined, readSchema(postgresqlSchemaPath))));
		await other.dispose();
		await connection.dispose();
		connection = await createPool({ connectionString: server.url, max: 1 });
		const twin = await built.query(
			`SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, collation_name::text
			 FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`,
		);
		expect(twin).toEqual(migrated);
		await built.remove();
	});

	test('a database that a newer Statecraft wrote is refused and left as it is', async () => {
		await migrateDatabase({ connection }, withMigration('29990101000000_future', 'CREATE TABLE future (id TEXT);'));
		const before = await describeTables();
		await expect(migrateDatabase({ connection }, shipped)).rejects.toMatchObject({ code: 'store_newer' });
		expect(await describeTables()).toEqual(before);
	});

	test('a migration that fails half-way is named with its reason, now and at every later boot', async () => {
		await migrateDatabase({ connection }, shipped);
		const broken = withMigration(
			'29990101000000_broken',
			'CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);',
		);
		const refused = { code: 'store_unavailable', message: expect.stringMatching(/29990101000000_broken.*nowhere/s) };
		await expect(migrateDatabase({ connection }, broken)).rejects.toMatchObject(refused);
		await expect(migrateDatabase({ connection }, broken)).rejects.toMatchObject(refused);
	});
});
