import { afterEach, describe, expect, it } from 'vitest';
import { createEvent } from '../../src/events/catalogue.ts';
import { adminToken, startWorld, type World, type WorldOptions } from '../support/http-world.ts';
import { type Listener, listen, type Message } from '../support/sockets.ts';

let world: World;
const listeners: Listener[] = [];
async function start(options: WorldOptions = {}): Promise<void> {
	world = await startWorld(options);
}
afterEach(async () => {
	for (const { socket } of listeners.splice(0)) socket.terminate();
	await world.close();
});

function subscribe(message: object, token = adminToken): Listener {
	const listener = listen(`ws://127.0.0.1:${world.port}/stream?token=${token}`);
	listeners.push(listener);
	listener.send({ type: 'subscribe', ...message });
	return listener;
}

const shown = (client: Listener) =>
	client.until((messages) => messages.some(({ type }) => type === 'snapshot.end')).then((messages) => [...messages]);
const get = async (path: string) => (await world.call('GET', path)).body;
const told = (messages: readonly Message[], kind: string) =>
	messages.filter(({ type, resource }) => type === 'resource' && resource === kind).map(({ data }) => data);

describe('resources on /stream', () => {
	it('tells what there is as the API answers it, with the time of the server', async () => {
		await start();
		const id = await world.createAgent('worker');
		await world.fleet.openRequest(id, 'May I?');
		const messages = await shown(subscribe({ resources: ['agent', 'request'], topics: ['none'] }));
		expect(messages[0]).toEqual({ type: 'snapshot.begin', cursor: 2, at: expect.stringMatching(/Z$/) });
		expect(told(messages, 'agent')).toEqual([await get(`/agents/${id}`)]);
		expect(told(messages, 'request')).toEqual((await get('/requests')).items);
	});

	it('tells what changed, after the event that changed it', async () => {
		await start();
		const id = await world.createAgent('worker');
		const client = subscribe({ resources: ['agent'] });
		await shown(client);
		await world.call('POST', '/agents/worker/start');
		const messages = await client.until((heard) => told(heard, 'agent').length === 2);
		expect(messages.slice(-2).map(({ type }) => type)).toEqual(['event', 'resource']);
		expect(messages.at(-1).data).toEqual(await get(`/agents/${id}`));
		await world.call('DELETE', '/agents/worker');
		await client.until((heard) => heard.some(({ type }) => type === 'resource.removed'));
		expect(client.messages.at(-1)).toEqual({ type: 'resource.removed', resource: 'agent', id });
	});

	it('needs the scope to read, and shows no secret', async () => {
		await start();
		const { token } = (await world.call('POST', '/tokens', { body: { name: 'page', scopes: ['read'] } })).body;
		const driver = { kind: 'acp', command: 'agent', env: { API_KEY: 'hush' } };
		await world.createAgent('secretive', { driver });
		const client = subscribe({ resources: ['agent'] }, token);
		await shown(client);
		await world.call('PATCH', '/agents/secretive', { body: { driver: { ...driver, env: { API_KEY: 'hush 2' } } } });
		await client.until((messages) => told(messages, 'agent').length === 2);
		expect(told(client.messages, 'agent').map((data) => data.driver.env)).toEqual(Array(2).fill({ API_KEY: '***' }));
		expect(JSON.stringify(client.messages)).not.toContain('hush');
	});

	it('refuses kinds that there are not, and tells of actors only where agents are named', async () => {
		await start();
		const client = subscribe({ resources: ['agent', 'secret'] });
		const [refusal] = await client.until((messages) => messages.length === 1);
		expect(refusal).toMatchObject({ type: 'error', code: 'invalid_request' });
		expect(refusal.issues[0].path).toContain('resources');
		const all = subscribe({ resources: ['actor'] });
		expect((await shown(all)).map(({ type }) => type)).toEqual(['snapshot.begin', 'snapshot.end']);
	});

	it('tells many changes of one resource a few times, the last form last', async () => {
		await start();
		const id = await world.createAgent('worker');
		const client = subscribe({ resources: ['agent'], topics: ['none'] });
		await shown(client);
		const beganAt = performance.now();
		for (let version = 2; version <= 400; version += 1) await change(id, version);
		await client.until((messages) => told(messages, 'agent').at(-1).version === 400);
		const times = (performance.now() - beganAt) / 100;
		expect(told(client.messages, 'agent').length).toBeLessThanOrEqual(times + 3);
	});

	it('costs a client that does not read one message of each resource', async () => {
		await start({ settings: { streamBufferBytes: `${2 ** 28}` } });
		const ids = [await world.createAgent('one'), await world.createAgent('two')];
		const labels = { long: 'x'.repeat(1_000) };
		for (const id of ids) await world.call('PATCH', `/agents/${id}`, { body: { labels } });
		const client = subscribe({ resources: ['agent'], topics: ['agent.output.'] });
		const other = subscribe({ resources: ['agent'], topics: ['none'] });
		await Promise.all([shown(client), shown(other)]);
		// Fills the socket, so that what is told next has to wait.
		client.socket.pause();
		const text = 'x'.repeat(100_000);
		for (let index = 0; index < 200; index += 1)
			await world.fleet.write([], [createEvent('agent.output.message', ids[0] ?? null, 1, { type: 'message', text })]);
		for (let round = 1; round <= 5; round += 1) {
			for (const id of ids) await change(id, 100 + round);
			await other.until(
				(messages) => told(messages, 'agent').filter(({ version }) => version === 100 + round).length >= 2,
			);
		}
		client.socket.resume();
		await client.until((messages) => {
			const last = new Map(told(messages, 'agent').map(({ id, version }) => [id, version]));
			return ids.every((id) => last.get(id) === 105);
		});
		// What was there, what went into the socket before it was full, and the last forms.
		expect(told(client.messages, 'agent').length).toBeLessThanOrEqual(2 + 2 + 2);
		expect(told(other.messages, 'agent').length).toBeGreaterThanOrEqual(2 + 5 * 2);
	});

	it('tells those who named agents of theirs alone, and when something is theirs no more', async () => {
		await start();
		const mine = await world.createAgent('mine');
		const other = await world.createAgent('other');
		const requestId = await world.fleet.openRequest(mine, 'May I?');
		const client = subscribe({ agents: ['mine'], resources: ['agent', 'request'], topics: ['none'] });
		await shown(client);
		await world.call('POST', '/agents/other/start');
		// As a mission that goes to another agent takes its questions along.
		await world.fleet.write(
			[{ op: 'update', table: 'requests', id: requestId, set: { agent_id: other } }],
			[createEvent('request.opened', other, Date.now(), { requestId, kind: 'question', title: 'May I?' })],
		);
		await client.until((messages) => messages.some(({ type }) => type === 'resource.removed'));
		expect(client.messages.at(-1)).toEqual({ type: 'resource.removed', resource: 'request', id: requestId });
		expect(told(client.messages, 'agent').map(({ id }) => id)).not.toContain(other);
	});

	it('tells whoever comes back what became of everything, removed things too', async () => {
		await start();
		const id = await world.createAgent('worker');
		const gone = await world.createAgent('gone');
		const requestId = await world.fleet.openRequest(gone, 'May I?');
		const after = await world.reads.lastEventSeq();
		await world.call('POST', '/agents/worker/start');
		await world.call('DELETE', '/agents/gone');
		const client = subscribe({ after, resources: ['agent', 'request'], topics: ['agent.'] });
		const messages = await client.until((heard) => heard.filter(({ type }) => type !== 'event').length === 3);
		expect(messages.slice(0, 2).map(({ topic }) => topic)).toEqual(['agent.state.changed', 'agent.deleted']);
		expect(messages.slice(2)).toEqual(
			expect.arrayContaining([
				{ type: 'resource', resource: 'agent', data: await get(`/agents/${id}`) },
				{ type: 'resource.removed', resource: 'agent', id: gone },
				{ type: 'resource.removed', resource: 'request', id: requestId },
			]),
		);
	});

	it('tells whoever comes back of resources after the events, however many those are', async () => {
		await start();
		const id = await world.createAgent('worker');
		const after = await world.reads.lastEventSeq();
		const noise = () => createEvent('agent.output.log', id, 1, { type: 'log', stream: 'stderr', text: 'x' });
		await world.fleet.write([], Array.from({ length: 1_200 }, noise));
		await world.call('POST', '/agents/worker/start');
		const client = subscribe({ after, resources: ['agent'] });
		const messages = await client.until((heard) => heard.some(({ type }) => type === 'resource'));
		expect(messages.slice(-2)).toMatchObject([{ topic: 'agent.state.changed' }, { type: 'resource', data: { id } }]);
		expect(messages).toHaveLength(1_202);
	});

	it('reads nothing while nobody asked for resources, and once for all who did', async () => {
		let reads = 0;
		await start({
			wrapReads: (own) => ({
				...own,
				async agentsByIds(ids) {
					reads += 1;
					return own.agentsByIds(ids);
				},
			}),
		});
		const id = await world.createAgent('worker');
		const plain = subscribe({});
		await shown(plain);
		reads = 0;
		await change(id, 2);
		await plain.until((messages) => messages.some(({ type }) => type === 'event'));
		expect(reads).toBe(0);
		const clients = [1, 2, 3].map(() => subscribe({ resources: ['agent'], topics: ['none'] }));
		for (const client of clients) await shown(client);
		reads = 0;
		await change(id, 3);
		for (const client of clients) await client.until((messages) => told(messages, 'agent').at(-1).version === 3);
		expect(reads).toBe(1);
		expect(plain.messages.filter(({ type }) => type === 'resource')).toHaveLength(1);
	});

	it('tells what it could not read as soon as it can', async () => {
		let isBroken = false;
		await start({
			wrapReads: (own) => ({
				...own,
				async agentsByIds(ids) {
					if (isBroken) throw new Error('The disk is gone');
					return own.agentsByIds(ids);
				},
			}),
		});
		const id = await world.createAgent('worker');
		const client = subscribe({ resources: ['agent'], topics: ['none'] });
		await shown(client);
		isBroken = true;
		await change(id, 2);
		await expect.poll(() => world.log.some(({ msg }) => msg === 'stream')).toBe(true);
		isBroken = false;
		await client.until((messages) => told(messages, 'agent').at(-1).version === 2);
	});

	it('tells when an agent falls silent, without an event', async () => {
		await start({ settings: { heartbeatIntervalMs: '1000' } });
		const ids = [await world.createAgent('quiet'), await world.createAgent('quieter')] as const;
		const client = subscribe({ resources: ['agent'], topics: ['none'] });
		await shown(client);
		const levels = (id: string) =>
			told(client.messages, 'agent').flatMap((data) => (data.id === id ? [data.staleness] : []));
		for (const [index, id] of ids.entries()) {
			const silentMs = [1_500, 8_500][index] ?? 0;
			const set = { execution_state: 'busy', substate: 'working', state_changed_at: Date.now() - silentMs };
			await world.fleet.write([{ op: 'update', table: 'agents', id, set }], [updated(id)]);
		}
		await client.until(() => levels(ids[0]).includes('warn') && levels(ids[1]).includes('stale'));
		// What they were, how they fell silent, and once what it came to.
		expect([levels(ids[0]), levels(ids[1])]).toEqual([
			['ok', 'ok', 'warn'],
			['ok', 'warn', 'stale'],
		]);
	});

	it('shows a thousand agents at once', async () => {
		await start();
		await world.createAgent('agent 0');
		const [row] = world.store.rows('agents');
		const rows = Array.from({ length: 999 }, (_, index) => ({
			...row,
			id: `agt_${index}`,
			name: `agent ${index + 1}`,
		}));
		await world.fleet.write(
			rows.map((each) => ({ op: 'insert', table: 'agents', row: each })),
			[],
		);
		const client = subscribe({ resources: ['agent', 'request', 'prompt', 'run', 'workflow', 'dispatch', 'task'] });
		const messages = await shown(client);
		expect(new Set(told(messages, 'agent').map(({ id }) => id)).size).toBe(1_000);
	});
});

const updated = (id: string) => createEvent('agent.updated', id, Date.now(), { changed: [] });

function change(id: string, version: number): Promise<unknown> {
	return world.fleet.write([{ op: 'update', table: 'agents', id, set: { version } }], [updated(id)]);
}
