import { afterEach, describe, expect, it } from 'vitest';
import { createEvent } from '../../src/events/catalogue.ts';
import { adminToken, startWorld, type World, type WorldOptions } from '../support/http-world.ts';
import { tokenOf } from '../support/small-fleet.ts';
import { type Listener, listen, type Message, untilTrue } from '../support/sockets.ts';

let world: World;
const listeners: Listener[] = [];
async function start(options: WorldOptions = {}): Promise<void> {
	world = await startWorld(options);
}
afterEach(async () => {
	for (const { socket } of listeners.splice(0)) socket.terminate();
	await world.close();
});

function open(path = `/stream?token=${adminToken}`, headers: Record<string, string> = {}): Listener {
	const listener = listen(`ws://127.0.0.1:${world.port}${path}`, { headers });
	listeners.push(listener);
	return listener;
}

const say = (text: string, agentId: string | null = null) =>
	world.fleet.write([], [createEvent('agent.output.message', agentId, Date.now(), { type: 'message', text })]);
const ofType = (messages: readonly Message[], type: string) => messages.filter((message) => message.type === type);
const types = (messages: readonly Message[]) => messages.map(({ type }) => type);

describe('/stream', () => {
	it('tells what there is, then what happens', async () => {
		await start();
		const id = await world.createAgent('worker');
		await world.fleet.openRequest(id, 'May I?');
		const client = open();
		client.send({ type: 'subscribe' });
		await client.until((messages) => types(messages).includes('snapshot.end'));
		await world.call('POST', '/agents/worker/start');
		const messages = await client.until((heard) => ofType(heard, 'event').length === 1);
		expect(types(messages)).toEqual(['snapshot.begin', 'resource', 'resource', 'snapshot.end', 'event']);
		expect(messages[0].cursor).toBe(2);
		const shown = (await world.call('GET', '/requests')).body.items[0];
		expect(messages[1]).toMatchObject({ resource: 'agent', data: { id, executionState: 'pending' } });
		expect(messages[2]).toEqual({ type: 'resource', resource: 'request', data: shown });
		expect(messages[4]).toEqual({
			type: 'event',
			seq: 3,
			topic: 'agent.state.changed',
			agentId: id,
			at: expect.any(String),
			data: { from: 'pending', to: 'starting', trigger: 'User', version: 2, generation: 0 },
		});
	});

	it('tells only what was asked for: agents, topics', async () => {
		await start();
		const id = await world.createAgent('worker');
		await world.createAgent('other');
		const client = open();
		client.send({ type: 'subscribe', agents: ['worker'], topics: ['agent.output.*', 'agent.deleted'] });
		const snapshot = await client.until((messages) => types(messages).includes('snapshot.end'));
		expect(ofType(snapshot, 'resource').map(({ data }) => data.id)).toEqual([id]);
		await say('of nobody');
		await world.call('POST', '/agents/worker/start');
		await say('mine', id);
		await world.call('DELETE', '/agents/worker');
		const messages = await client.until((heard) => ofType(heard, 'event').length === 2);
		expect(ofType(messages, 'event').map(({ topic }) => topic)).toEqual(['agent.output.message', 'agent.deleted']);
	});

	it('[P7] takes up after a cursor with no snapshot, and a new subscription replaces the old one', async () => {
		await start();
		for (let index = 1; index <= 5; index += 1) await say(`${index}`);
		const client = open();
		client.send({ type: 'subscribe', after: 3 });
		const replayed = await client.until((messages) => messages.length === 2);
		expect(replayed.map(({ type, seq }) => [type, seq])).toEqual([
			['event', 4],
			['event', 5],
		]);
		client.send({ type: 'subscribe', after: 4 });
		await client.until((messages) => messages.length === 3);
		await say('6');
		await client.until((messages) => messages.length === 4);
		client.send({ type: 'unsubscribe' });
		client.send({ type: 'ping' });
		await client.until((messages) => types(messages).includes('pong'));
		await say('7');
		client.send({ type: 'subscribe', after: 6 });
		const all = await client.until((messages) => messages.length === 6);
		expect(all.map(({ type, seq }) => seq ?? type)).toEqual([4, 5, 5, 6, 'pong', 7]);
	});

	it('answers what it cannot understand with an error, and goes on', async () => {
		await start();
		const client = open();
		const bad: Array<[unknown, string]> = [
			['{"type":', 'malformed_json'],
			['[]', 'invalid_request'],
			[{ type: 'shout' }, 'invalid_request'],
			[{ type: 'subscribe', colour: 'red' }, 'invalid_request'],
			[{ type: 'subscribe', after: -1 }, 'invalid_request'],
			[{ type: 'subscribe', after: 99 }, 'invalid_request'],
			[{ type: 'subscribe', agents: ['nobody'] }, 'agent_not_found'],
		];
		for (const [index, [message, code]] of bad.entries()) {
			client.send(message);
			const messages = await client.until((heard) => heard.length > index);
			expect(messages[index]).toMatchObject({ type: 'error', code });
		}
		client.send({ type: 'subscribe' });
		await client.until((messages) => types(messages).includes('snapshot.end'));
	});

	it('closes with 1009 on a frame that is too long', async () => {
		await start();
		const client = open();
		client.send({ type: 'subscribe', topics: ['x'.repeat(70_000)] });
		expect(await client.closed).toBe(1009);
		expect((await world.call('GET', '/health')).status).toBe(200);
	});

	it('shows every agent of many though others go away while it reads', async () => {
		const ids: string[] = [];
		let onSecondPage: (() => Promise<void>) | undefined;
		await start({
			wrapReads: (reads) => ({
				...reads,
				async agentsByIds(asked) {
					if (asked.includes(ids[200] ?? '')) {
						const act = onSecondPage;
						onSecondPage = undefined;
						await act?.();
					}
					return reads.agentsByIds(asked);
				},
			}),
		});
		for (let index = 0; index < 250; index += 1) ids.push(await world.createAgent(`agent ${index}`));
		onSecondPage = async () => {
			for (const id of ids.slice(0, 3)) await world.fleet.remove(id, { by: 'test' });
		};
		const client = open();
		client.send({ type: 'subscribe' });
		const messages = await client.until((heard) => ofType(heard, 'event').length === 3);
		const shown = ofType(messages, 'resource').map(({ data }) => data.id);
		expect(new Set(shown).size).toBe(shown.length);
		expect(ids.filter((id) => !shown.includes(id))).toEqual([]);
	});
});

