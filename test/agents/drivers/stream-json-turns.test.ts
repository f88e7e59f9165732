import { describe, expect, it } from 'vitest';
import { isControl, isPrompt, sessionId } from '../../support/scripted-stream-json-agent.ts';
import {
	abortedResult,
	assistant,
	canUseTool,
	init,
	result,
	says,
} from '../../support/scripted-stream-json-agent-messages.ts';
import { connectScripted } from '../../support/scripted-stream-json-agent-session.ts';

describe('a turn over stream-json', () => {
	it('sends the prompt as a user message with a uuid of its own', async () => {
		const { agent, session } = await connectScripted();
		const turn = session.prompt([
			{ type: 'text', text: 'look' },
			{ type: 'image', data: 'aGk=', mimeType: 'image/png' },
			{ type: 'resource_link', uri: 'file:///a.ts', name: 'a.ts' },
		]);
		const prompt = await agent.hear(isPrompt);
		agent.say(result());
		await turn;

		expect(prompt).toMatchObject({
			type: 'user',
			parent_tool_use_id: null,
			uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
		});
		expect(prompt.message).toEqual({
			role: 'user',
			content: [
				{ type: 'text', text: 'look' },
				{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
				{ type: 'text', text: '[a.ts](file:///a.ts)' },
			],
		});
	});

	it('ends with its result: text, tokens, context and the cost so far', async () => {
		const { play, sink } = await connectScripted();
		const turn = await play(init(), says('almost'), says(' done'), result({ result: 'all done' }));

		const usage = {
			inputTokens: 19,
			outputTokens: 7,
			contextUsed: 26,
			contextSize: 1_000_000,
			cost: { amount: 0.0125, currency: 'USD' },
		};
		expect(turn).toEqual({ ok: true, stopReason: 'end_turn', text: 'all done', usage });
		expect(sink.ofType('usage')).toEqual([{ type: 'usage', usage }]);
		expect(sink.sessionIds).toEqual([sessionId]);
		expect(sink.said).toBe('almost done');
	});

	it('has no text when nothing was said and the result repeats the one before, as after /compact', async () => {
		const { play } = await connectScripted();
		await play(says('hello'), result({ result: 'hello' }));
		expect(await play(result({ result: 'hello' }))).toMatchObject({ ok: true, text: '' });
		expect(await play(says('hello'), result({ result: 'hello' }))).toMatchObject({ ok: true, text: 'hello' });
	});

	it("does not take the agent's own words for an answer of the model", async () => {
		const { play } = await connectScripted();
		const usage = { input_tokens: 0, output_tokens: 0 };
		const message = { id: 'msg_2', model: '<synthetic>', content: [{ type: 'text', text: 'Total cost: $0' }], usage };
		const turn = await play({ type: 'assistant', message, parent_tool_use_id: null }, result());

		expect(turn.usage).not.toHaveProperty('contextUsed');
	});

	it.each([
		['max_tokens', 'max_tokens'],
		['refusal', 'refusal'],
		['stop_sequence', 'end_turn'],
	])('maps the stop reason %s to %s', async (told, stopReason) => {
		const { play } = await connectScripted();
		expect(await play(result({ stop_reason: told }))).toMatchObject({ ok: true, stopReason });
	});

	it('fails when the model could not be asked, though the subtype says success', async () => {
		const { play } = await connectScripted();
		const text = 'API Error: 500 asked to fail';
		const turn = await play(
			assistant([{ type: 'text', text }], { error: 'server_error' }),
			result({ is_error: true, api_error_status: 500, result: text }),
		);

		expect(turn).toMatchObject({ ok: false, text });
		expect(turn).toHaveProperty('failure', {
			code: 'turn_failed',
			message: text,
			retryable: true,
			detail: { subtype: 'success', modelError: 'server_error', apiStatus: 500 },
		});
	});

	it.each(['error_max_turns', 'error_during_execution', 'error_max_budget_usd'])('fails with %s', async (subtype) => {
		const { play } = await connectScripted();
		const turn = await play(says('so far'), result({ subtype, result: undefined, errors: ['too much'] }));

		expect(turn).toMatchObject({
			ok: false,
			text: 'so far',
			failure: { code: 'turn_failed', message: 'too much', detail: { subtype, errors: ['too much'] } },
		});
	});

	it.each([
		[{ error: 'authentication_failed' }, 'Failed to authenticate. API Error: 401'],
		[{}, 'Invalid API key · Please run /login'],
	])('tells that a login is needed: %o', async (overrides, text) => {
		const { play } = await connectScripted();
		const turn = await play(assistant([{ type: 'text', text }], overrides), result({ is_error: true, result: text }));

		expect(turn).toMatchObject({
			ok: false,
			failure: { code: 'authentication_required', retryable: false, message: text },
		});
	});

	it('is rejected when the process ends first, with how it ended', async () => {
		const { agent, begin } = await connectScripted();
		const { turn } = await begin();
		agent.end({ reason: 'signal SIGKILL', signal: 'SIGKILL', exitCode: null, stderrTail: 'bye' });

		await expect(turn).rejects.toMatchObject({
			code: 'process_crashed',
			message: 'signal SIGKILL',
			extras: { actual: { signal: 'SIGKILL', exitCode: null, stderrTail: 'bye' } },
		});
	});

	it('is rejected as a lost connection when a socket closes, and so is the next', async () => {
		const { agent, begin, session } = await connectScripted({ kind: 'websocket' });
		const { turn } = await begin();
		agent.end({ reason: 'socket closed 1006' });

		await expect(turn).rejects.toMatchObject({ code: 'connection_lost', message: 'socket closed 1006' });
		await expect(session.prompt([{ type: 'text', text: 'more' }])).rejects.toMatchObject({ code: 'connection_lost' });
	});

	it('tolerates a result that belongs to no turn', async () => {
		const { agent, play, sink } = await connectScripted();
		agent.say(result({ result: 'from nowhere' }));
		await expect.poll(() => sink.ofType('usage')).toHaveLength(1);

		expect(await play(says('mine'), result({ result: 'mine' }))).toMatchObject({ ok: true, text: 'mine' });
	});

	it('is held back while the agent is in a turn of its own', async () => {
		const { agent, sink, session } = await connectScripted();
		agent.say(says('a background task has ended'));
		await expect.poll(() => sink.said).toBe('a background task has ended');
		const turn = session.prompt([{ type: 'text', text: 'mine' }]);
		expect(agent.heard.filter(isPrompt)).toEqual([]);

		agent.say(result({ result: 'its own' }));
		await agent.hear(isPrompt);
		agent.say(says('ours'), result({ result: 'ours' }));
		expect(await turn).toMatchObject({ ok: true, text: 'ours' });
	});
});

describe("turns of the agent's own over stream-json", () => {
	const own = { origin: { kind: 'task-notification' } };

	it('do not end a prompt that crosses them', async () => {
		const { agent, begin } = await connectScripted();
		const { turn } = await begin();
		agent.say(says('its own'), result({ result: 'its own', ...own }), says('ours'), result({ result: undefined }));

		expect(await turn).toMatchObject({ ok: true, text: 'ours' });
	});

	it('hold a prompt back from their beginning, before anything is said', async () => {
		const { agent, play, session } = await connectScripted();
		await play(init(), result());
		agent.say(init({ session_id: 'changed' }));
		await expect.poll(() => session.sessionId).toBe('changed');
		const turn = session.prompt([{ type: 'text', text: 'mine' }]);
		expect(agent.heard.filter(isPrompt)).toHaveLength(1);

		agent.say(result(own));
		await agent.hear(isPrompt, 2);
		agent.say(result({ result: 'ours' }));
		expect(await turn).toMatchObject({ ok: true, text: 'ours' });
	});

	it('are not begun by a greeting at the start', async () => {
		const { agent, play, session } = await connectScripted();
		agent.say(init());
		await expect.poll(() => session.sessionId).toBe(sessionId);
		expect(await play(result({ result: 'ours' }))).toMatchObject({ ok: true, text: 'ours' });
	});

	it('do not bring back a held prompt that was cancelled', async () => {
		const { agent, sink, session, play } = await connectScripted();
		agent.say(says('its own'));
		await expect.poll(() => sink.said).toBe('its own');
		const turn = session.prompt([{ type: 'text', text: 'mine' }]);
		agent.say(result(own));
		await Promise.all([session.cancel(), turn]);
		await expect.poll(() => sink.ofType('usage')).toHaveLength(1);

		expect(await turn).toMatchObject({ stopReason: 'cancelled' });
		expect(agent.heard.filter(isPrompt)).toEqual([]);
		expect(await play(result({ result: 'next' }))).toMatchObject({ text: 'next' });
	});
});

describe('cancelling over stream-json', () => {
	it('interrupts, and the turn ends as cancelled with what was said', async () => {
		const { agent, begin, session } = await connectScripted();
		const { turn } = await begin();
		agent.say(says('I will'));
		const cancelled = session.cancel();
		agent.agree(await agent.hear(isControl('interrupt')));
		await cancelled;
		agent.say(abortedResult());

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled', text: 'I will' });
	});

	it('is content with the end of the turn when the interrupt is not answered', async () => {
		const { agent, begin, session } = await connectScripted();
		const { turn } = await begin();
		const cancelled = session.cancel();
		await agent.hear(isControl('interrupt'));
		agent.say(result({ subtype: 'error_during_execution', is_error: true, terminal_reason: undefined }));

		await cancelled;
		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
	});

	it('lets a turn stand that was done before', async () => {
		const { agent, begin, session } = await connectScripted();
		const { turn } = await begin();
		const cancelled = session.cancel();
		const interrupt = await agent.hear(isControl('interrupt'));
		agent.say(result({ result: 'just finished' }));
		agent.agree(interrupt);

		await cancelled;
		expect(await turn).toMatchObject({ ok: true, stopReason: 'end_turn', text: 'just finished' });
	});

	it('takes a prompt back that was held', async () => {
		const { agent, sink, session } = await connectScripted();
		agent.say(says('on my own'));
		await expect.poll(() => sink.said).toBe('on my own');
		const turn = session.prompt([{ type: 'text', text: 'mine' }]);
		await session.cancel();

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled', text: '' });
		expect(agent.heard.filter(isPrompt)).toEqual([]);
	});

	it('denies and withdraws what is open, and what is asked meanwhile', async () => {
		const { agent, begin, session, sink } = await connectScripted();
		await begin();
		agent.say(canUseTool('open'));
		await sink.request();
		const cancelled = session.cancel();
		const interrupt = await agent.hear(isControl('interrupt'));
		agent.say(canUseTool('meanwhile'));
		agent.agree(interrupt);
		await cancelled;

		expect(sink.raised.map((request) => request.key)).toEqual(['open']);
		expect(sink.withdrawn).toEqual([{ key: 'open', note: 'the turn was cancelled' }]);
		const answers = agent.heard
			.filter((message) => message.type === 'control_response')
			.map((message) => message.response);
		expect(answers).toHaveLength(2);
		for (const answer of answers) expect(answer?.response).toMatchObject({ behavior: 'deny', interrupt: true });
	});

	it('does nothing when there is no turn', async () => {
		const { agent, session } = await connectScripted();
		await session.cancel();
		expect(agent.heard.filter(isControl('interrupt'))).toEqual([]);
	});
});
