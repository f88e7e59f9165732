import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimalAgent, startWorld, type World } from '../support/http-world.ts';

let world: World;
beforeEach(async () => {
	// Every commit lets other requests in between, so that races happen.
	world = await startWorld({ pause: () => new Promise((resolve) => setTimeout(resolve, 5)) });
});
afterEach(() => world.close());

const withKey = (key: string, body: unknown, more = {}) => ({ body, headers: { 'idempotency-key': key }, ...more });

describe('Idempotency-Key', () => {
	it('answers a repetition with the same status and the resource as it is now', async () => {
		const first = await world.call('POST', '/agents', withKey('k1', minimalAgent));
		await world.call('POST', `/agents/${first.body.id}/start`);
		const again = await world.call('POST', '/agents', withKey('k1', minimalAgent));
		expect(again).toMatchObject({ status: 201, body: { id: first.body.id, executionState: 'starting', version: 2 } });
		expect(again.headers.get('idempotency-replayed')).toBe('true');
		expect(again.headers.get('etag')).toBe('"2"');
		expect(first.headers.get('idempotency-replayed')).toBeNull();
		expect(world.store.rows('agents')).toHaveLength(1);
	});

	it('refuses the key for another request: other body, path or method', async () => {
		const { body } = await world.call('POST', '/agents', withKey('k1', minimalAgent));
		const others = [
			world.call('POST', '/agents', withKey('k1', { ...minimalAgent, name: 'other' })),
			world.call('POST', `/agents/${body.id}/start`, withKey('k1', {})),
			world.call('DELETE', `/agents/${body.id}`, withKey('k1', {})),
		];
		for (const answer of await Promise.all(others))
			expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
		expect(world.store.rows('agents')).toHaveLength(1);
	});

	it('lets one of many racing requests through, and answers all of them alike', async () => {
		const answers = await Promise.all(
			Array.from({ length: 10 }, () => world.call('POST', '/agents', withKey('race', minimalAgent))),
		);
		expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
		expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
		expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
		expect(world.store.rows('agents')).toHaveLength(1);
		expect(world.store.rows('idempotency_keys')).toHaveLength(1);
	});

	it('lets one of racing prompts through, where nothing but the key is unique', async () => {
		await world.createAgent('worker');
		const answers = await Promise.all(
			Array.from({ length: 10 }, () => world.call('POST', '/agents/worker/prompts', withKey('p', { text: 'once' }))),
		);
		expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
		expect(world.store.rows('prompts')).toHaveLength(1);
	});

	it('does a command once, though its repetition would be refused', async () => {
		const id = await world.createAgent('worker');
		const first = await world.call('POST', `/agents/${id}/start`, withKey('s', {}));
		const again = await world.call('POST', `/agents/${id}/start`, withKey('s', {}));
		expect([first.status, again.status]).toEqual([200, 200]);
		expect(again.body.version).toBe(2);
		const other = await world.call('POST', `/agents/${id}/start`, withKey('s2', {}));
		expect(other.body.code).toBe('event_refused');
	});

	it('does not use up the key of a request that was refused', async () => {
		const id = await world.createAgent('worker');
		const options = withKey('r', { expectedState: 'busy' });
		expect((await world.call('POST', `/agents/${id}/start`, options)).status).toBe(409);
		await world.fleet.write([{ op: 'update', table: 'agents', id, set: { execution_state: 'busy' } }], []);
		expect((await world.call('POST', `/agents/${id}/start`, options)).status).toBe(200);
	});

	it('answers the repetition of a removal without the resource', async () => {
		const id = await world.createAgent('worker');
		const options = { headers: { 'idempotency-key': 'gone' } };
		expect((await world.call('DELETE', `/agents/${id}`, options)).status).toBe(204);
		const again = await world.call('DELETE', `/agents/${id}`, options);
		expect(again.status).toBe(204);
		expect(again.headers.get('idempotency-replayed')).toBe('true');
		expect((await world.call('DELETE', `/agents/${id}`)).status).toBe(404);
	});

	it('belongs to the token that used it, and has a decent form', async () => {
		const { body } = await world.call('POST', '/tokens', { body: { name: 'robot', scopes: ['admin'] } });
		await world.call('POST', '/agents', withKey('mine', minimalAgent));
		const theirs = await world.call(
			'POST',
			'/agents',
			withKey('mine', { ...minimalAgent, name: 'theirs' }, { token: body.token }),
		);
		expect(theirs.status).toBe(201);
		for (const key of ['a b', 'x'.repeat(256)])
			expect((await world.call('POST', '/agents', withKey(key, minimalAgent))).body.code).toBe('invalid_request');
	});
});
