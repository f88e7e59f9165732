/**
 * Writes the next migration, for SQLite and for PostgreSQL: `npm run db:migration -- <name> [why]`. The SQL
 * leads from the schema that the last migration left to prisma/schema.prisma, and to the one derived from
 * it; read it before you commit it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
	migrationsPath,
	postgresqlMigrationsPath,
	postgresqlSchemaPath,
	readLatestSchema,
	readMigrationFolder,
	readSchema,
} from './migration-folder.ts';
import { adaptScript, derivePostgresqlSchema } from './postgresql/schema.ts';
import { diffSchemas } from './schema-diff.ts';
import type { SchemaContainer } from './schema-engine.ts';

export interface MigrationDraft {
	/** Kebab-case, says what changes. */
	readonly name: string;
	/** Why, for the first line; the name serves where there is nothing to add. */
	readonly why: string;
	readonly schema: SchemaContainer;
	readonly folderPath: string;
	readonly now: Date;
	/** Kind of database; `sqlite` by default. */
	readonly provider?: 'sqlite' | 'postgresql';
}

/** Writes the folder of the next migration and answers its path; undefined if nothing changed. */
export async function authorMigration(draft: MigrationDraft): Promise<string | undefined> {
	if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(draft.name)) {
		throw new Error(`Name the migration in kebab-case, like add-agent-labels, not "${draft.name}"`);
	}
	const { provider = 'sqlite' } = draft;
	const script = await diffSchemas(readLatestSchema(readMigrationFolder(draft.folderPath)), draft.schema);
	if (script === '') return undefined;
	const sql = provider === 'postgresql' ? adaptScript(script) : script;
	const stamp = draft.now.toISOString().replace(/\D/g, '').slice(0, 14);
	const path = join(draft.folderPath, `${stamp}_${draft.name}`);
	mkdirSync(path, { recursive: true });
	writeFileSync(join(path, 'migration.sql'), `-- ${draft.name}: ${draft.why}\n\n${sql}`);
	writeFileSync(join(path, 'schema.prisma'), draft.schema.content);
	writeFileSync(
		join(draft.folderPath, 'migration_lock.toml'),
		`# Which kind of database the migrations are for.\nprovider = "${provider}"\n`,
	);
	return path;
}

async function main([name, ...why]: readonly string[]): Promise<void> {
	if (name === undefined) throw new Error('Usage: npm run db:migration -- <name> [why]');
	const schema = readSchema();
	const derived = derivePostgresqlSchema(schema);
	const common = { name, why: why.join(' ') || name.replaceAll('-', ' '), now: new Date() };
	const paths = [
		await authorMigration({ ...common, schema, folderPath: migrationsPath }),
		await authorMigration({
			...common,
			schema: derived,
			folderPath: postgresqlMigrationsPath,
			provider: 'postgresql',
		}),
	];
	writeFileSync(postgresqlSchemaPath, derived.content);
	const written = paths.filter((path) => path !== undefined);
	if (written.length === 0) process.stdout.write('The schema has not changed.\n');
	for (const path of written) process.stdout.write(`Wrote ${path}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
	await main(process.argv.slice(2));
}
