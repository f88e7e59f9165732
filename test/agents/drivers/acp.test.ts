import { describe, expect, test } from 'vitest';
import { acpProtocol } from '../../../src/agents/drivers/acp.ts';
import type { AgentSession } from '../../../src/agents/drivers/driver.ts';
import { StatecraftError } from '../../../src/errors.ts';
import { createRecordingSink, type RecordingSink } from '../../support/recording-sink.ts';
import {
	type AcpScript,
	chunk,
	createScriptedAcpAgent,
	handshake,
	type ScriptedAcpAgent,
	sessionId,
	update,
} from '../../support/scripted-acp-agent.ts';

interface Connected {
	readonly agent: ScriptedAcpAgent;
	readonly sink: RecordingSink;
	readonly session: AgentSession;
}

const hello = [{ type: 'text', text: 'hello' }] as const;

async function connect(script: AcpScript, resume: string | null = null): Promise<Connected> {
	const agent = createScriptedAcpAgent(script);
	const sink = createRecordingSink();
	const session = await acpProtocol.connect(agent.transport, options(sink, resume));
	return { agent, sink, session };
}

function options(sink: RecordingSink, resume: string | null = null, signal = new AbortController().signal) {
	return { cwd: '/work', resume, sink, signal };
}

function isPrompt(message: { readonly method?: string }): boolean {
	return message.method === 'session/prompt';
}

/** Starts a turn that the script answers later. */
async function startTurn(script: AcpScript = handshake()) {
	const connected = await connect(script);
	const turn = connected.session.prompt(hello);
	const { id } = await connected.agent.heard(isPrompt);
	const finish = (stopReason = 'end_turn') => ({ jsonrpc: '2.0', id, result: { stopReason } });
	return { ...connected, turn, finish };
}

function permission(id: number, input: object = { command: 'ls' }, toolCallId = 'call_1'): object {
	const options = [
		{ optionId: 'yes', name: 'Allow', kind: 'allow_once' },
		{ optionId: 'no', name: 'Reject', kind: 'reject_once' },
	];
	const toolCall = { toolCallId, title: 'Run ls', kind: 'execute', rawInput: input };
	return { jsonrpc: '2.0', id, method: 'session/request_permission', params: { sessionId, toolCall, options } };
}

describe('the handshake', () => {
	test('tells who Statecraft is, and that it lends neither files nor a terminal', async () => {
		const { agent, session } = await connect(handshake());

		expect(agent.received[0]?.params).toMatchObject({
			protocolVersion: 1,
			clientInfo: { name: 'statecraft' },
			clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
		});
		expect(agent.received[1]?.params).toEqual({ cwd: '/work', mcpServers: [] });
		expect(session).toMatchObject({ sessionId, resumed: false, capabilities: { resume: false, images: false } });
	});

	test('prefers the way to restore a session that has no replay', async () => {
		const capabilities = { loadSession: true, sessionCapabilities: { resume: {} } };
		const script = { ...handshake(capabilities), 'session/resume': () => ({ result: {} }) };
		const { agent, session } = await connect(script, 'ses_old');

		expect(agent.received.map(({ method }) => method)).toEqual(['initialize', 'session/resume']);
		expect(session).toMatchObject({ sessionId: 'ses_old', resumed: true, capabilities: { resume: true } });
	});

	test('starts a fresh session when the old one cannot be restored', async () => {
		const error = { code: -32603, message: 'no such session' };
		const script = { ...handshake({ loadSession: true }), 'session/load': () => ({ error }) };
		const { session, sink } = await connect(script, 'ses_old');

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

		await expect(acpProtocol.connect(agent.transport, options(createRecordingSink()))).rejects.toMatchObject({
			code: 'authentication_required',
			extras: { hint: 'Log in first: API key (Set KEY)' },
		});
	});

	test('is refused to an agent that speaks another version', async () => {
		const agent = createScriptedAcpAgent({ initialize: () => ({ result: { protocolVersion: 2 } }) });

		await expect(acpProtocol.connect(agent.transport, options(createRecordingSink()))).rejects.toMatchObject({
			code: 'handshake_failed',
			extras: { expected: 1, actual: 2 },
		});
	});

	test('fails on an answer that is none', async () => {
		const agent = createScriptedAcpAgent({ ...handshake(), 'session/new': () => ({ result: {} }) });

		await expect(acpProtocol.connect(agent.transport, options(createRecordingSink()))).rejects.toMatchObject({
			code: 'protocol_violation',
		});
	});

	test('ends with the reason of the abortion when the agent says nothing', async () => {
		const agent = createScriptedAcpAgent({});
		const startup = new AbortController();
		const connecting = acpProtocol.connect(agent.transport, options(createRecordingSink(), null, startup.signal));
		startup.abort(new StatecraftError('startup_timeout', 'not ready in time'));

		await expect(connecting).rejects.toMatchObject({ code: 'startup_timeout' });
	});

	test('that was given up tells nothing more, whatever the agent says then', async () => {
		const agent = createScriptedAcpAgent({});
		const sink = createRecordingSink();
		const startup = new AbortController();
		const connecting = acpProtocol.connect(agent.transport, options(sink, null, startup.signal));
		startup.abort();
		await expect(connecting).rejects.toMatchObject({ code: 'handshake_failed' });
		agent.say('late noise');
		await agent.taken();

		expect(sink.outputs).toEqual([]);
	});

	test('that a process does not survive tells how it ended', async () => {
		const agent = createScriptedAcpAgent({ initialize: () => null });
		const connecting = acpProtocol.connect(agent.transport, options(createRecordingSink()));
		agent.end({ reason: 'exit code 3', exitCode: 3, stderrTail: 'cannot read config\n}\n' });

		await expect(connecting).rejects.toMatchObject({
			code: 'handshake_failed',
			message: 'The agent ended (exit code 3): cannot read config',
			extras: { actual: { exitCode: 3 } },
		});
	});
});

