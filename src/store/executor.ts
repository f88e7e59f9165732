/** Runs SQL on the connection that writes. Each kind of database has one of its own. */
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

export function toQuery(sql: string, parameters: readonly Parameter[]): Parameters<Connection['executeRaw']>[0] {
	return {
		sql,
		args: [...parameters],
		argTypes: parameters.map(() => ({
			scalarType: 'unknown',
			arity: 'scalar',
		})),
	};
}
