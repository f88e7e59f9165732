/** Real agents on a real server, with the tools they are given. */

import type { McpServer } from '@agentclientprotocol/sdk';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PromptResource } from '../../src/cli/resources.ts';
import { callTool } from '../support/call-back-world.ts';
import { type DialInAgent, dialIn } from '../support/dial-in-agent.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

type HttpServer = Extract<McpServer, { type: 'http' }>;

/** Prompts of an agent, the newest first. */
async function promptsOf({ api }: WholeServer, agentId: string): Promise<readonly PromptResource[]> {
	return (await api.http.request<{ items: PromptResource[] }>('GET', `/agents/${agentId}/prompts`)).items;
}

function only(servers: readonly McpServer[]): HttpServer {
	expect(servers).toMatchObject([{ type: 'http', name: 'statecraft' }]);
	return servers[0] as HttpServer;
}

async function connect({ url, headers }: HttpServer): Promise<Client> {
	const client = new Client({ name: 'test', version: '1' });
	const requestInit = { headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])) };
	await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
	onTestFinished(() => client.close());
	return client;
}

describe('a question that an agent puts to a human by its tool', () => {
	const question = 'call ask_human {"question":"Which?","choices":["a","b"],"context":"the door"}';

	test('holds nobody up, and its answer is a prompt', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('helper');
		const { result } = await server.settled((await server.ask(id, question)).id);
		const open = await server.request(id);
		expect(open).toMatchObject({
			kind: 'question',
			title: 'Which?',
			detail: { question: 'Which?', context: 'the door' },
			options: [{ optionId: 'a' }, { optionId: 'b' }],
		});
		expect(result?.text).toContain(open.id);
		expect(await server.api.agent(id)).toMatchObject({ executionState: 'idle' });

		expect(await refusalOf(server.api.answer(open.id, { optionId: 'c' }))).toMatchObject({ code: 'invalid_request' });
		expect(await server.api.answer(open.id, { optionId: 'b' })).toMatchObject({
			status: 'answered',
			answer: { optionId: 'b' },
		});
		const [told] = await promptsOf(server, id);
		expect(told?.text).toBe(
			`[Statecraft] A person has answered your question (request ${open.id}).\n\nQuestion: Which?\nAnswer: b`,
		);
		expect((await server.settled(told?.id ?? '')).status).toBe('finished');
	});

	test('is in the audit with its answer', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('helper');
		await server.settled((await server.ask(id, question)).id);
		const open = await server.request(id);
		await server.api.answer(open.id, { optionId: 'a' });
		const { items } = await server.api.http.request<{ items: unknown[] }>('GET', '/audit', {
			query: { action: 'request.answer' },
		});
		expect(items).toMatchObject([
			{ by: 'admin', agentId: id, subject: open.id, detail: { answer: { optionId: 'a' } } },
		]);
	});

	test('is answered once: of many at the same time one counts, and the agent is told once', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('helper');
		await server.settled((await server.ask(id, question)).id);
		const open = await server.request(id);
		const attempts = await Promise.allSettled(
			['a', 'b', 'a', 'b'].map((optionId) => server.api.answer(open.id, { optionId })),
		);
		expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		const { answer } = await server.api.request(open.id);
		expect(await refusalOf(server.api.answer(open.id, { optionId: 'a' }))).toMatchObject({
			code: 'request_settled',
			actual: { status: 'answered', answer },
		});
		expect(await promptsOf(server, id)).toHaveLength(2);
		expect(server.events.ofTopic('request.answered')).toHaveLength(1);
	});

	test('is one question when it is asked twice in a turn, and another one in the next turn', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('helper');
		await server.settled((await server.ask(id, `${question}\n${question}`)).id);
		expect(await server.api.requests({ agentId: id })).toMatchObject({ total: 1 });
		await server.settled((await server.ask(id, question)).id);
		expect(await server.api.requests({ agentId: id })).toMatchObject({ total: 2 });
	});

	test('outlives the turn, the run and the server; while the agent takes no prompts it stays open', async () => {
		const first = await startWholeServer();
		const { id } = await first.hire('helper', { autoStart: true });
		await first.settled((await first.ask(id, question)).id);
		const open = await first.request(id);
		await first.api.command(id, 'stop', {});
		await first.reached(id, 'stopped');
		expect(await refusalOf(first.api.answer(open.id, { answer: 'neither' }))).toMatchObject({
			code: 'agent_not_running',
		});
		await first.shutDown();

		const second = await startWholeServer({ directory: first.directory });
		expect(await second.api.request(open.id)).toMatchObject({ status: 'open' });
		await second.api.command(id, 'start', {});
		await second.reached(id, 'idle');
		await second.api.answer(open.id, { answer: 'neither' });
		expect((await promptsOf(second, id))[0]?.text).toContain('Answer: neither');
	});

	test('that is declined is told so', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('helper');
		await server.settled((await server.ask(id, question)).id);
		await server.api.answer((await server.request(id)).id, { decline: true });
		expect((await promptsOf(server, id))[0]?.text).toContain('declined to answer');
	});
});

