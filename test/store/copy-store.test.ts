/** A store that was lived in, copied to another kind of database and back. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';
import { copyStore } from '../../src/store/copy/copy-store.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { startWholeServer } from '../support/whole-server.ts';
import { createDice, createUnitSource } from './random-units.ts';
import { loadAll } from './scene.ts';
import { agentRow, at, step } from './units.ts';

const timeout = 120_000;

async function fill(folder: DatabaseFolder) {
	const database = await folder.open({ synchronous: 'NORMAL' });
	const store = createSqliteStore(database);
	const createUnit = createUnitSource(createDice(7));
	for (let round = 0; round < 150; round++) await store.commit(Array.from({ length: 8 }, createUnit));
	await store.commit([
		{ records: [agentRow('agt_odd', { name: 'NUL \0, half \ud83d a pair', labels: '{"a":"\\u0000"}' })] },
		step('odd:1', 1, {
			timersSet: [{ address: 'odd:1', id: 'soon', target: 'odd:1', event: '{}', dueAt: at }],
			// Asked for in an order that is not that of their ids.
			effectsAsked: ['odd:1/1/2', 'odd:1/1/1'].map((id) => ({
				id,
				address: 'odd:1',
				name: 'do',
				params: '{}',
				attempts: 0,
				nextAttemptAt: at,
				lastError: null,
			})),
			messagesSent: [{ id: 'odd:1/1/3', from: 'odd:1', to: 'odd:2', event: '{}', sentAt: at }],
			events: Array.from({ length: 2_500 }, (_, n) => ({ topic: 'a.b', agentId: null, at, data: `{"n":${n}}` })),
		}),
	]);
	const kept = {
		actors: await loadAll(store),
		timers: await store.loadTimers(),
		effects: await store.loadEffects(),
		messages: await store.loadMessages(),
	};
	expect([kept.actors, kept.timers, kept.effects, kept.messages].every(({ length }) => length > 0)).toBe(true);
	const [numbered] = await store.commit([{ events: [{ topic: 'last', agentId: null, at, data: '{}' }] }]);
	await database.close();
	return { kept, last: numbered?.ok === true ? (numbered.events[0]?.seq ?? 0) : 0 };
}

describeOnPostgresql('a copy of a store', () => {
	let server: TestDatabase;
	beforeAll(async () => {
		server = await createTestDatabase();
	});
	afterAll(() => server.remove());

	test('has everything in the same order, and its numbers go on; copied back it is the same', { timeout }, async () => {
		const [first, second] = [createDatabaseFolder(), createDatabaseFolder()];
		const { kept, last } = await fill(first);
		const there = await copyStore({ from: first.url, to: server.url });
		expect(there.tables.find(({ table }) => table === 'events')?.rows).toBeGreaterThan(2_500);
		await expect(copyStore({ from: first.url, to: server.url })).rejects.toMatchObject({ code: 'store_not_empty' });
		const back = await copyStore({ from: server.url, to: second.url });
		expect(back).toEqual(there);
		const store = createSqliteStore(await second.open());
		expect({
			actors: await loadAll(store),
			timers: await store.loadTimers(),
			effects: await store.loadEffects(),
			messages: await store.loadMessages(),
		}).toEqual(kept);
		const [outcome] = await store.commit([{ events: [{ topic: 'next', agentId: null, at, data: '{}' }] }]);
		expect(outcome?.ok === true && outcome.events[0]?.seq).toBe(last + 1);
		await Promise.all([first.remove(), second.remove()]);
	});

	test('is refused while a server has the source, and leaves the target empty', async () => {
		const folder = createDatabaseFolder();
		await folder.open();
		const lock = acquireLock(folder.path);
		await expect(copyStore({ from: folder.url, to: server.url })).rejects.toMatchObject({ code: 'store_locked' });
		lock.release();
		await expect(copyStore({ from: `file:${folder.path}/none.db`, to: server.url })).rejects.toMatchObject({
			code: 'store_unavailable',
		});
		await folder.remove();
	});

	test('is made by the command line, which tells what it did; doctor looks at it', { timeout }, async () => {
		const own = await createTestDatabase();
		const folder = createDatabaseFolder();
		await createSqliteStore(await folder.open()).saveSetting('fact', 'kept');
		const run = async (...args: string[]) => {
			const program = join(packageRoot, 'dist/src/cli/main.js');
			const env = { PATH: process.env.PATH, HOME: folder.path, DATABASE_URL: own.url };
			const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--json'], { env }).catch(
				(error: { stdout: string; stderr: string }) => ({ stdout: error.stdout || error.stderr }),
			);
			return JSON.parse(stdout);
		};
		const copy = ['migrate-store', '--from', folder.url, '--to', own.url];
		expect(await run(...copy)).toMatchObject({ rows: 1 });
		expect(await run(...copy)).toMatchObject({ code: 'store_not_empty' });
		expect(await run('migrate-store', '--from', 'mysql://u:secret@h/d', '--to', own.url)).toMatchObject({
			code: 'invalid_configuration',
			detail: expect.not.stringContaining('secret'),
		});
		const { checks } = await run('doctor', '--data-dir', folder.path);
		expect(checks).toContainEqual({
			name: 'database',
			verdict: 'ok',
			finding: expect.stringMatching(/^PostgreSQL \d+.*, \d+ KiB, 1 migrations applied, in use by nobody$/),
		});
		await folder.remove();
		await own.remove();
	});

	test('is served: agents, prompts and the journal are there, and work goes on', { timeout }, async () => {
		const own = await createTestDatabase();
		const first = await startWholeServer();
		const agent = await first.hire('helper');
		const before = await first.settled((await first.ask(agent.id, 'say one')).id);
		await first.shutDown();
		await copyStore({ from: `file:${first.dataDir}/statecraft.db`, to: own.url });

		const second = await startWholeServer({ directory: first.directory, settings: { databaseUrl: own.url } });
		expect(await second.api.prompt(before.id)).toEqual(before);
		await second.post(`/agents/${agent.id}/start`);
		await second.reachedAgain(agent.id, 'idle', 2);
		const after = await second.settled((await second.ask(agent.id, 'say two')).id);
		expect(after.status).toBe('finished');
		await second.shutDown();
		await own.remove();
	});
});
