import { describe, expect, test } from 'vitest';
import { createHeldStore } from '../support/held-store.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

describe('a turn', () => {
	test('[AG16] that does not end when it is cancelled costs the agent its process', async () => {
		const { hire, ask, begun, api, reachedAgain, settled, runs } = await startWholeServer({
			overrides: { cancelTimeoutMs: 200 },
		});
		const { id } = await hire('helper', { restart: { backoffMs: { initial: 1, max: 1 } } });
		const prompt = await ask(id, 'hang');
		await begun(prompt.id);
		expect(await api.command(id, 'cancel', {})).toMatchObject({ substate: 'cancelling' });

		await reachedAgain(id, 'idle', 2);
		expect(await settled(prompt.id)).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } });
		expect((await runs(id)).find(({ generation }) => generation === 1)).toMatchObject({
			state: 'failed',
			error: { code: 'unresponsive' },
		});
		const triggers = (await api.transitions(id)).items.map(({ trigger }) => trigger);
		expect(triggers).toContain('Unresponsive');
	});

	test('[AG16] can be cancelled in the very batch in which it begins', async () => {
		const { wrapStore, hold, letGo } = createHeldStore();
		const { hire, ask, api, settled } = await startWholeServer({ overrides: { wrapStore, cancelTimeoutMs: 5_000 } });
		const { id } = await hire('helper');
		await api.command(id, 'suspend', {});
		const prompt = await ask(id, 'wait 600s');
		const isHeld = hold();
		const first = api.http.request('PATCH', `/agents/${id}`, { body: { labels: { held: 'yes' } } });
		await isHeld;
		const resumed = api.command(id, 'resume', {});
		// What is asked after it on the same socket pool is answered after it arrived.
		for (let round = 0; round < 5; round++) await api.agent(id);
		const cancelled = api.command(id, 'cancel', {});
		for (let round = 0; round < 5; round++) await api.agent(id);
		letGo();
		await Promise.all([first, resumed, cancelled]);

		expect((await settled(prompt.id)).status).toBe('cancelled');
		expect(await api.agent(id)).toMatchObject({ executionState: 'idle', generation: 1 });
	});

	test('[AG16] is not cancelled where there is none', async () => {
		const { hire, api } = await startWholeServer();
		const { id } = await hire('helper');
		expect(await refusalOf(api.command(id, 'cancel', {}))).toMatchObject({
			code: 'event_refused',
			state: 'idle.ready',
		});
	});
});

describe('a suspended agent', () => {
	test('[AG33] takes prompts again when it is told to', async () => {
		const { hire, ask, api, settled } = await startWholeServer();
		const { id } = await hire('helper');
		await api.command(id, 'suspend', { reason: 'lunch' });
		const prompt = await ask(id, 'say back');
		expect(await api.agent(id)).toMatchObject({ substate: 'suspended', queuedPrompts: 1, tags: ['alive'] });
		await api.command(id, 'resume', {});
		expect((await settled(prompt.id)).status).toBe('finished');
	});

	test('[AG32] that was asked to be while it worked finishes its turn first', async () => {
		const { hire, ask, api, settled, request, reached } = await startWholeServer();
		const { id } = await hire('helper');
		const first = await ask(id, 'permission proceed');
		const second = await ask(id, 'say two');
		const { id: requestId } = await request(id);
		await api.command(id, 'suspend', {});
		await api.answer(requestId, { optionId: 'allow' });

		expect((await settled(first.id)).status).toBe('finished');
		await reached(id, 'idle.suspended');
		expect((await api.prompt(second.id)).status).toBe('queued');
	});
});
