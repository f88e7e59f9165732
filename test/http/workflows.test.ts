import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/http-world.ts';

let world: World;
let agentId: string;
beforeEach(async () => {
	world = await startWorld();
	agentId = await world.createAgent('worker');
});
afterEach(() => world.close());

const secret = 'open sesame, please';
const webhook = { type: 'webhook', secret };
const minimal = { name: 'triage', agent: 'worker', trigger: { type: 'manual' }, template: 'Do {{ item.title }}' };

async function create(extra: object = {}): Promise<string> {
	const { status, body } = await world.call('POST', '/workflows', { body: { ...minimal, ...extra } });
	expect(status, JSON.stringify(body)).toBe(201);
	return body.id;
}

describe('workflows', () => {
	it('answers a new one with every field of the contract, its version and its address', async () => {
		const trigger = { type: 'cron', expression: '*/5 * * * *', timeZone: 'Europe/Berlin' };
		const { status, headers, body } = await world.call('POST', '/workflows', {
			body: {
				...minimal,
				trigger,
				policy: { mode: 'allow_list', allow: ['Read'] },
				retry: { maxAttempts: 5, interrupted: 'leave' },
			},
		});
		expect(status).toBe(201);
		expect(headers.get('etag')).toBe('"1"');
		expect(headers.get('location')).toBe(`/workflows/${body.id}`);
		expect(body).toEqual({
			id: expect.stringMatching(/^wfl_/),
			name: 'triage',
			agentId,
			trigger,
			template: minimal.template,
			enabled: true,
			policy: { mode: 'allow_list', allow: ['Read'] },
			retry: { maxAttempts: 5, backoffMs: { initial: 1_000, max: 60_000 }, interrupted: 'leave' },
			version: 1,
			runner: { state: 'absent', nextAt: null, lastError: null },
			createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
			updatedAt: expect.any(String),
		});
		expect((await world.call('GET', '/workflows/triage')).body).toEqual(body);
		expect((await world.call('GET', `/workflows/${body.id}`)).headers.get('etag')).toBe('"1"');
	});

	it('shows what the runner does, and what went wrong last', async () => {
		const id = await create();
		const runnerError = { code: 'rate_limited', message: 'Wait', retryable: true };
		const set = { runner_state: 'backingOff', runner_next_at: 1_000, runner_error: JSON.stringify(runnerError) };
		await world.store.commit([{ records: [{ op: 'update', table: 'workflows', id, set }] }]);
		expect((await world.call('GET', `/workflows/${id}`)).body.runner).toEqual({
			state: 'backingOff',
			nextAt: '1970-01-01T00:00:01.000Z',
			lastError: { ...runnerError, detail: null },
		});
	});

	it('lists by agent and by whether they are enabled, by name and in pages', async () => {
		await world.createAgent('other');
		await create({ name: 'c' });
		await create({ name: 'a', enabled: false });
		await create({ name: 'b', agent: 'other' });
		const list = async (query: string) => {
			const { body } = await world.call('GET', `/workflows${query}`);
			return `${body.items.map(({ name }: { name: string }) => name).join('')} of ${body.total}`;
		};
		expect(await list('')).toBe('abc of 3');
		expect(await list('?limit=1&offset=1')).toBe('b of 3');
		expect(await list('?agentId=worker')).toBe('ac of 2');
		expect(await list(`?agentId=${agentId}&enabled=true`)).toBe('c of 1');
		expect(await list('?enabled=false')).toBe('a of 1');
		expect(await list('?agentId=nobody')).toBe(' of 0');
		expect((await world.call('GET', '/workflows?enabled=maybe')).status).toBe(400);
		expect((await world.call('GET', '/workflows?colour=red')).status).toBe(400);
	});

	it('replaces the whole configuration, and what is left out is as if it had never been set', async () => {
		const id = await create({ policy: { mode: 'allow_all' }, retry: { maxAttempts: 9 }, enabled: false });
		const { status, headers, body } = await world.call('PUT', '/workflows/triage', {
			body: { ...minimal, name: 'sorting', template: 'Other' },
		});
		expect({ status, etag: headers.get('etag') }).toEqual({ status: 200, etag: '"2"' });
		expect(body).toMatchObject({ id, name: 'sorting', template: 'Other', enabled: true, policy: null, version: 2 });
		expect(body.retry.maxAttempts).toBe(3);
		expect((await world.call('PUT', `/workflows/${id}`, { body: { template: 'Only this' } })).status).toBe(400);
	});

	it('enables, disables and removes', async () => {
		const id = await create();
		const disabled = await world.call('POST', '/workflows/triage/disable');
		expect(disabled).toMatchObject({ status: 200, body: { id, enabled: false, version: 2 } });
		expect((await world.call('POST', `/workflows/${id}/enable`)).body).toMatchObject({ enabled: true, version: 3 });
		expect(await world.call('DELETE', '/workflows/triage')).toMatchObject({ status: 204, body: '' });
		expect(await world.call('GET', `/workflows/${id}`)).toMatchObject({
			status: 404,
			body: { code: 'workflow_not_found' },
		});
	});

	it('makes a change only in the version asked for', async () => {
		await create();
		const changes: ReadonlyArray<readonly [string, string, object | undefined]> = [
			['PUT', '/workflows/triage', minimal],
			['POST', '/workflows/triage/disable', undefined],
			['POST', '/workflows/triage/enable', undefined],
			['DELETE', '/workflows/triage', undefined],
		];
		for (const [method, path, body] of changes) {
			const stale = await world.call(method, path, { body, headers: { 'if-match': '"7"' } });
			expect(stale, `${method} ${path}`).toMatchObject({
				status: 409,
				body: { code: 'stale_state', expected: 7, actual: 1 },
			});
		}
		const right = await world.call('PUT', '/workflows/triage', { body: minimal, headers: { 'if-match': '"1"' } });
		expect(right).toMatchObject({ status: 200, body: { version: 2 } });
	});

	it('tells who asks', async () => {
		const { body } = await world.call('POST', '/tokens', { body: { name: 'ada', scopes: ['admin'] } });
		await world.call('POST', '/workflows', { body: minimal, token: body.token });
		expect(world.workflows.asked).toEqual([expect.objectContaining({ by: 'ada' })]);
	});

	it('answers what the service refuses', async () => {
		await create();
		await create({ name: 'other' });
		const refusals: ReadonlyArray<readonly [number, string, string, string, object | undefined]> = [
			[409, 'workflow_name_taken', 'POST', '/workflows', minimal],
			[409, 'workflow_name_taken', 'PUT', '/workflows/triage', { ...minimal, name: 'other' }],
			[404, 'agent_not_found', 'POST', '/workflows', { ...minimal, name: 'a', agent: 'nobody' }],
			[404, 'agent_not_found', 'PUT', '/workflows/triage', { ...minimal, agent: 'nobody' }],
			[422, 'template_invalid', 'POST', '/workflows', { ...minimal, name: 'a', template: '{% bad' }],
			[422, 'template_invalid', 'PUT', '/workflows/triage', { ...minimal, template: '{% bad' }],
			[422, 'template_invalid', 'POST', '/workflows/preview', { template: '{% bad' }],
			[404, 'workflow_not_found', 'PUT', '/workflows/wfl_none', minimal],
			[404, 'workflow_not_found', 'DELETE', '/workflows/wfl_none', undefined],
			[404, 'workflow_not_found', 'POST', '/workflows/wfl_none/enable', undefined],
			[404, 'workflow_not_found', 'POST', '/workflows/wfl_none/disable', undefined],
			[404, 'workflow_not_found', 'GET', '/workflows/wfl_none', undefined],
			[405, 'method_not_allowed', 'PATCH', '/workflows/triage', {}],
		];
		for (const [status, code, method, path, body] of refusals)
			expect(await world.call(method, path, { body }), `${method} ${path} ${code}`).toMatchObject({
				status,
				body: { code },
			});
	});

	it('does once what comes twice with one Idempotency-Key', async () => {
		const send = (method: string, path: string, key: string, body?: object) =>
			world.call(method, path, { body, headers: { 'idempotency-key': key } });
		const first = await send('POST', '/workflows', 'k1', minimal);
		const again = await send('POST', '/workflows', 'k1', minimal);
		expect(again).toMatchObject({ status: 201, body: first.body });
		expect(again.headers.get('idempotency-replayed')).toBe('true');
		expect(await send('POST', '/workflows', 'k1', { ...minimal, name: 'b' })).toMatchObject({ status: 422 });
		const path = `/workflows/${first.body.id}`;
		for (const [method, suffix, body] of [
			['PUT', '', minimal],
			['POST', '/disable', undefined],
			['POST', '/enable', undefined],
			['DELETE', '', undefined],
		] as const) {
			const before = world.workflows.asked.length;
			const done = await send(method, path + suffix, `${method}${suffix}`, body);
			const repeated = await send(method, path + suffix, `${method}${suffix}`, body);
			expect(repeated, method + suffix).toMatchObject({ status: done.status, body: done.body });
			expect(repeated.headers.get('idempotency-replayed')).toBe('true');
			expect(world.workflows.asked).toHaveLength(before + 1);
		}
	});
});

