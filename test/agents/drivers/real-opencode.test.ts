import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeRealAgent, type RealRun } from '../../support/real-agents.ts';

function prompt({ session }: RealRun, text: string) {
	return session.prompt([{ type: 'text', text }]);
}

async function answerWith(run: RealRun, kind: string) {
	const request = await run.sink.request();
	const option = request.options.find((candidate) => candidate.kind === kind);
	if (option === undefined) throw new Error(`offers no ${kind}: ${JSON.stringify(request.options)}`);
	await run.session.answer(request.key, { optionId: option.optionId });
}

describeRealAgent('opencode', 'opencode over ACP', (world) => {
	it('answers a prompt, and streams it in order and once', async () => {
		const run = await world().start();
		const turn = await prompt(run, 'CHUNKS:40 REPLY:tick');

		const text = Array.from({ length: 40 }, (_, index) => `tick-${index + 1} `).join('');
		expect(turn).toMatchObject({ ok: true, stopReason: 'end_turn' });
		expect(turn.text.trim()).toBe(text.trim());
		expect(run.sink.said.trim()).toBe(text.trim());
		expect(run.sink.sessionIds).toEqual([run.session.sessionId]);
		expect(run.session.capabilities.resume).toBe(true);
	});

	it('runs a tool that was allowed', async () => {
		const run = await world().start();
		const turn = prompt(run, 'TOOL:touch allowed.txt');
		await answerWith(run, 'allow_once');

		expect(await turn).toMatchObject({ ok: true, stopReason: 'end_turn' });
		expect(existsSync(join(world().cwd, 'allowed.txt'))).toBe(true);
	});

	it('does not run a tool that was denied', async () => {
		const run = await world().start();
		const turn = prompt(run, 'TOOL:touch denied.txt');
		await answerWith(run, 'reject_once');

		await turn;
		expect(existsSync(join(world().cwd, 'denied.txt'))).toBe(false);
	});

	it('stops in the middle of a turn, and takes the next prompt', async () => {
		const run = await world().start();
		const turn = prompt(run, 'WAIT:60000 REPLY:too late');
		const outcomes = () => world().model.requests.map((request) => request.outcome);
		await expect.poll(outcomes, { timeout: 20_000 }).toContain('pending');
		await run.session.cancel();

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
		expect(await prompt(run, 'REPLY:still here')).toMatchObject({ ok: true, text: 'still here' });
	});

	it('withdraws its open request when the turn is cancelled', async () => {
		const run = await world().start();
		const turn = prompt(run, 'TOOL:touch never.txt');
		const { key } = await run.sink.request();
		await run.session.cancel();

		expect(await turn).toMatchObject({ ok: true, stopReason: 'cancelled' });
		expect(run.sink.withdrawn.map((withdrawn) => withdrawn.key)).toEqual([key]);
		expect(existsSync(join(world().cwd, 'never.txt'))).toBe(false);
	});

	it('loads its session after SIGKILL, knowing what was said', async () => {
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
		expect((await second.sink.request()).fingerprint).toBe(lost.fingerprint);
		await answerWith(second, 'allow_once');

		expect(await turn).toMatchObject({ ok: true });
		expect(existsSync(join(world().cwd, 'later.txt'))).toBe(true);
		expect(JSON.stringify(world().model.requests.at(-1)?.body)).toContain('the word is xylophone');
	});

	it('begins a fresh session when it does not have the one asked for', async () => {
		const run = await world().start({ resume: 'ses_0000000000000000000000000000' });
		expect(run.session.resumed).toBe(false);
		expect(await prompt(run, 'REPLY:hello')).toMatchObject({ ok: true, text: 'hello' });
	});

	it('tells that the model could not be asked', async () => {
		const run = await world().start();
		const turn = await prompt(run, 'FAIL:400');
		expect(turn).toMatchObject({ ok: false, failure: { code: 'turn_failed' } });
	});
});
