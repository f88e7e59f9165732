/**
 * Runs SQL on the one session that writes, and opens another when that is lost.
 *
 * 1. A transaction lives and dies with its session. One that is lost before its COMMIT was sent has written
 *    nothing; it is begun once more, for most often only an idle connection has been cut.
 * 2. What became of a COMMIT whose answer was lost is found out, however long that takes: each transaction
 *    leaves its number in the writer's row, which tells once the old connection has ended. Until then the
 *    caller waits and `trouble` says why. Nothing is ever guessed.
 * 3. Each transaction begins by writing that row. Where it is gone another Statecraft has taken over: this
 *    one can write no more (`store_locked`), which `onFenced` is told.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { StatecraftError } from '../../errors.ts';
import type { Executor } from '../executor.ts';
import { type Backend, isRefusal, openSession, type Session, type SessionOptions } from './session.ts';

export interface WriterOptions extends Pick<SessionOptions, 'url' | 'name' | 'answerTimeoutMs'> {
	readonly onFenced?: (error: StatecraftError) => void;
}

export interface WritingExecutor extends Executor {
	/**
	 * Enters the writer, before the first transaction. Alone, it removes every other one: whoever still
	 * writes fails from then on.
	 */
	enter(options: { readonly alone: boolean }): Promise<void>;
	/** Why no change can be taken now; undefined while all is well. */
	readonly trouble: StatecraftError | undefined;
	close(): Promise<void>;
}

const longestPauseMs = 1_000;

export function createWritingExecutor(options: WriterOptions): WritingExecutor {
	const id = randomUUID();
	let session: Session | undefined;
	/** Connections that were lost, but may live on at the other end, with a transaction and its locks. */
	let remains: Backend | undefined;
	/** The session of the transaction that is open. */
	let active: Session | undefined;
	let commits = 0;
	let trouble: StatecraftError | undefined;
	let closing = false;

	async function reach(): Promise<Session> {
		if (session?.isLost === false) return session;
		remains = session?.backend ?? remains;
		await session?.close();
		session = undefined;
		const next = await openSession(options);
		try {
			if (remains !== undefined) await endBackend(next, remains);
		} catch (error) {
			await next.close();
			throw error;
		}
		remains = undefined;
		session = next;
		return next;
	}

	/** Puts the transaction's number into the writer's row. */
	async function mark(on: Session, number: number): Promise<void> {
		if ((await on.execute('UPDATE "writers" SET "commits" = ?::bigint WHERE "id" = ?', number, id)) === 1) return;
		throw fence();
	}

	function fence(): StatecraftError {
		const error = new StatecraftError('store_locked', 'Another Statecraft has taken over the database', {
			hint: 'Only one may use it: stop this one, or the other and start this one again.',
		});
		trouble = error;
		options.onFenced?.(error);
		return error;
	}

	async function transact<T>(work: () => Promise<T>, isSecond = false): Promise<T> {
		const on = await reach();
		active = on;
		commits += 1;
		const number = commits;
		let done: { readonly result: T } | undefined;
		try {
			await on.execute('BEGIN');
			await mark(on, number);
			done = { result: await work() };
			await on.execute('COMMIT');
			return done.result;
		} catch (error) {
			active = undefined;
			if (done !== undefined && !isRefusal(error)) {
				if (await hasCommitted(number)) return done.result;
				throw error;
			}
			// Rejects if the session is lost, and the transaction with it.
			if (!on.isLost) await on.execute('ROLLBACK').catch(() => undefined);
			if (on.isLost && !isSecond && !closing) return await transact(work, true);
			throw error;
		} finally {
			active = undefined;
		}
	}

	/** Whether the transaction of that number is on disk. Resolves once it is known. */
	async function hasCommitted(number: number): Promise<boolean> {
		trouble ??= new StatecraftError(
			'store_unavailable',
			'The database server went away in the midst of a commit; what became of it is found out when it is back',
		);
		for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
			const last = await readLastCommit().catch(() => undefined);
			if (last === 'gone') throw fence();
			if (last !== undefined) {
				trouble = undefined;
				return last === number;
			}
			if (closing) throw new StatecraftError('store_unavailable', 'It could not be found out what became of a commit');
			await pause(pauseMs);
		}
	}

	/** Waits for the old transaction to end, by the lock that it holds on the row. */
	async function readLastCommit(): Promise<number | 'gone'> {
		const on = await reach();
		const [row] = await on.query('SELECT "commits" FROM "writers" WHERE "id" = ? FOR UPDATE', id);
		return row === undefined ? 'gone' : Number(row[0]);
	}

	return {
		execute: async (sql, ...parameters) => (active ?? (await reach())).execute(sql, ...parameters),
		query: async (sql, ...parameters) => (active ?? (await reach())).query(sql, ...parameters),
		transact: (work) => transact(work),
		async enter({ alone }) {
			const on = await reach();
			await on.execute('BEGIN');
			await on.execute('INSERT INTO "numbering" VALUES (1, 0, 0, 0, 0) ON CONFLICT ("id") DO NOTHING');
			if (alone) await on.execute('DELETE FROM "writers"');
			await on.execute('INSERT INTO "writers" ("id", "commits") VALUES (?, 0)', id);
			await on.execute('COMMIT');
		},
		get trouble() {
			return trouble;
		},
		async close() {
			closing = true;
			await session?.close();
		},
	};
}

/** Ends what is left of a lost connection; one that has its pid by now is another's. */
export async function endBackend(on: Session, { pid, startedAt }: Backend): Promise<void> {
	await on.query(
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		 WHERE pid = ?::integer AND backend_start = ?::timestamptz AND pid <> pg_backend_pid()`,
		pid,
		startedAt,
	);
}