describe('secrets of triggers', () => {
	it('are answered as a mask, wherever a workflow is', async () => {
		const id = await create({ trigger: webhook });
		const answers = [
			await world.call('GET', `/workflows/${id}`),
			await world.call('GET', '/workflows'),
			await world.call('PUT', `/workflows/${id}`, { body: { ...minimal, trigger: webhook } }),
			await world.call('POST', `/workflows/${id}/disable`),
			await world.call('PUT', `/workflows/${id}`, {
				body: { ...minimal, trigger: webhook },
				headers: { 'if-match': '"1"' },
			}),
			await world.call('PUT', `/workflows/${id}`, { body: { ...minimal, trigger: { ...webhook, colour: 'red' } } }),
			await world.call('POST', '/workflows', { body: { ...minimal, trigger: { ...webhook, source: 'nowhere' } } }),
			await world.call('POST', '/workflows', { body: { ...minimal, trigger: webhook } }),
			await world.call('GET', '/openapi.json'),
		];
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 409, 400, 400, 409, 200]);
		for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(secret);
		for (const at of [0, 2, 3]) expect(answers[at]?.body.trigger).toEqual({ type: 'webhook', secret: '***' });
		expect(JSON.stringify(world.log)).not.toContain(secret);
		expect((await world.reads.workflow(id))?.trigger).toEqual(webhook);
	});

	it('are kept when the mask is sent back, and changed by anything else', async () => {
		const id = await create({ trigger: webhook });
		const put = (trigger: object) => world.call('PUT', `/workflows/${id}`, { body: { ...minimal, trigger } });
		const kept = await put({ type: 'webhook', secret: '***', source: 'github' });
		expect(kept).toMatchObject({ status: 200, body: { trigger: { secret: '***', source: 'github' } } });
		expect((await world.reads.workflow(id))?.trigger).toEqual({ ...webhook, source: 'github' });
		await put({ type: 'webhook', secret: 'another secret' });
		expect((await world.reads.workflow(id))?.trigger.secret).toBe('another secret');
	});

	it('are asked for where none is stored', async () => {
		const masked = { ...minimal, trigger: { type: 'webhook', secret: '***' } };
		const id = await create();
		for (const [method, path] of [
			['POST', '/workflows'],
			['PUT', `/workflows/${id}`],
		] as const)
			expect(await world.call(method, path, { body: masked })).toMatchObject({
				status: 400,
				body: { code: 'invalid_request', issues: [{ path: 'body.trigger.secret' }] },
			});
		expect((await world.reads.workflow(id))?.trigger).toEqual({ type: 'manual' });
	});
});

