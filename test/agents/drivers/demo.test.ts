import { describe, expect, test } from 'vitest';
import { parseScript } from '../../../src/agents/demo/script.ts';
import { acpProtocol } from '../../../src/agents/drivers/acp.ts';
import { createRecordingSink } from '../../support/recording-sink.ts';
import { connectDemo, createTemporaryDirectory, launchDemo } from '../../support/scripted-process.ts';

async function createMemoryEnv(): Promise<Record<string, string>> {
	return { STATECRAFT_DEMO_DIR: await createTemporaryDirectory() };
}

describe('a prompt', () => {
	test('is read as steps, by line or semicolon; beside them, other lines are said', () => {
		expect(parseScript('You were interrupted.\nsay hi; wait 2s\n\ncrash 7; plan a | b')).toEqual([
			{ verb: 'say', text: 'You were interrupted.' },
			{ verb: 'say', text: 'hi' },
			{ verb: 'wait', ms: 2000 },
			{ verb: 'crash', code: 7 },
			{ verb: 'plan', entries: ['a', 'b'] },
		]);
	});

	test.each(['wait for me', 'crash the party', 'exit the room', 'stream of words', 'say'])(
		'is plain text where a verb has not what belongs to it: %s',
		(text) => {
			expect(parseScript(text)).toBeNull();
		},
	);

	test('in plain words is answered with an explanation', async () => {
		const demo = await connectDemo(await withMemory());
		const result = await demo.prompt('How are you?');

		expect(result).toMatchObject({ ok: true, stopReason: 'end_turn' });
		expect(result.text).toContain('You said: How are you?');
		expect(result.text).toContain('permission <title>: asks for permission');
	});
});

function entryOf(content: string, status: string) {
	return expect.objectContaining({ content, status });
}

async function withMemory() {
	return { env: await createMemoryEnv() };
}

describe('the demo agent', () => {
	test('speaks, thinks, plans, uses tools and tells its usage', async () => {
		const { prompt, sink, session } = await connectDemo(await withMemory());
		const result = await prompt('say hello; stream 2 tick; think hm; tool Search; plan a | b; usage 55');

		expect(session.agentInfo?.name).toBe('statecraft-demo');
		expect(result).toEqual({
			ok: true,
			stopReason: 'end_turn',
			text: 'hello\n\ntick 1\ntick 2',
			usage: { contextUsed: 55, contextSize: 200_000 },
		});
		expect(sink.ofType('message')).toHaveLength(3);
		expect(sink.ofType('thought')).toEqual([{ type: 'thought', text: 'hm' }]);
		expect(sink.ofType('tool_call')).toEqual([expect.objectContaining({ title: 'Search', status: 'pending' })]);
		expect(sink.ofType('tool_call_update').map(({ status }) => status)).toEqual(['in_progress', 'completed']);
		expect(sink.ofType('plan')).toEqual([
			{ type: 'plan', entries: [entryOf('a', 'pending'), entryOf('b', 'pending')] },
		]);
	});

	test('ticks its plan off as it goes, however many steps its entries take', async () => {
		const { prompt, sink } = await connectDemo(await withMemory());
		await prompt('plan a | b; think hm; say one; say two; tool three; say four; plan c; say five');

		const shown = sink.ofType('plan').map(({ entries }) => entries.map(({ status }) => status));
		expect(shown).toEqual([
			['in_progress', 'pending'],
			['in_progress', 'pending'],
			['completed', 'in_progress'],
			['completed', 'in_progress'],
			['completed', 'completed'],
			['in_progress'],
			['completed'],
		]);
	});

	test.each([
		['allow', 'rm: allowed', 'completed'],
		['reject', 'rm: rejected', 'failed'],
	])('asks for permission, and takes %s for an answer', async (optionId, text, status) => {
		const { prompt, session, sink } = await connectDemo(await withMemory());
		const turn = prompt('permission rm');
		await session.answer((await sink.request()).key, { optionId });

		expect(await turn).toMatchObject({ ok: true, text });
		expect(sink.ofType('tool_call_update').at(-1)).toMatchObject({ status });
	});

	test('ends its turn as cancelled when a permission is cancelled with it', async () => {
		const { prompt, session, sink } = await connectDemo(await withMemory());
		const turn = prompt('permission rm; say never');
		await sink.request();
		await session.cancel();

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
		expect(sink.said).not.toContain('never');
	});

	test.each([
		[{ answer: 'forty-two' }, 'You answered: forty-two'],
		[{ decline: true } as const, 'You declined'],
	])('asks a question, and tells the answer: %o', async (answer, text) => {
		const { prompt, session, sink } = await connectDemo(await withMemory());
		const turn = prompt('ask How many?');
		await session.answer((await sink.request()).key, answer);

		expect(await turn).toMatchObject({ ok: true, text });
	});

	test('can be cancelled while it waits, and prompted again', async () => {
		const { prompt, session, sink } = await connectDemo(await withMemory());
		const turn = prompt('say waiting; wait 600s; say never');
		await expect.poll(() => sink.said).toBe('waiting');
		await session.cancel();

		expect(await turn).toMatchObject({
			ok: true,
			stopReason: 'cancelled',
			text: 'waiting',
		});
		expect(await prompt('say again')).toMatchObject({ text: 'again' });
	});

	test('floods in order, and loses nothing', async () => {
		const { prompt, sink } = await connectDemo(await withMemory());
		const result = await prompt('flood 5000');

		expect(result.text.split('\n')).toEqual(Array.from({ length: 5000 }, (_, index) => `flood ${index + 1}`));
		expect(sink.ofType('message')).toHaveLength(5000);
	});

	test('makes noise that harms nobody', async () => {
		const { prompt, sink } = await connectDemo(await withMemory());

		expect(await prompt('noise {oops; say fine')).toMatchObject({
			ok: true,
			text: 'fine',
		});
		expect(sink.ofType('log')).toEqual([{ type: 'log', stream: 'stdout', text: '{oops' }]);
	});
});

