/**
 * Opens the database: one connection that writes, one that only reads.
 *
 * 1. A read outside a transaction sees what a transaction on the same connection has written and not
 *    yet committed. Whatever is shown to anybody is therefore read through `client`, on a connection of
 *    its own, which in WAL mode sees committed rows only and never waits for the writer.
 * 2. The store writes through Prisma's driver adapter, below Prisma's client: the statements are ours in
 *    any case, a commit of one step takes two thirds of the time, and the store decides itself when a
 *    transaction ends. (The client gives one up whose COMMIT failed, and could never begin another.)
 * 3. Every pragma is set before the first query of a connection, for SQLite forgets them with it.
 */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaClient } from './generated/client.ts';
import { toStoreError } from './sqlite/failure.ts';

/** The writing connection below Prisma's client; migrations run on it. */
export type Connection = Awaited<ReturnType<SqlMigrationAwareDriverAdapterFactory['connect']>>;

export interface DatabaseOptions {
	/** `file:` and an absolute path, or `file::memory:` for a database that goes with the process. */
	readonly url: string;
	/** What a commit survives: `FULL` a power cut, `NORMAL` a killed process. */
	readonly synchronous?: 'FULL' | 'NORMAL';
	/** How long to wait for another process that holds the file locked. The process stands still meanwhile. */
	readonly busyTimeoutMs?: number;
}

export interface Database {
	/** Reads committed rows, typed. Shares the one connection of a database in memory. */
	readonly client: PrismaClient;
	/** Writes. Only the store and the migrations use it. */
	readonly connection: Connection;
	/** Folds the write-ahead log into the file and closes it. May be called again. */
	close(): Promise<void>;
}

/** Opens, and creates if need be, the database file. Rejects with `store_unavailable`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
	const { url, synchronous = 'FULL', busyTimeoutMs = 2_000 } = options;
	const inMemory = url.includes(':memory:');
	try {
		const pragmas = [
			`PRAGMA busy_timeout = ${busyTimeoutMs}`,
			'PRAGMA journal_mode = WAL',
			`PRAGMA synchronous = ${synchronous}`,
			'PRAGMA foreign_keys = ON',
		];
		const connection = await connect(url, busyTimeoutMs, pragmas);
		// Connects with its first query, and so after the migrations, which want the file to themselves.
		const client = createClient(async () =>
			inMemory ? connection : connect(url, busyTimeoutMs, [...pragmas, 'PRAGMA query_only = ON']),
		);
		return { client, connection, close: () => close(client, connection) };
	} catch (error) {
		throw toStoreError(error);
	}
}

async function connect(url: string, busyTimeoutMs: number, pragmas: readonly string[]): Promise<Connection> {
	const connection = await new PrismaBetterSqlite3({
		url,
		timeout: busyTimeoutMs,
	}).connect();
	try {
		await connection.executeScript(pragmas.join(';\n'));
		return connection;
	} catch (error) {
		await connection.dispose();
		throw error;
	}
}

function createClient(connectOnce: () => Promise<Connection>): PrismaClient {
	const adapter: SqlMigrationAwareDriverAdapterFactory = {
		provider: 'sqlite',
		adapterName: '@prisma/adapter-better-sqlite3',
		connect: connectOnce,
		connectToShadowDb: connectOnce,
	};
	return new PrismaClient({ adapter });
}

async function close(client: PrismaClient, connection: Connection): Promise<void> {
	await client.$disconnect();
	// SQLite folds the log in when its last connection goes: that is this one.
	await connection.dispose();
}
