/** The whole server on PostgreSQL: nothing is lost by it, by its database, or by the wire between them. */

import { describe, expect, onTestFinished, test } from 'vitest';
import { checkEverything, checkHistory } from '../support/crash-invariants.ts';
import { playUntilKilled, withCrashingServer } from '../support/crash-play.ts';
import { createAcknowledged, playScenario } from '../support/crash-scenario.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { noteInstance } from '../support/leaks.ts';
import { createMissionDesk } from '../support/mission-desk.ts';
import { describeOnPostgresql } from '../support/on-postgresql.ts';
import { refusalOf } from '../support/operator.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgresql.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { createTaskDesk } from '../support/task-desk.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { startWholeServer } from '../support/whole-server.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

const timeout = 180_000;

describeOnPostgresql('on PostgreSQL', () => {
	/** A database of the test that is running. */
	async function openDatabase(): Promise<TestDatabase> {
		const database = await createTestDatabase();
		onTestFinished(() => database.remove());
		return database;
	}

	/** So that what a test leaves behind is found. */
	async function note(server: Pick<ServerProcess, 'dataDir'>, database: TestDatabase): Promise<void> {
		const [row] = await database.query("SELECT value FROM settings WHERE id = 'instance'");
		noteInstance(server.dataDir, String(row?.[0]));
	}

	async function startServer(database: TestDatabase, url = database.url): Promise<ServerProcess> {
		const server = await startServerProcess({ databaseUrl: url, logLevel: 'fatal' });
		await note(server, database);
		return server;
	}

	describe('[P1, P2, P4, P5, P7, P8] all is well after the server was killed', { timeout }, () => {
		test.concurrent.each([
			'before-commit:6',
			'after-commit:9',
			'before-commit:12',
			'after-commit:15',
			'before-commit:20',
		])('%s', async (crashAt) => {
			const own = await createTestDatabase();
			await withCrashingServer(
				crashAt,
				async (server) => {
					await note(server, own);
					const told = createAcknowledged();
					expect(await playUntilKilled(server, () => playScenario(server, { told }))).toBe(true);
					told.crashes++;
					await server.boot();
					const agent = await playScenario(server, { told });
					expect(await checkEverything(server, agent.id, told)).toEqual([]);
				},
				{ databaseUrl: own.url },
			);
			await own.remove();
		});
	});

	test('[P1, P3] workflows, tasks and missions go on after kill -9', { timeout }, async () => {
		const server = await startServer(await openDatabase());
		const workflows = createWorkflowDesk(server);
		const missions = createMissionDesk(server);
		const tasks = createTaskDesk(server);
		const captain = await server.hire('captain');
		const mission = await missions.begin(captain.id, 'say we set sail');
		const requestId = await missions.ask(mission.id, { question: 'Which way?', choices: ['north', 'south'] });
		const clerk = await server.hire('clerk');
		const trigger = { type: 'cron', expression: '* * * * * *' };
		const { id: workflowId } = await workflows.standing(clerk.id, { trigger, template: 'say {{ item.title }}' });
		const repository = createGitRepository({ 'a.txt': 'one\n' });
		const worker = await server.hire('worker');
		const task = await tasks.create({
			description: 'ask shall I go on?',
			repository: repository.path,
			agent: 'worker',
			gates: [],
		});
		await server.request(worker.id);

		await server.crash();
		await server.boot();
		await server.api.answer(requestId, { optionId: 'north' });
		await missions.told(captain.id, 'Answer: north');
		const before = (await workflows.dispatches(workflowId)).filter(({ status }) => status === 'completed').length;
		await server.events.until('items are dispatched again', async () => {
			const items = await workflows.dispatches(workflowId);
			return items.filter(({ status }) => status === 'completed').length > before || undefined;
		});
		expect(await tasks.prompt(task.id, worker.id, 2)).toContain('was cut short');
		for (const { id } of [captain, clerk, worker]) expect(await checkHistory(server, id)).toEqual([]);
	});

	test('[P1] a database that is away for a while: changes are refused, nothing is lost, nobody has to help', {
		timeout,
	}, async () => {
		const database = await openDatabase();
		const proxy = await startTcpProxy(database);
		onTestFinished(() => proxy.close());
		const server = await startServer(database, database.through(proxy.port));
		const agent = await server.hire('helper');
		const first = await server.ask(agent.id, 'permission dig deep');
		const request = await server.request(agent.id);

		proxy.refuse(true);
		proxy.cut();
		const refused = await refusalOf(server.ask(agent.id, 'say never heard'));
		expect(refused).toMatchObject({ code: 'store_unavailable', status: 503 });
		expect(await refusalOf(server.api.agent(agent.id))).toMatchObject({ code: 'store_unavailable', status: 503 });
		expect(await refusalOf(server.api.answer(request.id, { optionId: 'allow' }))).toMatchObject({ status: 503 });

		proxy.refuse(false);
		await expect.poll(() => server.api.answer(request.id, { optionId: 'allow' }).catch(() => undefined)).toBeDefined();
		expect(await server.settled(first.id)).toMatchObject({ status: 'finished' });
		const second = await server.ask(agent.id, 'say I am back');
		expect(await server.settled(second.id)).toMatchObject({ status: 'finished' });
		const { items } = await server.api.http.request<{ items: { id: string }[] }>('GET', `/agents/${agent.id}/prompts`);
		expect(items.map(({ id }) => id)).toEqual([second.id, first.id]);
		expect(await checkHistory(server, agent.id)).toEqual([]);
	});

	test('[P1, P2] every connection is ended again and again while work goes on', { timeout }, async () => {
		const database = await openDatabase();
		const server = await startServer(database);
		const agent = await server.hire('helper');
		const accepted: string[] = [];
		for (let round = 0; round < 12; round++) {
			const ended = database.terminate();
			const key = `prompt-${round}`;
			// An operator whose request failed sends it again.
			const prompt = await server.events.until(`${key} is accepted`, () =>
				server.ask(agent.id, `say ${round}`, { idempotencyKey: key }).catch(() => undefined),
			);
			accepted.push(prompt.id);
			expect(await ended).toBeGreaterThan(0);
		}
		for (const id of accepted) expect(await server.settled(id)).toMatchObject({ status: 'finished' });
		expect(new Set(accepted).size).toBe(12);
		expect(await checkHistory(server, agent.id)).toEqual([]);
		// The lock was lost each time, and taken again: nobody else gets in.
		await expect
			.poll(() => database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"))
			.toHaveLength(1);
		const other = startWholeServer({ settings: { databaseUrl: database.url } });
		await expect(other).rejects.toMatchObject({
			code: 'store_locked',
			message: expect.stringMatching(/process \d+ on/),
		});
	});
});
