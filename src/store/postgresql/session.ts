/**
 * One connection to the server, held until it is closed or lost: never another one in its place, so that
 * what was begun on it cannot go on elsewhere. Opened through the driver adapter, as the reads are.
 *
 * 1. When it is lost it stays lost: every later call rejects, and `onLost` is told once.
 * 2. Whatever takes longer than the answer may take counts as lost, too: nobody knows what became of it.
 */
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { type Parameter, toQuery } from '../executor.ts';
import { createPool } from './pool.ts';

export interface Session {
	/** As the server knows it: enough to end it from elsewhere, and nobody else's. */
	readonly backend: Backend;
	execute(sql: string, ...parameters: readonly Parameter[]): Promise<number>;
	/** Integers are numbers. */
	query(sql: string, ...parameters: readonly Parameter[]): Promise<ReadonlyArray<readonly unknown[]>>;
	readonly isLost: boolean;
	/** Closes it; does not wait for one that is lost. */
	close(): Promise<void>;
}

export interface Backend {
	readonly pid: number;
	/** When it began, as the server writes it: pids are used again. */
	readonly startedAt: string;
}

export interface SessionOptions {
	readonly url: string;
	/** Shown in the server's list of what is connected. */
	readonly name: string;
	/** Told once when the connection is gone without having been closed, after it was open. */
	readonly onLost?: () => void;
	/** How long an answer may take. */
	readonly answerTimeoutMs?: number;
}

/** Rejects if the server cannot be reached. */
export async function openSession(options: SessionOptions): Promise<Session> {
	let opened = false;
	let closed = false;
	let lost = false;
	const lose = () => {
		if (lost || closed) return;
		lost = true;
		if (opened) options.onLost?.();
	};
	const { url, name, answerTimeoutMs: query_timeout } = options;
	const adapter = await createPool(
		{
			connectionString: url,
			application_name: name.slice(0, 63),
			max: 1,
			...(query_timeout !== undefined && { query_timeout }),
		},
		{ onConnectionError: lose, statementNameGenerator: nameStatements() },
	);
	// A transaction holds the connection; ended at once, it is only held.
	const held = await adapter.startTransaction().catch(async (error) => {
		await adapter.dispose();
		throw error;
	});

	/** What the server refuses leaves the connection as it is; any other failure ends it. */
	async function attempt<T>(work: () => Promise<T>): Promise<T> {
		if (lost || closed) throw new Error('Connection terminated');
		try {
			return await work();
		} catch (error) {
			if (!isRefusal(error)) lose();
			throw error;
		}
	}

	const execute: Session['execute'] = (sql, ...parameters) =>
		attempt(() => held.executeRaw(toQuery(number(sql), parameters)));

	async function query(sql: string, ...parameters: readonly Parameter[]) {
		const { rows, columnTypes } = await attempt(() => held.queryRaw(toQuery(number(sql), parameters)));
		const big = columnTypes.flatMap((type, index) => (type === ColumnTypeEnum.Int64 ? [index] : []));
		if (big.length > 0) for (const row of rows) for (const index of big) row[index] = toNumber(row[index]);
		return rows;
	}

	async function close(): Promise<void> {
		if (closed) return;
		closed = true;
		// Gives the connection back, which is what ends the hold; there is no transaction any more.
		await held.rollback().catch(() => undefined);
		const disposed = adapter.dispose().catch(() => undefined);
		if (!lost) await disposed;
	}

	try {
		await execute('COMMIT');
		// A client that is gone without a word must not hold its locks for hours.
		await execute(`SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
			set_config('tcp_keepalives_count', '3', false), set_config('idle_in_transaction_session_timeout', '60000', false)`);
		const [row] = await query('SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()');
		const backend = { pid: Number(row?.[0]), startedAt: String(row?.[1]) };
		opened = true;
		return {
			backend,
			execute,
			query,
			close,
			get isLost() {
				return lost;
			},
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** Whether the server answered, and goes on listening: SQLSTATEs of a statement, not of a connection or a server that ends. */
export function isRefusal(error: unknown): boolean {
	const { cause } = error as { cause?: { originalCode?: unknown; severity?: unknown } };
	const code = cause?.originalCode;
	if (typeof code !== 'string' || cause?.severity === 'FATAL' || cause?.severity === 'PANIC') return false;
	return !/^(08|57P|58|XX)|^25P03$/.test(code);
}

/** Statements are prepared once for each connection; there are as many as the code has. */
function nameStatements(): (query: { readonly sql: string; readonly args: readonly unknown[] }) => string {
	const names = new Map<string, string>();
	return ({ sql, args }) => {
		if (args.length === 0) return '';
		const name = names.get(sql) ?? `s${names.size}`;
		names.set(sql, name);
		return name;
	};
}

/** `?` as PostgreSQL numbers parameters. */
function number(sql: string): string {
	let count = 0;
	return sql.replaceAll('?', () => {
		count += 1;
		return `$${count}`;
	});
}

function toNumber(value: unknown): unknown {
	return value === null ? null : Number(value);
}
