/** `/inspect/ws` on a real HTTP server: who may look, at whom, and what they are told first. */
import { afterEach, describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { orchestratorAddress } from '../../src/workflows/address.ts';
import { adminToken, startWorld, type World, type WorldOptions } from '../support/http-world.ts';
import { type Listener, listen, type Message } from '../support/sockets.ts';
import { startWholeServer } from '../support/whole-server.ts';

let world: World;
const listeners: Listener[] = [];

async function start(options: WorldOptions = {}): Promise<void> {
	world = await startWorld(options);
}

afterEach(async () => {
	for (const { socket } of listeners.splice(0)) socket.terminate();
	await world?.close();
});

function open(url: string, query = `token=${adminToken}`, headers: Record<string, string> = {}): Listener {
	const listener = listen(`${url.replace('http', 'ws')}/inspect/ws?${query}`, { headers });
	listeners.push(listener);
	return listener;
}

const sessions = (messages: readonly Message[]) =>
	messages.filter(({ type }) => type === '@xstate.actor').map(({ sessionId }) => sessionId);

describe('/inspect/ws', () => {
	it('says where the inspector is and which life of the server this is, then shows what lives', async () => {
		await start({ settings: { inspectorUrl: 'https://inspector.example/inspect' } });
		const viewer = open(world.url);
		const [hello] = await viewer.until((messages) => messages.length === 1);
		expect(hello).toEqual({
			type: 'hello',
			inspectorUrl: 'https://inspector.example/inspect',
			instance: expect.stringMatching(/^[0-9a-f-]{36}$/),
			again: false,
			shown: 0,
			leftOut: 0,
			limit: 50,
		});
		const agent = await world.createAgent('worker');
		const { body: group } = await world.call('POST', '/groups', {
			body: { name: 'team', strategy: 'one_for_all', members: [agent] },
		});
		const [, shown] = await viewer.until((messages) => messages.length === 2);
		expect(shown).toMatchObject({ type: '@xstate.actor', sessionId: `group:${group.id}` });
		expect(createMachine(JSON.parse(shown.definition)).id).toBe('agentGroup');
		const again = open(world.url);
		const [second] = await again.until((messages) => messages.length === 2);
		expect([second.instance, second.shown]).toEqual([hello.instance, 1]);
	});

	it('lets in who may read, from our own pages, and nobody else', async () => {
		await start();
		const { body: reader } = await world.call('POST', '/tokens', { body: { name: 'reader', scopes: ['read'] } });
		const { body: other } = await world.call('POST', '/tokens', { body: { name: 'other', scopes: ['prompt'] } });
		await open(world.url, `token=${reader.token}`).until((messages) => messages.length === 1);
		expect(await open(world.url, '').closed).toBe(4401);
		expect(await open(world.url, 'token=wrong').closed).toBe(4401);
		expect(await open(world.url, `token=${other.token}`).closed).toBe(4403);
		expect(await open(world.url, undefined, { origin: 'https://stately.ai' }).closed).toBe(4403);
		expect(await open(world.url, undefined, { host: 'evil.example' }).closed).toBe(4403);
		expect(await open(world.url, `token=${adminToken}&agent=nobody`).closed).toBe(4404);
		expect(await open(world.url, `token=${adminToken}&workflow=nothing`).closed).toBe(4404);
	});

	it('has room for twenty, and again when one has left', async () => {
		await start();
		const viewers = Array.from({ length: 20 }, () => open(world.url));
		await Promise.all(viewers.map((viewer) => viewer.until((messages) => messages.length === 1)));
		expect(await open(world.url).closed).toBe(1013);
		viewers[0]?.socket.close();
		await viewers[0]?.closed;
		await expect
			.poll(async () => {
				const next = open(world.url);
				return Promise.race([next.closed, next.until((messages) => messages.length === 1).then(() => 'in')]);
			})
			.toBe('in');
	});

	it('answers whatever viewers say with pong, hangs up on long messages, and says goodbye when the server closes', async () => {
		await start();
		const viewer = open(world.url);
		await viewer.until((messages) => messages.length === 1);
		viewer.send('anything');
		viewer.socket.send(Buffer.from([1, 2, 3]));
		const answers = await viewer.until((messages) => messages.length === 3);
		expect(answers.slice(1)).toEqual([{ type: 'pong' }, { type: 'pong' }]);
		const talker = open(world.url);
		await talker.until((messages) => messages.length === 1);
		talker.send('x'.repeat(100_000));
		expect(await talker.closed).toBe(1009);
		await world.close();
		expect(await viewer.closed).toBe(1001);
		expect(world.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
	});

	it('tells the page where the inspector is, before it is opened', async () => {
		await start({ settings: { inspectorUrl: 'https://inspector.example/inspect' } });
		const { status, body } = await world.call('GET', '/inspector');
		expect([status, body]).toEqual([200, { url: 'https://inspector.example/inspect', actorLimit: 50 }]);
		expect((await world.call('GET', '/inspector', { token: null })).status).toBe(401);
	});
});

describe('/inspect/ws of a whole server', () => {
	it('shows the agent, or the workflow with its runner and agent, that was asked for by name', async () => {
		const server = await startWholeServer();
		const { url, token } = server.statecraft;
		const worker = await server.hire('worker');
		await server.hire('other');
		const workflow = await server.post<{ id: string }>('/workflows', {
			name: 'chores',
			agent: worker.id,
			trigger: { type: 'manual' },
			template: 'Do it',
		});
		const address = `agent:${worker.id}`;
		const runner = `${orchestratorAddress}/${workflow.id}`;
		const one = open(url, `token=${token}&agent=worker`);
		const [hello, actor] = await one.until((messages) => messages.length === 2);
		expect(hello).toMatchObject({ shown: 1, leftOut: 0 });
		expect(actor).toMatchObject({ sessionId: address, snapshot: { value: { idle: expect.anything() } } });
		await server.settled((await server.ask(worker.id, 'A word in confidence')).id);
		const told = await one.until((messages) => messages.some(({ event }) => event?.type === 'RESULT'));
		expect(new Set(told.slice(1).map(({ sessionId }) => sessionId))).toEqual(new Set([address]));
		expect(JSON.stringify(told)).not.toContain('confidence');

		const whole = open(url, `token=${token}&workflow=chores`);
		await whole.until((messages) => sessions(messages).length === 3);
		expect(new Set(sessions(whole.messages))).toEqual(new Set([orchestratorAddress, runner, address]));
		expect(sessions(whole.messages).indexOf(orchestratorAddress)).toBeLessThan(
			sessions(whole.messages).indexOf(runner),
		);
	});
});
