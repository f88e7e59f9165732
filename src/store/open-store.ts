/** The database as it should be, with all that reads and writes it: SQLite or PostgreSQL, by its URL alone. */

import { randomBytes } from 'node:crypto';
import type { StatecraftError } from '../errors.ts';
import { openDatabase } from './database.ts';
import { migrateDatabase } from './migrate.ts';
import { postgresqlMigrationsPath, readMigrationFolder } from './migration-folder.ts';
import { openPostgresqlDatabase } from './postgresql/database.ts';
import { isUnreachable, readPostgresqlFailure, toStoreError } from './postgresql/failure.ts';
import { acquireDatabaseLock } from './postgresql/lock.ts';
import { postgresqlReads } from './postgresql/reads.ts';
import { createPostgresqlStore } from './postgresql-store.ts';
import { createQueries, type Queries } from './queries.ts';
import type { SqlStore } from './sql-store.ts';
import { createSqliteStore } from './sqlite-store.ts';

export interface StoreOptions {
	/** `file:` and an absolute path, or `postgresql://…`. */
	readonly url: string;
	/** Of SQLite: what a commit survives. */
	readonly synchronous?: 'FULL' | 'NORMAL';
	/** Another Statecraft has the database now: this one can write no more, and must end. */
	readonly onTaken?: (error: StatecraftError) => void;
}

export interface OpenedStore {
	readonly store: SqlStore;
	readonly reads: Queries;
	/** Marks this installation's processes for as long as its database lives. */
	readonly instance: string;
	/** Why no change can be taken now, where that is known beforehand. */
	trouble(): StatecraftError | undefined;
	close(): Promise<void>;
}

/** Opens the database and brings its schema up to date; whoever opened it closes it. */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
	const opened = isPostgresqlUrl(options.url) ? await openPostgresql(options) : await openSqlite(options);
	try {
		const { store, reads } = opened;
		const instance = (await reads.setting('instance')) ?? (await chooseInstance(store));
		const close = async () => {
			// A sign of life may be on its way.
			await store.idle();
			await opened.close();
		};
		return { ...opened, instance, close };
	} catch (thrown) {
		await opened.close();
		throw thrown;
	}
}

export function isPostgresqlUrl(url: string): boolean {
	return /^postgres(ql)?:/.test(url);
}

type Opened = Omit<OpenedStore, 'instance'>;

async function openSqlite({ url, synchronous = 'FULL' }: StoreOptions): Promise<Opened> {
	const database = await openDatabase({ url, synchronous });
	try {
		await migrateDatabase(database);
	} catch (thrown) {
		await database.close();
		throw thrown;
	}
	return {
		store: createSqliteStore(database),
		reads: createQueries(database.client),
		trouble: () => undefined,
		close: () => database.close(),
	};
}

async function openPostgresql({ url, onTaken }: StoreOptions): Promise<Opened> {
	let taken: StatecraftError | undefined;
	const lose = (error: StatecraftError) => {
		if (taken === undefined) onTaken?.(error);
		taken ??= error;
	};
	const database = await openPostgresqlDatabase({ url, onFenced: lose });
	const undo: Array<() => Promise<void>> = [() => database.close()];
	const close = async () => {
		for (const step of undo.splice(0).reverse()) await step();
	};
	try {
		const lock = await acquireDatabaseLock({ url, onTaken: lose });
		undo.unshift(() => lock.release());
		const folder = readMigrationFolder(postgresqlMigrationsPath);
		await database.withConnection((connection) => migrateDatabase({ connection }, folder));
		await database.writer.enter({ alone: true });
	} catch (thrown) {
		await close();
		throw toStoreError(thrown);
	}
	return {
		store: createPostgresqlStore(database),
		reads: nameOutages(createQueries(database.client, postgresqlReads)),
		trouble: () => taken ?? database.writer.trouble,
		close,
	};
}

/** Reads that cannot reach the server say so as writes do: `store_unavailable`. */
export function nameOutages(queries: Queries): Queries {
	const named = Object.entries(queries).map(([name, read]: [string, (...args: unknown[]) => Promise<unknown>]) => [
		name,
		async (...args: unknown[]) => {
			try {
				return await read(...args);
			} catch (thrown) {
				throw isUnreachable(readPostgresqlFailure(thrown)) ? toStoreError(thrown) : thrown;
			}
		},
	]);
	return Object.fromEntries(named);
}

async function chooseInstance(store: SqlStore): Promise<string> {
	const instance = randomBytes(12).toString('hex');
	await store.saveSetting('instance', instance);
	return instance;
}
