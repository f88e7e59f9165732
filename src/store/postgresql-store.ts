/** The durable store on PostgreSQL through Prisma's driver adapter. Several processes may write, one after the other. */
import type { WriteUnit } from '../durable/store.ts';
import type { PostgresqlDatabase } from './postgresql/database.ts';
import { isStaleVersion, isUnitFault, readPostgresqlFailure, toStoreError } from './postgresql/failure.ts';
import { takeNumbers } from './postgresql/numbering.ts';
import { postgresqlStatements } from './postgresql/statements.ts';
import { createSqlStore, type SqlStore, type SqlStoreOptions } from './sql-store.ts';

export function createPostgresqlStore(
	{ writer }: Pick<PostgresqlDatabase, 'writer'>,
	options: SqlStoreOptions = {},
): SqlStore {
	const dialect = {
		executor: writer,
		statements: postgresqlStatements,
		takeNumbers: (units: readonly WriteUnit[]) => takeNumbers(writer, units),
		isUnitFault: (error: unknown) => isUnitFault(readPostgresqlFailure(error)),
		isStale: (error: unknown) => isStaleVersion(readPostgresqlFailure(error)),
		toStoreError,
	};
	return createSqlStore(dialect, options);
}
