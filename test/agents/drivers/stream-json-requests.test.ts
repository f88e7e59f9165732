import { describe, expect, it } from 'vitest';
import type { RequestAnswer } from '../../../src/agents/drivers/driver.ts';
import { isAnswerTo } from '../../support/scripted-stream-json-agent.ts';
import { asksUser, canUseTool, result } from '../../support/scripted-stream-json-agent-messages.ts';
import { connectScripted } from '../../support/scripted-stream-json-agent-session.ts';

const rule = {
	type: 'addRules',
	rules: [{ toolName: 'Bash', ruleContent: 'touch a.txt' }],
	behavior: 'allow',
	destination: 'localSettings',
};
const mode = { type: 'setMode', mode: 'acceptEdits', destination: 'session' };

/** An agent in a turn that has just asked. */
async function ask(message: object) {
	const world = await connectScripted();
	const { turn } = await world.begin();
	world.agent.say(message);
	const request = await world.sink.request();
	return {
		...world,
		turn,
		request,
		async answer(answer: RequestAnswer) {
			await world.session.answer(request.key, answer);
			return (await world.agent.hear(isAnswerTo(request.key))).response;
		},
	};
}

describe('a permission over stream-json', () => {
	it('is raised with the tool, its input and the options', async () => {
		const { request } = await ask(canUseTool('req-1', { permission_suggestions: [rule, mode] }));

		expect(request).toMatchObject({
			key: 'req-1',
			kind: 'permission',
			title: 'Bash: touch a.txt',
			detail: { toolName: 'Bash', toolUseId: 'toolu_1', input: { command: 'touch a.txt' } },
			options: [
				{ optionId: 'allow_once', kind: 'allow_once' },
				{ optionId: 'allow_always', kind: 'allow_always', name: 'Always allow (Bash: touch a.txt)' },
				{ optionId: 'reject_once', kind: 'reject_once' },
			],
		});
	});

	it('offers "always" only when the agent suggests what that would mean', async () => {
		const { request } = await ask(canUseTool('req-1'));
		expect(request.options.map((option) => option.optionId)).toEqual(['allow_once', 'reject_once']);
	});

	it('is allowed with the input as it came', async () => {
		const { answer } = await ask(canUseTool('req-1'));
		expect(await answer({ optionId: 'allow_once' })).toEqual({
			subtype: 'success',
			request_id: 'req-1',
			response: { behavior: 'allow', updatedInput: { command: 'touch a.txt', description: 'run a command' } },
		});
	});

	it('is allowed for good with the rules alone where there are any, in the session as well', async () => {
		const { answer } = await ask(canUseTool('req-1', { permission_suggestions: [rule, mode] }));
		const told = await answer({ optionId: 'allow_always' });
		expect(told).toMatchObject({
			response: { behavior: 'allow', updatedPermissions: [rule, { ...rule, destination: 'session' }] },
		});
	});

	it('is allowed for good with the mode when the agent suggests nothing else, and says so', async () => {
		const { answer, request } = await ask(canUseTool('req-1', { permission_suggestions: [mode] }));
		expect(request.options[1]?.name).toBe('Always allow (acceptEdits)');
		const told = await answer({ optionId: 'allow_always' });
		expect(told).toMatchObject({ response: { updatedPermissions: [mode] } });
	});

	it.each<[RequestAnswer, boolean]>([
		[{ optionId: 'reject_once' }, false],
		[{ decline: true }, false],
		[{ cancelled: true }, true],
	])('is denied by %o', async (given, interrupt) => {
		const { answer } = await ask(canUseTool('req-1'));
		const told = await answer(given);
		expect(told).toMatchObject({ subtype: 'success', response: { behavior: 'deny', interrupt } });
		expect(told?.response).toHaveProperty('message', expect.stringMatching(/./));
	});

	it.each<RequestAnswer>([
		{ optionId: 'allow_always' },
		{ optionId: 'yes' },
		{ answer: true },
		{ answer: 'allow_once' },
	])('takes %o for no approval and stays open', async (unclear) => {
		const { answer, session, agent } = await ask(canUseTool('req-1'));
		await expect(session.answer('req-1', unclear)).rejects.toMatchObject({ code: 'invalid_request' });
		expect(agent.heard.filter(isAnswerTo('req-1'))).toEqual([]);

		expect(await answer({ optionId: 'reject_once' })).toMatchObject({ response: { behavior: 'deny' } });
	});

	it('is answered once', async () => {
		const { answer, session } = await ask(canUseTool('req-1'));
		await answer({ optionId: 'allow_once' });
		const again = session.answer('req-1', { optionId: 'allow_once' });
		await expect(again).rejects.toMatchObject({ code: 'request_settled' });
	});

	it('can be withdrawn by the agent', async () => {
		const { agent, session, sink } = await ask(canUseTool('req-1'));
		agent.say({ type: 'control_cancel_request', request_id: 'req-1' });
		await expect.poll(() => sink.withdrawn).toEqual([{ key: 'req-1', note: 'the agent withdrew it' }]);

		const late = session.answer('req-1', { optionId: 'allow_once' });
		await expect(late).rejects.toMatchObject({ code: 'request_settled' });
		expect(agent.heard.filter(isAnswerTo('req-1'))).toEqual([]);
	});

	it('is raised once when the agent tells it twice', async () => {
		const { agent, sink, turn } = await ask(canUseTool('req-1'));
		agent.say(canUseTool('req-1'), result());
		await turn;
		expect(sink.raised).toHaveLength(1);
	});

	it('has the same fingerprint when it is asked again after a resume, and another for another input', async () => {
		const first = await ask(canUseTool('req-1'));
		const again = await ask(canUseTool('req-2', { tool_use_id: 'toolu_2' }));
		const other = await ask(canUseTool('req-3', { input: { command: 'rm a.txt' } }));

		expect(again.request.fingerprint).toBe(first.request.fingerprint);
		expect(other.request.fingerprint).not.toBe(first.request.fingerprint);
	});

	it('stays open when the connection ends', async () => {
		const { agent, sink, turn } = await ask(canUseTool('req-1'));
		agent.end({ reason: 'signal SIGKILL' });
		await expect(turn).rejects.toMatchObject({ code: 'process_crashed' });
		expect(sink.withdrawn).toEqual([]);
	});

	it.each([
		{ subtype: 'hook_callback', callback_id: 'x' },
		{ subtype: 'can_use_tool', tool_name: 'Bash' },
		'not even an object',
	])('that nobody understands is answered with an error: %o', async (request) => {
		const { agent, begin, sink } = await connectScripted();
		await begin();
		agent.say({ type: 'control_request', request_id: 'odd', request });

		const { response } = await agent.hear(isAnswerTo('odd'));
		expect(response).toMatchObject({ subtype: 'error', error: expect.stringContaining('does not support') });
		expect(sink.raised).toEqual([]);
	});
});