describe('a turn', () => {
	test('has every word that was said before its answer, though all came at once', async () => {
		const { agent, sink, turn, finish } = await startTurn();
		const words = Array.from({ length: 200 }, (_, index) => `${index} `);
		agent.say(...words.map((word) => chunk(word)), finish());

		expect(await turn).toEqual({ ok: true, stopReason: 'end_turn', text: words.join('') });
		expect(sink.said).toBe(words.join(''));
	});

	test('gathers usage from updates and from its answer', async () => {
		const { agent, turn } = await startTurn();
		const { id } = await agent.heard(isPrompt);
		const cost = { amount: 0.5, currency: 'USD' };
		const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7 };
		agent.say(update({ sessionUpdate: 'usage_update', used: 10, size: 100, cost }));
		agent.say({ jsonrpc: '2.0', id, result: { stopReason: 'max_tokens', usage } });

		expect(await turn).toMatchObject({
			stopReason: 'max_tokens',
			usage: { inputTokens: 3, outputTokens: 4, contextUsed: 10, contextSize: 100, cost },
		});
	});

	test.each([
		[-32603, 'turn_failed', true],
		[-32602, 'turn_failed', false],
		[-32000, 'authentication_required', false],
	])('that is answered with error %i fails as %s (retryable: %s)', async (code, failureCode, retryable) => {
		const { session } = await connect({ ...handshake(), 'session/prompt': () => ({ error: { code, message: 'no' } }) });

		expect(await session.prompt(hello)).toMatchObject({ ok: false, failure: { code: failureCode, retryable } });
	});

	test('that meets a usage limit says so', async () => {
		const error = { code: 429, message: 'Rate limit exceeded' };
		const { session, sink } = await connect({ ...handshake(), 'session/prompt': () => ({ error }) });

		expect(await session.prompt(hello)).toMatchObject({ ok: false, failure: { retryable: true } });
		expect(sink.limits).toEqual([null]);
	});

	test('with an unknown stop reason is no success', async () => {
		const { agent, turn, finish } = await startTurn();
		agent.say(finish('tired'));

		expect(await turn).toMatchObject({ ok: false, failure: { code: 'protocol_violation' } });
	});

	test('is rejected when the connection ends first, and what it asked stays open', async () => {
		const { agent, sink, session, turn } = await startTurn();
		agent.say(permission(7));
		const { key } = await sink.request();
		agent.end({ reason: 'signal SIGSEGV' });

		await expect(turn).rejects.toMatchObject({ code: 'process_crashed', message: 'The agent ended (signal SIGSEGV)' });
		await expect(session.answer(key, { optionId: 'yes' })).rejects.toMatchObject({ code: 'connection_lost' });
		expect(sink.withdrawn).toEqual([]);
	});
});

