import { afterEach, describe, expect, it } from 'vitest';
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

function subscribe(message: object): Listener {
	const listener = listen(`ws://127.0.0.1:${world.port}/stream?token=${adminToken}`);
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
});
