/**
 * Writes the next migration: `npm run db:migration -- <name> [why]`. The SQL leads from the schema
 * that the last migration left to prisma/schema.prisma; read it before you commit it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrationsPath, readLatestSchema, readMigrationFolder, readSchema } from './migration-folder.ts';
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
}

/** Writes the folder of the next migration and answers its path; undefined if nothing changed. */
export async function authorMigration(draft: MigrationDraft): Promise<string | undefined> {
	if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(draft.name)) {
		throw new Error(`Name the migration in kebab-case, like add-agent-labels, not "${draft.name}"`);
	}
	const sql = await diffSchemas(readLatestSchema(readMigrationFolder(draft.folderPath)), draft.schema);
	if (sql === '') return undefined;
	const stamp = draft.now.toISOString().replace(/\D/g, '').slice(0, 14);
	const path = join(draft.folderPath, `${stamp}_${draft.name}`);
	mkdirSync(path, { recursive: true });
	writeFileSync(join(path, 'migration.sql'), `-- ${draft.name}: ${draft.why}\n\n${sql}`);
	writeFileSync(join(path, 'schema.prisma'), draft.schema.content);
	writeFileSync(
		join(draft.folderPath, 'migration_lock.toml'),
		'# Which kind of database the migrations are for.\nprovider = "sqlite"\n',
	);
	return path;
}

async function main([name, ...why]: readonly string[]): Promise<void> {
	if (name === undefined) throw new Error('Usage: npm run db:migration -- <name> [why]');
	const path = await authorMigration({
		name,
		why: why.join(' ') || name.replaceAll('-', ' '),
		schema: readSchema(),
		folderPath: migrationsPath,
		now: new Date(),
	});
	process.stdout.write(path === undefined ? 'The schema has not changed.\n' : `Wrote ${path}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
	await main(process.argv.slice(2));
}
