import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAdminToken } from '../../src/http/admin-token.ts';
import { createGuard } from '../../src/http/guard.ts';
import { routes } from '../../src/http/routes.ts';
import { adminToken, minimalAgent, startWorld, type World } from '../support/http-world.ts';

let world: World;
beforeEach(async () => {
	world = await startWorld({ settings: { allowedHosts: 'crew.example', allowedOrigins: 'https://panel.example' } });
});
afterEach(() => world.close());

async function makeToken(name: string, scopes: readonly string[]): Promise<string> {
	return (await world.call('POST', '/tokens', { body: { name, scopes } })).body.token;
}

describe('[P12] nobody gets in without a token', () => {
	it('refuses every route but the public ones without a token and with a wrong one', async () => {
		const open = routes.filter(({ spec }) => spec.scope === 'public').map(({ spec }) => spec.path);
		expect(open).toEqual(['/health', '/ready', '/webhooks/{workflowId}']);
		for (const { spec } of routes) {
			if (spec.scope === 'public') continue;
			const path = spec.path.replace(/\{\w+\}/g, 'some');
			for (const token of [null, 'wrong', `${adminToken}x`]) {
				const answer = await world.call(spec.method.toUpperCase(), path, { token });
				expect(answer, `${spec.method} ${path}`).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
				expect(answer.headers.get('www-authenticate')).toContain('Bearer');
			}
		}
	});

	it('takes a token in the address for event streams only', async () => {
		expect((await world.call('GET', `/agents?token=${adminToken}`, { token: null })).status).toBe(401);
		const controller = new AbortController();
		const stream = await fetch(`${world.url}/events?token=${adminToken}`, {
			headers: { accept: 'text/event-stream' },
			signal: controller.signal,
		});
		expect(stream.status).toBe(200);
		controller.abort();
	});

	it('answers whether it lives to anybody', async () => {
		expect(await world.call('GET', '/health', { token: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
		expect(await world.call('GET', '/ready', { token: null })).toMatchObject({ status: 200 });
	});

	it('never logs a token', async () => {
		await world.call('GET', `/events?token=${adminToken}&after=0`, { headers: { accept: 'application/json' } });
		await world.call('GET', '/agents', { token: 'another-secret' });
		expect(JSON.stringify(world.log)).not.toMatch(/admin-token|another-secret/);
		expect(world.log).toContainEqual(expect.objectContaining({ path: '/agents', status: 401 }));
	});
});

describe('scopes', () => {
	it('are told to whoever holds the token', async () => {
		const token = await makeToken('guest', ['read', 'answer']);
		const whoami = async (sent: string) => (await world.call('GET', '/whoami', { token: sent })).body;
		expect(await whoami(token)).toEqual({ name: 'guest', scopes: ['read', 'answer'] });
		expect((await world.call('GET', '/whoami')).body).toEqual({ name: 'admin', scopes: ['admin'] });
		expect((await world.call('GET', '/whoami', { token: 'none of ours' })).status).toBe(401);
	});

	it('let a token do what it was made for and nothing else', async () => {
		const id = await world.createAgent('worker');
		const requestId = await world.fleet.openRequest(id, 'May I?');
		const attempts = {
			read: ['GET', `/agents/${id}`, undefined],
			prompt: ['POST', `/agents/${id}/prompts`, { text: 'hi' }],
			answer: ['POST', `/requests/${requestId}/answer`, { optionId: 'yes' }],
			admin: ['POST', '/agents', { ...minimalAgent, name: 'second' }],
		} as const;
		for (const scope of ['read', 'prompt', 'answer', 'admin'] as const) {
			const token = await makeToken(`only-${scope}`, [scope]);
			for (const [needed, [method, path, body]] of Object.entries(attempts)) {
				const { status, body: answer } = await world.call(method, path, { token, ...(body && { body }) });
				const allowed = needed === scope || scope === 'admin';
				if (!allowed) expect(answer, `${scope} ${path}`).toMatchObject({ code: 'forbidden', expected: needed });
				else expect([200, 201, 202, 409], `${scope} ${path}`).toContain(status);
			}
		}
		expect((await world.reads.request(requestId))?.answeredBy).toBe('only-answer');
	});

	it('end when the token is revoked; tokens are stored hashed and listed without their secret', async () => {
		const token = await makeToken('visitor', ['read']);
		expect((await world.call('GET', '/agents', { token })).status).toBe(200);
		const listed = await world.call('GET', '/tokens');
		expect(listed.body.items).toEqual([expect.objectContaining({ name: 'visitor', scopes: ['read'] })]);
		expect(JSON.stringify([listed.body, world.store.rows('tokens')])).not.toContain(token);
		expect((await world.call('POST', '/tokens', { body: { name: 'visitor', scopes: ['read'] } })).status).toBe(409);
		expect((await world.call('POST', '/tokens', { body: { name: 'admin', scopes: ['read'] } })).status).toBe(400);
		expect((await world.call('DELETE', '/tokens/visitor')).status).toBe(204);
		expect((await world.call('GET', '/agents', { token })).status).toBe(401);
		expect((await world.call('DELETE', '/tokens/visitor')).body.code).toBe('not_found');
	});
});

describe('hosts and origins', () => {
	it('refuses foreign pages and lets our own and configured ones in', async () => {
		const origins = {
			'https://evil.example': 403,
			null: 403,
			'http://127.0.0.1:1': 403,
			[`http://localhost:${world.port}`]: 403,
			[world.url]: 200,
			'https://panel.example': 200,
		};
		for (const [origin, status] of Object.entries(origins))
			expect((await world.call('GET', '/agents', { headers: { origin } })).status, origin).toBe(status);
		const foreign = await world.call('GET', '/health', { headers: { origin: 'https://evil.example' }, token: null });
		expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden' } });
		expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
	});

	it('answers the preflight of a configured page, and of no other', async () => {
		const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
		const allowed = await world.call('OPTIONS', '/agents', {
			token: null,
			headers: { origin: 'https://panel.example', ...asked },
		});
		expect(allowed.status).toBe(204);
		expect(allowed.headers.get('access-control-allow-origin')).toBe('https://panel.example');
		expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization');
		const foreign = await world.call('OPTIONS', '/agents', {
			token: null,
			headers: { origin: 'https://evil.example', ...asked },
		});
		expect(foreign.status).toBe(403);
	});

	it('answers under its own names only', async () => {
		const statuses = await Promise.all(
			['evil.example', 'localhost', 'LOCALHOST:99', '[::1]:4700', 'crew.example:80', '10.0.0.1', 'a@localhost', ''].map(
				(host) => getWithHost(world.port, host),
			),
		);
		expect(statuses).toEqual([403, 200, 200, 200, 200, 403, 403, 403]);
	});

	it('takes any address, but no foreign name, where all addresses are bound', () => {
		const guard = createGuard({ host: '0.0.0.0', allowedHosts: [], allowedOrigins: [] });
		expect(() => guard.check({ host: '192.168.1.5:4700' })).not.toThrow();
		expect(() => guard.check({ host: '[fe80::1]:4700', origin: 'http://[fe80::1]:4700' })).not.toThrow();
		expect(() => guard.check({ host: 'evil.example' })).toThrow(/no host name/);
	});
});

describe('the admin token', () => {
	let dataDir: string;
	beforeEach(async () => {
		dataDir = await mkdtemp(join(tmpdir(), 'statecraft-'));
	});
	afterEach(() => rm(dataDir, { recursive: true }));

	it('is made once, for its owner only, however many start at the same time', async () => {
		const folder = join(dataDir, 'new');
		const tokens = await Promise.all(Array.from({ length: 8 }, () => loadAdminToken(folder, undefined)));
		expect(new Set(tokens).size).toBe(1);
		expect(tokens[0]).toMatch(/^[\w-]{43}$/);
		expect((await stat(join(folder, 'token'))).mode & 0o777).toBe(0o600);
		expect((await readFile(join(folder, 'token'), 'utf8')).trim()).toBe(tokens[0]);
		expect(await loadAdminToken(folder, undefined)).toBe(tokens[0]);
	});

	it('gives way to a configured one, and loses loose permissions', async () => {
		await writeFile(join(dataDir, 'token'), 'kept\n');
		await chmod(join(dataDir, 'token'), 0o644);
		expect(await loadAdminToken(dataDir, 'mine')).toBe('mine');
		expect(await loadAdminToken(dataDir, undefined)).toBe('kept');
		expect((await stat(join(dataDir, 'token'))).mode & 0o777).toBe(0o600);
	});
});

/** `fetch` sets Host by itself. */
function getWithHost(port: number, host: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const call = request(
			{ port, host: '127.0.0.1', path: '/health', setHost: false, headers: { host } },
			(response) => {
				response.resume();
				resolve(response.statusCode ?? 0);
			},
		);
		call.once('error', reject);
		call.end();
	});
}