describe('the end of the demo agent', () => {
	test('by a crash in the middle of a turn has an exit code and last words', async () => {
		const { prompt, agent, sink } = await connectDemo(await withMemory());

		await expect(prompt('say going; crash 7')).rejects.toMatchObject({
			code: 'process_crashed',
		});
		expect(sink.said).toBe('going');
		expect(await agent.transport.closed).toEqual({
			expected: false,
			reason: 'exit code 7',
			exitCode: 7,
			signal: null,
			stderrTail: 'the demo agent crashes with code 7, as it was told\n',
		});
	});

	test('by an exit nobody asked for is not expected', async () => {
		const { prompt, agent } = await connectDemo(await withMemory());

		await expect(prompt('exit')).rejects.toMatchObject({
			code: 'process_crashed',
		});
		expect(await agent.transport.closed).toMatchObject({
			expected: false,
			exitCode: 0,
		});
	});

	test('comes by force when it hangs and is stopped', async () => {
		const { prompt, agent, session, sink } = await connectDemo(await withMemory());
		const turn = prompt('say hanging; hang').catch((error: unknown) => error);
		await expect.poll(() => sink.said).toBe('hanging');
		await session.cancel();

		expect(await agent.stop({ termAfterMs: 50, killAfterMs: 1000 })).toMatchObject({ expected: true });
		expect(await turn).toMatchObject({ code: 'process_crashed' });
	});

	test('comes by itself when its stdin is closed', async () => {
		const { agent, session } = await connectDemo(await withMemory());
		await session.end();

		expect(await agent.stop()).toMatchObject({ expected: true, exitCode: 0 });
	});
});

describe('a session', () => {
	test('is taken up by another process after the first was killed in the middle of a turn', async () => {
		const env = await createMemoryEnv();
		const first = await connectDemo({ env });
		await first.prompt('say one');
		const interrupted = first.prompt('say two; hang').catch((error: unknown) => error);
		await expect.poll(() => first.sink.said).toBe('onetwo');
		await first.agent.kill();
		await interrupted;
		const second = await connectDemo({ env, resume: first.session.sessionId });

		expect(second.session).toMatchObject({
			resumed: true,
			sessionId: first.session.sessionId,
		});
		expect(second.sink.outputs).toEqual([]);
		expect(await second.prompt('remember')).toMatchObject({
			text: 'I remember 2 earlier turns.',
		});
	});

	test('that is unknown is replaced by a fresh one', async () => {
		const env = await createMemoryEnv();
		const { session, sink } = await connectDemo({
			env,
			resume: 'demo_../../etc/passwd',
		});

		expect(session.resumed).toBe(false);
		expect(sink.sessionIds).toEqual([session.sessionId]);
	});

	test('raises the same request again with the same fingerprint', async () => {
		const env = await createMemoryEnv();
		const first = await connectDemo({ env });
		const turn = first.prompt('permission rm').catch((error: unknown) => error);
		const raised = await first.sink.request();
		await first.agent.kill();
		await turn;
		const second = await connectDemo({ env, resume: first.session.sessionId });
		const again = second.prompt('permission rm');
		const raisedAgain = await second.sink.request();

		expect(raisedAgain.fingerprint).toBe(raised.fingerprint);
		expect(raisedAgain.key).not.toBe(raised.key);
		expect(first.sink.withdrawn).toEqual([]);
		await second.session.answer(raisedAgain.key, { optionId: 'allow' });
		expect(await again).toMatchObject({ text: 'rm: allowed' });
	});
});

describe('a start', () => {
	test('with noise before the handshake succeeds, and the noise is told', async () => {
		const { sink, prompt } = await connectDemo({
			env: { ...(await createMemoryEnv()), STATECRAFT_DEMO_STARTUP: 'noise' },
		});

		expect(sink.ofType('log').map(({ text }) => text)).toEqual(['Welcome to the demo agent!', '{"not": "a message"}']);
		expect(await prompt('say fine')).toMatchObject({ ok: true });
	});

	test('that is slow succeeds', async () => {
		const { session } = await connectDemo({
			env: {
				...(await createMemoryEnv()),
				STATECRAFT_DEMO_STARTUP: 'slow:200',
			},
		});

		expect(session.sessionId).toMatch(/^demo_/);
	});

	test('that hangs is given up when the signal says so', async () => {
		const agent = await launchDemo({ STATECRAFT_DEMO_STARTUP: 'hang' });
		const startup = new AbortController();
		const options = {
			cwd: '/',
			resume: null,
			sink: createRecordingSink(),
			signal: startup.signal,
		};
		const connecting = acpProtocol.connect(agent.transport, options);
		startup.abort();

		await expect(connecting).rejects.toMatchObject({
			code: 'handshake_failed',
		});
		expect(await agent.kill()).toMatchObject({
			expected: true,
			signal: 'SIGKILL',
		});
	});

	test('that crashes says why', async () => {
		await expect(connectDemo({ env: { STATECRAFT_DEMO_STARTUP: 'crash' } })).rejects.toMatchObject({
			code: 'handshake_failed',
			message: 'The agent ended (exit code 1): the demo agent crashes at startup, as it was told',
		});
	});
});
