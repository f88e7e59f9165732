import { describe, expect, test } from 'vitest';
import { acpProtocol } from '../../../src/agents/drivers/acp.ts';
import { StatecraftError } from '../../../src/errors.ts';
import { createRecordingSink } from '../../support/recording-sink.ts';
import { chunk, createScriptedAcpAgent, handshake, sessionId, update } from '../../support/scripted-acp-agent.ts';
import { connectAcpAgent, connectOptions, hello } from '../../support/scripted-acp-turn.ts';

describe('the handshake', () => {
	test('tells who Statecraft is, and that it lends neither files nor a terminal', async () => {
		const { agent, session } = await connectAcpAgent(handshake());

		expect(agent.received[0]?.params).toMatchObject({
			protocolVersion: 1,
			clientInfo: { name: 'statecraft' },
			clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
		});
		expect(agent.received[1]?.params).toEqual({ cwd: '/work', mcpServers: [] });
		expect(session).toMatchObject({ sessionId, resumed: false, capabilities: { resume: false, images: false } });
	});

	const toolServer = { name: 'statecraft', url: 'http://localhost:1/mcp', token: 'scr_1', freeTools: [] };

	test.each([
		['session/new', null],
		['session/load', 'ses_old'],
	])('tells an agent that calls MCP servers over HTTP of ours, in %s', async (method, resume) => {
		const capabilities = { loadSession: true, mcpCapabilities: { http: true } };
		const agent = createScriptedAcpAgent({ ...handshake(capabilities), 'session/load': () => ({ result: {} }) });
		const sink = createRecordingSink();
		await acpProtocol.connect(agent.transport, { ...connectOptions(sink), resume, toolServer });

		expect(agent.received.at(-1)).toMatchObject({ method });
		expect(agent.received.at(-1)?.params?.mcpServers).toEqual([
			{
				type: 'http',
				name: 'statecraft',
				url: 'http://localhost:1/mcp',
				headers: [{ name: 'Authorization', value: 'Bearer scr_1' }],
			},
		]);
		expect(sink.outputs).toEqual([]);
	});

	test('tells no agent of it that cannot call it, and says so without the token', async () => {
		const agent = createScriptedAcpAgent(handshake({ mcpCapabilities: { http: false, sse: true } }));
		const sink = createRecordingSink();
		await acpProtocol.connect(agent.transport, { ...connectOptions(sink), toolServer });

		expect(agent.received[1]?.params).toEqual({ cwd: '/work', mcpServers: [] });
		expect(sink.outputs).toEqual([expect.objectContaining({ type: 'other', name: 'tools_not_offered' })]);
		expect(JSON.stringify(sink.outputs)).not.toContain('scr_1');
	});

	test('prefers the way to restore a session that has no replay', async () => {
		const capabilities = { loadSession: true, sessionCapabilities: { resume: {} } };
		const script = { ...handshake(capabilities), 'session/resume': () => ({ result: {} }) };
		const { agent, session } = await connectAcpAgent(script, 'ses_old');

		expect(agent.received.map(({ method }) => method)).toEqual(['initialize', 'session/resume']);
		expect(session).toMatchObject({ sessionId: 'ses_old', resumed: true, capabilities: { resume: true } });
	});

	test('starts a fresh session when the old one cannot be restored', async () => {
		const error = { code: -32603, message: 'no such session' };
		const script = { ...handshake({ loadSession: true }), 'session/load': () => ({ error }) };
		const { session, sink } = await connectAcpAgent(script, 'ses_old');

		expect(session).toMatchObject({ sessionId, resumed: false });
		expect(sink.sessionIds).toEqual([sessionId]);
		expect(sink.outputs).toEqual([expect.objectContaining({ type: 'other', name: 'session_not_restored' })]);
	});

	test('names the ways to log in when the agent must be logged in first', async () => {
		const agent = createScriptedAcpAgent({
			initialize: () => ({
				result: { protocolVersion: 1, authMethods: [{ id: 'key', name: 'API key', description: 'Set KEY' }] },
			}),
			'session/new': () => ({ error: { code: -32000, message: 'Authentication required' } }),
		});

		await expect(acpProtocol.connect(agent.transport, connectOptions(createRecordingSink()))).rejects.toMatchObject({
			code: 'authentication_required',
			extras: { hint: 'Log in first: API key (Set KEY)' },
		});
	});

	test('is refused to an agent that speaks another version', async () => {
		const agent = createScriptedAcpAgent({ initialize: () => ({ result: { protocolVersion: 2 } }) });

		await expect(acpProtocol.connect(agent.transport, connectOptions(createRecordingSink()))).rejects.toMatchObject({
			code: 'handshake_failed',
			extras: { expected: 1, actual: 2 },
		});
	});

	test('fails on an answer that is none', async () => {
		const agent = createScriptedAcpAgent({ ...handshake(), 'session/new': () => ({ result: {} }) });

		await expect(acpProtocol.connect(agent.transport, connectOptions(createRecordingSink()))).rejects.toMatchObject({
			code: 'protocol_violation',
		});
	});

	test('ends with the reason of the abortion when the agent says nothing', async () => {
		const agent = createScriptedAcpAgent({});
		const startup = new AbortController();
		const connecting = acpProtocol.connect(
			agent.transport,
			connectOptions(createRecordingSink(), null, startup.signal),
		);
		startup.abort(new StatecraftError('startup_timeout', 'not ready in time'));

		await expect(connecting).rejects.toMatchObject({ code: 'startup_timeout' });
	});

	test('that was given up tells nothing more, whatever the agent says then', async () => {
		const agent = createScriptedAcpAgent({});
		const sink = createRecordingSink();
		const startup = new AbortController();
		const connecting = acpProtocol.connect(agent.transport, connectOptions(sink, null, startup.signal));
		startup.abort();
		await expect(connecting).rejects.toMatchObject({ code: 'handshake_failed' });
		agent.say('late noise');
		await agent.taken();

		expect(sink.outputs).toEqual([]);
	});

	test('that a process does not survive tells how it ended', async () => {
		const agent = createScriptedAcpAgent({ initialize: () => null });
		const connecting = acpProtocol.connect(agent.transport, connectOptions(createRecordingSink()));
		agent.end({ reason: 'exit code 3', exitCode: 3, stderrTail: 'cannot read config\n}\n' });

		await expect(connecting).rejects.toMatchObject({
			code: 'handshake_failed',
			message: 'The agent ended (exit code 3): cannot read config',
			extras: { actual: { exitCode: 3 } },
		});
	});
});

test('history that is replayed while a session is loaded is not told as new', async () => {
	const agent = createScriptedAcpAgent({
		...handshake({ loadSession: true }),
		'session/load': ({ id }) => {
			const usage = update({ sessionUpdate: 'usage_update', used: 1, size: 2 });
			agent.say(chunk('old words'), usage, { jsonrpc: '2.0', id, result: null }, chunk('late old words'));
			return null;
		},
		'session/prompt': ({ id }) => {
			agent.say(chunk('new words'), { jsonrpc: '2.0', id, result: { stopReason: 'end_turn' } });
			return null;
		},
	});
	const sink = createRecordingSink();
	const session = await acpProtocol.connect(agent.transport, connectOptions(sink, sessionId));

	expect(session.resumed).toBe(true);
	expect(await session.prompt(hello)).toMatchObject({ text: 'new words' });
	expect(sink.said).toBe('new words');
	expect(sink.ofType('usage')).toHaveLength(1);
});
