/** What an operator wants to know of a PostgreSQL database, without taking it. */
import { toStoreError } from './failure.ts';
import { findLockHolder } from './lock.ts';
import { openSession } from './session.ts';

export interface Inspection {
	readonly version: string;
	readonly sizeKiB: number;
	/** Those that are finished. */
	readonly migrations: number;
	/** Which Statecraft serves it; null for none. */
	readonly holder: string | null;
}

/** Rejects with `store_unavailable`, which says what to do. */
export async function inspectPostgresql(url: string): Promise<Inspection> {
	try {
		const session = await openSession({ url, name: 'statecraft doctor', answerTimeoutMs: 10_000 });
		try {
			const [row] = await session.query(
				"SELECT current_setting('server_version'), pg_database_size(current_database()) / 1024, to_regclass('_prisma_migrations') IS NOT NULL",
			);
			const [version, size, isMigrated] = row ?? [];
			const [applied] = isMigrated
				? await session.query('SELECT count(*) FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL')
				: [[0]];
			const holder = (await findLockHolder(session)) ?? null;
			return { version: String(version), sizeKiB: Number(size), migrations: Number(applied?.[0]), holder };
		} finally {
			await session.close();
		}
	} catch (error) {
		throw toStoreError(error);
	}
}
