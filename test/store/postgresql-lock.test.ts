/** One Statecraft per database, whichever hosts they are on. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { acquireDatabaseLock, type DatabaseLock } from '../../src/store/postgresql/lock.ts';
import { openSession } from '../../src/store/postgresql/session.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { step } from './units.ts';

const holders =
	"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

describeOnPostgresql('the lock of a database', () => {
	let server: TestDatabase;
	const locks: DatabaseLock[] = [];
	beforeAll(async () => {
		server = await createTestDatabase();
	});
	afterEach(async () => {
		for (const lock of locks.splice(0)) await lock.release();
	});
	afterAll(() => server.remove());

	async function acquire(onTaken?: (error: Error) => void): Promise<DatabaseLock> {
		const lock = await acquireDatabaseLock({
			url: server.url,
			patienceMs: 300,
			pingMs: 100,
			...(onTaken && { onTaken }),
		});
		locks.push(lock);
		return lock;
	}

	test('a second one is refused and told who has it, until the first lets go', async () => {
		const first = await acquire();
		await expect(acquire()).rejects.toMatchObject({
			code: 'store_locked',
			message: expect.stringMatching(new RegExp(`in use by statecraft process ${process.pid} on .+, since 20`)),
		});
		await first.release();
		await acquire();
	});

	test('one whose connection is ended takes it again', async () => {
		const onTaken = vi.fn();
		await acquire(onTaken);
		const before = await server.query(holders);
		expect(await server.terminate("application_name LIKE 'statecraft process%'")).toBe(1);
		await expect.poll(async () => (await server.query(holders)).length).toBe(1);
		await expect.poll(() => server.query(holders)).not.toEqual(before);
		expect(onTaken).not.toHaveBeenCalled();
		await expect(acquire()).rejects.toMatchObject({ code: 'store_locked' });
	});

	test('one that finds it taken by another is told', async () => {
		const onTaken = vi.fn();
		await acquire(onTaken);
		const other = await openSession({ url: server.url, name: 'another' });
		// Waits in line, and so is first.
		const taking = other.query("SELECT pg_advisory_lock(x'7374617465637266'::bit(64)::bigint)::text");
		await expect
			.poll(() => server.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
			.toHaveLength(1);
		await server.terminate("application_name LIKE 'statecraft process%'");
		await taking;
		await vi.waitFor(() => expect(onTaken).toHaveBeenCalledOnce());
		expect(onTaken.mock.calls[0]?.[0]).toMatchObject({
			code: 'store_locked',
			message: expect.stringContaining('another'),
		});
		await other.close();
	});

	test('a store that another Statecraft takes over takes no more changes, and says so', async () => {
		const onTaken = vi.fn();
		const first = await openStore({ url: server.url, onTaken });
		await first.store.commit([step('a:1', 1)]);
		// As if the lock had been lost for longer than another takes to come.
		const other = await server.open();
		await other.writer.transact(() => other.writer.execute('DELETE FROM "writers" WHERE "commits" > 1'));
		await expect(first.store.commit([step('a:1', 2)])).rejects.toMatchObject({ code: 'store_locked' });
		expect(onTaken).toHaveBeenCalledOnce();
		expect(first.trouble()).toMatchObject({ code: 'store_locked' });
		expect((await first.reads.snapshot('a:1'))?.version).toBe(1);
		await first.close();
	});

	test('a database that is not there, a server that is not, and a user who may not come in are told apart', async () => {
		const open = (change: (url: URL) => void) => {
			const url = new URL(server.url);
			change(url);
			return openStore({ url: url.href });
		};
		const missing = open((url) => {
			url.pathname = '/no_such_database';
		});
		await expect(missing).rejects.toMatchObject({
			code: 'store_unavailable',
			message: expect.stringMatching(/no such database/),
		});
		const away = open((url) => {
			url.port = '1';
		});
		await expect(away).rejects.toMatchObject({
			code: 'store_unavailable',
			message: expect.stringMatching(/cannot be reached/),
		});
		const stranger = open((url) => {
			url.username = 'nobody_of_this_name';
		});
		await expect(stranger).rejects.toMatchObject({
			code: 'store_unavailable',
			message: expect.stringMatching(/refused the user/),
		});
	});
});
