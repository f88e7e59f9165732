import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminToken, startWorld, type World } from '../support/http-world.ts';
import { listen, readSse } from '../support/sockets.ts';

let world: World;
let token: string;
beforeEach(async () => {
	world = await startWorld({ settings: { heartbeatIntervalMs: '1000' } });
	const made = await world.call('POST', '/tokens', { body: { name: 'visitor', scopes: ['read'] } });
	token = made.body.token;
});
afterEach(() => world.close());

const revoke = () => world.call('DELETE', '/tokens/visitor');

test.each(['/stream', '/inspect/ws'])('%s is closed to whoever came in with a token that is revoked', async (path) => {
	const visitor = listen(`ws://127.0.0.1:${world.port}${path}?token=${token}`);
	const operator = listen(`ws://127.0.0.1:${world.port}${path}?token=${adminToken}`);
	visitor.send({ type: 'ping' });
	operator.send({ type: 'ping' });
	await visitor.until((messages) => messages.some(({ type }) => type === 'pong'));
	await operator.until((messages) => messages.some(({ type }) => type === 'pong'));
	await revoke();
	expect(await visitor.closed).toBe(4401);
	operator.send({ type: 'ping' });
	await operator.until((messages) => messages.filter(({ type }) => type === 'pong').length === 2);
	operator.socket.terminate();
});

test('a stream of events ends with the token that opened it', async () => {
	const response = await fetch(`${world.url}/events`, {
		headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
	});
	const events = readSse(response);
	await world.createAgent('worker');
	expect((await events.next()).value).toMatchObject({ data: { topic: 'agent.created' } });
	await revoke();
	const end = await events.next().catch(() => ({ done: true }));
	expect(end.done).toBe(true);
	const again = await fetch(`${world.url}/events`, { headers: { authorization: `Bearer ${token}` } });
	expect(again.status).toBe(401);
});
