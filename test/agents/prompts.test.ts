import { describe, expect, test } from 'vitest';
import type { PromptResource } from '../../src/cli/resources.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

type Told = { readonly promptId: string };

describe('prompts', () => {
	test('[P4, AG17] are taken in order, one turn at a time', async () => {
		const { hire, ask, settled, events } = await startWholeServer();
		const { id } = await hire('helper');
		const asked: PromptResource[] = [];
		for (const number of [1, 2, 3, 4]) asked.push(await ask(id, `say ${number}`));
		for (const prompt of asked) await settled(prompt.id);

		const turns = events.seen
			.filter(({ topic }) => topic === 'prompt.started' || topic === 'prompt.finished')
			.map(({ topic, data }) => `${topic} ${(data as Told).promptId}`);
		expect(turns).toEqual(asked.flatMap((prompt) => [`prompt.started ${prompt.id}`, `prompt.finished ${prompt.id}`]));
		expect((await settled(asked[3]?.id ?? '')).result?.text).toBe('4');
	});

	test('[P4] with a key are accepted once, however often they are sent', async () => {
		const { hire, ask, settled, api } = await startWholeServer();
		const { id } = await hire('helper');
		const first = await ask(id, 'say once', { idempotencyKey: 'k1' });
		expect((await ask(id, 'say once', { idempotencyKey: 'k1' })).id).toBe(first.id);
		await settled(first.id);
		expect(await ask(id, 'say once', { idempotencyKey: 'k1' })).toMatchObject({ id: first.id, status: 'finished' });

		const other = await hire('other');
		expect((await ask(other.id, 'say once', { idempotencyKey: 'k1' })).id).not.toBe(first.id);
		expect(await api.http.request('GET', `/agents/${id}/prompts`)).toMatchObject({ total: 1 });
	});

	test('[P4] with one key that are sent ten times at once are one prompt', async () => {
		const { hire, ask, settled, api, events } = await startWholeServer();
		const { id } = await hire('helper');
		const ten = Array.from({ length: 10 }, () => ask(id, 'say once', { idempotencyKey: 'race' }));
		const ids = new Set((await Promise.all(ten)).map((prompt) => prompt.id));

		expect(ids.size).toBe(1);
		await settled([...ids][0] ?? '');
		expect(await api.http.request('GET', `/agents/${id}/prompts`)).toMatchObject({ total: 1 });
		expect(events.ofTopic('prompt.started')).toHaveLength(1);
	});

	test('[AG19] wait while the agent is pending, and are taken once it is started', async () => {
		const { create, ask, api, settled } = await startWholeServer();
		const { id } = await create('helper', { autoStart: false });
		const prompt = await ask(id, 'say late');
		expect(prompt.status).toBe('queued');
		expect(await api.agent(id)).toMatchObject({ executionState: 'pending', queuedPrompts: 1 });
		await api.command(id, 'start', {});
		expect(await settled(prompt.id)).toMatchObject({ status: 'finished', result: { text: 'late' } });
	});

	test('[AG19, AG17] wait while the agent starts, works, is suspended or backs off', async () => {
		const { create, ask, api, reached, settled, begun, sessionDirectory } = await startWholeServer();
		const env = { STATECRAFT_DEMO_DIR: sessionDirectory, STATECRAFT_DEMO_STARTUP: 'slow:300ms' };
		const backoffMs = { initial: 1_000, max: 1_000 };
		const { id } = await create('helper', { driver: { kind: 'demo', env }, restart: { backoffMs } });
		await reached(id, 'starting');
		const whileStarting = await ask(id, 'permission proceed');
		expect(whileStarting.status).toBe('queued');
		await reached(id, 'busy.awaitingInput');
		const whileBusy = await ask(id, 'say two');
		expect(whileBusy.status).toBe('queued');
		await api.command(id, 'suspend', {});
		await api.command(id, 'cancel', {});
		await reached(id, 'idle.suspended');
		const whileSuspended = await ask(id, 'crash 3');
		expect((await settled(whileStarting.id)).status).toBe('cancelled');
		expect(await api.agent(id)).toMatchObject({ queuedPrompts: 2 });
		await api.command(id, 'resume', {});
		expect(await settled(whileBusy.id)).toMatchObject({ status: 'finished' });
		await begun(whileSuspended.id);
		await reached(id, 'failed.backingOff');
		const whileAway = await ask(id, 'say four');
		expect(whileAway.status).toBe('queued');
		expect(await settled(whileAway.id)).toMatchObject({ status: 'finished', generation: 2 });
	});

	test('[AG19] are refused by an agent that is stopped, unless they are to start it', async () => {
		const { hire, ask, api, settled } = await startWholeServer();
		const { id } = await hire('helper');
		await api.command(id, 'stop', {});

		expect(await refusalOf(ask(id, 'say hello'))).toMatchObject({
			status: 409,
			code: 'agent_not_running',
			state: 'stopped',
			hint: expect.stringContaining('"start": true'),
		});
		const prompt = await ask(id, 'say hello', { start: true });
		expect(await settled(prompt.id)).toMatchObject({ status: 'finished', generation: 2 });
		expect(await api.http.request('GET', `/agents/${id}/prompts`)).toMatchObject({ total: 1 });
	});

	test('[AG19] are refused by an agent that rests in failed, unless they are to start it', async () => {
		const { hire, ask, settled, reached } = await startWholeServer();
		const { id } = await hire('helper', { restart: { policy: 'temporary' } });
		await ask(id, 'crash');
		await reached(id, 'failed.resting');

		expect(await refusalOf(ask(id, 'say hello'))).toMatchObject({ code: 'agent_not_running', state: 'failed.resting' });
		const prompt = await ask(id, 'say hello', { start: true });
		expect(await settled(prompt.id)).toMatchObject({ status: 'finished', generation: 2 });
	});

	test('[AG18] are refused when as many as may are waiting', async () => {
		const { create, ask, api } = await startWholeServer({ overrides: { maxQueuedPrompts: 3 } });
		const { id } = await create('helper', { autoStart: false });
		for (const number of [1, 2, 3]) await ask(id, `say ${number}`);

		expect(await refusalOf(ask(id, 'say 4'))).toMatchObject({ status: 429, code: 'queue_full', actual: 3 });
		expect(await refusalOf(ask(id, 'say 4', { start: true }))).toMatchObject({ code: 'queue_full' });
		expect(await api.agent(id)).toMatchObject({ executionState: 'pending', queuedPrompts: 3 });
	});

	test('[AG20, AG22] that wait can be taken back; those that ended cannot', async () => {
		const { hire, ask, api, begun, post, settled } = await startWholeServer();
		const { id } = await hire('helper');
		const running = await ask(id, 'permission proceed');
		const waiting = await ask(id, 'say never');
		await begun(running.id);

		expect(await post(`/prompts/${waiting.id}/cancel`, {})).toMatchObject({ status: 'cancelled' });
		expect(await api.agent(id)).toMatchObject({ queuedPrompts: 0, executionState: 'busy' });
		expect(await post(`/prompts/${running.id}/cancel`, {})).toMatchObject({ id: running.id });
		expect(await settled(running.id)).toMatchObject({ status: 'cancelled', result: { stopReason: 'cancelled' } });
		for (const prompt of [running, waiting]) {
			expect(await refusalOf(post(`/prompts/${prompt.id}/cancel`, {}))).toMatchObject({
				status: 409,
				code: 'prompt_settled',
				actual: 'cancelled',
			});
		}
	});

	test('[AG21] may be waited for: the answer comes when the turn has ended', async () => {
		const { hire, api } = await startWholeServer();
		const { id } = await hire('helper');
		const prompt = await api.submitPrompt(id, { text: 'wait 50ms; say done' }, 20);
		expect(prompt).toMatchObject({ status: 'finished', result: { text: 'done' } });
	});
});
