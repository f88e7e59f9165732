import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../support/http-world.ts';

let world: World;

beforeEach(async () => {
	world = await startWorld();
	for (const name of ['a', 'b', 'c']) await world.createAgent(name);
});

afterEach(() => world.close());

const all = { name: 'all', strategy: 'one_for_all', members: ['c', 'a'] };

function make(body: object = all, headers: Record<string, string> = {}) {
	return world.call('POST', '/groups', { body, headers });
}

const topics = () =>
	world.store
		.events()
		.map(({ topic }) => topic)
		.filter((topic) => topic.startsWith('group.'));

describe('a group', () => {
	test('[GR12] is made with defaults, its members in order, by name or id', async () => {
		const agent = (await world.call('GET', '/agents/a')).body;
		const { status, headers, body } = await make({ ...all, members: ['c', agent.id] });
		expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, `/groups/${body.id}`, '"1"']);
		expect(body).toMatchObject({ name: 'all', strategy: 'one_for_all', maxRestarts: 3, withinSeconds: 60 });
		expect(body).toMatchObject({ members: [{ name: 'c' }, { id: agent.id, name: 'a' }], state: 'watching' });
		expect((await world.call('GET', '/groups/all')).body).toEqual(body);
		expect((await world.call('GET', '/groups')).body).toMatchObject({ items: [body], total: 1 });
		expect(topics()).toEqual(['group.created']);
	});

	test('made again with the same key is made once', async () => {
		const first = await make(all, { 'idempotency-key': 'k' });
		const again = await make(all, { 'idempotency-key': 'k' });
		expect([again.status, again.body]).toEqual([201, first.body]);
		expect((await world.call('GET', '/groups')).body.total).toBe(1);
	});

	test('[GR12] is replaced on condition of its version', async () => {
		const { body } = await make();
		const change = { name: 'rest', strategy: 'rest_for_one', members: ['a', 'b'], maxRestarts: 0, withinSeconds: 0.5 };
		const put = (version: number) =>
			world.call('PUT', '/groups/all', { body: change, headers: { 'if-match': `"${version}"` } });
		expect((await put(9)).body).toMatchObject({ status: 409, code: 'stale_state' });
		const changed = await put(1);
		expect(changed.body).toMatchObject({ id: body.id, ...change, members: [{ name: 'a' }, { name: 'b' }], version: 2 });
		expect(topics()).toEqual(['group.created', 'group.updated']);
	});

	test('[GR9] is removed, and its members are free', async () => {
		const { body } = await make();
		expect((await world.call('DELETE', `/groups/${body.id}`)).status).toBe(204);
		expect((await world.call('GET', '/groups/all')).body).toMatchObject({ status: 404, code: 'group_not_found' });
		expect((await make()).status).toBe(201);
		expect(topics()).toEqual(['group.created', 'group.deleted', 'group.created']);
		expect(await world.store.readActor(`group:${body.id}`)).toBeUndefined();
	});

	test('is reset at any time', async () => {
		await make();
		const answer = await world.call('POST', '/groups/all/reset', { body: { reason: 'mended' } });
		expect([answer.status, answer.body.state, answer.body.version]).toEqual([200, 'watching', 2]);
	});
});

describe('what is refused', () => {
	test('[GR10] members that do not exist, are named twice, or are in another group, all at once', async () => {
		await make({ ...all, members: ['a'] });
		const { status, body } = await make({ ...all, name: 'other', members: ['nobody', 'b', 'b', 'a'] });
		expect([status, body.code]).toEqual([400, 'invalid_request']);
		expect(body.issues).toEqual([
			{ path: 'members.0', message: 'there is no agent "nobody"' },
			{ path: 'members.2', message: 'b is named twice' },
			{ path: 'members.3', message: 'a is in the group all, and an agent is in one group at most' },
		]);
		expect((await world.call('PUT', '/groups/all', { body: { ...all, members: ['b', 'a'] } })).status).toBe(200);
	});

	test('[GR10] a name that is taken, on creation and on change', async () => {
		const { body } = await make();
		const taken = { status: 409, code: 'group_name_taken', actual: body.id };
		expect((await make({ ...all, members: ['b'] })).body).toMatchObject(taken);
		await make({ ...all, name: 'other', members: ['b'] });
		const renamed = await world.call('PUT', '/groups/other', { body: { ...all, members: ['b'] } });
		expect(renamed.body).toMatchObject(taken);
		expect((await world.call('GET', '/groups/other')).body.version).toBe(1);
	});

	test.each([
		['a strategy that is none', { ...all, strategy: 'all_for_one' }],
		['a name like an id', { ...all, name: 'grp_1' }],
		['a window of no length', { ...all, withinSeconds: 0 }],
		['half a restart', { ...all, maxRestarts: 0.5 }],
		['what is unknown', { ...all, colour: 'red' }],
	])('%s', async (_title, body) => {
		expect((await make(body)).body).toMatchObject({ status: 400, code: 'invalid_request' });
		expect((await world.call('GET', '/groups')).body.total).toBe(0);
	});

	test.each([
		['GET', '/groups/none'],
		['PUT', '/groups/none'],
		['DELETE', '/groups/none'],
		['POST', '/groups/none/reset'],
		['POST', '/quarantine/group:none/reset'],
	])('%s %s', async (method, path) => {
		const answer = await world.call(method, path, method === 'PUT' ? { body: all } : {});
		expect(answer.body).toMatchObject({ status: 404, code: 'group_not_found' });
	});
});
