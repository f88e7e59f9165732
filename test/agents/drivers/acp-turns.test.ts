import { describe, expect, test } from 'vitest';
import { chunk, handshake, permission, sessionId, update } from '../../support/scripted-acp-agent.ts';
import { connectAcpAgent, hello, startTurn } from '../../support/scripted-acp-turn.ts';

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
		const { id } = await agent.heard(({ method }) => method === 'session/prompt');
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
		const { session } = await connectAcpAgent({
			...handshake(),
			'session/prompt': () => ({ error: { code, message: 'no' } }),
		});

		expect(await session.prompt(hello)).toMatchObject({ ok: false, failure: { code: failureCode, retryable } });
	});

	test('that meets a usage limit says so', async () => {
		const error = { code: 429, message: 'Rate limit exceeded' };
		const { session, sink } = await connectAcpAgent({ ...handshake(), 'session/prompt': () => ({ error }) });

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
		const { agent } = await connectAcpAgent(handshake());
		agent.say({ jsonrpc: '2.0', id: 5, method: 'fs/read_text_file', params: { sessionId, path: '/etc/passwd' } });

		expect(await agent.heard(({ id, method }) => id === 5 && method === undefined)).toMatchObject({
			error: { code: -32601 },
		});
	});
});

test('a session that can be closed is closed at the end', async () => {
	const script = {
		...handshake({ sessionCapabilities: { close: {} } }),
		'session/close': () => ({ result: {} }),
	};
	const { agent, session } = await connectAcpAgent(script);
	await session.end();

	expect(agent.received.at(-1)).toMatchObject({ method: 'session/close', params: { sessionId } });
});