describe('what is no message for us', () => {
	test('is told as a log and does no harm', async () => {
		const { agent, sink, turn, finish } = await startTurn();
		const foreign = ['Warning: {', '[1,2]', '{"level":"info"}', '{"jsonrpc":"2.0","id":99,"result":{}}'];
		agent.say(...foreign, chunk('fine'), finish());

		expect(await turn).toMatchObject({ ok: true, text: 'fine' });
		expect(sink.ofType('log')).toEqual(foreign.map((text) => ({ type: 'log', stream: 'stdout', text })));
	});

	test('is told in short when it is long', async () => {
		const { agent, sink, turn, finish } = await startTurn();
		agent.say('x'.repeat(100_000), finish());
		await turn;

		expect(sink.ofType('log').map(({ text }) => text.length)).toEqual([4096]);
	});

	test('is passed on when it is an update of an unknown kind or another notification', async () => {
		const { agent, sink, turn, finish } = await startTurn();
		const novelty = { sessionUpdate: 'telepathy', strength: 3 };
		agent.say(update(novelty), { jsonrpc: '2.0', method: '_vendor/hint', params: { a: 1 } }, finish());
		await turn;

		expect(sink.ofType('other')).toEqual([
			{ type: 'other', name: 'telepathy', data: novelty },
			{ type: 'other', name: '_vendor/hint', data: { a: 1 } },
		]);
	});

	test('does not count as the answer when another session says it', async () => {
		const { agent, sink, turn, finish } = await startTurn();
		agent.say(chunk('sub-agent', 'ses_sub'), chunk('mine'), finish());

		expect(await turn).toMatchObject({ text: 'mine' });
		expect(sink.ofType('message')).toEqual([{ type: 'message', text: 'mine' }]);
	});

	test('is answered as an unknown method when it asks for our files', async () => {
		const { agent } = await connect(handshake());
		agent.say({ jsonrpc: '2.0', id: 5, method: 'fs/read_text_file', params: { sessionId, path: '/etc/passwd' } });

		expect(await agent.heard(({ id, method }) => id === 5 && method === undefined)).toMatchObject({
			error: { code: -32601 },
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
	const session = await acpProtocol.connect(agent.transport, options(sink, sessionId));

	expect(session.resumed).toBe(true);
	expect(await session.prompt(hello)).toMatchObject({ text: 'new words' });
	expect(sink.said).toBe('new words');
	expect(sink.ofType('usage')).toHaveLength(1);
});

describe('a permission', () => {
	const isAnswer = ({ id, method }: { readonly id?: unknown; readonly method?: string }) =>
		id === 7 && method === undefined;

	async function ask() {
		const running = await startTurn();
		running.agent.say(permission(7));
		const request = await running.sink.request();
		return { ...running, request };
	}

	test('is answered with the option that was chosen, once', async () => {
		const { agent, session, request, turn, finish } = await ask();
		expect(request).toMatchObject({ kind: 'permission', title: 'Run ls', detail: { input: { command: 'ls' } } });
		await session.answer(request.key, { optionId: 'yes' });

		const { result } = await agent.heard(isAnswer);
		expect(result).toEqual({ outcome: { outcome: 'selected', optionId: 'yes' } });
		await expect(session.answer(request.key, { optionId: 'no' })).rejects.toMatchObject({ code: 'request_settled' });
		agent.say(finish());
		await turn;
	});

	test.each([{ optionId: 'maybe' }, { answer: 'yes' }])('is not answered by %o, and stays open', async (answer) => {
		const { agent, session, request, turn, finish } = await ask();

		await expect(session.answer(request.key, answer)).rejects.toMatchObject({ code: 'invalid_request' });
		expect(agent.received.filter(isAnswer)).toEqual([]);
		await session.answer(request.key, { decline: true });
		expect((await agent.heard(isAnswer)).result).toEqual({ outcome: { outcome: 'selected', optionId: 'no' } });
		agent.say(finish());
		await turn;
	});

	test('is cancelled with its turn, and so is what is asked while the turn is being cancelled', async () => {
		const { agent, session, sink, request, turn, finish } = await ask();
		await session.cancel();
		agent.say(permission(8));

		expect((await agent.heard(isAnswer)).result).toEqual({ outcome: { outcome: 'cancelled' } });
		const second = await agent.heard(({ id, method }) => id === 8 && method === undefined);
		expect(second.result).toEqual({ outcome: { outcome: 'cancelled' } });
		agent.say(finish('cancelled'));
		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
		const methods = agent.received.map(({ method }) => method);
		expect(methods.indexOf('session/cancel')).toBeLessThan(agent.received.findIndex(isAnswer));
		expect(sink.raised).toHaveLength(1);
		expect(sink.withdrawn).toEqual([{ key: request.key, note: 'the turn was cancelled' }]);
	});

	test('that the agent withdraws is withdrawn', async () => {
		const { agent, session, sink, request, turn, finish } = await ask();
		agent.say({ jsonrpc: '2.0', method: '$/cancel_request', params: { requestId: 7 } }, finish());
		await turn;

		expect(sink.withdrawn).toEqual([{ key: request.key, note: 'the agent withdrew it' }]);
		await expect(session.answer(request.key, { optionId: 'yes' })).rejects.toMatchObject({ code: 'request_settled' });
	});

	test('does not outlive its turn', async () => {
		const { agent, sink, request, turn, finish } = await ask();
		agent.say(finish());
		await turn;

		expect(sink.withdrawn).toEqual([{ key: request.key, note: 'the turn ended' }]);
	});

	test('has the same fingerprint when another process asks it again, and another for another input', async () => {
		const first = await ask();
		const again = await startTurn();
		again.agent.say(permission(1, { command: 'ls' }, 'call_new'), permission(2, { command: 'rm' }));

		expect((await again.sink.request(1)).fingerprint).toBe(first.request.fingerprint);
		expect((await again.sink.request(2)).fingerprint).not.toBe(first.request.fingerprint);
		expect((await again.sink.request(1)).key).not.toBe(first.request.key);
	});
});

describe('a question', () => {
	const form = {
		sessionId,
		mode: 'form',
		message: 'Which branch?',
		requestedSchema: { type: 'object', properties: { branch: { type: 'string' } } },
	};

	async function ask(params: object = form) {
		const running = await startTurn();
		running.agent.say({ jsonrpc: '2.0', id: 9, method: 'elicitation/create', params });
		const request = await running.sink.request();
		const answered = async () => (await running.agent.heard(({ id, method }) => id === 9 && !method)).result;
		return { ...running, request, answered };
	}

	test.each([
		[{ answer: 'main' }, { action: 'accept', content: { branch: 'main' } }],
		[{ answer: { branch: 'main' } }, { action: 'accept', content: { branch: 'main' } }],
		[{ decline: true } as const, { action: 'decline' }],
		[{ cancelled: true } as const, { action: 'cancel' }],
	])('is answered by %o', async (answer, expected) => {
		const { session, request, answered } = await ask();
		expect(request).toMatchObject({ kind: 'question', title: 'Which branch?', options: [] });
		await session.answer(request.key, answer);

		expect(await answered()).toEqual(expected);
	});

	test('to open a page is accepted without content', async () => {
		const params = { sessionId, mode: 'url', message: 'Log in', url: 'https://example.com', elicitationId: 'el_1' };
		const { session, request, answered } = await ask(params);
		expect(request.detail).toMatchObject({ url: 'https://example.com' });
		await session.answer(request.key, { answer: true });

		expect(await answered()).toEqual({ action: 'accept' });
	});

	test('is not answered by what does not fit its form', async () => {
		const { session, request } = await ask();

		await expect(session.answer(request.key, { answer: { branch: { deep: 1 } } })).rejects.toMatchObject({
			code: 'invalid_request',
		});
	});
});

test('a session that can be closed is closed at the end', async () => {
	const script = {
		...handshake({ sessionCapabilities: { close: {} } }),
		'session/close': () => ({ result: {} }),
	};
	const { agent, session } = await connect(script);
	await session.end();

	expect(agent.received.at(-1)).toMatchObject({ method: 'session/close', params: { sessionId } });
});