describe('a preview', () => {
	it('hands template, item, agent and name to the service, and needs no more than to read', async () => {
		const { body: reader } = await world.call('POST', '/tokens', { body: { name: 'reader', scopes: ['read'] } });
		const asked = { template: 'Do {{ item.title }}', item: { title: 'it' }, agent: 'worker', workflowName: 'w' };
		const { status, body } = await world.call('POST', '/workflows/preview', { body: asked, token: reader.token });
		expect(status).toBe(200);
		expect(JSON.parse(body.text)).toEqual(asked);
		expect((await world.call('POST', '/workflows/preview', { body: {} })).status).toBe(400);
	});

	it('of a trigger tells when it fires next, and where it makes no sense', async () => {
		const preview = (trigger: object) => world.call('POST', '/workflows/preview-trigger', { body: { trigger } });
		expect((await preview({ type: 'cron', expression: '0 9 * * *' })).body).toEqual({
			nextAt: ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:02.000Z'],
		});
		expect((await preview({ type: 'manual' })).body).toEqual({ nextAt: [] });
		expect(await preview({ type: 'cron', expression: '61 9 * * *' })).toMatchObject({
			status: 400,
			body: { issues: [{ path: 'body.trigger.expression' }] },
		});
	});

	it('does not stand in the way of a workflow of that name', async () => {
		const id = await create({ name: 'preview' });
		expect((await world.call('GET', '/workflows/preview')).body.id).toBe(id);
		expect((await world.call('DELETE', '/workflows/preview')).status).toBe(204);
	});
});

