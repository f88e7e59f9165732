/**
 * The migrations on disk: one folder each, named by time and purpose, with the SQL and a copy of the
 * schema it leads to. The copy is what the next migration is computed from, without a shadow database.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package.ts';
import type { MigrationList, SchemaContainer } from './schema-engine.ts';

export interface Migration {
	/** `20260131094500_init`: sorts in the order of applying. */
	readonly name: string;
	readonly sql: string;
	/** The schema after it. */
	readonly schema: string;
}

export interface MigrationFolder {
	/** Absolute path of the folder. */
	readonly path: string;
	/** In the order of applying. */
	readonly migrations: readonly Migration[];
	/** `migration_lock.toml`, which names the kind of database. */
	readonly lockfile: string | null;
}

export const migrationsPath = join(packageRoot, 'prisma', 'migrations');
export const schemaPath = join(packageRoot, 'prisma', 'schema.prisma');
export const postgresqlMigrationsPath = join(packageRoot, 'prisma', 'postgresql', 'migrations');
export const postgresqlSchemaPath = join(packageRoot, 'prisma', 'postgresql', 'schema.prisma');

const lockfileName = 'migration_lock.toml';
const readText = (...path: string[]): string => readFileSync(join(...path), 'utf8');

/** Reads every migration. Throws if a folder lacks one of its files. */
export function readMigrationFolder(path: string = migrationsPath): MigrationFolder {
	const names = existsSync(path) ? readdirSync(path, { withFileTypes: true }) : [];
	const folders = names.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
	const migrations = folders.sort().map((name) => ({
		name,
		sql: readText(path, name, 'migration.sql'),
		schema: readText(path, name, 'schema.prisma'),
	}));
	return {
		path,
		migrations,
		lockfile: existsSync(join(path, lockfileName)) ? readText(path, lockfileName) : null,
	};
}

/** The same in the words of the schema engine. */
export function toMigrationList(folder: MigrationFolder): MigrationList {
	return {
		baseDir: folder.path,
		lockfile: { path: lockfileName, content: folder.lockfile },
		shadowDbInitScript: '',
		migrationDirectories: folder.migrations.map(({ name, sql }) => ({
			path: name,
			migrationFile: {
				path: 'migration.sql',
				content: { tag: 'ok', value: sql },
			},
		})),
	};
}

/** The schema that the last migration leads to; undefined before the first. */
export function readLatestSchema(folder: MigrationFolder): SchemaContainer | undefined {
	const last = folder.migrations.at(-1);
	return last && { path: 'schema.prisma', content: last.schema };
}

/** prisma/schema.prisma as it stands. */
export function readSchema(path: string = schemaPath): SchemaContainer {
	return { path: 'schema.prisma', content: readText(path) };
}
