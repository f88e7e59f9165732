/**
 * Databases of a test on a real PostgreSQL server, which `STATECRAFT_TEST_POSTGRES_URL` names: the URL of a
 * user who may create databases. Without it these tests are skipped, and say so.
 */
import { randomBytes } from 'node:crypto';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { postgresqlMigrationsPath, readMigrationFolder, readSchema } from '../../src/store/migration-folder.ts';
import {
	openPostgresqlDatabase,
	type PostgresqlDatabase,
	type PostgresqlOptions,
} from '../../src/store/postgresql/database.ts';
import { openSession, type Session } from '../../src/store/postgresql/session.ts';
import { parseTables } from '../../src/store/tables.ts';

const adminUrl = process.env.STATECRAFT_TEST_POSTGRES_URL ?? '';

/** Where a test names no server of its own. */
export const hasPostgresql = adminUrl !== '';

export interface TestDatabase {
	readonly url: string;
	readonly port: number;
	/** The same database by way of another port of this machine. */
	through(port: number): string;
	/** Opens it, migrated and entered as one of maybe several writers; closed with it if not before. */
	open(options?: Partial<PostgresqlOptions>): Promise<PostgresqlDatabase>;
	/** Runs a statement aside. */
	query(sql: string, ...parameters: readonly (string | number)[]): Promise<ReadonlyArray<readonly unknown[]>>;
	/** Ends connections to the database, by a condition on pg_stat_activity; answers how many. */
	terminate(condition?: string): Promise<number>;
	/** Empties every table but that of the writers; numbers begin at 1 again. */
	clear(): Promise<void>;
	/** Closes what was opened and drops the database. */
	remove(): Promise<void>;
}

/** Creates a database whose own order of texts is not that of their bytes. */
export async function createTestDatabase(): Promise<TestDatabase> {
	const name = `statecraft_test_${randomBytes(6).toString('hex')}`;
	await withServer(async (server) => {
		await server.execute(
			`CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' ENCODING 'UTF8'`,
		);
		// The tests kill processes and connections, never the machine.
		await server.execute(`ALTER DATABASE ${name} SET synchronous_commit = off`);
	});
	const url = new URL(adminUrl);
	url.pathname = `/${name}`;
	const opened: PostgresqlDatabase[] = [];
	let aside: Session | undefined;
	const query: TestDatabase['query'] = async (sql, ...parameters) => {
		if (aside === undefined || aside.isLost) aside = await openSession({ url: url.href, name: 'test' });
		return aside.query(sql, ...parameters);
	};

	return {
		url: url.href,
		port: Number(url.port || 5432),
		through(port) {
			const other = new URL(url);
			other.hostname = '127.0.0.1';
			other.port = String(port);
			return other.href;
		},
		query,
		async open(options) {
			const database = await openPostgresqlDatabase({ url: url.href, readers: 2, ...options });
			opened.push(database);
			const folder = readMigrationFolder(postgresqlMigrationsPath);
			await database.withConnection((connection) => migrateDatabase({ connection }, folder));
			await database.writer.enter({ alone: false });
			return database;
		},
		async terminate(condition = 'true') {
			const rows = await withServer((server) =>
				server.query(
					`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					 WHERE datname = ? AND application_name <> 'test' AND (${condition})`,
					name,
				),
			);
			return rows.length;
		},
		async clear() {
			// Faster than TRUNCATE where there is little.
			const deletions = [...parseTables(readSchema().content).keys()].map((table) => `DELETE FROM "${table}";`);
			const restart = 'UPDATE "numbering" SET "journal" = 0, "message" = 0, "event" = 0, "effect" = 0;';
			await query(`DO $$ BEGIN ${deletions.join(' ')} ${restart} END $$`);
		},
		async remove() {
			for (const database of opened) await database.close();
			await aside?.close();
			await withServer((server) => server.execute(`DROP DATABASE ${name} WITH (FORCE)`));
		},
	};
}

async function withServer<T>(work: (server: Session) => Promise<T>): Promise<T> {
	const server = await openSession({ url: adminUrl, name: 'test' });
	try {
		return await work(server);
	} finally {
		await server.close();
	}
}
