import { describe, expect, test } from 'vitest';
import { isAlive, readProcessStart } from '../../src/agents/drivers/process-table.ts';
import type { ListingResource, PromptResource } from '../../src/cli/resources.ts';
import { oddDriver } from '../support/odd-driver.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

describe('an agent', () => {
	test('[AG6, AG8] is launched as it is created, and told first what it was created with', async () => {
		const { create, events, api, reached } = await startWholeServer();
		const { id } = await create('helper', { prompt: 'say hello' });
		await events.until('the prompt is finished', () => events.ofTopic('prompt.finished')[0]);

		expect(await reached(id, 'idle.ready')).toMatchObject({ generation: 1, status: 'running', activity: 'idle' });
		const { items } = await api.http.request<ListingResource<PromptResource>>('GET', `/agents/${id}/prompts`);
		expect(items).toHaveLength(1);
		expect(items[0]).toMatchObject({ status: 'finished', result: { text: 'hello' } });
	});

	test('[AG6, RU4] rests in pending when it is not to start by itself, until it is started', async () => {
		const { create, api, reached, runs, events } = await startWholeServer();
		const { id } = await create('helper', { autoStart: false });

		expect(await api.agent(id)).toMatchObject({
			executionState: 'pending',
			status: 'pending',
			generation: 0,
			pid: null,
		});
		expect(await runs(id)).toEqual([]);
		await api.command(id, 'start', {});
		expect(await reached(id, 'idle')).toMatchObject({ generation: 1, pid: expect.any(Number) });
		expect(events.ofTopic('run.started')).toHaveLength(1);
	});

	test('[P3] that is at work is not started again', async () => {
		const { hire, api } = await startWholeServer();
		const { id } = await hire('helper');

		expect(await refusalOf(api.command(id, 'start', {}))).toMatchObject({
			status: 409,
			code: 'event_refused',
			state: 'idle.ready',
			possibleEvents: expect.arrayContaining(['PROMPT', 'STOP']),
		});
		expect(await api.agent(id)).toMatchObject({ generation: 1 });
	});

	test('[AG11, RU3] that is stopped ends its process in good order', async () => {
		const { hire, api, runs, events } = await startWholeServer();
		const { id, pid } = await hire('helper');
		const process = { pid: pid ?? 0, processStart: await readProcessStart(pid ?? 0) };
		const stopped = await api.command(id, 'stop', { reason: 'enough' });

		expect(stopped).toMatchObject({ executionState: 'stopped', status: 'stopped', pid: null, error: null });
		const run = await events.until('the exit is noted', async () => (await runs(id)).find((one) => one.exitCode === 0));
		expect(run).toMatchObject({ state: 'completed', generation: 1, pid, error: null, signal: null });
		expect(run?.completedAt).not.toBeNull();
		expect(await isAlive(process)).toBe(false);
	});

	test('[AG11, RU3] that is killed ends at once, and its run says so', async () => {
		const { hire, api, runs, events } = await startWholeServer();
		const { id } = await hire('helper');
		await api.command(id, 'kill', { reason: 'runs amok' });

		const run = await events.until('its exit is noted', async () =>
			(await runs(id)).find((one) => one.signal !== null),
		);
		expect(run).toMatchObject({ state: 'killed', signal: 'SIGKILL', exitCode: null });
		expect(await api.agent(id)).toMatchObject({ executionState: 'stopped', error: null });
		const journal = (await api.transitions(id)).items.at(-1);
		expect(journal).toMatchObject({ trigger: 'UserTerminated', event: { type: 'KILL', reason: 'runs amok' } });
	});

	test('[AG10, AG46] keeps its id across a restart; its next run has the next generation', async () => {
		const { hire, api, reachedAgain, runs, events } = await startWholeServer();
		const { id, pid } = await hire('helper');
		await api.command(id, 'restart', {});
		const again = await reachedAgain(id, 'idle', 2);

		expect(again).toMatchObject({ id, generation: 2 });
		expect(again.pid).not.toBe(pid);
		expect((await runs(id)).map(({ generation, state }) => [generation, state]).sort()).toEqual([
			[1, 'completed'],
			[2, 'running'],
		]);
		expect(events.ofTopic('agent.restarted')[0]?.data).toMatchObject({ generation: 2 });
	});

	test('[AG40, P8] takes no notice of the late end of an earlier process', async () => {
		const { create, api, reachedAgain, runs, events, sessionDirectory } = await startWholeServer();
		const env = { STATECRAFT_DEMO_DIR: sessionDirectory };
		const { id } = await create('helper', { driver: { kind: 'demo', env } });
		await reachedAgain(id, 'idle', 1);
		await api.command(id, 'restart', {});
		await reachedAgain(id, 'idle', 2);

		await events.until('the first process has ended', async () =>
			(await runs(id)).find(({ generation, exitCode }) => generation === 1 && exitCode !== null),
		);
		expect(await api.agent(id)).toMatchObject({ executionState: 'idle', generation: 2, error: null });
		const journal = (await api.transitions(id)).items;
		expect(journal.filter(({ event }) => event.type === 'PROCESS_EXITED')).toEqual([]);
	});

	test('[AG10, AG41] that is stopped can be started and restarted', async () => {
		const { hire, api, reachedAgain } = await startWholeServer();
		const { id } = await hire('helper');
		await api.command(id, 'stop', {});
		await api.command(id, 'start', {});
		await reachedAgain(id, 'idle', 2);
		await api.command(id, 'stop', {});
		await api.command(id, 'restart', {});
		expect(await reachedAgain(id, 'idle', 3)).toMatchObject({ error: null });
	});

	test('[AG13] that ends by itself with code 0 is stopped, and not launched again', async () => {
		const { hire, events, reached, runs, sessionDirectory } = await startWholeServer();
		const { id, pid } = await hire('helper', { driver: oddDriver('polite', sessionDirectory) });
		process.kill(pid ?? 0, 'SIGTERM');

		expect(await reached(id, 'stopped')).toMatchObject({ error: null, pid: null });
		const run = await events.until('its exit is noted', async () =>
			(await runs(id)).find((one) => one.exitCode !== null),
		);
		expect(run).toMatchObject({ generation: 1, state: 'completed', exitCode: 0, error: null });
	});

	test('[AG13] that must always run is launched again even then', async () => {
		const { hire, reachedAgain, runs, sessionDirectory } = await startWholeServer();
		const restart = { policy: 'permanent', backoffMs: { initial: 1, max: 1 } };
		const { id, pid } = await hire('helper', { driver: oddDriver('polite', sessionDirectory), restart });
		process.kill(pid ?? 0, 'SIGTERM');

		expect(await reachedAgain(id, 'idle', 2)).toMatchObject({ error: null });
		expect((await runs(id)).find(({ generation }) => generation === 1)).toMatchObject({ state: 'failed', exitCode: 0 });
	});

	test('[AG13] that is ended by a signal has failed', async () => {
		const { hire, events, api, reached, runs } = await startWholeServer();
		const { id, pid } = await hire('helper', { restart: { policy: 'temporary' } });
		process.kill(pid ?? 0, 'SIGSEGV');

		await reached(id, 'failed.resting');
		const run = await events.until('the signal is noted', async () =>
			(await runs(id)).find((one) => one.signal !== null),
		);
		expect(run).toMatchObject({ generation: 1, state: 'failed', signal: 'SIGSEGV' });
		expect(await api.agent(id)).toMatchObject({ error: { code: 'process_crashed', retryable: true } });
	});

	test.each(['stop', 'kill'] as const)('[AG11, P8] that just starts can be ended by %s', async (command) => {
		const { create, api, events, reached, runs, sessionDirectory } = await startWholeServer();
		const env = { STATECRAFT_DEMO_DIR: sessionDirectory, STATECRAFT_DEMO_STARTUP: 'hang' };
		const { id } = await create('helper', { driver: { kind: 'demo', env } });
		await reached(id, 'starting');
		await api.command(id, command, { reason: 'too slow' });

		expect(await reached(id, 'stopped')).toMatchObject({ pid: null, error: null });
		expect(await runs(id)).toMatchObject([{ state: command === 'stop' ? 'completed' : 'killed' }]);
		await api.command(id, 'start', {});
		await events.until('it is launched again', async () => ((await api.agent(id)).pid === null ? undefined : true));
	});

	test('[AG11] that takes no notice of a stop is ended all the same', async () => {
		const { hire, api, events, runs, sessionDirectory } = await startWholeServer();
		const { id, pid } = await hire('helper', { driver: oddDriver('stubborn', sessionDirectory) });
		const identity = { pid: pid ?? 0, processStart: await readProcessStart(pid ?? 0) };
		await api.command(id, 'stop', {});

		const run = await events.until('its end is noted', async () => (await runs(id)).find((one) => one.signal !== null));
		expect(run).toMatchObject({ state: 'completed', signal: 'SIGKILL' });
		expect(await isAlive(identity)).toBe(false);
	});
});
