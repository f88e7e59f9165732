import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { streamJsonProtocol } from '../../../src/agents/drivers/stream-json.ts';
import {
	createWebSocketTransport,
	type WebSocketTransport,
	type WebSocketTransportOptions,
} from '../../../src/agents/drivers/web-socket.ts';
import { createRecordingSink } from '../../support/recording-sink.ts';

const open: Array<() => void | Promise<void>> = [];

afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

/** A server on loopback that makes a transport of the first socket to dial in. */
async function listen(options: WebSocketTransportOptions = {}) {
	const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
	await once(server, 'listening');
	open.push(() => {
		for (const socket of server.clients) socket.terminate();
		return new Promise((resolve) => server.close(() => resolve()));
	});
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	const transport = new Promise<WebSocketTransport>((resolve) => {
		server.once('connection', (socket) => resolve(createWebSocketTransport(socket, options)));
	});
	return { port: address.port, transport };
}

/** An agent that has dialled in, and the transport to it. */
async function connect(options: WebSocketTransportOptions = {}) {
	const { port, transport } = await listen(options);
	const agent = new WebSocket(`ws://127.0.0.1:${port}`);
	open.push(() => agent.terminate());
	await once(agent, 'open');
	return { agent, transport: await transport };
}

async function readAll(transport: WebSocketTransport): Promise<string[]> {
	const frames: string[] = [];
	for await (const frame of transport.frames) frames.push(frame);
	return frames;
}

describe('the WebSocket transport', () => {
	it('takes a message for a frame, and several lines for several', async () => {
		const { agent, transport } = await connect();
		agent.send('{"a":1}');
		agent.send('{"b":2}\n{"c":"ü"}\r\n\n');
		agent.send(Buffer.from('{"d":4}\n'));
		agent.close();

		expect(await readAll(transport)).toEqual(['{"a":1}', '{"b":2}', '{"c":"ü"}', '{"d":4}']);
	});

	it('sends a frame as a message', async () => {
		const { agent, transport } = await connect();
		const received = once(agent, 'message');
		await transport.send('{"hello":true}');

		const [data, isBinary] = await received;
		expect([String(data), isBinary]).toEqual(['{"hello":true}', false]);
	});

	it('loses nothing that was sent before anybody read, and closes only when it has been read', async () => {
		const { agent, transport } = await connect();
		const sent = Array.from({ length: 1000 }, (_, index) => `{"n":${index}}`);
		for (const frame of sent) agent.send(frame);
		agent.close(1000, 'done');

		const frames: string[] = [];
		const reading = (async () => {
			for await (const frame of transport.frames) {
				frames.push(frame);
				await new Promise((resolve) => setImmediate(resolve));
			}
		})();
		await transport.closed;
		expect(frames).toEqual(sent);
		await reading;
	});

	it('tells how the agent closed it', async () => {
		const { agent, transport } = await connect();
		agent.close(4001, 'going home');

		expect(await transport.closed).toEqual({
			expected: false,
			reason: 'socket closed 4001: going home',
			exitCode: null,
			signal: null,
			stderrTail: '',
		});
	});

	it('tells of an agent that vanished', async () => {
		const { agent, transport } = await connect();
		agent.terminate();

		expect(await transport.closed).toMatchObject({ expected: false, reason: 'socket closed 1006' });
		await expect(transport.send('{}')).rejects.toMatchObject({ code: 'connection_lost' });
	});

	it('is closed as expected when we close it', async () => {
		const { agent, transport } = await connect();
		const told = once(agent, 'close');
		transport.close();

		expect(await transport.closed).toMatchObject({ expected: true, reason: 'closed by Statecraft' });
		expect((await told)[0]).toBe(1000);
	});

	it('tells an agent that a newer connection has replaced it', async () => {
		const { agent, transport } = await connect();
		const told = once(agent, 'close');
		transport.replace();

		const [code, reason] = await told;
		expect([code, String(reason)]).toEqual([4409, 'replaced by a newer connection']);
		expect(await transport.closed).toMatchObject({ expected: true, reason: 'replaced by a newer connection' });
	});

	it('tells an agent that it cannot work with it, in as many words as a close frame holds', async () => {
		const { agent, transport } = await connect();
		const told = once(agent, 'close');
		transport.reject(`${'x'.repeat(122)}ü and more`);

		const [code, reason] = await told;
		expect([code, String(reason)]).toEqual([4400, 'x'.repeat(122)]);
	});

	it('cuts off an agent that does not agree to the end', async () => {
		const { port, transport } = await listen();
		const peer = dialInMute(port);
		const cutOff = once(peer, 'close');
		const half = await transport;
		half.replace();

		expect(await half.closed).toMatchObject({ expected: true, reason: 'replaced by a newer connection' });
		await cutOff;
	});

	it('closes on a message that is too long, and hands on what came before', async () => {
		const { agent, transport } = await connect({ maxFrameBytes: 100 });
		const told = once(agent, 'close');
		agent.send('{"short":1}');
		agent.send(`"${'x'.repeat(99)}"`);

		expect(await readAll(transport)).toEqual(['{"short":1}']);
		expect((await told)[0]).toBe(1009);
		expect(await transport.closed).toMatchObject({ expected: false, reason: 'message of 101 bytes, more than 100' });
	});

	it('takes a message of just the longest length', async () => {
		const { agent, transport } = await connect({ maxFrameBytes: 100 });
		const longest = `"${'x'.repeat(98)}"`;
		agent.send(longest);
		agent.close();
		expect(await readAll(transport)).toEqual([longest]);
	});

	it('cuts off a half-open peer that answers no pings', async () => {
		const { port, transport } = await listen({ pingIntervalMs: 20 });
		dialInMute(port);

		const closure = await (await transport).closed;
		expect(closure).toMatchObject({ expected: false, reason: 'half-open: pings are no longer answered' });
	});

	it('keeps a peer that says nothing but answers pings', async () => {
		const { agent, transport } = await connect({ pingIntervalMs: 20 });
		let pings = 0;
		await new Promise<void>((resolve) => {
			agent.on('ping', () => {
				pings += 1;
				if (pings === 6) resolve();
			});
		});
		await transport.send('{"still":"here"}');
		agent.close();
		expect(await transport.closed).toMatchObject({ reason: 'socket closed 1005' });
	});

	it('carries a stream-json session', async () => {
		const { agent, transport } = await connect();
		agent.on('message', (data) => {
			const message = JSON.parse(String(data));
			const response = { subtype: 'success', request_id: message.request_id, response: {} };
			if (message.type === 'control_request') agent.send(JSON.stringify({ type: 'control_response', response }));
			else agent.send(JSON.stringify({ type: 'result', subtype: 'success', result: 'over a socket' }));
		});
		const sink = createRecordingSink();
		const options = { cwd: '/', resume: null, sink, signal: new AbortController().signal };
		const session = await streamJsonProtocol.connect(transport, options);

		expect(await session.prompt([{ type: 'text', text: 'hi' }])).toMatchObject({ ok: true, text: 'over a socket' });
		await session.end();
		expect(await transport.closed).toMatchObject({ expected: true });
	});
});

/** Shakes hands over plain TCP and never says a word again: no pong, no closing frame. */
function dialInMute(port: number) {
	const peer = connectTcp(port, '127.0.0.1');
	open.push(() => {
		peer.destroy();
	});
	peer.on('error', () => {});
	peer.resume();
	const key = Buffer.alloc(16).toString('base64');
	peer.write(
		`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
	);
	return peer;
}
