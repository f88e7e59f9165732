import { describe, expect, test } from 'vitest';
import { oddDriver } from '../support/odd-driver.ts';
import { startedTurns } from '../support/session-ledger.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

type Body = Readonly<Record<string, unknown>>;

const restart = { backoffMs: { initial: 1, max: 1 } };

/** Begins a turn that waits for a human, and kills the agent in its midst. */
async function interrupt(server: WholeServer, interruptedTurn: string, body: Body = {}, agent: Body = {}) {
	const { id, pid } = await server.hire('helper', { restart, interruptedTurn, ...agent });
	const prompt = await server.ask(id, 'permission dig deep', body);
	await server.reached(id, 'busy.awaitingInput');
	process.kill(pid ?? 0, 'SIGKILL');
	return { id, prompt };
}

describe('a turn cut short by the end of its agent', () => {
	test('[AG23, AG4] under fail stays interrupted; the agent is told so with its next prompt', async () => {
		const server = await startWholeServer();
		const { id, prompt } = await interrupt(server, 'fail', { repeatable: true });
		const next = await server.ask(id, 'say next');

		expect((await server.settled(next.id)).result?.text).toMatch(/Your previous turn was interrupted.*\n\nnext$/);
		expect(await server.api.prompt(prompt.id)).toMatchObject({
			status: 'interrupted',
			error: { code: 'interrupted', detail: { cause: { code: 'process_crashed' } } },
		});
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(1);
		const after = await server.ask(id, 'say after');
		expect((await server.settled(after.id)).result?.text).toBe('after');
	});

	test('[AG24] under retry a repeatable prompt is run again, before those that waited', async () => {
		const server = await startWholeServer();
		const { id, prompt } = await interrupt(server, 'retry', { repeatable: true });
		const waiting = await server.ask(id, 'say after');
		await server.reachedAgain(id, 'busy.awaitingInput', 2);
		expect((await server.api.prompt(waiting.id)).status).toBe('queued');
		await server.api.answer((await server.request(id)).id, { optionId: 'allow' });

		expect(await server.settled(prompt.id)).toMatchObject({ status: 'finished', generation: 2 });
		expect((await server.settled(waiting.id)).status).toBe('finished');
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(2);
	});

	test('[AG24, P4] under retry any other prompt is not', async () => {
		const server = await startWholeServer();
		const { id, prompt } = await interrupt(server, 'retry');
		await server.reachedAgain(id, 'idle', 2);
		expect((await server.api.prompt(prompt.id)).status).toBe('interrupted');
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(1);
	});

	test.each([
		['retry', 'finished', 2],
		['drop', 'interrupted', 1],
	] as const)('[AG26] under ask a human decides: %s', async (optionId, status, turns) => {
		const server = await startWholeServer();
		const { id, prompt } = await interrupt(server, 'ask');
		const isOurs = (kind: string, title: string) => kind === 'question' && /interrupted/.test(title);
		const asked = await server.events.until('the question', async () => {
			const { items } = await server.api.requests({ status: 'open', agentId: id });
			return items.find(({ kind, title }) => isOurs(kind, title));
		});
		await server.reachedAgain(id, 'idle', 2);
		expect((await server.api.prompt(prompt.id)).status).toBe('interrupted');
		expect(asked.options.map((option) => option.optionId)).toEqual(['retry', 'drop']);

		await server.api.answer(asked.id, { optionId });
		if (optionId === 'retry') {
			await server.reached(id, 'busy.awaitingInput');
			await server.api.answer((await server.request(id)).id, { optionId: 'allow' });
		}
		await server.became(prompt.id, status);
		await server.settled((await server.ask(id, 'say the end')).id);
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(turns);
		expect(await server.api.request(asked.id)).toMatchObject({ status: 'answered', answer: { optionId } });
	});

	test('[AG25] under resume its session is taken up again, and the turn goes on', async () => {
		const server = await startWholeServer();
		const { id, prompt } = await interrupt(server, 'resume');
		const done = await server.became(prompt.id, 'finished');

		expect(done).toMatchObject({ generation: 2, error: null });
		expect(done.result?.text).toContain('You were interrupted in the middle of a turn');
		expect(await startedTurns(server.sessionDirectory, 'dig deep')).toBe(1);
		const remembered = await server.settled((await server.ask(id, 'remember')).id);
		expect(remembered.result?.text).toBe('I remember 2 earlier turns.');
	});

	test('[AG25, AG4] under resume it stays interrupted where the session is gone, and nobody is told of it', async () => {
		const server = await startWholeServer();
		const { id, prompt } = await interrupt(
			server,
			'resume',
			{},
			{ driver: oddDriver('forgetful', server.sessionDirectory) },
		);
		await server.reachedAgain(id, 'idle', 2);

		expect((await server.api.prompt(prompt.id)).status).toBe('interrupted');
		const next = await server.settled((await server.ask(id, 'say fresh; remember')).id);
		expect(next.result?.text).toBe('fresh\n\nI remember 0 earlier turns.');
	});
});
