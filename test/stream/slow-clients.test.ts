import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEvent } from '../../src/events/catalogue.ts';
import { adminToken, startWorld, type World } from '../support/http-world.ts';
import { listen, type Message, untilTrue } from '../support/sockets.ts';

let world: World;
afterEach(() => world.close());

const total = 2_000;
const text = 'x'.repeat(20_000);
/** What was kept for the client would be 40 MB; the system's own socket buffers hold some of it. */
const boundBytes = 20_000_000;

async function writeMuch(): Promise<void> {
	for (let batch = 0; batch < total / 20; batch += 1) {
		const events = Array.from({ length: 20 }, () =>
			createEvent('agent.output.message', null, Date.now(), { type: 'message', text }),
		);
		await world.fleet.write([], events);
		await new Promise((resolve) => setImmediate(resolve));
	}
}

const seqsOf = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'event').map(({ seq }) => seq);

describe('a client that does not keep up', () => {
	it('costs bounded memory on /stream, is told of a gap, and takes up where it was', async () => {
		world = await startWorld({ settings: { streamBufferBytes: '100000' } });
		const client = listen(`ws://127.0.0.1:${world.port}/stream?token=${adminToken}`);
		client.send({ type: 'subscribe' });
		await client.until((messages) => messages.some(({ type }) => type === 'snapshot.end'));
		client.socket.pause();
		await writeMuch();
		client.socket.resume();
		const messages = await client.until((heard) => heard.some(({ type }) => type === 'gap'));
		const before = seqsOf(messages);
		const { after } = messages.at(-1);
		expect(after).toBe(before.at(-1) ?? 0);
		expect(before.length * text.length).toBeLessThan(boundBytes);
		client.send({ type: 'subscribe', after });
		await client.until((heard) => seqsOf(heard).at(-1) === total);
		expect(seqsOf(client.messages)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
		expect((await world.call('GET', '/metrics')).body).toContain('statecraft_stream_gaps_total 1');
		client.socket.terminate();
	});

	it('costs bounded memory on an event stream, is told of a gap and hung up on', async () => {
		world = await startWorld({ settings: { streamBufferBytes: '100000' } });
		const { socket, heard } = await openRawStream();
		socket.pause();
		await writeMuch();
		const ended = new Promise((resolve) => socket.once('end', resolve));
		socket.resume();
		await ended;
		const ids = [...heard.join('').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
		expect(ids).toEqual(ids.map((_, index) => index + 1));
		expect(ids.length * text.length).toBeLessThan(boundBytes);
		expect(heard.join('')).toContain(`event: gap\ndata: ${JSON.stringify({ type: 'gap', after: ids.at(-1) ?? 0 })}`);
	});

	it('is hung up on when it answers no ping', async () => {
		world = await startWorld({ settings: { heartbeatIntervalMs: '100' } });
		const client = listen(`ws://127.0.0.1:${world.port}/stream?token=${adminToken}`, { autoPong: false } as object);
		client.send({ type: 'subscribe' });
		expect(await client.closed).toBe(1006);
	});

	it('is hung up on when it takes nothing of an event stream between two pings', async () => {
		world = await startWorld({ settings: { heartbeatIntervalMs: '100', streamBufferBytes: '100000' } });
		const { socket } = await openRawStream();
		socket.pause();
		await writeMuch();
		await untilTrue(async () => (await openStreams()) === 0, 'the end of the stream');
		socket.destroy();
	});

	it('is pinged on an event stream where nothing happens', async () => {
		world = await startWorld({ settings: { heartbeatIntervalMs: '100' } });
		const { socket, heard } = await openRawStream();
		await untilTrue(() => heard.join('').split(': ping').length > 3, 'three pings');
		expect(await openStreams()).toBe(1);
		socket.destroy();
		await untilTrue(async () => (await openStreams()) === 0, 'the end of the stream');
	});

	it('is not listened to while it reads no answers', async () => {
		world = await startWorld();
		const url = `ws://127.0.0.1:${world.port}/stream?token=${adminToken}`;
		const [rude, polite] = [listen(url), listen(url)];
		await new Promise<void>((resolve) => rude.socket.once('open', () => resolve()));
		rude.socket.pause();
		// Each is answered with an error that is about as long.
		const count = 1_000;
		for (let index = 0; index < count; index += 1) rude.send({ type: 'ping', ['y'.repeat(60_000)]: index });
		for (let index = 1; index <= 200; index += 1) {
			polite.send({ type: 'ping' });
			await polite.until((messages) => messages.length === index);
		}
		expect(rude.socket.bufferedAmount).toBeGreaterThan(boundBytes);
		rude.socket.resume();
		await rude.until((messages) => messages.length === count);
		for (const client of [rude, polite]) client.socket.terminate();
	});

	it('does not hold up the others', async () => {
		world = await startWorld({ settings: { streamBufferBytes: '100000' } });
		const url = `ws://127.0.0.1:${world.port}/stream?token=${adminToken}`;
		const [stalled, quick] = [listen(url), listen(url)];
		for (const client of [stalled, quick]) client.send({ type: 'subscribe', after: 0 });
		await world.fleet.write([], [createEvent('system.stopping', null, 0, {})]);
		for (const client of [stalled, quick]) await client.until((messages) => messages.length === 1);
		stalled.socket.pause();
		let cursor = 0;
		quick.socket.on('message', () => {
			const last = quick.messages.at(-1);
			if (last.type === 'gap') quick.send({ type: 'subscribe', after: last.after });
			else cursor = last.seq;
		});
		await writeMuch();
		await untilTrue(() => cursor === total + 1, 'the last event');
		expect(seqsOf(quick.messages)).toEqual(Array.from({ length: total + 1 }, (_, index) => index + 1));
		for (const client of [stalled, quick]) client.socket.terminate();
	});
});

async function openStreams(): Promise<number> {
	const { body } = await world.call('GET', '/metrics');
	return Number(/statecraft_stream_clients\{kind="sse"\} (\d+)/.exec(body)?.[1]);
}

/** `fetch` reads ahead of its caller; a bare socket does not. */
function openRawStream(): Promise<{ socket: Socket; heard: string[] }> {
	const heard: string[] = [];
	return new Promise((resolve, reject) => {
		const socket = connect(world.port, '127.0.0.1', () => {
			const head = ['GET /events HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${adminToken}`];
			socket.write(`${[...head, 'Accept: text/event-stream', 'Connection: close'].join('\r\n')}\r\n\r\n`);
		});
		socket.once('error', reject);
		socket.setEncoding('utf8').on('data', (chunk: string) => {
			heard.push(chunk);
			if (chunk.includes('retry:')) resolve({ socket, heard });
		});
	});
}
