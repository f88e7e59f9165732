import { describe, expect, test } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

describe('a budget', () => {
	test('[AG60, AG61, AU1] cancels a turn that takes too long, suspends the agent, and a human lets it go on', async () => {
		const { hire, ask, request, reached, settled, api, events } = await startWholeServer();
		const budget = { turnSeconds: { soft: 0.1, hard: 0.4 } };
		const { id } = await hire('helper', { budget });
		const slow = await ask(id, 'wait 600s');
		const next = await ask(id, 'say hello');
		expect((await settled(slow.id)).status).toBe('cancelled');
		expect(await reached(id, 'idle.suspended')).toMatchObject({ substate: 'suspended', budget });
		expect(events.ofTopic('budget.warned')).toMatchObject([{ data: { kind: 'turnSeconds', limit: 0.1 } }]);
		expect(events.ofTopic('budget.exceeded')).toMatchObject([{ data: { kind: 'turnSeconds', limit: 0.4 } }]);
		expect((await api.prompt(next.id)).status).toBe('queued');

		const asked = await request(id);
		expect(asked.options.map(({ optionId }) => optionId)).toEqual(['raise', 'resume', 'stop']);
		await api.answer(asked.id, { optionId: 'raise' });
		expect((await settled(next.id)).result?.text).toBe('hello');
		expect(await api.agent(id)).toMatchObject({ budget: { turnSeconds: { soft: 0.1, hard: 0.8 } } });
		const audited = (await api.audit({ agentId: id }, 50)).map(({ action, by }) => `${action} by ${by}`);
		expect(audited).toEqual(
			expect.arrayContaining(['agent.suspend by budget', 'request.answer by admin', 'budget.change by admin']),
		);
	});

	test('[AG60, P5] that is spent is still so after a restart of Statecraft', async () => {
		const first = await startWholeServer();
		const { id } = await first.hire('helper', { budget: { turnSeconds: { hard: 0.2 } } });
		await first.settled((await first.ask(id, 'wait 600s')).id);
		await first.reached(id, 'idle.suspended');
		await first.shutDown();

		const second = await startWholeServer({ directory: first.directory });
		await second.api.command(id, 'start', {});
		await second.reached(id, 'idle.suspended');
		const next = await second.ask(id, 'say hello');
		await second.api.answer((await second.request(id)).id, { optionId: 'resume' });
		expect((await second.settled(next.id)).result?.text).toBe('hello');
	});

	test('[AG60] can be changed and taken away, and one that makes no sense is refused', async () => {
		const { create, hire, api } = await startWholeServer();
		for (const budget of [{ cost: {} }, { cost: { soft: 2, hard: 1 } }, { tokens: { hard: 0 } }, { money: 1 }]) {
			expect(await refusalOf(create('no', { budget }))).toMatchObject({ status: 400, code: 'invalid_request' });
		}
		const { id } = await hire('helper', { budget: { cost: { hard: 5 } } });
		expect(await api.patchAgent(id, { budget: { cost: { hard: 9 } } })).toMatchObject({
			budget: { cost: { hard: 9 } },
		});
		expect(await api.patchAgent(id, { budget: null })).toMatchObject({ budget: null });
		expect((await api.audit({ action: 'budget.change' }, 50)).map(({ detail }) => detail)).toEqual([
			{ from: { cost: { hard: 9 } }, to: null },
			{ from: { cost: { hard: 5 } }, to: { cost: { hard: 9 } } },
		]);
	});
});

describe('a suspension with a time', () => {
	test('[AG62, P6, AU1] ends by itself', async () => {
		const first = await startWholeServer();
		const { id } = await first.hire('helper');
		const until = new Date(Date.now() + 400).toISOString();
		expect(await first.api.command(id, 'suspend', { until, reason: 'lunch' })).toMatchObject({
			substate: 'suspended',
		});
		const prompt = await first.ask(id, 'say back again');
		expect((await first.settled(prompt.id)).result?.text).toBe('back again');
		expect((await first.api.audit({ action: 'agent.suspend' }, 1))[0]).toMatchObject({
			reason: 'lunch',
			detail: { until },
		});
		expect(await refusalOf(first.api.command(id, 'suspend', { until: 'tomorrow' }))).toMatchObject({
			code: 'invalid_request',
		});
	});
});