describe('what a workflow may be', () => {
	const kibibyte = 1_024;
	const retry = (fields: object) => ({ retry: fields });
	const trigger = (fields: object) => ({ trigger: fields });

	it.each<[string, object]>([
		['body.name', { name: '' }],
		['body.name', { name: 'x'.repeat(101) }],
		['body.name', { name: 'wfl_1' }],
		['body.name', { name: 'a/b' }],
		['body.name', { name: 'a\nb' }],
		['body.agent', { agent: '' }],
		['body.agent', { agent: 'x'.repeat(101) }],
		['body.template', { template: '' }],
		['body.template', { template: 'x'.repeat(64 * kibibyte + 1) }],
		['body.template', { template: 'ü'.repeat(32 * kibibyte + 1) }],
		['body.policy.mode', { policy: { mode: 'maybe' } }],
		['body.policy', { policy: [] }],
		['body.enabled', { enabled: 'yes' }],
		['body.retry.maxAttempts', retry({ maxAttempts: 0 })],
		['body.retry.maxAttempts', retry({ maxAttempts: 101 })],
		['body.retry.maxAttempts', retry({ maxAttempts: 1.5 })],
		['body.retry.backoffMs.initial', retry({ backoffMs: { initial: -1, max: 1 } })],
		['body.retry.backoffMs.max', retry({ backoffMs: { initial: 1, max: 86_400_001 } })],
		['body.retry.backoffMs.max', retry({ backoffMs: { initial: 1 } })],
		['body.retry.interrupted', retry({ interrupted: 'ask' })],
		['body.retry.colour', retry({ colour: 'red' })],
		['body.trigger.type', trigger({ type: 'telepathy' })],
		['body.trigger.secret', trigger({ type: 'webhook', secret: 'short' })],
		['body.trigger.secret', trigger({ type: 'webhook', secret: 'x'.repeat(1_001) })],
		['body.trigger.expression', trigger({ type: 'cron', expression: 'every day' })],
		['body.trigger.colour', trigger({ type: 'manual', colour: 'red' })],
		['body.colour', { colour: 'red' }],
		['body.expectedState', { expectedState: 'waiting' }],
	])('is refused by %s', async (path, wrong) => {
		const { status, body } = await world.call('POST', '/workflows', { body: { ...minimal, ...wrong } });
		expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
		expect(body.issues.map((issue: { path: string }) => issue.path)).toContain(path);
		expect(world.store.rows('workflows')).toEqual([]);
		await create();
		const replaced = await world.call('PUT', '/workflows/triage', { body: { ...minimal, ...wrong } });
		expect(replaced.body.issues).toEqual(body.issues);
	});

	it('goes as far as the limits', async () => {
		await create({
			name: 'x'.repeat(100),
			template: 'ü'.repeat(32 * kibibyte),
			policy: { mode: 'allow_list', allow: Array.from({ length: 500 }, () => 'x'.repeat(200)) },
			retry: { maxAttempts: 100, backoffMs: { initial: 0, max: 86_400_000 }, interrupted: 'retry' },
			trigger: { type: 'webhook', secret: 'x'.repeat(1_000) },
		});
		await create({ name: 'agt_1', trigger: { type: 'webhook', secret: 'x'.repeat(8) } });
	});

	it('takes no body where there is nothing to say', async () => {
		await create();
		for (const [method, path] of [
			['POST', '/workflows/triage/enable'],
			['POST', '/workflows/triage/disable'],
			['DELETE', '/workflows/triage'],
		] as const)
			expect(await world.call(method, path, { body: { expectedState: 'waiting' } })).toMatchObject({
				status: 400,
				body: { issues: [{ path: 'body.expectedState' }] },
			});
	});
});

describe('scopes', () => {
	it('a workflow is changed by an administrator, triggered by whoever may prompt, read by whoever may read', async () => {
		const id = await create();
		const attempts: Readonly<Record<string, ReadonlyArray<readonly [string, string, object?]>>> = {
			read: [
				['GET', '/workflows'],
				['GET', `/workflows/${id}`],
				['GET', `/workflows/${id}/dispatches`],
				['GET', '/dispatches/dsp_none'],
				['GET', '/queues'],
				['GET', '/queues/q'],
				['GET', '/queue-items/qit_none'],
				['POST', '/workflows/preview', { template: 'a' }],
				['POST', '/workflows/preview-trigger', { trigger: { type: 'manual' } }],
			],
			prompt: [
				['POST', `/workflows/${id}/trigger`],
				['POST', '/dispatches/dsp_none/retry'],
				['POST', '/queues/q'],
			],
			admin: [
				['POST', '/workflows', { ...minimal, name: 'another' }],
				['PUT', `/workflows/${id}`, minimal],
				['POST', `/workflows/${id}/disable`],
				['POST', `/workflows/${id}/enable`],
				['DELETE', `/workflows/${id}`],
			],
		};
		for (const scope of ['read', 'prompt', 'answer', 'admin']) {
			const made = await world.call('POST', '/tokens', { body: { name: `only-${scope}`, scopes: [scope] } });
			for (const [needed, calls] of Object.entries(attempts)) {
				for (const [method, path, body] of calls) {
					const answer = await world.call(method, path, { token: made.body.token, body });
					const allowed = needed === scope || scope === 'admin';
					if (allowed) expect([200, 201, 202, 204, 404], `${scope} ${method} ${path}`).toContain(answer.status);
					else expect(answer.body, `${scope} ${method} ${path}`).toMatchObject({ code: 'forbidden', expected: needed });
				}
			}
		}
	});
});
