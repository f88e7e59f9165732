import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/http-world.ts';

let world: World;
let agentId: string;
let workflowId: string;
beforeEach(async () => {
	world = await startWorld({ settings: { bodyLimitBytes: String(2 ** 22) } });
	agentId = await world.createAgent('worker');
	const body = { name: 'triage', agent: 'worker', trigger: { type: 'manual' }, template: 'Do it' };
	workflowId = (await world.call('POST', '/workflows', { body })).body.id;
});
afterEach(() => world.close());

const item = {
	sourceId: 'issue:1',
	title: 'Broken',
	body: 'It does not work',
	url: 'https://example.org/1',
	labels: ['bug'],
	metadata: { nested: { deep: [1] } },
	priority: 5,
};
const { priority: _priority, ...shownItem } = item;

async function trigger(body: object = {}): Promise<string> {
	const { status, body: answer } = await world.call('POST', '/workflows/triage/trigger', { body });
	expect(status, JSON.stringify(answer)).toBe(202);
	return answer.id;
}

const update = (table: string, id: string, set: Record<string, string | number | null>) =>
	world.store.commit([{ records: [{ op: 'update', table, id, set }] }]);

function insertPrompt(id: string, key: string | null, error: string | null = null) {
	const row = {
		id,
		agent_id: agentId,
		status: 'failed',
		text: 'Do it',
		idempotency_key: key,
		repeatable: false,
		error,
	};
	const times = { created_at: 1_000, finished_at: 2_000 };
	return world.store.commit([{ records: [{ op: 'insert', table: 'prompts', row: { ...row, ...times } }] }]);
}

describe('dispatches', () => {
	it('a work item handed in is answered as a dispatch, with every field of the contract', async () => {
		const { status, headers, body } = await world.call('POST', '/workflows/triage/trigger', { body: item });
		expect(status).toBe(202);
		expect(headers.get('location')).toBe(`/dispatches/${body.id}`);
		expect(body).toEqual({
			id: expect.stringMatching(/^dsp_/),
			workflowId,
			sourceId: 'issue:1',
			title: 'Broken',
			status: 'pending',
			attempts: 0,
			maxAttempts: 3,
			nextAttemptAt: expect.stringMatching(/Z$/),
			promptId: null,
			error: null,
			url: 'https://example.org/1',
			createdAt: expect.any(String),
			updatedAt: expect.any(String),
			finishedAt: null,
			item: shownItem,
			prompts: [],
		});
		expect(world.store.rows('dispatches')).toEqual([expect.objectContaining({ priority: 5 })]);
		expect((await world.call('GET', `/dispatches/${body.id}`)).body).toEqual(body);
		expect(await trigger({ sourceId: 'issue:1', title: 'Again' })).toBe(body.id);
		expect(await trigger()).not.toBe(body.id);
	});

	it('one shows the prompts of its attempts, and no others', async () => {
		const id = await trigger(item);
		const error = { code: 'turn_failed', message: 'No', retryable: true };
		await insertPrompt('pmt_1', `${id}/1`, JSON.stringify(error));
		await insertPrompt('pmt_2', `${id}/2`);
		await insertPrompt('pmt_3', `${id}x/1`);
		await insertPrompt('pmt_4', null);
		const set = { status: 'failed', prompt_id: 'pmt_2', attempts: 2, next_attempt_at: null, finished_at: 2_000 };
		await update('dispatches', id, { ...set, error: JSON.stringify(error) });
		const { body } = await world.call('GET', `/dispatches/${id}`);
		expect(body).toMatchObject({
			status: 'failed',
			promptId: 'pmt_2',
			attempts: 2,
			nextAttemptAt: null,
			finishedAt: '1970-01-01T00:00:02.000Z',
			error: { ...error, detail: null },
		});
		const shared = { status: 'failed', createdAt: '1970-01-01T00:00:01.000Z', finishedAt: '1970-01-01T00:00:02.000Z' };
		expect(body.prompts).toEqual([
			{ id: 'pmt_1', ...shared, error: { ...error, detail: null } },
			{ id: 'pmt_2', ...shared, error: null },
		]);
	});

	it('are listed newest first, by status and in pages, without their items', async () => {
		const ids = [await trigger(item), await trigger(), await trigger()];
		const other = { name: 'other', agent: 'worker', trigger: { type: 'manual' }, template: 'Do it' };
		await world.call('POST', '/workflows', { body: other });
		await world.call('POST', '/workflows/other/trigger');
		await update('dispatches', String(ids[1]), { status: 'failed' });
		const list = async (query: string) => {
			const { body } = await world.call('GET', `/workflows/triage/dispatches${query}`);
			const places = body.items.map(({ id }: { id: string }) => ids.indexOf(id));
			return `${places.join('')} of ${body.total}`;
		};
		expect(await list('')).toBe('210 of 3');
		expect(await list('?limit=1&offset=1')).toBe('1 of 3');
		expect(await list('?status=failed')).toBe('1 of 1');
		expect(await list('?status=pending')).toBe('20 of 2');
		expect((await world.call('GET', '/workflows/triage/dispatches?status=lost')).status).toBe(400);
		const { body } = await world.call('GET', `/workflows/${workflowId}/dispatches`);
		expect(body.items[2]).toMatchObject({ id: ids[0], url: item.url });
		expect(body.items[2]).not.toHaveProperty('item');
	});

	it('one that is settled is sent again', async () => {
		const id = await trigger();
		expect(await world.call('POST', `/dispatches/${id}/retry`)).toMatchObject({
			status: 409,
			body: { code: 'dispatch_outstanding' },
		});
		await update('dispatches', id, { status: 'failed' });
		expect(await world.call('POST', `/dispatches/${id}/retry`)).toMatchObject({
			status: 202,
			body: { id, status: 'pending', prompts: [] },
		});
		expect((await world.call('POST', `/dispatches/${id}/retry`, { body: { again: true } })).status).toBe(400);
	});

	it('answers what is not there, or may not be', async () => {
		const refusals: ReadonlyArray<readonly [number, string, string, string]> = [
			[404, 'workflow_not_found', 'POST', '/workflows/wfl_none/trigger'],
			[404, 'workflow_not_found', 'GET', '/workflows/wfl_none/dispatches'],
			[404, 'dispatch_not_found', 'GET', '/dispatches/dsp_none'],
			[404, 'dispatch_not_found', 'POST', '/dispatches/dsp_none/retry'],
			[405, 'method_not_allowed', 'DELETE', '/dispatches/dsp_none'],
		];
		for (const [status, code, method, path] of refusals)
			expect(await world.call(method, path), `${method} ${path}`).toMatchObject({ status, body: { code } });
		await world.call('POST', '/workflows/triage/disable');
		expect(await world.call('POST', '/workflows/triage/trigger')).toMatchObject({
			status: 409,
			body: { code: 'workflow_disabled' },
		});
	});

	it('are made once for an Idempotency-Key, and sent again once', async () => {
		const headers = { 'idempotency-key': 'k' };
		const first = await world.call('POST', '/workflows/triage/trigger', { body: {}, headers });
		const again = await world.call('POST', '/workflows/triage/trigger', { body: {}, headers });
		expect(again).toMatchObject({ status: 202, body: first.body });
		expect(again.headers.get('idempotency-replayed')).toBe('true');
		expect(world.store.rows('dispatches')).toHaveLength(1);
		await update('dispatches', first.body.id, { status: 'failed' });
		for (const replayed of [null, 'true']) {
			const retried = await world.call('POST', `/dispatches/${first.body.id}/retry`, {
				headers: { 'idempotency-key': 'r' },
			});
			expect(retried).toMatchObject({ status: 202, body: { status: 'pending' } });
			expect(retried.headers.get('idempotency-replayed')).toBe(replayed);
		}
	});
});

