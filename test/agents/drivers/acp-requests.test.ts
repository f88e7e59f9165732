import { describe, expect, test } from 'vitest';
import { permission, sessionId } from '../../support/scripted-acp-agent.ts';
import { startTurn } from '../../support/scripted-acp-turn.ts';

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
