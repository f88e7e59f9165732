/** A database that is copied from or to, whichever kind it is of: its own for as long as it is open. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StatecraftError } from '../../errors.ts';
import { openDatabase } from '../database.ts';
import type { Executor } from '../executor.ts';
import { acquireLock } from '../lock.ts';
import { migrateDatabase } from '../migrate.ts';
import { postgresqlMigrationsPath, readMigrationFolder, readSchema } from '../migration-folder.ts';
import { isPostgresqlUrl } from '../open-store.ts';
import { openPostgresqlDatabase } from '../postgresql/database.ts';
import { toStoreError as toPostgresqlError } from '../postgresql/failure.ts';
import { acquireDatabaseLock } from '../postgresql/lock.ts';
import { derivePostgresqlSchema } from '../postgresql/schema.ts';
import { postgresqlStatements } from '../postgresql/statements.ts';
import { createSqliteExecutor } from '../sqlite/executor.ts';
import { toStoreError as toSqliteError } from '../sqlite/failure.ts';
import { sqliteStatements } from '../sqlite/statements.ts';
import type { Statements } from '../statements.ts';
import { parseTables, type Tables } from '../tables.ts';

/** The last numbers given out. */
export interface Counters {
	readonly journal: number;
	readonly message: number;
	readonly event: number;
}

export interface Endpoint {
	readonly executor: Executor;
	readonly statements: Statements;
	/** Every table with what this kind of database knows of its columns. */
	readonly tables: Tables;
	/** Whether effects carry a number of their own. */
	readonly numbersEffects: boolean;
	readCounters(): Promise<Counters>;
	/** `effects`: how many there are. */
	writeCounters(counters: Counters, effects: number): Promise<void>;
	toStoreError(error: unknown): StatecraftError;
	close(): Promise<void>;
}

const kinds = { journal: 'transitions', message: 'messages', event: 'events' } as const;

/** Takes the database for itself and migrates it. Rejects with `store_locked` where somebody uses it. */
export function openEndpoint(url: string, { mustExist }: { readonly mustExist: boolean }): Promise<Endpoint> {
	return isPostgresqlUrl(url) ? openPostgresql(url) : openSqlite(url, mustExist);
}

async function openSqlite(url: string, mustExist: boolean): Promise<Endpoint> {
	const path = url.startsWith('file:///') ? fileURLToPath(url) : url.replace(/^file:/, '');
	if (mustExist && !existsSync(path)) {
		throw new StatecraftError('store_unavailable', `There is no SQLite database at ${path}`);
	}
	// A Statecraft that serves a file holds the lock of its data directory.
	const lock = acquireLock(dirname(path));
	const database = await openDatabase({ url: `file:${path}` }).catch((error) => {
		lock.release();
		throw error;
	});
	const executor = createSqliteExecutor(database.connection);
	const close = async () => {
		await database.close();
		lock.release();
	};
	await migrateDatabase(database).catch(async (error) => {
		await close();
		throw error;
	});
	return {
		executor,
		statements: sqliteStatements,
		tables: parseTables(readSchema().content),
		numbersEffects: false,
		async readCounters() {
			const read = async (table: string) => {
				const [row] = await executor.query(
					`SELECT max(ifnull((SELECT max("seq") FROM "${table}"), 0),
						ifnull((SELECT "seq" FROM "sqlite_sequence" WHERE "name" = ?), 0))`,
					table,
				);
				return Number(row?.[0]);
			};
			return {
				journal: await read(kinds.journal),
				message: await read(kinds.message),
				event: await read(kinds.event),
			};
		},
		async writeCounters(counters) {
			for (const kind of ['journal', 'message', 'event'] as const) {
				await executor.execute('DELETE FROM "sqlite_sequence" WHERE "name" = ?', kinds[kind]);
				await executor.execute('INSERT INTO "sqlite_sequence" VALUES (?, ?)', kinds[kind], counters[kind]);
			}
		},
		toStoreError: toSqliteError,
		close,
	};
}

async function openPostgresql(url: string): Promise<Endpoint> {
	const lock = await acquireDatabaseLock({ url });
	const database = await openPostgresqlDatabase({ url }).catch(async (error) => {
		await lock.release();
		throw error;
	});
	const { writer: executor } = database;
	const close = async () => {
		await database.close();
		await lock.release();
	};
	try {
		const folder = readMigrationFolder(postgresqlMigrationsPath);
		await database.withConnection((connection) => migrateDatabase({ connection }, folder));
		await executor.enter({ alone: true });
	} catch (error) {
		await close();
		throw toPostgresqlError(error);
	}
	const tables = new Map(parseTables(derivePostgresqlSchema(readSchema()).content));
	for (const own of ['numbering', 'writers']) tables.delete(own);
	return {
		executor,
		statements: postgresqlStatements,
		tables,
		numbersEffects: true,
		async readCounters() {
			const [row] = await executor.query('SELECT "journal", "message", "event" FROM "numbering"');
			return { journal: Number(row?.[0]), message: Number(row?.[1]), event: Number(row?.[2]) };
		},
		async writeCounters({ journal, message, event }, effects) {
			await executor.execute(
				`UPDATE "numbering" SET "journal" = ?::bigint, "message" = ?::bigint, "event" = ?::bigint, "effect" = ?::bigint`,
				journal,
				message,
				event,
				effects,
			);
		},
		toStoreError: toPostgresqlError,
		close,
	};
}
