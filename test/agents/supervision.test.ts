import { describe, expect, test } from 'vitest';
import { startWholeServer } from '../support/whole-server.ts';

const quick = { backoffMs: { initial: 1, max: 2 } };

/** The demo agent with a bad start. */
function startingWith(startup: string, sessionDirectory: string) {
	return { kind: 'demo', env: { STATECRAFT_DEMO_STARTUP: startup, STATECRAFT_DEMO_DIR: sessionDirectory } };
}

describe('a launch', () => {
	test('[AG9] of a program that is not there fails for good, and says what to do', async () => {
		const { create, reached, events, runs } = await startWholeServer();
		const driver = { kind: 'acp', command: '/nowhere/to/be/found' };
		const { id } = await create('helper', { driver });

		const rested = await reached(id, 'failed.resting');
		expect(rested).toMatchObject({ generation: 1, pid: null, error: { code: 'command_not_found', retryable: false } });
		expect(rested.tags).toEqual(['needsAttention', 'restartable', 'terminal']);
		expect(await runs(id)).toMatchObject([{ state: 'failed', error: { code: 'command_not_found' } }]);
		await events.until('it is escalated', () => events.ofTopic('agent.escalated')[0]);
	});

	test('[AG9] that takes too long is ended, and tried again', async () => {
		const { create, reached, runs, sessionDirectory, events } = await startWholeServer({
			settings: { startupTimeoutMs: '600' },
		});
		const { id } = await create('helper', {
			driver: startingWith('hang', sessionDirectory),
			restart: { ...quick, maxRestarts: 1 },
		});

		expect(await reached(id, 'failed.resting')).toMatchObject({
			generation: 2,
			error: { code: 'restart_intensity_exceeded', detail: { last: { code: 'startup_timeout' } } },
		});
		expect((await runs(id)).map(({ state, error }) => [state, error?.code])).toEqual([
			['failed', 'startup_timeout'],
			['failed', 'startup_timeout'],
		]);
		expect(events.ofTopic('agent.escalated')).toHaveLength(1);
	});

	test('[AG9, AG35] of a program that dies in its handshake fails with what it said last', async () => {
		const { create, reached, runs, sessionDirectory } = await startWholeServer();
		const driver = startingWith('crash', sessionDirectory);
		const { id } = await create('helper', { driver, restart: { policy: 'temporary' } });

		expect(await reached(id, 'failed.resting')).toMatchObject({
			error: {
				code: expect.stringMatching(/handshake_failed|process_crashed/),
				detail: { exitCode: 1, stderrTail: expect.stringContaining('crashes at startup') },
			},
		});
		expect(await runs(id)).toMatchObject([{ state: 'failed', exitCode: 1, signal: null }]);
	});

	test('[AG9] of a program that is no agent fails, and leaves no process', async () => {
		const { create, reached } = await startWholeServer({ settings: { startupTimeoutMs: '5000' } });
		const driver = { kind: 'acp', command: process.execPath, args: ['-e', ''] };
		const { id } = await create('helper', { driver, restart: { policy: 'temporary' } });
		expect(await reached(id, 'failed.resting')).toMatchObject({ error: { retryable: true } });
	});
});

