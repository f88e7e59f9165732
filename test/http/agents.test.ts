import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimalAgent, startWorld, type World } from '../support/http-world.ts';

let world: World;
beforeEach(async () => {
	world = await startWorld();
});
afterEach(() => world.close());

const agentFields =
	'budget interruptedTurn policy id name driver cwd executionState substate status activity currentActivity tags version generation pid sessionId startedAt completedAt error restart staleness lastSeenAt usage openRequests queuedPrompts labels createdAt updatedAt';

describe('agents', () => {
	it('answers a new agent with every field of the contract, its version and its address', async () => {
		const { status, headers, body } = await world.call('POST', '/agents', {
			body: { ...minimalAgent, labels: { team: 'core' }, restart: 'transient' },
		});
		expect(status).toBe(201);
		expect(Object.keys(body).sort()).toEqual(agentFields.split(' ').sort());
		expect(headers.get('etag')).toBe('"1"');
		expect(headers.get('location')).toBe(`/agents/${body.id}`);
		expect(body.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		expect(body).toMatchObject({ activity: 'idle', labels: { team: 'core' }, restart: { policy: 'transient' } });
	});

	it('shows how an agent dials in once, when it is made', async () => {
		const { body } = await world.call('POST', '/agents', {
			body: { ...minimalAgent, driver: { kind: 'acp', transport: 'websocket' } },
		});
		expect(body.connect.url).toBe(`ws://127.0.0.1:${world.port}/ws/${body.id}?token=${body.connect.token}`);
		expect((await world.call('GET', `/agents/${body.id}`)).body.connect).toBeUndefined();
		const renewed = await world.call('POST', `/agents/${body.id}/connect-token`);
		expect(renewed.body).toHaveProperty('token');
	});

	it('masks secrets, and keeps the stored value where the mask is sent back', async () => {
		const driver = { kind: 'acp', command: 'agent', env: { API_KEY: 'hush', MODE: 'fast' } };
		const id = await world.createAgent('secretive', { driver });
		const shown = await world.call('GET', `/agents/${id}`);
		expect(shown.body.driver.env).toEqual({ API_KEY: '***', MODE: '***' });
		const patched = await world.call('PATCH', `/agents/${id}`, {
			body: { driver: { ...driver, env: { API_KEY: '***', MODE: 'slow' } } },
		});
		expect(patched.body).toMatchObject({ restartRequired: true, driver: { env: { API_KEY: '***', MODE: '***' } } });
		expect((await world.reads.agent(id))?.driver.env).toEqual({ API_KEY: 'hush', MODE: 'slow' });
		const unknown = await world.call('PATCH', `/agents/${id}`, {
			body: { driver: { kind: 'acp', env: { NEW: '***' } } },
		});
		expect(unknown.status).toBe(400);
		expect(unknown.body.issues).toEqual([expect.objectContaining({ path: 'body.driver.env.NEW' })]);
		const snapshot = await world.call('GET', `/agents/${id}/snapshot`);
		expect(snapshot.body.snapshot.context.driver.env).toEqual({ API_KEY: '***' });
	});

	it('lists by state and labels, in pages', async () => {
		for (let index = 0; index < 5; index += 1)
			await world.createAgent(`a${index}`, { labels: { parity: index % 2 === 0 ? 'even' : 'odd', all: 'yes' } });
		const even = await world.call('GET', '/agents?label=parity=even&label=all=yes&limit=2&offset=2');
		expect(even.body).toMatchObject({ total: 3, limit: 2, offset: 2 });
		expect(even.body.items.map(({ name }: { name: string }) => name)).toEqual(['a4']);
		expect((await world.call('GET', '/agents?executionState=busy')).body.items).toEqual([]);
		expect((await world.call('GET', '/agents')).body).toMatchObject({ total: 5, limit: 50, offset: 0 });
	});

	it('finds an agent by name, runs commands, and answers the agent after the commit', async () => {
		await world.createAgent('worker');
		const started = await world.call('POST', '/agents/worker/start', { body: { reason: 'go' } });
		expect(started).toMatchObject({ status: 200, body: { executionState: 'starting', version: 2 } });
		expect(started.headers.get('etag')).toBe('"2"');
		const refused = await world.call('POST', '/agents/worker/start');
		expect(refused).toMatchObject({
			status: 409,
			body: { code: 'event_refused', state: 'starting', possibleEvents: ['RESTART'] },
		});
		const moved = await world.call('POST', '/agents/worker/transitions', {
			body: { target: 'failed', trigger: 'Test' },
		});
		expect(moved.body.executionState).toBe('failed');
		expect((await world.call('POST', '/agents/kill-all', { body: {} })).status).toBe(400);
		await world.call('POST', '/agents/worker/stop');
		const killed = await world.call('POST', '/agents/kill-all', { body: { reason: 'drill' } });
		expect(killed.body).toEqual({ total: 1, killed: 1, failed: 0, errors: [] });
	});

	it('makes a change only in the version and state asked for', async () => {
		await world.createAgent('worker');
		const wrong = await world.call('POST', '/agents/worker/start', { headers: { 'if-match': '"7"' } });
		expect(wrong).toMatchObject({ status: 409, body: { code: 'stale_state', expected: 7, actual: 1 } });
		const state = await world.call('POST', '/agents/worker/start', { body: { expectedState: 'busy' } });
		expect(state).toMatchObject({ status: 409, body: { code: 'stale_state' } });
		const malformed = await world.call('POST', '/agents/worker/start', { headers: { 'if-match': 'seven' } });
		expect(malformed).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
		const right = await world.call('POST', '/agents/worker/start', { headers: { 'if-match': '"1"' } });
		expect(right.status).toBe(200);
	});

	it('removes an agent', async () => {
		const id = await world.createAgent('worker');
		expect((await world.call('DELETE', `/agents/${id}`, { headers: { 'if-match': '"9"' } })).status).toBe(409);
		expect(await world.call('DELETE', `/agents/${id}`)).toMatchObject({ status: 204, body: '' });
		expect((await world.call('GET', `/agents/${id}`)).body.code).toBe('agent_not_found');
	});
});

describe('prompts', () => {
	it('accepts a prompt, answers it when it has ended, and cancels one', async () => {
		await world.createAgent('worker');
		const accepted = await world.call('POST', '/agents/worker/prompts', { body: { text: 'hello' } });
		expect(accepted).toMatchObject({ status: 202, body: { status: 'queued', text: 'hello', result: null } });
		expect(accepted.headers.get('location')).toBe(`/prompts/${accepted.body.id}`);
		const cancelled = await world.call('POST', `/prompts/${accepted.body.id}/cancel`);
		expect(cancelled.body.status).toBe('cancelled');
		expect((await world.call('POST', `/prompts/${accepted.body.id}/cancel`)).body.code).toBe('prompt_settled');

		const waiting = world.call('POST', '/agents/worker/prompts?wait=20', { body: { text: 'work' } });
		const queued = await untilDefined(async () => {
			const { body } = await world.call('GET', '/agents/worker/prompts?status=queued');
			return body.items[0];
		});
		await world.fleet.finishPrompt(queued.id);
		expect(await waiting).toMatchObject({ status: 200, body: { status: 'finished', result: { text: 'done' } } });
		expect((await world.call('GET', '/agents/worker/prompts')).body.total).toBe(2);
	});

	it('answers a waiting client when the server closes', async () => {
		await world.createAgent('worker');
		const waiting = world.call('POST', '/agents/worker/prompts?wait=20', { body: { text: 'work' } });
		await untilDefined(async () => world.store.rows('prompts')[0]);
		await world.close();
		expect(await waiting).toMatchObject({ status: 202, body: { status: 'queued' } });
	});

	it('answers the first prompt of its idempotencyKey', async () => {
		await world.createAgent('worker');
		const body = { text: 'once', idempotencyKey: 'k' };
		const first = await world.call('POST', '/agents/worker/prompts', { body });
		const second = await world.call('POST', '/agents/worker/prompts', { body });
		expect(second.body.id).toBe(first.body.id);
		expect(second.headers.get('idempotency-replayed')).toBe('true');
		expect(first.headers.get('idempotency-replayed')).toBeNull();
	});

	it('takes content in place of text, and one of the two', async () => {
		await world.createAgent('worker');
		const content = [
			{ type: 'text', text: 'look' },
			{ type: 'resource_link', uri: 'file:///a.txt', name: 'a' },
		];
		const accepted = await world.call('POST', '/agents/worker/prompts', { body: { content } });
		expect(accepted.body.text).toBe('look\n[resource_link]');
		for (const body of [{}, { text: 'a', content }, { content: [{ type: 'sound' }] }])
			expect((await world.call('POST', '/agents/worker/prompts', { body })).status).toBe(400);
	});
});

describe('requests', () => {
	it('are answered once; the second answer is told the first', async () => {
		const id = await world.createAgent('worker');
		const requestId = await world.fleet.openRequest(id, 'May I?');
		const open = await world.call('GET', '/requests?status=open&agentId=worker');
		expect(open.body.items).toEqual([expect.objectContaining({ id: requestId, title: 'May I?', answer: null })]);
		const answered = await world.call('POST', `/requests/${requestId}/answer`, { body: { optionId: 'yes' } });
		expect(answered).toMatchObject({ status: 200, body: { status: 'answered', answeredBy: 'admin' } });
		const second = await world.call('POST', `/requests/${requestId}/answer`, { body: { decline: true } });
		expect(second).toMatchObject({
			status: 409,
			body: { code: 'request_settled', actual: { answer: { optionId: 'yes' }, answeredBy: 'admin' } },
		});
	});

	it('refuses an answer that is none or several', async () => {
		const requestId = await world.fleet.openRequest(await world.createAgent('worker'), 'May I?');
		for (const body of [{}, { optionId: 'yes', decline: true }, { decline: false }, { cancelled: true }])
			expect((await world.call('POST', `/requests/${requestId}/answer`, { body })).status).toBe(400);
		expect((await world.call('GET', `/requests/${requestId}`)).body.status).toBe('open');
		expect((await world.call('GET', '/requests/req_none')).body.code).toBe('request_not_found');
	});
});

async function untilDefined<T>(probe: () => Promise<T | undefined>): Promise<T> {
	const deadline = Date.now() + 10_000;
	for (;;) {
		const found = await probe();
		if (found !== undefined) return found;
		if (Date.now() > deadline) throw new Error('it never came');
		await new Promise((resolve) => setImmediate(resolve));
	}
}
