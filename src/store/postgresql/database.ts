/**
 * Opens a PostgreSQL database: a session that writes, and a pool of connections that only read.
 *
 * 1. What is shown to anybody is read through `client`, which sees committed rows only.
 * 2. The store writes through the driver adapter, below Prisma's client, as on SQLite, and for the same
 *    reasons; moreover the client could not tell what became of a COMMIT whose answer was lost.
 */
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { StatecraftError } from '../../errors.ts';
import type { Connection } from '../database.ts';
import { PrismaClient as PostgresqlClient } from '../generated-postgresql/client.ts';
import type { ReadClient } from '../read-client.ts';
import { createWritingExecutor, type WriterOptions, type WritingExecutor } from './executor.ts';
import { toStoreError } from './failure.ts';
import { createPool } from './pool.ts';

export interface PostgresqlOptions extends Omit<WriterOptions, 'name'> {
	/** Connections that read at a time. */
	readonly readers?: number;
}

export interface PostgresqlDatabase {
	/** Reads committed rows, typed. */
	readonly client: ReadClient;
	/** Writes. Only the store uses it. */
	readonly writer: WritingExecutor;
	/** Runs work on a connection of its own, as migrations want it. */
	withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
	/** May be called again. */
	close(): Promise<void>;
}

/** The server is asked whether it will do; nothing is written. Rejects with `store_unavailable`. */
export async function openPostgresqlDatabase(options: PostgresqlOptions): Promise<PostgresqlDatabase> {
	const { url, readers = 8 } = options;
	const client = new PostgresqlClient({ adapter: createReader(url, readers) });
	const writer = createWritingExecutor({ ...options, name: 'statecraft writer' });
	const database: PostgresqlDatabase = {
		// Proved by test/store/read-client.test.ts: what is read through it is the same with both clients.
		client: client as unknown as ReadClient,
		writer,
		async withConnection(work) {
			// A migration may take its time.
			const connection = await createPool({
				connectionString: url,
				application_name: 'statecraft migrations',
				max: 1,
				query_timeout: 0,
			});
			try {
				return await work(connection);
			} finally {
				await connection.dispose();
			}
		},
		async close() {
			await client.$disconnect();
			await writer.close();
		},
	};
	try {
		await refuseUnfit(writer);
		return database;
	} catch (error) {
		await database.close();
		throw toStoreError(error);
	}
}

async function refuseUnfit(writer: WritingExecutor): Promise<void> {
	const [row] = await writer.query(
		`SELECT current_setting('server_version_num')::integer, current_setting('server_encoding'), pg_is_in_recovery()`,
	);
	const [version, encoding, isStandby] = row ?? [];
	const refuse = (detail: string, hint: string) => new StatecraftError('store_unavailable', detail, { hint });
	if (Number(version) < 130_000) throw refuse('The PostgreSQL server is older than 13', 'Use a newer server.');
	if (encoding !== 'UTF8') throw refuse(`The database is in ${encoding}, not in UTF8`, 'Create it with -E UTF8.');
	if (isStandby === true) throw refuse('The server is a standby', 'Let DATABASE_URL name the primary server.');
}

/** A pool that cannot write, and to which a NUL in what is looked for is only a character that nothing has. */
function createReader(url: string, readers: number): SqlMigrationAwareDriverAdapterFactory {
	const connect = async () => {
		const adapter = await createPool({
			connectionString: url,
			application_name: 'statecraft reader',
			max: readers,
			options: '-c default_transaction_read_only=on',
		});
		const queryRaw = adapter.queryRaw.bind(adapter);
		adapter.queryRaw = (query) => queryRaw({ ...query, args: query.args.map(withoutNul) });
		return adapter;
	};
	return { provider: 'postgres', adapterName: '@prisma/adapter-pg', connect, connectToShadowDb: connect };
}

function withoutNul(value: unknown): unknown {
	return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
