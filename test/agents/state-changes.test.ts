import { describe, expect, test } from 'vitest';
import { refusalOf, stateOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

describe('all agents', () => {
	test('[AG11, AG12] are killed at once, with a reason, whatever they are doing', async () => {
		const { hire, ask, begun, api, post, events, reached } = await startWholeServer();
		const [idle, busy] = [await hire('idle'), await hire('busy')];
		const resting = await hire('resting');
		await api.command(resting.id, 'stop', {});
		await begun((await ask(busy.id, 'hang')).id);

		expect(await refusalOf(post('/agents/kill-all', {}))).toMatchObject({ status: 400, code: 'invalid_request' });
		expect(await post('/agents/kill-all', { reason: 'fire drill' })).toEqual({
			total: 2,
			killed: 2,
			failed: 0,
			errors: [],
		});
		for (const { id } of [idle, busy]) {
			await reached(id, 'stopped');
			const last = (await api.transitions(id)).items.findLast(({ to }) => to === 'stopped');
			expect(last?.event).toMatchObject({ type: 'KILL', reason: 'fire drill', by: expect.any(String) });
		}
		expect(events.ofTopic('prompt.interrupted')).toHaveLength(1);
	});
});

describe('the general form of a state change', () => {
	test('[P3, DU5] leads where it says, or is refused', async () => {
		const { hire, post, api } = await startWholeServer();
		const { id } = await hire('helper');
		const change = (body: object) => post<{ executionState: string }>(`/agents/${id}/transitions`, body);

		expect(stateOf((await change({ target: 'idle.suspended', trigger: 'Suspended' })) as never)).toBe('idle.suspended');
		expect(stateOf((await change({ target: 'idle', trigger: 'Resumed' })) as never)).toBe('idle.ready');
		expect(await refusalOf(change({ target: 'failed', trigger: 'ProcessCrashed' }))).toMatchObject({
			status: 400,
			code: 'invalid_request',
			expected: expect.arrayContaining(['Spawn', 'Restart', 'UserTerminated']),
		});
		expect(await refusalOf(change({ target: 'idle', trigger: 'UserTerminated' }))).toMatchObject({
			code: 'invalid_request',
			expected: 'stopped',
		});
		expect(await refusalOf(change({ target: 'busy.cancelling', trigger: 'CancelRequested' }))).toMatchObject({
			status: 409,
			code: 'event_refused',
			state: 'idle.ready',
		});
		const before = await api.agent(id);
		const stale = change({ target: 'stopped', trigger: 'UserTerminated', expectedState: 'busy' });
		expect(await refusalOf(stale)).toMatchObject({ status: 409, code: 'stale_state', expected: 'busy' });
		expect(await api.agent(id)).toMatchObject({ version: before.version, executionState: 'idle' });
		const ended = await change({ target: 'stopped', trigger: 'UserTerminated', expectedState: 'idle' });
		expect(ended.executionState).toBe('stopped');
	});

	test('[AG15] may declare an agent unresponsive: its process is ended and it is launched again', async () => {
		const { hire, ask, begun, post, reachedAgain, api } = await startWholeServer();
		const { id } = await hire('helper', { restart: { backoffMs: { initial: 1, max: 1 } } });
		const prompt = await ask(id, 'hang');
		await begun(prompt.id);
		await post(`/agents/${id}/transitions`, {
			target: 'failed',
			trigger: 'Unresponsive',
			reason: 'no word for an hour',
		});

		await reachedAgain(id, 'idle', 2);
		expect(await api.prompt(prompt.id)).toMatchObject({
			status: 'interrupted',
			error: { message: 'no word for an hour' },
		});
	});
});

describe('a change with a condition', () => {
	test('[DU5] is made when it holds, else refused and nothing has happened', async () => {
		const { hire, api, post } = await startWholeServer();
		const { id, version } = await hire('helper');
		const suspend = (headers: Readonly<Record<string, string>>, body: object = {}) =>
			post(`/agents/${id}/suspend`, body, headers);

		expect(await refusalOf(suspend({ 'if-match': `"${version - 1}"` }))).toMatchObject({
			status: 409,
			code: 'stale_state',
			expected: version - 1,
			actual: version,
		});
		expect(await refusalOf(suspend({}, { expectedState: 'busy' }))).toMatchObject({ code: 'stale_state' });
		expect(await api.agent(id)).toMatchObject({ version });
		expect(await suspend({ 'if-match': `"${version}"` }, { expectedState: 'idle' })).toMatchObject({
			substate: 'suspended',
			version: version + 1,
		});
	});
});
