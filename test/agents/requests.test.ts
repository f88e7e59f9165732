import { describe, expect, test } from 'vitest';
import type { AnswerBody } from '../../src/cli/resources.ts';
import { refusalOf } from '../support/operator.ts';
import { createRandom } from '../support/random.ts';
import { startWholeServer } from '../support/whole-server.ts';

describe('a permission', () => {
	test.each([
		['allow', 'allowed'],
		['always', 'allowed'],
		['reject', 'rejected'],
	])('[AG27, AG28] answered with %s reaches the agent, and the turn goes on', async (optionId, outcome) => {
		const { hire, ask, request, reached, api, settled } = await startWholeServer();
		const { id } = await hire('helper');
		const prompt = await ask(id, 'permission delete the logs');
		const asked = await request(id);

		expect(asked).toMatchObject({ kind: 'permission', title: 'delete the logs', status: 'open', agentId: id });
		expect(asked.options.map((option) => option.optionId)).toEqual(['allow', 'always', 'reject']);
		expect(await reached(id, 'busy.awaitingInput')).toMatchObject({
			openRequests: 1,
			tags: ['alive', 'needsAttention'],
		});
		expect(await api.answer(asked.id, { optionId })).toMatchObject({ status: 'answered', answer: { optionId } });
		expect((await settled(prompt.id)).result?.text).toBe(`delete the logs: ${outcome}`);
		expect(await api.agent(id)).toMatchObject({ openRequests: 0 });
	});

	test('that is declined is rejected', async () => {
		const { hire, ask, request, api, settled } = await startWholeServer();
		const { id } = await hire('helper');
		const prompt = await ask(id, 'permission delete the logs');
		await api.answer((await request(id)).id, { decline: true });
		expect((await settled(prompt.id)).result?.text).toBe('delete the logs: rejected');
	});

	test('is not given by an option that was not offered, nor by words', async () => {
		const { hire, ask, request, api } = await startWholeServer();
		const { id } = await hire('helper');
		await ask(id, 'permission delete the logs');
		const asked = await request(id);

		expect(await refusalOf(api.answer(asked.id, { optionId: 'yes' }))).toMatchObject({
			status: 400,
			code: 'invalid_request',
			expected: ['allow', 'always', 'reject'],
			actual: 'yes',
		});
		expect(await refusalOf(api.answer(asked.id, { answer: 'go on' }))).toMatchObject({ code: 'invalid_request' });
		expect(await api.request(asked.id)).toMatchObject({ status: 'open', answer: null });
	});

	test('[AG28, P5] is answered once: whoever comes second is told the first answer', async () => {
		const { hire, ask, request, api } = await startWholeServer();
		const { id } = await hire('helper');
		await ask(id, 'permission delete the logs');
		const asked = await request(id);
		await api.answer(asked.id, { optionId: 'reject' });

		expect(await refusalOf(api.answer(asked.id, { optionId: 'allow' }))).toMatchObject({
			status: 409,
			code: 'request_settled',
			actual: { status: 'answered', answer: { optionId: 'reject' }, answeredBy: expect.any(String) },
		});
	});

	test('[AG30] is withdrawn when its turn is cancelled, and cannot be given any more', async () => {
		const { hire, ask, request, api, settled, events } = await startWholeServer();
		const { id } = await hire('helper');
		const prompt = await ask(id, 'permission delete the logs');
		const asked = await request(id);
		await api.command(id, 'cancel', {});

		expect((await settled(prompt.id)).status).toBe('cancelled');
		expect(await api.request(asked.id)).toMatchObject({ status: 'withdrawn' });
		expect(await refusalOf(api.answer(asked.id, { optionId: 'allow' }))).toMatchObject({ code: 'request_settled' });
		expect(events.ofTopic('request.withdrawn')).toHaveLength(1);
	});

	test('[AG12, AG30] is withdrawn when the agent is stopped', async () => {
		const { hire, ask, request, api, settled } = await startWholeServer();
		const { id } = await hire('helper', { interruptedTurn: 'resume' });
		const prompt = await ask(id, 'permission delete the logs');
		const asked = await request(id);
		await api.command(id, 'stop', { reason: 'enough' });

		expect(await settled(prompt.id)).toMatchObject({
			status: 'interrupted',
			error: { code: 'interrupted', detail: { reason: 'enough' } },
		});
		expect(await api.request(asked.id)).toMatchObject({ status: 'withdrawn' });
	});
});

