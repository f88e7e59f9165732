import { describe, expect, test } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

type OnDeadline = 'deny' | 'allow' | 'keep';
const policy = (deadlineSeconds: number, onDeadline?: OnDeadline) => ({
	mode: 'require_approval',
	requests: { deadlineSeconds, ...(onDeadline && { onDeadline }) },
});

const all = ({ api }: WholeServer, agentId: string) => api.requests({ agentId }).then(({ items }) => items);

describe('a request that nobody answers in time', () => {
	test.each([
		[undefined, 'rejected', { decline: true }],
		['deny', 'rejected', { decline: true }],
		['allow', 'allowed', { optionId: 'allow' }],
	] as const)(
		'[AG57, AG58, AU1] under %s is %s, told and audited, and takes no answer any more',
		async (how, said, answer) => {
			const world = await startWholeServer();
			const { id } = await world.hire('helper', { policy: policy(0.3, how) });
			const prompt = await world.ask(id, 'permission make');
			expect((await world.settled(prompt.id)).result?.text).toBe(`make: ${said}`);

			const [request] = await all(world, id);
			expect(request).toMatchObject({ status: 'timed_out', answer, answeredBy: null, deadlineAt: expect.any(String) });
			expect(Date.parse(request?.deadlineAt ?? '') - Date.parse(request?.askedAt ?? '')).toBe(300);
			expect(world.events.ofTopic('request.timed_out')).toMatchObject([{ data: { requestId: request?.id, answer } }]);
			expect(await world.api.audit({ agentId: id, by: 'deadline' }, 50)).toMatchObject([
				{ action: 'request.timeout', subject: request?.id, detail: { answer } },
			]);
			expect(await refusalOf(world.api.answer(request?.id ?? '', { optionId: 'allow' }))).toMatchObject({
				code: 'request_settled',
				actual: { status: 'timed_out' },
			});
		},
	);

	test('[AG58] is never answered with a yes where it is a question', async () => {
		const world = await startWholeServer();
		const { id } = await world.hire('helper', { policy: policy(0.3, 'allow') });
		const prompt = await world.ask(id, 'ask which colour?');
		expect((await world.settled(prompt.id)).result?.text).toBe('You declined');
		expect(await all(world, id)).toMatchObject([{ status: 'timed_out', answer: { decline: true } }]);
	});

	test('[AG57] stays open under keep, is told once, and takes a human’s answer', async () => {
		const world = await startWholeServer();
		const { id } = await world.hire('helper', { policy: policy(0.3, 'keep') });
		const prompt = await world.ask(id, 'permission make');
		await world.events.until('it is overdue', async () => world.events.ofTopic('request.overdue')[0]);
		const asked = await world.request(id);
		expect(asked.status).toBe('open');
		await world.api.answer(asked.id, { optionId: 'allow' });
		expect((await world.settled(prompt.id)).result?.text).toBe('make: allowed');
		expect(world.events.ofTopic('request.overdue')).toHaveLength(1);
		expect(world.events.ofTopic('request.timed_out')).toEqual([]);
	});

	test('[AG57, P5, P6] while the agent is away gets its answer when it is back', async () => {
		const world = await startWholeServer();
		const restart = { backoffMs: { initial: 1_500, max: 1_500 } };
		const { id, pid } = await world.hire('helper', { restart, interruptedTurn: 'retry', policy: policy(0.8) });
		const prompt = await world.ask(id, 'permission make', { repeatable: true });
		await world.reached(id, 'busy.awaitingInput');
		process.kill(pid ?? 0, 'SIGKILL');
		await world.reached(id, 'failed.backingOff');
		await world.events.until('it has timed out', async () => world.events.ofTopic('request.timed_out')[0]);
		expect((await world.api.agent(id)).executionState).toBe('failed');

		expect((await world.settled(prompt.id)).result?.text).toMatch(/^make: rejected$/m);
		expect(await all(world, id)).toMatchObject([{ status: 'timed_out' }]);
	});
});
