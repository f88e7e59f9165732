/**
 * The durable store on SQLite through Prisma's driver adapter. Nobody else writes to the database while
 * this store is open: it keeps the last numbers in memory.
 */
import type { Database } from './database.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import { createSqlStore, type SqlStore, type SqlStoreOptions } from './sql-store.ts';
import { createSqliteExecutor } from './sqlite/executor.ts';
import { isConstraintFailure, readSqliteFailure, toStoreError } from './sqlite/failure.ts';
import { loadSequenceNumbers } from './sqlite/numbers.ts';
import { sqliteStatements, staleVersionMessage } from './sqlite/statements.ts';

export type SqliteStore = SqlStore;

export function createSqliteStore(database: Pick<Database, 'connection'>, options: SqlStoreOptions = {}): SqliteStore {
	const executor = createSqliteExecutor(database.connection);
	let numbers: SequenceNumbers | undefined;
	const dialect = {
		executor,
		statements: sqliteStatements,
		async takeNumbers() {
			numbers ??= await loadSequenceNumbers(executor);
			return numbers;
		},
		isUnitFault: (error: unknown) => isConstraintFailure(readSqliteFailure(error)),
		isStale: (error: unknown) => readSqliteFailure(error).message === staleVersionMessage,
		toStoreError,
	};
	return createSqlStore(dialect, options);
}