describe('queues', () => {
	it('take an item, answer it with every field, and answer the first one for a known sourceId', async () => {
		const { status, headers, body } = await world.call('POST', '/queues/night-shift', { body: item });
		expect(status).toBe(201);
		expect(headers.get('location')).toBe(`/queue-items/${body.id}`);
		expect(body).toEqual({
			id: expect.stringMatching(/^qit_/),
			queue: 'night-shift',
			key: 'issue:1',
			item: { ...shownItem, sourceId: body.id },
			priority: 5,
			status: 'ready',
			workflowId: null,
			dispatchId: null,
			visibleAt: null,
			createdAt: expect.any(String),
			updatedAt: expect.any(String),
		});
		expect((await world.call('GET', `/queue-items/${body.id}`)).body).toEqual(body);
		const again = await world.call('POST', '/queues/night-shift', { body: { sourceId: 'issue:1' } });
		expect(again).toMatchObject({ status: 200, body });
		expect(again.headers.get('idempotency-replayed')).toBe('true');
		expect(headers.get('idempotency-replayed')).toBeNull();
		const other = await world.call('POST', '/queues/other', { body: { sourceId: 'issue:1' } });
		expect(other.status).toBe(201);
		expect((await world.call('POST', '/queues/other')).body).toMatchObject({ key: null, priority: 0 });
	});

	it('are listed with their counts, and their items first in line first', async () => {
		const add = async (queue: string, priority: number) =>
			(await world.call('POST', `/queues/${queue}`, { body: { priority } })).body.id;
		const ids = [await add('b', 0), await add('b', 9), await add('b', 0), await add('a', 0)];
		await update('queue_items', ids[2], { status: 'claimed', visible_at: 1_000, dispatch_id: 'dsp_1' });
		expect((await world.call('GET', '/queues')).body).toEqual({
			items: [
				{ name: 'a', counts: { ready: 1, claimed: 0, done: 0, dead: 0 } },
				{ name: 'b', counts: { ready: 2, claimed: 1, done: 0, dead: 0 } },
			],
			total: 2,
			limit: 50,
			offset: 0,
		});
		expect((await world.call('GET', '/queues?limit=1&offset=1')).body).toMatchObject({
			items: [{ name: 'b' }],
			total: 2,
		});
		const list = async (query: string) => {
			const { body } = await world.call('GET', `/queues/b${query}`);
			return `${body.items.map(({ id }: { id: string }) => ids.indexOf(id)).join('')} of ${body.total}`;
		};
		expect(await list('')).toBe('102 of 3');
		expect(await list('?limit=1&offset=1')).toBe('0 of 3');
		expect(await list('?status=claimed')).toBe('2 of 1');
		const claimed = await world.call('GET', '/queues/b?status=claimed');
		expect(claimed.body.items[0]).toMatchObject({ visibleAt: '1970-01-01T00:00:01.000Z', dispatchId: 'dsp_1' });
		expect((await world.call('GET', '/queues/b?status=lost')).status).toBe(400);
		expect((await world.call('GET', '/queues/empty')).body).toMatchObject({ items: [], total: 0 });
	});

	it('have names that fit into an address', async () => {
		for (const name of ['-a', 'a%2Fb', 'a%20b', 'x'.repeat(101)])
			for (const method of ['GET', 'POST'])
				expect(await world.call(method, `/queues/${name}`), `${method} ${name}`).toMatchObject({
					status: 400,
					body: { issues: [{ path: 'params.name' }] },
				});
		expect((await world.call('POST', `/queues/${'x'.repeat(100)}`)).status).toBe(201);
		expect(await world.call('GET', '/queue-items/qit_none')).toMatchObject({
			status: 404,
			body: { code: 'not_found' },
		});
	});

	it('take an item once for an Idempotency-Key', async () => {
		const headers = { 'idempotency-key': 'k' };
		const first = await world.call('POST', '/queues/q', { headers });
		const again = await world.call('POST', '/queues/q', { headers });
		expect(again).toMatchObject({ status: 201, body: first.body });
		expect(world.store.rows('queue_items')).toHaveLength(1);
		expect(await world.call('POST', '/queues/p', { headers })).toMatchObject({ status: 422 });
	});
});

