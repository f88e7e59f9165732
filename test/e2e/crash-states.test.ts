/** The table of reconciliation, row by row: a real server, killed with SIGKILL and booted again on the same data. */

import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readBootReport } from '../support/boot-report.ts';
import { dialIn } from '../support/dial-in-agent.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startedTurns } from '../support/session-ledger.ts';

const crashingServer = fileURLToPath(new URL('../../dist/test/support/crashing-server.js', import.meta.url));
const timeout = 120_000;

describe('an agent that was pending when the server was killed', { timeout }, () => {
	test('[AG39] and not to be started by itself is still pending', async () => {
		const server = await startServerProcess();
		const { id, version } = await server.create('helper', { autoStart: false });
		const prompt = await server.ask(id, 'say hello');
		await server.crash();
		await server.boot();

		expect(await server.api.agent(id)).toMatchObject({
			executionState: 'pending',
			generation: 0,
			version: version + 1,
		});
		expect((await server.api.prompt(prompt.id)).status).toBe('queued');
		expect(await readBootReport(server, 2)).toMatchObject({ restored: 2, interruptedLaunches: 0 });
	});

	test('[AG39, AG38] and about to be launched is launched at once', async () => {
		// The fourth commit is the launch: the third made the agent, the others the orchestrator, and told of the start.
		const environment = { CRASH_AT: 'before-commit:4' };
		const server = await startServerProcess({}, { program: crashingServer, environment });
		await server.events.until('it is listened to', () => server.events.seen[0]);
		await expect(server.create('helper', { prompt: 'say hello' })).rejects.toThrow();
		await server.ended();
		await server.boot();

		const agent = await server.reached('helper', 'idle');
		expect(agent).toMatchObject({ generation: 1, error: null });
		const journal = (await server.api.transitions(agent.id)).items;
		expect(journal.slice(0, 3).map(({ to, trigger }) => [to, trigger])).toEqual([
			['pending', 'Created'],
			['failed.backingOff', 'Reconciliation'],
			['starting', 'BackoffElapsed'],
		]);
		expect(await readBootReport(server, 2)).toMatchObject({ interruptedLaunches: 1 });
	});
});

test('[AG39, P8] an agent that was starting is launched again, and has one process', { timeout }, async () => {
	const server = await startServerProcess();
	const env = { STATECRAFT_DEMO_DIR: server.sessionDirectory, STATECRAFT_DEMO_STARTUP: 'slow:1500ms' };
	const { id } = await server.create('helper', { driver: { kind: 'demo', env } });
	const { pid } = await server.events.until('its process is known', async () => {
		const agent = await server.api.agent(id);
		return agent.executionState === 'starting' && agent.pid !== null ? agent : undefined;
	});
	await server.crash();
	await server.boot();

	const again = await server.reachedAgain(id, 'idle', 2);
	expect(again.pid).not.toBe(pid);
	expect(await readBootReport(server, 2)).toMatchObject({
		interruptedLaunches: 1,
		reconnected: 0,
		interruptedTurns: 0,
	});
	expect(
		(await server.runs(id)).map(({ generation, state, error }) => [generation, state, error?.code]).sort(),
	).toEqual([
		[1, 'failed', 'interrupted'],
		[2, 'running', undefined],
	]);
});

describe('an agent that was idle', { timeout }, () => {
	test('[AG39, AG46] is back without help, with its session', async () => {
		const server = await startServerProcess();
		const { id, sessionId } = await server.hire('helper');
		await server.settled((await server.ask(id, 'say one')).id);
		await server.crash();
		await server.boot();

		expect(await server.reachedAgain(id, 'idle', 2)).toMatchObject({ sessionId, error: null });
		const prompt = await server.settled((await server.ask(id, 'remember')).id);
		expect(prompt.result?.text).toBe('I remember 1 earlier turn.');
		expect(await readBootReport(server, 2)).toMatchObject({ reconnected: 1, interruptedTurns: 0 });
		// Whoever follows the stream comes back to it a moment after the server does.
		await server.events.until('its restart is told', () => server.events.ofTopic('agent.restarted')[0]);
		expect(server.events.ofTopic('agent.restarted')).toHaveLength(1);
	});

	test('[AG39] and is never to be restarted has failed', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper', { restart: 'temporary' });
		await server.crash();
		await server.boot();
		expect(await server.reached(id, 'failed.resting')).toMatchObject({ generation: 1, error: { code: 'interrupted' } });
	});

	test('[AG39] and suspended is suspended still', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper');
		await server.api.command(id, 'suspend', {});
		const prompt = await server.ask(id, 'say later');
		await server.crash();
		await server.boot();

		await server.reachedAgain(id, 'idle.suspended', 2);
		expect((await server.api.prompt(prompt.id)).status).toBe('queued');
		await server.api.command(id, 'resume', {});
		expect((await server.settled(prompt.id)).status).toBe('finished');
	});

	test('[AG39, AG14] and had dialled in is awaited, and goes on when it dials in again', async () => {
		const server = await startServerProcess();
		const { id, connect } = await server.create('remote', { driver: { kind: 'acp', transport: 'websocket' } });
		const dial = () => {
			const agent = dialIn(connect?.url ?? '', server.sessionDirectory);
			onTestFinished(() => agent.drop());
			return agent;
		};
		const first = dial();
		const { sessionId } = await server.reached(id, 'idle');
		await server.settled((await server.ask(id, 'say one')).id);
		await server.crash();
		await first.closed;
		await server.boot();

		expect(await server.api.agent(id)).toMatchObject({ executionState: 'starting', generation: 2 });
		const prompt = await server.ask(id, 'remember');
		dial();
		expect((await server.settled(prompt.id)).result?.text).toBe('I remember 1 earlier turn.');
		expect(await server.api.agent(id)).toMatchObject({ sessionId, generation: 2 });
	});

	test('[AG9, P6] and had dialled in has failed when it stays away', async () => {
		const server = await startServerProcess({ reconnectGraceMs: '1000' });
		const { id, connect } = await server.create('remote', {
			driver: { kind: 'acp', transport: 'websocket' },
			autoStart: false,
		});
		const agent = dialIn(connect?.url ?? '', server.sessionDirectory);
		await server.reached(id, 'idle');
		await server.crash();
		await agent.closed;
		await server.boot();
		expect(await server.reached(id, 'failed.resting')).toMatchObject({ error: { code: 'connection_lost' } });
	});
});

test('[AG39, P6] an agent that waited for its restart waits out the rest of it', { timeout }, async () => {
	const backoff = 5_000;
	const server = await startServerProcess();
	const { id } = await server.hire('helper', { restart: { backoffMs: { initial: backoff, max: backoff } } });
	await server.ask(id, 'crash');
	await server.reached(id, 'failed.backingOff');
	const prompt = await server.ask(id, 'say back');
	await server.crash();
	await server.boot();

	expect((await server.settled(prompt.id)).status).toBe('finished');
	const journal = (await server.api.transitions(id)).items;
	const timeOf = (trigger: string) => Date.parse(journal.find((entry) => entry.trigger === trigger)?.at ?? '');
	expect(timeOf('BackoffElapsed') - timeOf('ProcessCrashed')).toBeGreaterThanOrEqual(0.8 * backoff);
	expect(journal.filter(({ trigger }) => trigger === 'Reconciliation')).toEqual([]);
	expect(await startedTurns(server.sessionDirectory, 'say back')).toBe(1);
});
