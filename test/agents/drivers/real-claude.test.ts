import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeRealAgent, type RealRun } from '../../support/real-agents.ts';

function prompt({ session }: RealRun, text: string) {
	return session.prompt([{ type: 'text', text }]);
}

describeRealAgent('claude', 'Claude Code over stream-json', (world) => {
	it('answers a prompt, streams it in order and once, and tells its session and cost', async () => {
		const run = await world().start();
		expect(run.session).toMatchObject({ sessionId: null, agentInfo: null });
		const turn = await prompt(run, 'CHUNKS:40 REPLY:tick');

		const text = Array.from({ length: 40 }, (_, index) => `tick-${index + 1} `).join('');
		expect(turn).toMatchObject({ ok: true, stopReason: 'end_turn', text });
		expect(run.sink.said).toBe(text);
		expect(run.sink.ofType('message').length).toBeGreaterThan(1);
		expect(run.session.sessionId).toMatch(/^[0-9a-f-]{36}$/);
		expect(run.sink.sessionIds).toEqual([run.session.sessionId]);
		expect(run.session.agentInfo).toEqual({ name: 'claude-code', version: '2.1.197' });
		expect(turn.usage).toMatchObject({ inputTokens: 11, outputTokens: 7, contextUsed: 18 });
		expect(turn.usage?.contextSize).toBeGreaterThan(100_000);
		expect(turn.usage?.cost?.amount).toBeGreaterThan(0);
	});

	it('runs a slash command of its own', async () => {
		const run = await world().start();
		for (const text of ['REPLY:one', 'REPLY:two', 'REPLY:three']) await prompt(run, text);
		const turn = await prompt(run, '/compact');

		expect(turn).toMatchObject({ ok: true, stopReason: 'end_turn', text: '' });
		expect(run.sink.ofType('other').map((output) => output.name)).toContain('system/compact_boundary');
	});

	it('runs a tool that was allowed', async () => {
		const run = await world().start();
		const turn = prompt(run, 'TOOL:touch allowed.txt');
		const request = await run.sink.request();
		expect(request).toMatchObject({ kind: 'permission', title: 'Bash: touch allowed.txt' });
		await run.session.answer(request.key, { optionId: 'allow_once' });

		expect(await turn).toMatchObject({ ok: true, stopReason: 'end_turn' });
		expect(existsSync(join(world().cwd, 'allowed.txt'))).toBe(true);
		expect(run.sink.ofType('tool_call')).toMatchObject([{ kind: 'execute', title: 'Bash: touch allowed.txt' }]);
		expect(run.sink.ofType('tool_call_update')).toMatchObject([{ status: 'completed' }]);
	});

	it('does not run a tool that was denied', async () => {
		const run = await world().start();
		const turn = prompt(run, 'TOOL:touch denied.txt');
		const request = await run.sink.request();
		await run.session.answer(request.key, { optionId: 'reject_once' });

		expect(await turn).toMatchObject({ ok: true, stopReason: 'end_turn' });
		expect(existsSync(join(world().cwd, 'denied.txt'))).toBe(false);
		expect(run.sink.ofType('tool_call_update')).toMatchObject([{ status: 'failed' }]);
	});

	it('does not ask again for what was allowed for good, and asks for everything else', async () => {
		const run = await world().start();
		const first = prompt(run, 'TOOL:touch always.txt');
		const request = await run.sink.request();
		await run.session.answer(request.key, { optionId: 'allow_always' });
		await first;
		expect(await prompt(run, 'TOOL:touch always.txt')).toMatchObject({ ok: true });
		expect(run.sink.raised).toHaveLength(1);

		const other = prompt(run, 'TOOL:touch other.txt');
		const second = await run.sink.request(2);
		await run.session.answer(second.key, { decline: true });
		await other;
		expect(existsSync(join(world().cwd, 'other.txt'))).toBe(false);
	});

	it('asks a question and gets its answer', async () => {
		const run = await world().start();
		const turn = prompt(run, 'ASK:Which colour?red|blue');
		const request = await run.sink.request();
		expect(request).toMatchObject({
			kind: 'question',
			title: 'Which colour?',
			options: [{ name: 'red' }, { name: 'blue' }],
		});
		await run.session.answer(request.key, { optionId: 'blue' });

		expect((await turn).text).toContain('"Which colour?"="blue"');
	});

	it('tells a turn that it begins by itself from the one that it was asked for', async () => {
		const run = await world().start();
		const turn = prompt(run, 'BACKGROUND:mkfifo go && read line < go');
		const request = await run.sink.request();
		await run.session.answer(request.key, { optionId: 'allow_once' });
		await turn;
		const fifo = join(world().cwd, 'go');
		await expect.poll(() => existsSync(fifo), { timeout: 10_000 }).toBe(true);
		await writeFile(fifo, 'on\n');
		const names = () => run.sink.ofType('other').map((output) => output.name);
		await expect.poll(names, { timeout: 10_000 }).toContain('system/task_notification');

		expect(await prompt(run, 'REPLY:mine')).toMatchObject({ ok: true, text: 'mine' });
		const asked = world().model.requests.map((each) => JSON.stringify(each.body));
		expect(asked.some((body) => body.includes('<task-notification>'))).toBe(true);
	});

	it('stops in the middle of a turn, and takes the next prompt', async () => {
		const run = await world().start();
		const turn = prompt(run, 'WAIT:60000 REPLY:too late');
		await expect
			.poll(() => world().model.requests.map((request) => request.outcome), { timeout: 10_000 })
			.toContain('pending');
		await run.session.cancel();

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
		await expect.poll(() => world().model.requests.at(-1)?.outcome).toBe('abandoned');
		expect(await prompt(run, 'REPLY:still here')).toMatchObject({ ok: true, text: 'still here' });
	});

	it('keeps what it had said when it is stopped', async () => {
		const run = await world().start();
		const turn = prompt(run, 'CHUNKS:1000 PAUSE:50 REPLY:tick');
		await expect.poll(() => run.sink.said, { timeout: 10_000 }).toContain('tick-3');
		await run.session.cancel();

		const { text } = await turn;
		expect(text).toBe(run.sink.said);
		expect(text).toMatch(/^tick-1 tick-2 tick-3 /);
	});

	it('withdraws its open request when the turn is cancelled', async () => {
		const run = await world().start();
		const turn = prompt(run, 'TOOL:touch never.txt');
		const { key } = await run.sink.request();
		await run.session.cancel();

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
		expect(run.sink.withdrawn.map((withdrawn) => withdrawn.key)).toEqual([key]);
		await expect(run.session.answer(key, { optionId: 'allow_once' })).rejects.toMatchObject({
			code: 'request_settled',
		});
		expect(existsSync(join(world().cwd, 'never.txt'))).toBe(false);
	});

	it.each([
		[500, 'turn_failed', true],
		[400, 'turn_failed', true],
		[401, 'authentication_required', false],
	])('tells that the model answered %i', async (status, code, retryable) => {
		const run = await world().start();
		const turn = await prompt(run, `FAIL:${status}`);

		expect(turn).toMatchObject({ ok: false, failure: { code, retryable, detail: { apiStatus: status } } });
		expect(turn).toHaveProperty('failure.message', expect.stringContaining('asked to fail'));
		expect(await prompt(run, 'REPLY:recovered')).toMatchObject({ ok: true, text: 'recovered' });
	});

	it('tells that it is not logged in', async () => {
		const run = await world().start({ env: { ANTHROPIC_API_KEY: '' } });
		expect(await prompt(run, 'REPLY:hi')).toMatchObject({ ok: false, failure: { code: 'authentication_required' } });
	});

	it('takes its session up again after SIGKILL, knowing what was said, and asks again what was open', async () => {
		const first = await world().start();
		await prompt(first, 'REPLY:the word is xylophone');
		const { sessionId } = first.session;
		const interrupted = prompt(first, 'TOOL:touch later.txt');
		const lost = await first.sink.request();
		expect(await first.process.kill()).toMatchObject({ signal: 'SIGKILL' });
		await expect(interrupted).rejects.toMatchObject({ code: 'process_crashed' });
		expect(first.sink.withdrawn).toEqual([]);

		const second = await world().start({ resume: sessionId });
		expect(second.session).toMatchObject({ sessionId, resumed: true });
		const turn = prompt(second, 'TOOL:touch later.txt');
		const again = await second.sink.request();
		expect(again.fingerprint).toBe(lost.fingerprint);
		await second.session.answer(again.key, { optionId: 'allow_once' });

		expect(await turn).toMatchObject({ ok: true });
		expect(second.session).toMatchObject({ sessionId, resumed: true });
		expect(JSON.stringify(world().model.requests.at(-1)?.body)).toContain('the word is xylophone');
	});

	it('ends at once when it does not have the session', async () => {
		const unknown = world().start({ resume: '7c9a699d-2e2b-410a-8a95-e0a2f7f5b419' });
		await expect(unknown).rejects.toMatchObject({
			code: 'handshake_failed',
			message: expect.stringContaining('No conversation found'),
			extras: { actual: { resume: 'not_found' } },
		});
	});

	it('leaves by itself when its input is closed', async () => {
		const run = await world().start();
		await run.session.end();
		expect(await run.process.transport.closed).toMatchObject({ expected: true, exitCode: 0 });
	});
});