describe('a question', () => {
	const answers: ReadonlyArray<readonly [AnswerBody, string]> = [
		[{ answer: 'blue' }, 'You answered: blue'],
		[{ answer: { answer: 'green' } }, 'You answered: green'],
		[{ decline: true }, 'You declined'],
	];

	test.each(answers)('[AG27] takes %j', async (answer, said) => {
		const { hire, ask, request, api, settled } = await startWholeServer();
		const { id } = await hire('helper');
		const prompt = await ask(id, 'ask which colour?');
		const asked = await request(id);
		expect(asked).toMatchObject({ kind: 'question', title: 'which colour?', options: [] });
		await api.answer(asked.id, answer);
		expect((await settled(prompt.id)).result?.text).toBe(said);
	});
});

describe('a request that the agent raises again after a crash', () => {
	const restart = { backoffMs: { initial: 1, max: 1 } };

	test('[AG29, P5] is the same request, and its answer reaches the new process', async () => {
		const { hire, ask, request, reached, reachedAgain, api, settled } = await startWholeServer();
		const { id, pid } = await hire('helper', { restart, interruptedTurn: 'retry' });
		const prompt = await ask(id, 'permission delete the logs', { repeatable: true });
		const asked = await request(id);
		await reached(id, 'busy.awaitingInput');
		process.kill(pid ?? 0, 'SIGKILL');
		await reachedAgain(id, 'busy.awaitingInput', 2);

		expect((await api.requests({ agentId: id })).items.map((one) => [one.id, one.status])).toEqual([
			[asked.id, 'open'],
		]);
		await api.answer(asked.id, { optionId: 'allow' });
		expect((await settled(prompt.id)).result?.text).toMatch(/^delete the logs: allowed$/m);
	});

	test('[AG28, AG29] has the answer that was given while the agent was away', async () => {
		const { hire, ask, request, reached, api, settled, events } = await startWholeServer();
		const slow = { ...restart, backoffMs: { initial: 1_500, max: 1_500 } };
		const { id, pid } = await hire('helper', { restart: slow, interruptedTurn: 'retry' });
		const prompt = await ask(id, 'permission delete the logs', { repeatable: true });
		const asked = await request(id);
		await reached(id, 'busy.awaitingInput');
		process.kill(pid ?? 0, 'SIGKILL');
		await reached(id, 'failed.backingOff');
		await api.answer(asked.id, { optionId: 'reject' });

		expect((await settled(prompt.id)).result?.text).toMatch(/^delete the logs: rejected$/m);
		expect((await api.requests({ agentId: id })).items).toMatchObject([{ id: asked.id, status: 'answered' }]);
		expect(events.ofTopic('request.answered')).toHaveLength(1);
		expect(events.ofTopic('request.opened')).toHaveLength(1);
	});

	test('[AG30] is withdrawn when the agent does not ask again', async () => {
		const { hire, ask, request, reached, api, settled } = await startWholeServer();
		const { id, pid } = await hire('helper', { restart });
		const first = await ask(id, 'permission delete the logs');
		const second = await ask(id, 'say something else');
		const asked = await request(id);
		await reached(id, 'busy.awaitingInput');
		process.kill(pid ?? 0, 'SIGKILL');

		expect((await settled(second.id)).status).toBe('finished');
		expect((await api.prompt(first.id)).status).toBe('interrupted');
		expect(await api.request(asked.id)).toMatchObject({ status: 'withdrawn' });
	});
});

describe('clients that answer one request at once', () => {
	test('[AG28, P5] exactly one of them is heard, and the agent hears that one', async () => {
		const { hire, ask, request, api, settled, events } = await startWholeServer();
		const { id } = await hire('helper');
		const random = createRandom(7);
		const options = ['allow', 'always', 'reject'];
		for (let round = 0; round < 12; round++) {
			const prompt = await ask(id, `permission step ${round}`);
			const asked = await request(id);
			const clients = 2 + Math.floor(random() * 3);
			const given = Array.from({ length: clients }, () => options[Math.floor(random() * options.length)] ?? 'allow');
			const outcomes = await Promise.allSettled(given.map((optionId) => api.answer(asked.id, { optionId })));

			const winners = given.filter((_, index) => outcomes[index]?.status === 'fulfilled');
			expect(winners).toHaveLength(1);
			const outcome = winners[0] === 'reject' ? 'rejected' : 'allowed';
			expect((await settled(prompt.id)).result?.text).toBe(`step ${round}: ${outcome}`);
			expect(await api.request(asked.id)).toMatchObject({ status: 'answered', answer: { optionId: winners[0] } });
		}
		expect(events.ofTopic('request.answered')).toHaveLength(12);
	});
});