describe('a question over stream-json', () => {
	const colour = { question: 'Which colour?', header: 'Colour', options: [{ label: 'red' }, { label: 'blue' }] };
	const size = { question: 'Which size?', header: 'Size', options: [{ label: 'S' }] };

	it('is raised with its choices', async () => {
		const { request } = await ask(asksUser('req-1', [colour]));
		expect(request).toMatchObject({
			kind: 'question',
			title: 'Which colour?',
			options: [{ optionId: 'red' }, { optionId: 'blue' }],
		});
	});

	it.each<[string, RequestAnswer, string]>([
		['a choice', { optionId: 'blue' }, 'blue'],
		['own words', { answer: 'a bit of both' }, 'a bit of both'],
		['several choices', { answer: ['red', 'blue'] }, 'red, blue'],
		['a record', { answer: { 'Which colour?': 'red' } }, 'red'],
	])('is answered with %s', async (_, given, expected) => {
		const { answer } = await ask(asksUser('req-1', [colour]));
		expect(await answer(given)).toMatchObject({
			response: { behavior: 'allow', updatedInput: { questions: [colour], answers: { 'Which colour?': expected } } },
		});
	});

	it('that is several wants an answer to each', async () => {
		const { answer, request, session } = await ask(asksUser('req-1', [colour, size]));
		expect(request.options).toEqual([]);
		for (const poor of [{ answer: 'red' }, { answer: { 'Which colour?': 'red' } }, { optionId: 'red' }]) {
			await expect(session.answer('req-1', poor)).rejects.toMatchObject({ code: 'invalid_request' });
		}

		const answers = { 'Which colour?': 'red', 'Which size?': 'S' };
		expect(await answer({ answer: answers })).toMatchObject({ response: { updatedInput: { answers } } });
	});

	it('can be declined', async () => {
		const { answer } = await ask(asksUser('req-1', [colour]));
		expect(await answer({ decline: true })).toMatchObject({ response: { behavior: 'deny' } });
	});

	it.each<[RequestAnswer, object]>([
		[{ answer: { name: 'Ada' } }, { action: 'accept', content: { name: 'Ada' } }],
		[{ decline: true }, { action: 'decline' }],
		[{ cancelled: true }, { action: 'cancel' }],
	])('of an MCP server is answered in its words: %o', async (given, expected) => {
		const form = { subtype: 'elicitation', mcp_server_name: 'forms', message: 'Your name?', requested_schema: {} };
		const { answer, request } = await ask({ type: 'control_request', request_id: 'req-1', request: form });
		expect(request).toMatchObject({ kind: 'question', title: 'Your name?', detail: { server: 'forms' } });
		expect(await answer(given)).toMatchObject({ subtype: 'success', response: expected });
	});
});
