import { describe, expect, test } from 'vitest';
import { isAlive, readProcessStart } from '../../src/agents/drivers/process-table.ts';
import type { AgentResource } from '../../src/cli/resources.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

type Patched = AgentResource & { readonly restartRequired: boolean };

describe('a change of configuration', () => {
	test('of what the next launch uses says that a restart is needed, and takes effect with it', async () => {
		const { hire, api, reachedAgain, ask, settled, sessionDirectory } = await startWholeServer();
		const { id } = await hire('helper');
		const change = (body: object) => api.http.request<Patched>('PATCH', `/agents/${id}`, { body });

		expect(await change({ labels: { team: 'red' }, name: 'aide' })).toMatchObject({
			name: 'aide',
			labels: { team: 'red' },
			restartRequired: false,
		});
		const env = { STATECRAFT_DEMO_DIR: sessionDirectory, STATECRAFT_DEMO_STARTUP: 'crash' };
		expect(await change({ driver: { kind: 'demo', env }, restart: 'temporary' })).toMatchObject({
			restartRequired: true,
			restart: { policy: 'temporary', maxRestarts: 3 },
		});
		expect((await settled((await ask(id, 'say still me')).id)).status).toBe('finished');
		await api.command(id, 'restart', {});
		expect(await reachedAgain(id, 'failed.resting', 2)).toMatchObject({ error: { retryable: true } });
		const well = { STATECRAFT_DEMO_DIR: sessionDirectory };
		expect(await change({ driver: { kind: 'demo', env: well } })).toMatchObject({ restartRequired: false });
		await api.command(id, 'start', {});
		await reachedAgain(id, 'idle', 3);
	});

	test('shows no secret, and keeps those that are sent back as they were shown', async () => {
		const { hire, api, reachedAgain, sessionDirectory, ask, settled } = await startWholeServer();
		const env = { STATECRAFT_DEMO_DIR: sessionDirectory, API_KEY: 'sesame' };
		const { id, driver } = await hire('helper', { driver: { kind: 'demo', env } });
		expect(driver.env).toEqual({ STATECRAFT_DEMO_DIR: '***', API_KEY: '***' });

		const body = { driver: { kind: 'demo', env: { ...driver.env, EXTRA: 'more' } } };
		await api.http.request('PATCH', `/agents/${id}`, { body });
		await api.command(id, 'restart', {});
		await reachedAgain(id, 'idle', 2);
		// It still finds its session, so it still knows its directory.
		await settled((await ask(id, 'say one')).id);
		expect((await settled((await ask(id, 'remember')).id)).result?.text).toBe('I remember 1 earlier turn.');
		for (const path of ['', '/snapshot', '/transitions'])
			expect(JSON.stringify(await api.http.request('GET', `/agents/${id}${path}`))).not.toContain('sesame');
		const unknown = { driver: { kind: 'demo', env: { OTHER: '***' } } };
		expect(await refusalOf(api.http.request('PATCH', `/agents/${id}`, { body: unknown }))).toMatchObject({
			code: 'invalid_request',
			issues: [{ path: 'body.driver.env.OTHER' }],
		});
	});

	test('cannot give an agent the name of another, or another transport', async () => {
		const { create, api } = await startWholeServer();
		const one = await create('one', { autoStart: false });
		const two = await create('two', { autoStart: false });
		const change = (body: object) => api.http.request('PATCH', `/agents/${two.id}`, { body });

		expect(await refusalOf(change({ name: 'one' }))).toMatchObject({
			status: 409,
			code: 'agent_name_taken',
			actual: one.id,
		});
		expect(await refusalOf(create('one'))).toMatchObject({ code: 'agent_name_taken', actual: one.id });
		expect(await refusalOf(change({ driver: { kind: 'acp', transport: 'websocket' } }))).toMatchObject({
			code: 'invalid_request',
		});
		expect(await refusalOf(change({ cwd: '/nowhere/at/all' }))).toMatchObject({ code: 'cwd_not_found' });
		expect(await api.agent(two.id)).toMatchObject({ name: 'two', version: two.version });
	});
});

describe('a removal', () => {
	test('[P8] of an agent at work ends its process and takes its rows; the journal stays', async () => {
		const { hire, ask, request, api, events } = await startWholeServer();
		const { id, pid } = await hire('helper');
		const identity = { pid: pid ?? 0, processStart: await readProcessStart(pid ?? 0) };
		const prompt = await ask(id, 'permission proceed');
		const asked = await request(id);
		await api.removeAgent(id);

		expect(await isAlive(identity)).toBe(false);
		expect(await refusalOf(api.agent(id))).toMatchObject({ status: 404, code: 'agent_not_found' });
		expect(await refusalOf(api.prompt(prompt.id))).toMatchObject({ code: 'prompt_not_found' });
		expect(await refusalOf(api.request(asked.id))).toMatchObject({ code: 'request_not_found' });
		expect((await api.transitions(id)).items.at(-1)).toMatchObject({ to: 'stopped', event: { type: 'KILL' } });
		await events.until('it is told', () => events.ofTopic('agent.deleted')[0]);
		// Its name is free again.
		await hire('helper');
	});

	test('[P8] of an agent that just starts leaves no process', async () => {
		const { create, api, reached, sessionDirectory } = await startWholeServer();
		const env = { STATECRAFT_DEMO_DIR: sessionDirectory, STATECRAFT_DEMO_STARTUP: 'hang' };
		const { id } = await create('helper', { driver: { kind: 'demo', env } });
		await reached(id, 'starting');
		await api.removeAgent(id);
		expect(await refusalOf(api.agent(id))).toMatchObject({ code: 'agent_not_found' });
	});

	test('is refused when the agent is not in the expected state', async () => {
		const { hire, api } = await startWholeServer();
		const { id } = await hire('helper');
		const removal = api.http.request('DELETE', `/agents/${id}`, { body: { expectedState: 'stopped' } });
		expect(await refusalOf(removal)).toMatchObject({ code: 'stale_state' });
		expect(await api.agent(id)).toMatchObject({ executionState: 'idle' });
	});
});

describe('a creation', () => {
	test('with an Idempotency-Key makes one agent, however often it is sent', async () => {
		const { api, directory, reached } = await startWholeServer();
		const body = { name: 'helper', driver: { kind: 'demo' }, cwd: directory };
		const create = () =>
			api.http.request<AgentResource>('POST', '/agents', { body, headers: { 'idempotency-key': 'c1' } });
		const made = await Promise.all(Array.from({ length: 5 }, create));

		expect(new Set(made.map(({ id }) => id)).size).toBe(1);
		expect((await api.agents()).total).toBe(1);
		const { id } = await reached(made[0]?.id ?? '', 'idle');
		expect(await create()).toMatchObject({ id, executionState: 'idle' });
		const other = { body: { ...body, name: 'other' }, headers: { 'idempotency-key': 'c1' } };
		expect(await refusalOf(api.http.request('POST', '/agents', other))).toMatchObject({
			code: 'idempotency_key_reused',
		});
	});

	test('of an agent that could not work is refused, and makes nothing', async () => {
		const { create, api } = await startWholeServer();
		expect(await refusalOf(create('a', { driver: { kind: 'nothing' } }))).toMatchObject({ code: 'unknown_driver' });
		expect(await refusalOf(create('b', { cwd: '/nowhere/at/all' }))).toMatchObject({ code: 'cwd_not_found' });
		expect((await api.agents()).total).toBe(0);
	});
});
