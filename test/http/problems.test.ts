import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type CallOptions, minimalAgent, startWorld, type World, type WorldOptions } from '../support/http-world.ts';

let world: World;
async function start(options: WorldOptions = {}): Promise<World> {
	world = await startWorld(options);
	return world;
}
afterEach(() => world.close());

const text = (body: string, contentType = 'application/json'): CallOptions => ({
	body,
	headers: { 'content-type': contentType },
});

const nest = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('problem+json', () => {
	it('answers each bad input with its code, its status and its type', async () => {
		await start({ settings: { bodyLimitBytes: '2048' } });
		const bad: Array<[number, string, string, string, CallOptions]> = [
			[400, 'malformed_json', 'POST', '/agents', text('{"name":')],
			[400, 'malformed_json', 'POST', '/agents', text('"a string"')],
			[413, 'body_too_large', 'POST', '/agents', text(JSON.stringify({ name: 'x'.repeat(3000) }))],
			[415, 'unsupported_media_type', 'POST', '/agents', text('name=a', 'application/x-www-form-urlencoded')],
			[415, 'unsupported_media_type', 'POST', '/agents', text('{}', 'application/json; charset=latin1')],
			[400, 'invalid_request', 'POST', '/agents', { body: [] }],
			[400, 'invalid_request', 'POST', '/agents', { body: {} }],
			[400, 'invalid_request', 'GET', '/agents?limit=0', {}],
			[400, 'invalid_request', 'GET', '/agents?limit=201', {}],
			[400, 'invalid_request', 'GET', '/agents?offset=-1', {}],
			[400, 'invalid_request', 'GET', '/agents?executionstate=idle', {}],
			[400, 'invalid_request', 'GET', '/agents/%E0%A4%A', {}],
			[404, 'not_found', 'GET', '/nowhere', {}],
			[404, 'agent_not_found', 'GET', '/agents/agt_none', {}],
			[404, 'agent_not_found', 'GET', '/agents/agt_none/transitions', {}],
			[404, 'agent_not_found', 'POST', '/agents/agt_none/start', {}],
			[404, 'prompt_not_found', 'GET', '/prompts/pmt_none', {}],
			[404, 'not_found', 'GET', '/machines/none', {}],
			[405, 'method_not_allowed', 'PUT', '/agents', {}],
		];
		for (const [status, code, method, path, options] of bad) {
			const answer = await world.call(method, path, options);
			expect(answer, `${method} ${path} ${code}`).toMatchObject({ status, body: { status, code } });
			expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
			expect(answer.body).toMatchObject({ type: `urn:statecraft:error:${code}`, title: expect.any(String) });
		}
		expect((await world.call('PUT', '/agents')).headers.get('allow')).toBe('POST, GET, HEAD');
	});

	it('refuses a body that is nested deeper than it can be handled, with a key or without', async () => {
		await start();
		const agent = JSON.stringify({ ...minimalAgent, policy: 'here' });
		const withLevels = (levels: number) => text(agent.replace('"here"', nest(levels)));
		const tooDeep = [withLevels(100), withLevels(100_000)];
		for (const [deep, headers] of tooDeep.flatMap((one) => [
			[one, {}] as const,
			[one, { 'idempotency-key': 'k' }] as const,
		])) {
			const answer = await world.call('POST', '/agents', { ...deep, headers: { ...deep.headers, ...headers } });
			expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
			expect(answer.body.detail).toContain('100 levels');
		}
		// One level less is looked at, and is no policy.
		expect((await world.call('POST', '/agents', withLevels(99))).body.detail).not.toContain('levels');
	});

	it('names every field that is wrong', async () => {
		await start();
		const { body } = await world.call('POST', '/agents', {
			body: { ...minimalAgent, cwd: 'relative', colour: 'red', driver: { kind: 'demo', shell: true } },
		});
		expect(body.issues).toEqual([
			{ path: 'body.driver.shell', message: 'There is no such field' },
			{ path: 'body.cwd', message: 'Must be an absolute path' },
			{ path: 'body.colour', message: 'There is no such field' },
		]);
	});

	it('tells a client nothing of a bug but the id under which the log has it', async () => {
		await start({
			wrapReads: (reads) => ({ ...reads, agents: () => Promise.reject(new Error('secret at /var/lib/db.ts:12')) }),
		});
		const { status, body } = await world.call('GET', '/agents');
		expect(status).toBe(500);
		expect(JSON.stringify(body)).not.toMatch(/secret|db\.ts|stack/);
		expect(world.log).toContainEqual(
			expect.objectContaining({
				errorId: body.errorId,
				err: expect.objectContaining({ message: expect.stringContaining('secret') }),
			}),
		);
	});

	it('survives a client that hangs up in the middle of its body', async () => {
		await start();
		await new Promise<void>((resolve, reject) => {
			const socket = connect(world.port, '127.0.0.1', () => {
				socket.write(
					'POST /agents HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer the-admin-token\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na',
				);
				socket.end();
			});
			socket.once('error', reject);
			socket.once('close', () => resolve());
			socket.resume();
		});
		expect((await world.call('GET', '/health')).status).toBe(200);
	});
});

describe('before reconciliation is done', () => {
	it('answers reads, and refuses changes with not_ready', async () => {
		await start({ ready: false });
		expect(await world.call('GET', '/ready', { token: null })).toMatchObject({
			status: 503,
			body: { code: 'not_ready' },
		});
		expect((await world.call('GET', '/agents')).status).toBe(200);
		const refused = await world.call('POST', '/agents', { body: minimalAgent });
		expect(refused).toMatchObject({ status: 503, body: { code: 'not_ready' } });
		expect(refused.headers.get('retry-after')).toBe('1');
		world.server.setReady();
		expect((await world.call('GET', '/ready')).status).toBe(200);
		expect((await world.call('POST', '/agents', { body: minimalAgent })).status).toBe(201);
	});
});