describe('supervision', () => {
	test('[AG52, P5] an agent that has given up asks a human, who has it started again', async () => {
		const { create, reached, reachedAgain, request, api, events, sessionDirectory } = await startWholeServer();
		const driver = startingWith('crash', sessionDirectory);
		const { id } = await create('helper', { driver, restart: { ...quick, maxRestarts: 1, withinSeconds: 600 } });
		await reached(id, 'failed.resting');

		const asked = await request(id);
		expect(asked).toMatchObject({ kind: 'question', title: expect.stringContaining('given up') });
		expect(asked.options.map(({ optionId }) => optionId)).toEqual(['restart', 'leave']);
		expect(asked.detail).toMatchObject({
			failure: { code: 'restart_intensity_exceeded' },
			failures: [1, 2].map(() => ({ at: expect.any(Number), code: expect.any(String), message: expect.any(String) })),
		});
		expect(await api.agent(id)).toMatchObject({ openRequests: 1 });

		await api.http.request('PATCH', `/agents/${id}`, { body: { driver: startingWith('', sessionDirectory) } });
		await api.answer(asked.id, { optionId: 'restart' });
		expect(await reachedAgain(id, 'idle', 3)).toMatchObject({ openRequests: 0, error: null });
		expect(await api.request(asked.id)).toMatchObject({ status: 'answered' });
		await events.until('it is told', () => events.ofTopic('request.answered')[0]);
	});

	test('[P9, AG36] a crash loop ends: the agent rests in failed and says why', async () => {
		const { create, reached, runs, sessionDirectory, events } = await startWholeServer();
		const driver = startingWith('crash', sessionDirectory);
		const { id } = await create('helper', { driver, restart: { ...quick, maxRestarts: 3, withinSeconds: 600 } });

		const rested = await reached(id, 'failed.resting');
		expect(rested).toMatchObject({
			generation: 4,
			status: 'failed',
			error: {
				code: 'restart_intensity_exceeded',
				retryable: false,
				message: expect.stringContaining('3 times within 600 s'),
				detail: {
					last: { code: expect.any(String) },
					restarts: [expect.any(Number), expect.any(Number), expect.any(Number)],
				},
			},
		});
		expect((await runs(id)).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed']);
		const [escalated] = await events.until('it is escalated', () =>
			events.ofTopic('agent.escalated').length > 0 ? events.ofTopic('agent.escalated') : undefined,
		);
		expect(escalated).toMatchObject({ agentId: id, data: { error: { code: 'restart_intensity_exceeded' } } });
	});

	test('[AG10] a restart by hand forgets what was', async () => {
		const { hire, ask, begun, reached, reachedAgain, api } = await startWholeServer();
		const { id } = await hire('helper', { restart: { ...quick, maxRestarts: 1, withinSeconds: 600 } });
		await begun((await ask(id, 'crash')).id);
		await reachedAgain(id, 'idle', 2);
		await begun((await ask(id, 'crash')).id);
		await reached(id, 'failed.resting');
		await api.command(id, 'restart', {});
		expect(await reachedAgain(id, 'idle', 3)).toMatchObject({ error: null });
		await begun((await ask(id, 'crash')).id);
		expect(await reachedAgain(id, 'idle', 4)).toMatchObject({ error: null });
	});

	test('[AG35, AG37] an agent that fails waits before it is launched again', async () => {
		const { hire, ask, reached, api } = await startWholeServer();
		const { id } = await hire('helper', { restart: { backoffMs: { initial: 60_000, max: 60_000 } } });
		await ask(id, 'crash 4');
		expect(await reached(id, 'failed.backingOff')).toMatchObject({
			tags: ['restartable'],
			error: { code: 'process_crashed', detail: { exitCode: 4, stderrTail: expect.stringContaining('code 4') } },
		});
		// A human need not wait.
		await api.command(id, 'start', {});
		await reached(id, 'idle');
	});

	test('[AG35] one that is temporary is not launched again', async () => {
		const { hire, ask, reached, events } = await startWholeServer();
		const { id } = await hire('helper', { restart: { policy: 'temporary' } });
		await ask(id, 'crash');
		expect(await reached(id, 'failed.resting')).toMatchObject({ generation: 1, error: { code: 'process_crashed' } });
		await events.until('it is escalated', () => events.ofTopic('agent.escalated')[0]);
	});

	test('[AG13, AG35] an agent that exits in mid-turn has failed, even with code 0', async () => {
		const { hire, ask, settled, reachedAgain, runs } = await startWholeServer();
		const { id } = await hire('helper', { restart: quick });
		const prompt = await ask(id, 'say going; exit');
		expect(await settled(prompt.id)).toMatchObject({ status: 'interrupted' });
		await reachedAgain(id, 'idle', 2);
		expect((await runs(id)).find(({ generation }) => generation === 1)).toMatchObject({
			state: 'failed',
			exitCode: 0,
			error: { code: 'process_crashed' },
		});
	});

	test('[AG13] a stop ends the wait for a restart', async () => {
		const { hire, ask, reached, api } = await startWholeServer();
		const { id } = await hire('helper', { restart: { backoffMs: { initial: 60_000, max: 60_000 } } });
		await ask(id, 'crash');
		await reached(id, 'failed.backingOff');
		expect(await api.command(id, 'stop', {})).toMatchObject({ executionState: 'stopped' });
	});
});
