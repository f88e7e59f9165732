/**
 * One Statecraft per database: a lock that the server keeps for as long as a connection lives.
 *
 * 1. It is the server's own advisory lock, held by a session of its own. However the process ends, the
 *    server drops it; a host that is gone without a word is noticed by TCP within half a minute.
 * 2. When the session is lost the lock is taken again. Meanwhile nothing is refused for its sake: were
 *    another Statecraft to take over, it would remove our right to write first (see executor.ts).
 * 3. If another one has it by then, `onTaken` is told: this process must end.
 */
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { StatecraftError } from '../../errors.ts';
import { endBackend } from './executor.ts';
import { toStoreError } from './failure.ts';
import { type Backend, openSession, type Session } from './session.ts';

export interface DatabaseLock {
	/** Gives the database back. May be called again. */
	release(): Promise<void>;
}

export interface DatabaseLockOptions {
	readonly url: string;
	readonly onTaken?: (error: StatecraftError) => void;
	/** How long a holder that has just been killed may take to be forgotten. */
	readonly patienceMs?: number;
	/** How often the session is tried. */
	readonly pingMs?: number;
}

/** `statecrf` in ASCII: no other program is likely to use it. */
const key = "x'7374617465637266'::bit(64)::bigint";
const retryMs = 200;
const pingTimeoutMs = 10_000;

/** Rejects with `store_locked`, which names the holder, or `store_unavailable`. */
export async function acquireDatabaseLock(options: DatabaseLockOptions): Promise<DatabaseLock> {
	const { patienceMs = 5_000, pingMs = 10_000 } = options;
	let session: Session | undefined;
	/** Connections of ours that may live on at the other end, with the lock. */
	let remains: Backend[] = [];
	let released = false;
	let timer: NodeJS.Timeout | undefined;

	async function take(): Promise<void> {
		const next = await openSession({
			url: options.url,
			name: `statecraft process ${process.pid} on ${hostname()}`,
			onLost: () => {
				if (session === next) void regain();
			},
			answerTimeoutMs: pingTimeoutMs,
		});
		try {
			for (const former of remains) await endBackend(next, former);
			remains.push(next.backend);
			await waitForLock(next, patienceMs);
			if (next.isLost) throw new Error('Connection terminated');
		} catch (error) {
			await next.close();
			throw error;
		}
		session = next;
		remains = [next.backend];
		if (released) await next.close();
	}

	async function regain(): Promise<void> {
		while (!released) {
			try {
				return await take();
			} catch (error) {
				if (error instanceof StatecraftError && error.code === 'store_locked') return options.onTaken?.(error);
				await pause(retryMs);
			}
		}
	}

	try {
		await take();
	} catch (error) {
		throw toStoreError(error);
	}
	// What is lost without a word is noticed by asking; the session then tells that it is lost.
	timer = setInterval(() => void session?.query('SELECT 1').catch(() => undefined), pingMs);
	timer.unref();
	return {
		async release() {
			released = true;
			clearInterval(timer);
			await session?.close();
		},
	};
}

async function waitForLock(session: Session, patienceMs: number): Promise<void> {
	const deadline = performance.now() + patienceMs;
	for (;;) {
		const [row] = await session.query(`SELECT pg_try_advisory_lock(${key})`);
		if (row?.[0] === true) return;
		if (performance.now() > deadline) throw await createLockedError(session);
		await pause(retryMs);
	}
}

async function createLockedError(session: Session): Promise<StatecraftError> {
	const holder = (await findLockHolder(session)) ?? 'another process';
	return new StatecraftError('store_locked', `The database is in use by ${holder}`, {
		hint: 'Stop that one first, or use another database.',
	});
}

/** Who has the database, in words; undefined while nobody has. */
export async function findLockHolder(session: Session): Promise<string | undefined> {
	const [row] = await session.query(
		`SELECT a.application_name, host(a.client_addr), to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
		 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
		 WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
		 AND l.database = a.datid AND (l.classid::bigint << 32 | l.objid::bigint) = ${key}`,
	);
	if (row === undefined) return undefined;
	const [name, address, since] = row;
	return `${name}${address === null ? '' : ` (from ${address})`}, since ${since}`;
}
