/**
 * Runs SQL on SQLite's writing connection. Owns when a transaction begins and ends.
 *
 * 1. A transaction takes the write lock when it begins, so that no statement in the middle of it can
 *    find the database locked.
 * 2. When `transact` settles no transaction is open, whatever went wrong: SQLite itself rolls back on
 *    some failures and not on others.
 */
import type { Connection } from '../database.ts';
import { type Executor, toQuery } from '../executor.ts';

export function createSqliteExecutor(connection: Connection): Executor {
	const execute: Executor['execute'] = (sql, ...parameters) => connection.executeRaw(toQuery(sql, parameters));
	return {
		execute,
		async query(sql, ...parameters) {
			return (await connection.queryRaw(toQuery(sql, parameters))).rows;
		},
		async transact(work) {
			await execute('BEGIN IMMEDIATE');
			try {
				const result = await work();
				await execute('COMMIT');
				return result;
			} catch (error) {
				// Rejects if SQLite has rolled back already, which is what is wanted.
				await execute('ROLLBACK').catch(() => undefined);
				throw error;
			}
		},
	};
}
