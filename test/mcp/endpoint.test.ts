import { beforeEach, describe, expect, test } from 'vitest';
import { type CallBackWorld, callTool, openCallBacks } from '../support/call-back-world.ts';

let world: CallBackWorld;
beforeEach(async () => {
	world = await openCallBacks();
});

const ping = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };

function post(token: string | null, options: { body?: unknown; headers?: Record<string, string> } = {}) {
	const { body = ping, headers } = options;
	const accept = 'application/json, text/event-stream';
	return world.call('POST', '/mcp', { token, body, headers: { accept, ...headers } });
}

describe('a token', () => {
	test('is asked for, and none but that of a live run will do', async () => {
		const agentId = await world.employ('helper');
		const { token } = world.runs.open({ agentId, generation: 1 }, null);
		expect(await post(token)).toMatchObject({ status: 200 });
		for (const wrong of [null, 'scr_made-up', 'the-admin-token', `${token}x`]) {
			const { status, headers, body } = await post(wrong);
			expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
			expect(headers.get('www-authenticate')).toContain('Bearer');
		}
		expect(await world.call('POST', `/mcp?token=${token}`, { token: null, body: ping })).toMatchObject({ status: 401 });
	});

	test('opens nothing else', async () => {
		const agentId = await world.employ('helper');
		const { token } = world.runs.open({ agentId, generation: 1 }, null);
		expect(await world.call('GET', '/agents', { token })).toMatchObject({ status: 401 });
	});

	test('speaks for its own agent alone', async () => {
		const [one, other] = [await world.employ('one'), await world.employ('other')];
		for (const [agentId, name] of [
			[one, 'one'],
			[other, 'other'],
		] as const) {
			const client = await world.connect(world.runs.open({ agentId, generation: 1 }, null).token);
			const agents = JSON.parse((await callTool(client, 'list_agents')).text);
			expect(agents.filter((agent: { you?: boolean }) => agent.you)).toMatchObject([{ id: agentId, name }]);
		}
	});

	test('is void when its run ends, when another begins, and when the agent is gone', async () => {
		const agentId = await world.employ('helper');
		const first = world.runs.open({ agentId, generation: 1 }, null).token;
		const client = await world.connect(first);
		await callTool(client, 'heartbeat');
		world.runs.close({ agentId, generation: 1 });
		expect(await post(first)).toMatchObject({ status: 401 });
		await expect(callTool(client, 'heartbeat')).rejects.toThrow(/401|unauthorized/i);

		const second = await world.begin(agentId, 2);
		// The end of a run that was followed by another takes nothing from that one.
		world.runs.close({ agentId, generation: 1 });
		expect(await post(second)).toMatchObject({ status: 200 });
		const third = await world.begin(agentId, 3);
		expect(await post(second)).toMatchObject({ status: 401 });
		expect(await post(third)).toMatchObject({ status: 200 });

		// What is stored decides, however late the connection notices.
		await world.fleet.write([{ op: 'update', table: 'agents', id: agentId, set: { status: 'stopped' } }], []);
		expect(await post(third)).toMatchObject({ status: 401 });
		await world.begin(agentId, 3);
		expect(await post(third)).toMatchObject({ status: 200 });
		await world.fleet.write([{ op: 'delete', table: 'agents', id: agentId }], []);
		expect(await post(third)).toMatchObject({ status: 401 });
	});

	test('is the same for one run however often it is asked for, at the address by which the agent knows us', async () => {
		const run = { agentId: 'agt_1', generation: 1 };
		const local = world.runs.open(run, null);
		expect(local).toMatchObject({ name: 'statecraft', url: `${world.url}/mcp` });
		const remote = world.runs.open(run, 'https://craft.example');
		expect(remote).toEqual({ ...local, url: 'https://craft.example/mcp' });
		world.runs.listening('http://0.0.0.0:4700');
		expect(world.runs.open(run, null).url).toBe('http://127.0.0.1:4700/mcp');
		world.runs.listening('http://[::]:4700');
		expect(world.runs.open(run, null).url).toBe('http://[::1]:4700/mcp');
	});

	test('is not logged', async () => {
		const agentId = await world.employ('helper');
		const { token } = world.runs.open({ agentId, generation: 1 }, null);
		await post(token);
		await post(`${token}x`);
		expect(world.log.some(({ path, by }) => path === '/mcp' && by === 'helper')).toBe(true);
		expect(JSON.stringify(world.log)).not.toContain(token);
	});
});

describe('the endpoint', () => {
	let token: string;
	beforeEach(async () => {
		token = await world.begin(await world.employ('helper'), 1);
	});

	test('takes no page of another site and no foreign host', async () => {
		for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }])
			expect(await post(token, { headers })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
	});

	test('takes no body beyond the limit, and goes on', async () => {
		const body = { ...ping, params: { padding: 'x'.repeat(70_000) } };
		expect(await post(token, { body })).toMatchObject({ status: 413 });
		expect(await post(token)).toMatchObject({ status: 200 });
	});

	test('answers what is no message, and goes on', async () => {
		expect((await post(token, { body: '{"jsonrpc":' })).status).toBe(400);
		expect((await post(token, { body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
		expect((await post(token, { body: '['.repeat(30_000) })).status).toBe(400);
		const deep = `${'['.repeat(15_000)}${']'.repeat(15_000)}`;
		expect(
			(await post(token, { body: `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":${deep}}}` })).status,
		).toBe(200);
		expect(await post(token)).toMatchObject({ status: 200 });
	});

	test('keeps no session: a stream is not to be had', async () => {
		expect((await world.call('GET', '/mcp', { token, headers: { accept: 'text/event-stream' } })).status).toBe(405);
		expect((await world.call('DELETE', '/mcp', { token })).status).toBe(405);
	});
});
