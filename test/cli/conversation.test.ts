import { describe, expect, test } from 'vitest';
import { createFrameRouter, type FrameRouter } from '../../src/cli/conversation.ts';

const frame = (message: object): string => JSON.stringify(message);
const parse = (text: string | undefined): Record<string, unknown> => JSON.parse(text ?? 'null');

function connected(): FrameRouter {
	const router = createFrameRouter();
	router.back();
	return router;
}

/** What the agent is to see of a request of the server. */
function ask(router: FrameRouter, id: number, method: string, params: object = {}): Record<string, unknown> {
	return parse(router.fromServer(frame({ jsonrpc: '2.0', id, method, params })).toAgent);
}

describe('an ACP conversation', () => {
	test('answers reach the server under its own ids', () => {
		const router = connected();
		const asked = ask(router, 0, 'initialize');
		const answer = router.fromAgent(frame({ jsonrpc: '2.0', id: asked.id, result: { protocolVersion: 1 } }));
		expect(parse(answer.toServer)).toEqual({ jsonrpc: '2.0', id: 0, result: { protocolVersion: 1 } });
	});

	test('an answer to an earlier connection never passes for one to the present', () => {
		const router = connected();
		const early = ask(router, 2, 'session/prompt', { sessionId: 's' });
		router.lost();
		router.back();
		const late = ask(router, 2, 'session/resume', { sessionId: 's' });
		expect(router.fromAgent(frame({ jsonrpc: '2.0', id: early.id, result: { stopReason: 'cancelled' } }))).toEqual({});
		expect(parse(router.fromAgent(frame({ jsonrpc: '2.0', id: late.id, result: {} })).toServer)).toMatchObject({
			id: 2,
		});
	});

	test('a lost connection cancels the turn and answers what is open with cancelled', () => {
		const router = connected();
		ask(router, 4, 'session/prompt', { sessionId: 's' });
		for (const [id, method] of [
			[1, 'session/request_permission'],
			[2, 'elicitation/create'],
			[3, 'fs/read_text_file'],
		])
			router.fromAgent(frame({ jsonrpc: '2.0', id, method, params: {} }));
		expect(router.lost().map(parse)).toMatchObject([
			{ method: 'session/cancel', params: { sessionId: 's' } },
			{ id: 1, result: { outcome: { outcome: 'cancelled' } } },
			{ id: 2, result: { action: 'cancel' } },
			{ id: 3, error: { code: -32800 } },
		]);
		expect(router.lost()).toEqual([]);
	});

	test('what was answered, and turns that have ended, are left alone', () => {
		const router = connected();
		const turn = ask(router, 4, 'session/prompt', { sessionId: 's' });
		router.fromAgent(frame({ jsonrpc: '2.0', id: 1, method: 'session/request_permission', params: {} }));
		router.fromServer(frame({ jsonrpc: '2.0', id: 1, result: { outcome: { outcome: 'selected', optionId: 'a' } } }));
		router.fromAgent(frame({ jsonrpc: '2.0', id: turn.id, result: { stopReason: 'end_turn' } }));
		expect(router.lost()).toEqual([]);
	});

	test('a permission asked while nobody is there is cancelled at once; words are let go', () => {
		const router = connected();
		router.lost();
		const permission = frame({ jsonrpc: '2.0', id: 9, method: 'session/request_permission', params: {} });
		const { toAgent, toServer } = router.fromAgent(permission);
		expect([parse(toAgent), toServer]).toEqual([
			{ jsonrpc: '2.0', id: 9, result: { outcome: { outcome: 'cancelled' } } },
			undefined,
		]);
		expect(router.fromAgent(frame({ jsonrpc: '2.0', method: 'session/update', params: {} }))).toEqual({});
		expect(router.fromAgent('noise')).toEqual({});
	});

	test('a cancelled request is named as the agent knows it', () => {
		const router = connected();
		const asked = ask(router, 7, 'session/prompt', { sessionId: 's' });
		const { toAgent } = router.fromServer(
			frame({ jsonrpc: '2.0', method: '$/cancel_request', params: { requestId: 7 } }),
		);
		expect(parse(toAgent)).toMatchObject({ params: { requestId: asked.id } });
	});

	test('what is no message passes as it is', () => {
		const router = connected();
		expect(router.fromAgent('Welcome! {')).toEqual({ toServer: 'Welcome! {' });
		expect(router.fromAgent('{"half": ')).toEqual({ toServer: '{"half": ' });
		expect(router.fromServer('hello')).toEqual({ toAgent: 'hello' });
	});
});

describe('a stream-json conversation', () => {
	const initialize = (id: string): string =>
		frame({ type: 'control_request', request_id: id, request: { subtype: 'initialize' } });
	const initialized = (id: string): object => ({
		type: 'control_response',
		response: { subtype: 'success', request_id: id, response: { models: [] } },
	});
	const user = frame({ type: 'user', message: { role: 'user', content: 'hi' } });
	const result = frame({ type: 'result', subtype: 'success', is_error: false });

	test('the agent is initialized once; later connections are told so', () => {
		const router = connected();
		expect(router.fromServer(initialize('a')).toAgent).toBe(initialize('a'));
		router.fromAgent(frame(initialized('a')));
		router.lost();
		router.back();
		const again = router.fromServer(initialize('b'));
		const response = { subtype: 'error', request_id: 'b', error: 'Already initialized' };
		expect([again.toAgent, parse(again.toServer)]).toEqual([undefined, { type: 'control_response', response }]);
	});

	test('a lost connection interrupts the turn, and its result is not taken for that of the next', () => {
		const router = connected();
		router.fromServer(user);
		const [interrupt] = router.lost().map(parse);
		expect(interrupt).toMatchObject({ type: 'control_request', request: { subtype: 'interrupt' } });
		router.back();
		const answer = { type: 'control_response', response: { subtype: 'success', request_id: interrupt?.request_id } };
		expect(router.fromAgent(frame(answer))).toEqual({});
		router.fromServer(user);
		expect(router.fromAgent(frame({ type: 'result', subtype: 'error_during_execution', is_error: true }))).toEqual({});
		expect(router.fromAgent(result)).toEqual({ toServer: result });
		expect(router.lost()).toEqual([]);
	});

	test('a permission nobody can answer any more is denied', () => {
		const router = connected();
		const ask = { type: 'control_request', request_id: 'x', request: { subtype: 'can_use_tool', tool_name: 'Bash' } };
		router.fromAgent(frame(ask));
		expect(router.lost().map(parse)).toMatchObject([
			{ type: 'control_response', response: { request_id: 'x', response: { behavior: 'deny' } } },
		]);
		expect(parse(router.fromAgent(frame({ ...ask, request_id: 'y' })).toAgent)).toMatchObject({
			response: { request_id: 'y', response: { behavior: 'deny' } },
		});
	});
});
