import { describe, expect, it } from 'vitest';
import { streamJsonProtocol } from '../../../src/agents/drivers/stream-json.ts';
import { StatecraftError } from '../../../src/errors.ts';
import { createRecordingSink } from '../../support/recording-sink.ts';
import { createScriptedAgent, isControl, isPrompt, sessionId } from '../../support/scripted-stream-json-agent.ts';
import { canUseTool, init, result, says } from '../../support/scripted-stream-json-agent-messages.ts';
import { connectOptions, connectScripted } from '../../support/scripted-stream-json-agent-session.ts';

function startConnecting(resume: string | null = null, signal?: AbortSignal, kind?: 'websocket') {
	const agent = createScriptedAgent(kind);
	const sink = createRecordingSink();
	const connecting = streamJsonProtocol.connect(agent.transport, connectOptions(sink, resume, signal));
	const failure = connecting.then(
		() => Promise.reject(new Error('It connected')),
		(error: StatecraftError) => error,
	);
	// Looked at only by the tests that expect one.
	failure.catch(() => {});
	return { agent, sink, connecting, failure };
}

describe('the stream-json handshake', () => {
	it('is complete when initialize is answered, without waiting for system/init', async () => {
		const { agent, session } = await connectScripted();

		expect(agent.heard).toHaveLength(1);
		expect(session).toMatchObject({ sessionId: null, resumed: false, agentInfo: null });
		expect(session.capabilities).toEqual({ resume: true, images: true, costOfProcess: true });
	});

	it('says so where the agent has still to be told of tools, for it cannot be', async () => {
		const agent = createScriptedAgent();
		const sink = createRecordingSink();
		const toolServer = { name: 'statecraft', url: 'http://localhost:1/mcp', token: 'scr_1', freeTools: [] };
		const connecting = streamJsonProtocol.connect(agent.transport, { ...connectOptions(sink), toolServer });
		agent.agree(await agent.hear(isControl('initialize')));
		await connecting;

		expect(sink.outputs).toEqual([expect.objectContaining({ type: 'other', name: 'tools_not_offered' })]);
		expect(JSON.stringify([sink.outputs, agent.heard])).not.toContain('scr_1');
	});

	it('passes over noise and unknown messages, and tells them', async () => {
		const { agent, sink, connecting } = startConnecting();
		agent.say('npm warn something', '42', { type: 'keep_alive' }, { type: 'env_manager_log', data: { content: 'x' } });
		agent.agree(await agent.hear(isControl('initialize')));
		await connecting;

		expect(sink.ofType('log').map((output) => output.text)).toEqual(['npm warn something', '42']);
		expect(sink.ofType('other').map((output) => output.name)).toEqual(['env_manager_log']);
		expect(sink.signsOfLife).toBe(5);
	});

	it('fails with the error that answers initialize, and closes the connection', async () => {
		const { agent, failure } = startConnecting();
		agent.refuse(await agent.hear(isControl('initialize')), 'hooks are not valid');

		expect(await failure).toMatchObject({ code: 'handshake_failed', message: 'hooks are not valid' });
		expect(agent.isClosed).toBe(true);
	});

	it('takes an agent that an earlier connection has initialized as ready', async () => {
		const { agent, connecting } = startConnecting();
		agent.refuse(await agent.hear(isControl('initialize')), 'Already initialized');

		await expect(connecting).resolves.toMatchObject({ sessionId: null });
	});

	it('knows a program that dials in again by its refusal, and takes any other for a new one', async () => {
		const known = startConnecting(sessionId, undefined, 'websocket');
		known.agent.refuse(await known.agent.hear(isControl('initialize')), 'Already initialized');
		await expect(known.connecting).resolves.toMatchObject({ sessionId, resumed: true });

		const other = startConnecting(sessionId, undefined, 'websocket');
		other.agent.agree(await other.agent.hear(isControl('initialize')));
		await expect(other.connecting).resolves.toMatchObject({ sessionId: null, resumed: false });
	});

	it('fails when the agent ends instead of answering, with its last words', async () => {
		const { agent, failure } = startConnecting();
		agent.end({ reason: 'exit code 3', exitCode: 3, stderrTail: 'a warning\nerror: unknown option\n' });

		const error = await failure;
		expect(error).toBeInstanceOf(StatecraftError);
		expect(error).toMatchObject({
			code: 'handshake_failed',
			message: 'The agent ended before it was ready: exit code 3: error: unknown option',
		});
		expect(error.extras.actual).toMatchObject({ exitCode: 3, signal: null });
	});

	it('says that a login is needed when the agent ends for want of one', async () => {
		const { agent, failure } = startConnecting();
		agent.end({ exitCode: 1, stderrTail: 'Invalid API key · Please run /login' });

		expect(await failure).toMatchObject({ code: 'authentication_required', kind: 'terminal' });
	});

	it('is given up when the signal aborts, with the reason that is given', async () => {
		const abortion = new AbortController();
		const { agent, failure } = startConnecting(null, abortion.signal);
		await agent.hear(isControl('initialize'));
		abortion.abort(new StatecraftError('startup_timeout', 'not ready within 60 s'));

		expect(await failure).toMatchObject({ code: 'startup_timeout' });
	});

	it('takes up the requests that an agent at work still waits for', async () => {
		const pending = [canUseTool('req-1')];
		const { sink } = await connectScripted({ onInitialize: { pending_permission_requests: pending } });

		expect(sink.raised.map((request) => request.key)).toEqual(['req-1']);
	});
});

describe('resuming over stream-json', () => {
	it('keeps the session that was asked for', async () => {
		const { session, sink, play } = await connectScripted({ resume: sessionId });
		expect(session).toMatchObject({ sessionId, resumed: true });
		await play(init(), says('hello'), result());

		expect(session).toMatchObject({ sessionId, resumed: true });
		expect(sink.sessionIds).toEqual([]);
	});

	it('is no resume when the agent tells another session', async () => {
		const { session, sink, play } = await connectScripted({ resume: sessionId });
		await play(init({ session_id: 'another' }), result({ session_id: 'another' }));

		expect(session).toMatchObject({ sessionId: 'another', resumed: false });
		expect(sink.sessionIds).toEqual(['another']);
	});

	it.each([
		['a result before the handshake', { says: true }],
		['its last words only', { says: false }],
	])('tells that the agent does not have the session, from %s', async (_, { says: inResult }) => {
		const { agent, failure } = startConnecting(sessionId);
		const message = `No conversation found with session ID: ${sessionId}`;
		await agent.hear(isControl('initialize'));
		if (inResult) agent.say(result({ subtype: 'error_during_execution', is_error: true, errors: [message] }));
		agent.end({ reason: 'exit code 1', exitCode: 1, stderrTail: `${message}\n` });

		const error = await failure;
		expect(error).toMatchObject({ code: 'handshake_failed', message: expect.stringContaining(message) });
		expect(error.extras.actual).toMatchObject({ resume: 'not_found' });
	});

	it('sends prompts to the session that the agent told', async () => {
		const { agent, session, play } = await connectScripted();
		await play(init(), result());
		await play(result());

		expect(agent.heard.filter(isPrompt).map((prompt) => prompt.session_id)).toEqual(['', sessionId]);
		expect(session.agentInfo).toEqual({ name: 'claude-code', version: '2.1.197' });
	});
});