describe('an agent', () => {
	test('messages another one, which answers it; a tool for supervisors says that it is none', async () => {
		const server = await startWholeServer();
		const one = await server.hire('one');
		const other = await server.hire('other');
		await server.settled((await server.ask(one.id, 'call send_message {"agent":"other","text":"say hello back"}')).id);
		const [told] = await promptsOf(server, other.id);
		expect(told?.text).toBe(`[Message from agent "one" (${one.id})]\n\nsay hello back`);
		expect((await server.settled(told?.id ?? '')).result?.text).toContain('hello back');

		const blocked = await server.settled((await server.ask(one.id, 'call block {"reason":"stuck"}')).id);
		expect(blocked.result?.text).toContain('block failed: supervisor_not_found');
		const unknown = await server.settled((await server.ask(one.id, 'call nothing')).id);
		expect(unknown.result?.text).toBe('nothing failed: no server has the tool nothing');
	});

	test('that was restarted calls with the token of its new run, its session restored', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('helper');
		await server.settled((await server.ask(id, 'remember')).id);
		await server.api.command(id, 'restart', {});
		await server.reachedAgain(id, 'idle', 2);
		const { result } = await server.settled((await server.ask(id, 'remember\ncall heartbeat')).id);
		expect(result?.text).toBe('I remember 1 earlier turn.\n\nNoted.');
	});
});

describe('an agent that dials in', () => {
	async function begin(server: WholeServer, headers?: Readonly<Record<string, string>>) {
		const { id, connect: offer } = await server.create('remote', { driver: { kind: 'acp', transport: 'websocket' } });
		const dial = (): DialInAgent => {
			const agent = dialIn(offer?.url ?? '', server.sessionDirectory, headers);
			onTestFinished(() => agent.drop());
			return agent;
		};
		const agent = dial();
		await server.reached(id, 'idle');
		return { id, agent, dial };
	}

	test('is told the address by which it found us', async () => {
		const server = await startWholeServer();
		const { port } = new URL(server.statecraft.url);
		const { agent } = await begin(server, { host: `localhost:${port}` });
		expect(only(agent.toolServers()).url).toBe(`http://localhost:${port}/mcp`);
		const { text } = await callTool(await connect(only(agent.toolServers())), 'list_agents');
		expect(JSON.parse(text)).toMatchObject([{ name: 'remote', you: true }]);
	});

	test('through a proxy that speaks TLS is told so', async () => {
		const server = await startWholeServer();
		const { host } = new URL(server.statecraft.url);
		const { agent } = await begin(server, { 'x-forwarded-proto': 'https' });
		expect(only(agent.toolServers()).url).toBe(`https://${host}/mcp`);
	});

	test('has a new token when it comes back, and none when it is stopped', async () => {
		const server = await startWholeServer();
		const { id, agent, dial } = await begin(server);
		const client = await connect(only(agent.toolServers()));
		expect(await callTool(client, 'heartbeat')).toEqual({ text: 'Noted.', isError: false });
		agent.drop();
		const again = dial();
		await server.reachedAgain(id, 'idle', 2);
		await expect(callTool(client, 'heartbeat')).rejects.toThrow(/live run/);

		expect(only(again.toolServers()).headers).not.toEqual(only(agent.toolServers()).headers);
		const newClient = await connect(only(again.toolServers()));
		expect(await callTool(newClient, 'heartbeat')).toEqual({ text: 'Noted.', isError: false });
		await server.api.command(id, 'stop', {});
		await server.reached(id, 'stopped');
		await expect(callTool(newClient, 'heartbeat')).rejects.toThrow(/live run|has ended/);
	});

	test('that is killed or removed has no token from then on', async () => {
		const server = await startWholeServer();
		const { id, agent } = await begin(server);
		const client = await connect(only(agent.toolServers()));
		await callTool(client, 'heartbeat');
		await server.api.http.request('DELETE', `/agents/${id}`);
		await expect(callTool(client, 'heartbeat')).rejects.toThrow(/live run|has ended/);
	});

	test('may say its token: nobody else hears it', async () => {
		const server = await startWholeServer();
		const { id, agent } = await begin(server);
		const token = only(agent.toolServers()).headers[0]?.value.replace('Bearer ', '') ?? '';
		expect(token).toMatch(/^scr_/);
		const prompt = await server.ask(id, `permission use ${token}\nsay ${token}`);
		const open = await server.request(id);
		expect(open.title).toBe('use ***');
		await server.api.answer(open.id, { optionId: 'allow' });
		expect((await server.settled(prompt.id)).result?.text).toBe('use ***: allowed\n\n***');
		const said = server.events.ofTopic('agent.output.');
		expect(said.length).toBeGreaterThan(0);
		expect(JSON.stringify(said)).not.toContain(token);
	});
});
