/** Stands in for a PostgreSQL server where the schema engine only compares texts, which it does with one connected. */
import { ColumnTypeEnum, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

type Adapter = Awaited<ReturnType<SqlMigrationAwareDriverAdapterFactory['connect']>>;

const adapter: Adapter = {
	provider: 'postgres',
	adapterName: 'offline',
	/** Asked for one thing only: whether the schema is there, and which version the server is of. */
	queryRaw: async () => ({
		columnNames: ['exists', 'version', 'numeric_version'],
		columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
		rows: [[true, 'PostgreSQL 15.0', 150_000]],
	}),
	executeRaw: async () => 0,
	executeScript: async () => undefined,
	startTransaction: () => Promise.reject(new Error('There is no server')),
	dispose: async () => undefined,
};

export const offlineAdapter: SqlMigrationAwareDriverAdapterFactory = {
	provider: 'postgres',
	adapterName: adapter.adapterName,
	connect: async () => adapter,
	connectToShadowDb: async () => adapter,
};