describe('what a work item may be', () => {
	const metadataOf = (bytes: number) => ({ metadata: { a: 'x'.repeat(bytes - 8) } });

	it.each<[string, object]>([
		['body.sourceId', { sourceId: '' }],
		['body.sourceId', { sourceId: 'x'.repeat(256) }],
		['body.title', { title: 'x'.repeat(1_001) }],
		['body.body', { body: 'x'.repeat(2 ** 20 + 1) }],
		['body.url', { url: 'javascript:alert(1)' }],
		['body.url', { url: 'nowhere' }],
		['body.url', { url: `https://example.org/${'x'.repeat(2_000)}` }],
		['body.labels', { labels: Array.from({ length: 101 }, (_, index) => `l${index}`) }],
		['body.labels.0', { labels: ['x'.repeat(101)] }],
		['body.labels.0', { labels: [''] }],
		['body.metadata', metadataOf(256 * 1_024 + 1)],
		['body.metadata', { metadata: { a: 'ü'.repeat(128 * 1_024) } }],
		['body.metadata', { metadata: 'text' }],
		['body.priority', { priority: 1_000_001 }],
		['body.priority', { priority: 0.5 }],
		['body.colour', { colour: 'red' }],
		['body.expectedState', { expectedState: 'waiting' }],
	])('is refused by %s, wherever it is handed in', async (path, wrong) => {
		for (const [where, given, prefix] of [
			['/workflows/triage/trigger', wrong, 'body'],
			['/queues/q', wrong, 'body'],
			['/workflows/preview', { template: 'Do it', item: wrong }, 'body.item'],
		] as const) {
			const answer = await world.call('POST', where, { body: given });
			expect(answer, where).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
			const paths = answer.body.issues.map((issue: { path: string }) => issue.path);
			expect(paths, where).toEqual([path.replace('body', prefix)]);
		}
		expect([...world.store.rows('dispatches'), ...world.store.rows('queue_items')]).toEqual([]);
	});

	it('goes as far as the limits', async () => {
		const largest = {
			sourceId: 'x'.repeat(255),
			title: 'x'.repeat(1_000),
			body: 'x'.repeat(2 ** 20),
			url: `https://example.org/${'x'.repeat(1_980)}`,
			labels: Array.from({ length: 100 }, () => 'x'.repeat(100)),
			...metadataOf(256 * 1_024),
			priority: -1_000_000,
		};
		const { status, body } = await world.call('POST', '/queues/q', { body: largest });
		expect(status).toBe(201);
		expect(body.item.body).toHaveLength(2 ** 20);
	});

	it('fits into a request, whatever the limits of its fields', async () => {
		const answer = await world.call('POST', '/queues/q', { body: { body: 'x'.repeat(2 ** 22) } });
		expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
	});
});
