/**
 * Runs SQL on the connection that writes. Owns when a transaction begins and ends.
 *
 * 1. A transaction takes the write lock when it begins, so that no statement in the middle of it can
 *    find the database locked.
 * 2. When `transact` settles no transaction is open, whatever went wrong: SQLite itself rolls back on
 *    some failures and not on others.
 */
import type { Connection } from './database.ts';

/** A value that a statement takes as a parameter. */
export type Parameter = string | number | null;

export interface Executor {
	/** Runs a statement and answers how many rows it changed. */
	execute(sql: string, ...parameters: readonly Parameter[]): Promise<number>;
	/** Runs a query and answers its rows, each as the values of its columns in order. */
	query(sql: string, ...parameters: readonly Parameter[]): Promise<ReadonlyArray<readonly unknown[]>>;
	/** Runs `work` in a transaction: committed if it resolves, rolled back if it rejects. Not reentrant. */
	transact<T>(work: () => Promise<T>): Promise<T>;
}

export function createExecutor(connection: Connection): Executor {
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

function toQuery(sql: string, parameters: readonly Parameter[]): Parameters<Connection['executeRaw']>[0] {
	return {
		sql,
		args: [...parameters],
		argTypes: parameters.map(() => ({
			scalarType: 'unknown',
			arity: 'scalar',
		})),
	};
}
