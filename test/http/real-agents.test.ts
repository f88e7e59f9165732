/** The API over the real service, the real store and a real demo agent: what the small fleet cannot show. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { eventCatalogue } from '../../src/events/catalogue.ts';
import { type Statecraft, startStatecraft } from '../../src/main.ts';
import { type CheckedApi, createCheckedApi } from '../support/checked-api.ts';
import { listen, type Message, untilTrue } from '../support/sockets.ts';

let folder: string;
let statecraft: Statecraft;
let api: CheckedApi;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'statecraft-'));
	const settings = { port: '0', dataDir: join(folder, 'data'), logLevel: 'silent', shutdownGraceMs: '5000' };
	statecraft = await startStatecraft(loadConfig(settings, {}));
	api = createCheckedApi(statecraft.url, statecraft.token);
});
afterAll(async () => {
	await statecraft?.close();
	await rm(folder, { recursive: true, force: true });
});

async function createDemo(name: string, extra: object = {}): Promise<string> {
	const env = { STATECRAFT_DEMO_DIR: join(folder, 'demo') };
	const answer = await api('POST', '/agents', { name, driver: { kind: 'demo', env }, cwd: folder, ...extra });
	expect(answer.body).toMatchObject({ name, driver: { env: { STATECRAFT_DEMO_DIR: '***' } } });
	return answer.body.id;
}

async function untilState(id: string, state: string): Promise<void> {
	await untilTrue(async () => (await api('GET', `/agents/${id}`)).body.executionState === state, `${id} ${state}`);
}

describe('a life of an agent over the API', () => {
	it('is answered as documented from first to last', async () => {
		const id = await createDemo('lively', { labels: { team: 'core' } });
		await untilState(id, 'idle');
		const done = await api('POST', '/agents/lively/prompts?wait=20', { text: 'think hard; say hello; usage 100' });
		expect(done).toMatchObject({ status: 200, body: { status: 'finished', result: { stopReason: 'end_turn' } } });
		expect(done.body.result.text).toContain('hello');

		const asking = await api('POST', `/agents/${id}/prompts`, { text: 'permission delete everything' });
		await untilTrue(async () => (await api('GET', '/requests?status=open')).body.total === 1, 'the request');
		const request = (await api('GET', `/requests?status=open&agentId=${id}`)).body.items[0];
		expect((await api('GET', `/agents/${id}`)).body).toMatchObject({ executionState: 'busy', openRequests: 1 });
		const answer = { optionId: request.options[0].optionId };
		expect((await api('POST', `/requests/${request.id}/answer`, answer)).body.answer).toEqual(answer);
		expect((await api('POST', `/requests/${request.id}/answer`, { decline: true })).body).toMatchObject({
			code: 'request_settled',
			actual: { answer, answeredBy: 'admin' },
		});
		await untilTrue(
			async () => (await api('GET', `/prompts/${asking.body.id}`)).body.status === 'finished',
			'the end of the turn',
		);
		await api('POST', `/agents/${id}/stop`, { reason: 'enough' });
		await untilState(id, 'stopped');
		expect((await api('POST', `/agents/${id}/prompts`, { text: 'hi' })).body.code).toBe('agent_not_running');
		for (const what of ['transitions', 'runs', 'prompts', 'events', 'snapshot'])
			expect((await api('GET', `/agents/${id}/${what}`)).status, what).toBe(200);
		expect((await api('GET', `/agents?label=team=core&executionState=stopped`)).body.total).toBe(1);
		expect(JSON.stringify((await api('GET', `/agents/${id}/snapshot`)).body)).not.toContain(join(folder, 'demo'));
		for (const path of ['/machines', '/drivers', '/quarantine', '/tokens', '/openapi.json'])
			expect((await api('GET', path)).status, path).toBe(200);
	});

	it('has events that are in the catalogue, with the payloads it promises', async () => {
		const { items } = (await api('GET', '/events?limit=200')).body;
		expect(items.length).toBeGreaterThan(10);
		const faults = items.flatMap(({ topic, data }: Message) => {
			const payload = eventCatalogue[topic as keyof typeof eventCatalogue];
			const issues = payload === undefined ? 'not in the catalogue' : payload.safeParse(data).error?.issues;
			return issues === undefined ? [] : [{ topic, data, issues }];
		});
		expect(faults).toEqual([]);
	});

	it('is told on /stream without gap or repetition', async () => {
		const client = listen(`${statecraft.url.replace('http', 'ws')}/stream?token=${statecraft.token}`);
		client.send({ type: 'subscribe' });
		await client.until((messages) => messages.some(({ type }) => type === 'snapshot.end'));
		const id = await createDemo('watched');
		await untilState(id, 'idle');
		await api('POST', `/agents/${id}/prompts?wait=20`, { text: 'flood 50' });
		await api('POST', `/agents/${id}/kill`, { reason: 'enough' });
		const heard = await client.until((messages) =>
			messages.some(({ topic, data }) => topic === 'agent.state.changed' && /^(failed|stopped)/.test(data.to)),
		);
		client.socket.terminate();
		const { cursor } = heard[0];
		const seqs = heard.filter(({ type }) => type === 'event').map(({ seq }) => seq);
		expect(seqs.length).toBeGreaterThan(8);
		expect(seqs).toEqual(seqs.map((_, index) => cursor + 1 + index));
	});
});

describe('changes over the API, on the real service', () => {
	it('are done once for one key, also in a race', async () => {
		const body = { name: 'keyed', driver: { kind: 'demo' }, cwd: folder, autoStart: false };
		const answers = await Promise.all(
			Array.from({ length: 6 }, () => api('POST', '/agents', body, { 'idempotency-key': 'create' })),
		);
		expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
		expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
		const { id } = answers[0]?.body ?? {};
		const start = () =>
			api(
				'POST',
				`/agents/${id}/transitions`,
				{ target: 'stopped', trigger: 'UserTerminated' },
				{ 'idempotency-key': 's' },
			);
		const [first, again] = [await start(), await start()];
		expect([first.body, again.body]).toMatchObject([{ executionState: 'stopped' }, { executionState: 'stopped' }]);
		expect(again.headers.get('idempotency-replayed')).toBe('true');
		const reused = await api('POST', `/agents/${id}/kill`, { reason: 'enough' }, { 'idempotency-key': 's' });
		expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
	});

	it('are made only in the version asked for, and refused with what is possible', async () => {
		const id = await createDemo('careful', { autoStart: false });
		const { version } = (await api('GET', `/agents/${id}`)).body;
		const stale = await api('PATCH', `/agents/${id}`, { labels: { a: 'b' } }, { 'if-match': `"${version + 1}"` });
		expect(stale).toMatchObject({ status: 409, body: { code: 'stale_state' } });
		const patched = await api('PATCH', `/agents/${id}`, { labels: { a: 'b' } }, { 'if-match': `"${version}"` });
		expect(patched).toMatchObject({ status: 200, body: { labels: { a: 'b' }, restartRequired: false } });
		const refused = await api('POST', `/agents/${id}/cancel`);
		expect(refused.body).toMatchObject({ code: 'event_refused', state: 'pending' });
		expect(refused.body.possibleEvents.length).toBeGreaterThan(0);
		expect((await api('POST', '/agents', { name: 'careful', driver: { kind: 'demo' }, cwd: folder })).body.code).toBe(
			'agent_name_taken',
		);
		expect((await api('POST', '/agents', { name: 'lost', driver: { kind: 'demo' }, cwd: '/no/such' })).body.code).toBe(
			'cwd_not_found',
		);
		expect((await api('DELETE', `/agents/${id}`)).status).toBe(204);
		expect((await api('GET', `/agents/${id}/transitions`)).body.total).toBeGreaterThan(0);
	});

	it('take named tokens, and let agents dial in with theirs only', async () => {
		const made = await api('POST', '/tokens', { name: 'reader', scopes: ['read'] });
		const reader = createCheckedApi(statecraft.url, made.body.token);
		expect((await reader('GET', '/agents')).status).toBe(200);
		expect((await reader('POST', '/agents/kill-all', { reason: 'no' })).body.code).toBe('forbidden');
		expect((await api('DELETE', '/tokens/reader')).status).toBe(204);
		expect((await reader('GET', '/agents')).status).toBe(401);
		const driver = { kind: 'acp', transport: 'websocket' };
		const { body } = await api('POST', '/agents', { name: 'dialler', driver, cwd: folder, autoStart: false });
		const renewed = await api('POST', `/agents/${body.id}/connect-token`);
		expect(await listen(body.connect.url).closed).toBe(4401);
		const agent = listen(renewed.body.url);
		await new Promise<void>((resolve) => agent.socket.once('open', () => resolve()));
		agent.socket.terminate();
	});
});
