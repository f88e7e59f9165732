/**
 * Brings a database to the schema this Statecraft was built with, at boot.
 *
 * 1. A database that knows a migration we do not was written by a newer Statecraft: it is refused
 *    (`store_newer`) before anything is touched.
 * 2. A migration that failed half-way stays marked as failed; every later boot is refused until
 *    somebody has looked at it, for SQL that ran once must not blindly run again.
 */
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { StatecraftError } from '../errors.ts';
import type { Connection } from './database.ts';
import {
	type MigrationFolder,
	readLatestSchema,
	readMigrationFolder,
	readSchema,
	toMigrationList,
} from './migration-folder.ts';
import { readPostgresqlFailure, toStoreError as toPostgresqlError } from './postgresql/failure.ts';
import { noFilters, startSchemaEngine } from './schema-engine.ts';
import { readSqliteFailure, toStoreError as toSqliteError } from './sqlite/failure.ts';

/** What differs between the kinds of database. */
interface MigrationDialect {
	/** Whether the table of applied migrations is there: some row or none. */
	readonly findTable: string;
	/** Run after the engine has worked; null for nothing. */
	readonly afterwards: string | null;
	readMessage(error: unknown): string;
	toStoreError(error: unknown): StatecraftError;
}

const sqlite: MigrationDialect = {
	findTable: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'",
	// The engine takes the file for itself while it works and does not give it back.
	afterwards: 'PRAGMA locking_mode = NORMAL; SELECT 1 FROM sqlite_master',
	readMessage: (error) => readSqliteFailure(error).message,
	toStoreError: toSqliteError,
};

const postgresql: MigrationDialect = {
	findTable: "SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL",
	afterwards: null,
	readMessage: (error) => readPostgresqlFailure(error).message,
	toStoreError: toPostgresqlError,
};

const dialectOf = ({ provider }: Connection): MigrationDialect => (provider === 'postgres' ? postgresql : sqlite);

interface AppliedMigration {
	readonly name: string;
	readonly failed: boolean;
	readonly logs: string;
}

/** Applies what is missing and answers its names. Rejects with `store_newer` or `store_unavailable`. */
export async function migrateDatabase(
	{ connection }: { readonly connection: Connection },
	folder: MigrationFolder = readMigrationFolder(),
): Promise<readonly string[]> {
	const applied = await readAppliedMigrations(connection);
	refuseUnknown(applied, folder);
	refuseFailed(applied);
	if (applied.length === folder.migrations.length) return [];
	return applyMigrations(connection, folder);
}

function refuseUnknown(applied: readonly AppliedMigration[], folder: MigrationFolder): void {
	const known = new Set(folder.migrations.map(({ name }) => name));
	const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name);
	if (unknown.length === 0) return;
	throw new StatecraftError(
		'store_newer',
		`The database has ${unknown.length === 1 ? 'a migration' : 'migrations'} this Statecraft does not know: ${unknown.join(', ')}`,
		{ hint: 'Start the Statecraft that wrote it, or a newer one.' },
	);
}

function refuseFailed(applied: readonly AppliedMigration[]): void {
	const failed = applied.find((migration) => migration.failed);
	if (failed !== undefined) throw createMigrationError(failed.name, failed.logs);
}

async function applyMigrations(connection: Connection, folder: MigrationFolder): Promise<readonly string[]> {
	const dialect = dialectOf(connection);
	const engine = await startSchemaEngine(readLatestSchema(folder) ?? readSchema(), borrow(connection));
	try {
		const list = toMigrationList(folder);
		const { appliedMigrationNames } = await engine.applyMigrations({
			migrationsList: list,
			filters: noFilters,
		});
		return appliedMigrationNames;
	} catch (error) {
		const failed = (await readAppliedMigrations(connection)).find((migration) => migration.failed);
		if (failed === undefined) throw dialect.toStoreError(error);
		throw createMigrationError(failed.name, failed.logs || dialect.readMessage(error), error);
	} finally {
		engine.free();
		if (dialect.afterwards !== null) await connection.executeScript(dialect.afterwards);
	}
}

function createMigrationError(name: string, logs: string, cause?: unknown): StatecraftError {
	return new StatecraftError(
		'store_unavailable',
		`The migration ${name} failed: ${logs.trim() || 'it was interrupted'}`,
		{
			hint: 'Restore the database from a backup taken before the upgrade, then start again.',
		},
		cause === undefined ? undefined : { cause },
	);
}

/** Lends an open connection to the engine, which must not close it. */
function borrow(connection: Connection): SqlMigrationAwareDriverAdapterFactory {
	const lent = new Proxy(connection, {
		get(target, key) {
			if (key === 'dispose') return async () => undefined;
			const value: unknown = Reflect.get(target, key, target);
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
	const connect = async () => lent;
	return {
		provider: connection.provider,
		adapterName: connection.adapterName,
		connect,
		connectToShadowDb: connect,
	};
}

async function readAppliedMigrations(connection: Connection): Promise<readonly AppliedMigration[]> {
	const { findTable, toStoreError } = dialectOf(connection);
	const ask = async (sql: string) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
	try {
		const tables = await ask(findTable);
		if (tables.length === 0) return [];
		const rows = await ask(
			`SELECT migration_name, finished_at IS NULL, coalesce(logs, '')
			 FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
		);
		return rows.map(([name, failed, logs]) => ({
			name: String(name),
			failed: Number(failed) === 1,
			logs: String(logs),
		}));
	} catch (error) {
		throw toStoreError(error);
	}
}