describe('close codes', () => {
	it('tell why somebody was not let in', async () => {
		await start({ settings: { streamClientLimit: '1' } });
		const id = await world.createAgent('worker', { driver: { kind: 'acp', transport: 'websocket' } });
		const { body } = await world.call('POST', '/tokens', { body: { name: 'answerer', scopes: ['answer'] } });
		expect(await open('/stream').closed).toBe(4401);
		expect(await open('/stream?token=wrong').closed).toBe(4401);
		expect(await open(`/stream?token=${body.token}`).closed).toBe(4403);
		expect(await open(`/stream?token=${adminToken}`, { origin: 'https://evil.example' }).closed).toBe(4403);
		expect(await open(`/stream?token=${adminToken}`, { host: 'evil.example' }).closed).toBe(4403);
		expect(await open(`/ws/${id}`).closed).toBe(4401);
		expect(await open(`/ws/${id}?token=wrong`).closed).toBe(4401);
		expect(await open(`/ws/${id}?token=${tokenOf(id)}`, { origin: 'https://evil.example' }).closed).toBe(4403);
		expect(await open('/ws/agt_none?token=wrong').closed).toBe(4404);
		expect(await open('/ws/%E0%A4%A?token=wrong').closed).toBe(4404);
		const first = open();
		first.send({ type: 'ping' });
		await first.until((messages) => messages.length === 1);
		expect(await open().closed).toBe(1013);
		expect(world.fleet.sockets).toEqual([]);
	});

	it('refuse an upgrade of any other path as a plain 404', async () => {
		await start();
		const client = open(`/elsewhere?token=${adminToken}`);
		const status = new Promise((resolve) =>
			client.socket.once('unexpected-response', (request, response) => {
				resolve(response.statusCode);
				response.resume();
				request.destroy();
			}),
		);
		expect(await status).toBe(404);
	});

	it('say that the server goes away', async () => {
		await start();
		const client = open();
		client.send({ type: 'subscribe' });
		await client.until((messages) => types(messages).includes('snapshot.end'));
		await world.close();
		expect(await client.closed).toBe(1001);
	});
});

describe('agents that dial in', () => {
	it('are handed over with their first message', async () => {
		await start({ ready: false });
		await world.fleet.create(
			{ name: 'dialler', driver: { kind: 'acp', transport: 'websocket' }, cwd: '/' },
			{ by: 'test' },
		);
		const id = (await world.reads.agent('dialler'))?.id ?? '';
		const heard: string[] = [];
		const agent = listen(`ws://127.0.0.1:${world.port}/ws/${id}?token=${tokenOf(id)}`);
		listeners.push(agent);
		agent.socket.removeAllListeners('message').on('message', (data) => heard.push(String(data)));
		agent.send('hello');
		await untilTrue(() => heard.length === 1, 'the echo');
		expect(heard).toEqual(['heard hello']);
		expect(world.fleet.sockets.map(({ agentId }) => agentId)).toEqual([id]);
	});
});
