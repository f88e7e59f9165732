import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { StatecraftError } from '../../src/errors.ts';
import { webhookRoutes } from '../../src/workflows/routes-webhooks.ts';
import { startWorld, type World, type WorldOptions } from '../support/http-world.ts';
import { sign } from '../support/small-workflows.ts';

const secret = 'open sesame, please';

let world: World;
let id: string;
async function start(options: WorldOptions = {}): Promise<void> {
	world = await startWorld(options);
	await world.createAgent('worker');
	const body = { name: 'night-owl', agent: 'worker', trigger: { type: 'webhook', secret }, template: 'Do it' };
	id = (await world.call('POST', '/workflows', { body })).body.id;
}
afterEach(() => world.close());

interface Delivery {
	readonly body?: string | Buffer;
	readonly headers?: Readonly<Record<string, string>>;
	readonly to?: string;
	readonly key?: string;
}

/** As a stranger delivers: without a token. */
async function deliver({ body = '{"a":1}', headers = {}, to = id, key = secret }: Delivery = {}) {
	const response = await fetch(`${world.url}/webhooks/${to}`, {
		method: 'POST',
		headers: { 'x-signature': sign(body, key), 'x-delivery': 'd1', ...headers },
		body: typeof body === 'string' ? body : new Uint8Array(body),
	});
	return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe('a webhook', () => {
	it('[WF18] is accepted without a token when it is signed, and answered as repeated the second time', async () => {
		await start();
		const first = await deliver();
		expect(first).toMatchObject({
			status: 202,
			body: { outcome: 'accepted', dispatchId: expect.stringMatching(/^dsp_/) },
		});
		const again = await deliver();
		expect(again).toMatchObject({ status: 200, body: { outcome: 'repeated', dispatchId: first.body.dispatchId } });
		expect(world.store.rows('dispatches')).toHaveLength(1);
		expect(await deliver({ body: '' })).toMatchObject({ status: 200 });
		expect(await deliver({ body: '', headers: { 'x-delivery': 'd2' } })).toMatchObject({
			status: 202,
			body: { outcome: 'ignored', dispatchId: null },
		});
	});

	it('hands over the bytes as they came, of whatever type', async () => {
		await start();
		const bodies: ReadonlyArray<readonly [string, Buffer]> = [
			['application/json', Buffer.from('{ "b" : 1,\n"a":"\\u00fc" ,  "a":2}\r\n')],
			['application/json', Buffer.from('no JSON at all')],
			['application/json', Buffer.from('{"__proto__":{"a":1}}')],
			['application/json; charset=latin1', Buffer.from([0xfc, 0xe4])],
			['application/x-www-form-urlencoded', Buffer.from('payload=%7B%7D&a=b+c')],
			['text/plain; charset=utf-16', Buffer.from([0xff, 0xfe, 0x00])],
			['multipart/form-data; boundary=x', Buffer.from('--x\r\n\r\na\r\n--x--\r\n')],
			['no type', randomBytes(70_000)],
			['application/octet-stream', Buffer.alloc(0)],
		];
		for (const [contentType, body] of bodies) {
			const { status } = await deliver({ body, headers: { 'content-type': contentType, 'x-delivery': contentType } });
			expect([200, 202], contentType).toContain(status);
			expect(world.workflows.deliveries.at(-1)?.delivery.rawBody.equals(body), contentType).toBe(true);
		}
		expect(world.workflows.deliveries.at(-1)?.delivery.header('Content-Type')).toBe('application/octet-stream');
	});

	it('is taken without any body or type, and in chunks', async () => {
		await start();
		expect(await send(`X-Signature: ${sign('', secret)}\r\n\r\n`)).toContain('202 Accepted');
		const chunked = `X-Signature: ${sign('abcde', secret)}\r\nX-Delivery: d2\r\nTransfer-Encoding: chunked\r\n\r\n`;
		expect(await send(`${chunked}2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n`)).toContain('202 Accepted');
		expect(world.workflows.deliveries.map(({ delivery }) => delivery.rawBody.toString())).toEqual(['', 'abcde']);
	});

	it('is refused beyond the limit of bodies before anybody looks at it', async () => {
		await start({ settings: { bodyLimitBytes: '2048' } });
		const limit = Buffer.alloc(2_048, 'x');
		expect((await deliver({ body: limit })).status).toBe(202);
		const beyond = Buffer.alloc(2_049, 'x');
		for (const delivery of [{ body: beyond }, { body: beyond, to: 'wfl_none' }, { body: beyond, key: 'wrong' }])
			expect(await deliver(delivery)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
		const chunk = `401\r\n${'x'.repeat(1_025)}\r\n`;
		expect(await send(`Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`)).toContain(
			'413 Payload Too Large',
		);
		expect(world.workflows.deliveries).toHaveLength(1);
	});

	it('is not unpacked: what was signed are the bytes on the wire', async () => {
		await start();
		const packed = gzipSync('{"a":1}');
		const answer = await deliver({ body: packed, headers: { 'content-encoding': 'gzip' } });
		expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
		expect(world.workflows.deliveries).toEqual([]);
	});

	it('[WF18] with a wrong signature is answered like one for a workflow that is not there', async () => {
		await start();
		const refusals = [
			await deliver({ key: 'another secret' }),
			await deliver({ body: '{"a":2}', headers: { 'x-signature': sign('{"a":1}', secret) } }),
			await deliver({ to: 'wfl_none' }),
			await deliver({ to: 'wfl_none', headers: { 'x-hub-signature-256': `sha256=${sign('{"a":1}', secret)}` } }),
		];
		const [first, ...others] = refusals;
		expect(first).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
		const visible = (answer: typeof first) => [
			answer?.status,
			answer?.body,
			[...(answer?.headers.keys() ?? [])].sort(),
			answer?.headers.get('content-length'),
		];
		for (const other of others) expect(visible(other)).toEqual(visible(first));
		expect(JSON.stringify(refusals.map(({ body }) => body))).not.toMatch(/night-owl|wfl_|sesame/);
		expect(world.store.rows('dispatches')).toEqual([]);
	});

	it('for a workflow that is not there has its signature checked all the same', async () => {
		await start();
		const asked: string[] = [];
		const service = {
			receiveWebhook: () => Promise.reject(new StatecraftError('workflow_not_found', 'There is no such workflow')),
		};
		const request = {
			params: { workflowId: 'wfl_none' },
			rawBody: Buffer.from('{}'),
			header(name: string) {
				asked.push(name);
				return `sha256=${sign('{}', secret)}`;
			},
		};
		// The route takes no more of its request, and no more of its surroundings.
		const answer = webhookRoutes[0]?.handle(request as never, { workflows: service } as never);
		await expect(answer).rejects.toMatchObject({ code: 'signature_invalid' });
		expect(asked).toContain('X-Statecraft-Signature');
	});

	it('for a workflow that is disabled says so to those who can sign', async () => {
		await start();
		await world.call('POST', `/workflows/${id}/disable`);
		expect(await deliver()).toMatchObject({ status: 409, body: { code: 'workflow_disabled' } });
		expect(await deliver({ key: 'wrong' })).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
	});

	it('comes in under our names only, from no foreign page, by POST, once we are ready', async () => {
		await start();
		expect(await deliver({ headers: { origin: 'https://evil.example' } })).toMatchObject({ status: 403 });
		expect(await send(`\r\n`, 'evil.example')).toContain('403 Forbidden');
		expect(await world.call('GET', `/webhooks/${id}`)).toMatchObject({
			status: 405,
			body: { code: 'method_not_allowed' },
		});
		expect(world.workflows.deliveries).toEqual([]);
		await world.close();
		world = await startWorld({ ready: false });
		expect(await deliver()).toMatchObject({ status: 503, body: { code: 'not_ready' } });
		expect(world.workflows.deliveries).toEqual([]);
	});
});

/** Sends a request by hand, its head from after the host; answers what comes back. */
function send(rest: string, host = 'localhost'): Promise<string> {
	return new Promise((resolve, reject) => {
		let answer = '';
		const socket = connect(world.port, '127.0.0.1', () => {
			socket.write(`POST /webhooks/${id} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${rest}`);
		});
		socket.on('data', (data) => {
			answer += data;
		});
		socket.once('error', reject);
		socket.once('close', () => resolve(answer));
	});
}
