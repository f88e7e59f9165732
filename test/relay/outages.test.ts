/** A Valkey that goes away, comes back, has lost its data, or has something in the way. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { sourceOf } from '../../src/relay/cloud-event.ts';
import { createOutage } from '../../src/relay/outage.ts';
import { RelayObstacle } from '../../src/relay/valkey.ts';
import { agentRow, createRelayWorld, runRow } from '../support/relay-world.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { hasServerProgram, startOwnValkey, testValkeyUrl, viewValkey } from '../support/valkey.ts';

const url = testValkeyUrl ?? '';
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const queued = { topic: 'prompt.queued', data: { promptId: 'pmt_1' } };
const updated = { topic: 'agent.updated', agentId: 'agt_1', data: { changed: [] } };

async function createScene() {
	const valkey = await viewValkey();
	return { valkey, ...createRelayWorld(url, valkey.prefix) };
}

test('an outage is one warning and one line at its end; what a person has to mend is told besides, once', () => {
	const said: string[] = [];
	const { failed, over } = createOutage({
		place: 'host:1',
		onWarning: (_, error) => said.push(error.message),
		onNotice: (text) => said.push(text),
	});
	over();
	const pauses = [failed(new Error('refused')), failed(new Error('reset')), failed(new RelayObstacle('WRONGPASS'))];
	failed(new RelayObstacle('WRONGPASS'));
	for (let more = 0; more < 20; more++) pauses.push(failed(new Error('refused')));
	over();
	over();
	expect(said).toEqual(['refused', 'WRONGPASS', expect.stringContaining('host:1 is back')]);
	expect(pauses[0]).toBeGreaterThanOrEqual(125);
	expect(pauses[0]).toBeLessThanOrEqual(250);
	expect(Math.max(...pauses)).toBeLessThanOrEqual(10_000);
	expect(Math.min(...pauses.slice(-5))).toBeGreaterThanOrEqual(5_000);
	expect(new Set(pauses.slice(-5)).size).toBeGreaterThan(1);
});

test('a stop does not wait for a Valkey that takes the connection and says nothing', async () => {
	const taken: Socket[] = [];
	const mute = createServer((socket) => void taken.push(socket)).listen(0, '127.0.0.1');
	await once(mute, 'listening');
	const { begin, tell } = createRelayWorld(`redis://127.0.0.1:${(mute.address() as AddressInfo).port}`, 'mute');
	const relay = await begin();
	await vi.waitFor(() => expect(taken).toHaveLength(1));
	tell(queued);
	await relay.stop();
	for (const socket of taken) socket.destroy();
	mute.close();
});

describe.skipIf(!testValkeyUrl)('the relay', () => {
	test('misses nothing of what was committed while Valkey was away, and asks the journal for nothing meanwhile', async () => {
		const proxy = await startTcpProxy({ port: Number(new URL(url).port) });
		const { valkey, begin, tell, warnings, notices, states, reads } = await createScene();
		await begin({ url: `redis://127.0.0.1:${proxy.port}` });
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1]);
		proxy.refuse(true);
		proxy.cut();
		await vi.waitFor(() => expect(warnings).toHaveLength(1));
		const before = reads.length;
		for (let turn = 0; turn < 1_000; turn++) tell(queued);
		await vi.waitFor(() => expect(states.at(-1)).toEqual({ isUp: false, lag: 1_000 }));
		expect(reads.length).toBe(before);
		expect(await valkey.seqs()).toEqual([1]);
		proxy.refuse(false);
		await vi.waitFor(async () => expect(await valkey.seqs()).toEqual(range(1, 1_001)), { timeout: 15_000 });
		await vi.waitFor(() => expect(notices).toHaveLength(1));
		expect(warnings).toHaveLength(1);
		expect(states.at(-1)).toEqual({ isUp: true, lag: 0 });
		await proxy.close();
	});

	test('gives up a connection on which nothing comes back any more', async () => {
		const proxy = await startTcpProxy({ port: Number(new URL(url).port) });
		const { valkey, begin, tell, warnings } = await createScene();
		await begin({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 500 });
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1]);
		proxy.freeze();
		tell(queued);
		await vi.waitFor(async () => expect(await valkey.seqs()).toEqual([1, 2]), { timeout: 15_000 });
		expect(warnings).toHaveLength(1);
		await proxy.close();
	});

	test('ends while Valkey answers no more, and while it is away', async () => {
		const proxy = await startTcpProxy({ port: Number(new URL(url).port) });
		const { valkey, begin, tell } = await createScene();
		const relay = await begin({ url: `redis://127.0.0.1:${proxy.port}`, stopMs: 300 });
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1]);
		proxy.freeze();
		tell(queued);
		await relay.stop();
		await proxy.close();
		const away = await begin({ url: `redis://127.0.0.1:${proxy.port}` });
		await away.stop();
	});

	test('relays at its stop what is left', async () => {
		const { valkey, begin, tell, fill, states } = await createScene();
		const relay = await begin();
		await vi.waitFor(() => expect(states.at(-1)).toEqual({ isUp: true, lag: 0 }));
		fill(1_500);
		tell(queued);
		await relay.stop();
		expect(await valkey.seqs()).toEqual(range(1, 1_501));
	});

	test('a hash in whose place something else is, is left alone and named; the others go on', async () => {
		const { valkey, begin, tell, agents, warnings } = await createScene();
		await valkey.client.set(`${valkey.prefix}:agent:agt_1`, 'mine');
		agents.set('agt_1', agentRow('agt_1'));
		agents.set('agt_2', agentRow('agt_2'));
		await begin();
		tell(updated, { ...updated, agentId: 'agt_2' });
		await expect.poll(() => valkey.seqs()).toEqual([1, 2]);
		expect(await valkey.hash('agent', 'agt_2')).toMatchObject({ state: 'idle' });
		expect(await valkey.client.get(`${valkey.prefix}:agent:agt_1`)).toBe('mine');
		expect(warnings.map(({ where }) => where)).toEqual([
			expect.stringContaining(`${valkey.prefix}:agent:agt_1 holds a string where a hash belongs`),
		]);
		await valkey.client.del(`${valkey.prefix}:agent:agt_1`);
		tell(updated);
		await expect.poll(() => valkey.hash('agent', 'agt_1')).toMatchObject({ state: 'idle' });
	});

	test('something else in the place of the stream stops the stream alone, which lacks nothing once it is gone', async () => {
		const { valkey, begin, tell, agents, warnings, settings, states } = await createScene();
		const heard = await valkey.listen('events');
		const stream = `${valkey.prefix}:events`;
		await valkey.client.set(stream, 'mine');
		agents.set('agt_1', agentRow('agt_1'));
		let now = 1_000_000;
		const clock = { now: () => now, setTimer: (call: () => void, ms: number) => cancelTimer(setTimeout(call, ms)) };
		const relay = await begin({ clock });
		tell(updated, queued);
		await vi.waitFor(() => expect(heard).toHaveLength(2));
		expect(await valkey.hash('agent', 'agt_1')).toMatchObject({ state: 'idle' });
		expect(warnings.map(({ where }) => where)).toEqual([expect.stringContaining(`${stream} holds a string`)]);
		expect(states.at(-1)?.lag).toBe(2);
		await relay.stop();
		expect(JSON.parse([...settings.values()][0] ?? '')).toEqual({ since: 0, reached: 0 });

		await begin({ clock });
		await vi.waitFor(() => expect(heard).toHaveLength(4));
		await valkey.client.del(stream);
		now += 60_000;
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1, 2, 3]);
		await vi.waitFor(() => expect(heard.map(({ event }) => event.id)).toEqual(['1', '2', '1', '2', '3']));
		expect(states.at(-1)).toEqual({ isUp: true, lag: 0 });
		// And once more, in the middle of its work.
		await valkey.client.set(stream, 'mine again');
		tell(queued);
		await vi.waitFor(() => expect(heard).toHaveLength(6));
		await valkey.client.del(stream);
		now += 60_000;
		tell(queued);
		await expect.poll(() => valkey.seqs()).toEqual([1, 2, 3, 4, 5]);
	});

	test('keys of another installation are left alone until they are gone', async () => {
		const { valkey, begin, tell, warnings } = await createScene();
		await valkey.client.set(`${valkey.prefix}:source`, sourceOf('another'));
		await valkey.client.sadd(`${valkey.prefix}:agents`, 'agt_theirs');
		await begin();
		tell(queued);
		await vi.waitFor(() => expect(warnings).toHaveLength(1));
		expect(warnings[0]?.error?.message).toMatch(/those of urn:statecraft:another.*STATECRAFT_VALKEY_PREFIX/);
		expect(await valkey.client.smembers(`${valkey.prefix}:agents`)).toEqual(['agt_theirs']);
		expect(await valkey.seqs()).toEqual([]);
		await valkey.client.del(`${valkey.prefix}:source`, `${valkey.prefix}:agents`);
		await vi.waitFor(async () => expect(await valkey.seqs()).toEqual([1]), { timeout: 15_000 });
	});

	test.each([
		['is ahead of the journal', 9, 'prompt.queued'],
		['holds another event in that place', 2, 'prompt.finished'],
	])('a stream that %s is of another past: it is left alone, and said', async (_, seq, topic) => {
		const { valkey, begin, fill, warnings, journal } = await createScene();
		fill(3);
		const time = new Date(journal[seq - 1]?.at ?? 0).toISOString();
		const event = { id: String(seq), type: `dev.statecraft.${topic}`, source: sourceOf('test'), time };
		await valkey.client.xadd(`${valkey.prefix}:events`, `${seq}-0`, 'event', JSON.stringify(event));
		await begin();
		await vi.waitFor(() => expect(warnings).toHaveLength(1));
		expect(warnings[0]?.error?.message).toMatch(/was the database replaced\?/);
		expect(await valkey.seqs()).toEqual([seq]);
	});
});

describe.skipIf(!hasServerProgram)('a server of its own', () => {
	test('kill -9 with its data on disk: nothing is missing and nothing is twice', async () => {
		const own = await startOwnValkey({ keeps: true });
		const valkey = await viewValkey(own.url, { prefix: 'statecraft' });
		const { begin, tell, warnings } = createRelayWorld(own.url, 'statecraft');
		await begin();
		for (let turn = 0; turn < 300; turn++) {
			tell(queued, queued);
			if (turn === 100) void own.kill();
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
		await own.start();
		await vi.waitFor(async () => expect(await valkey.seqs()).toEqual(range(1, 600)), { timeout: 15_000 });
		expect(warnings).toHaveLength(1);
	});

	test('a restart that loses everything: hashes are there again, and the stream as far as it is long', async () => {
		const own = await startOwnValkey({ keeps: false });
		const valkey = await viewValkey(own.url, { prefix: 'statecraft' });
		const { begin, tell, fill, agents, runs } = createRelayWorld(own.url, 'statecraft');
		fill(10);
		agents.set('agt_1', agentRow('agt_1'));
		runs.set('run_1', runRow('run_1', 'agt_1', { state: 'completed', completedAt: Date.now() }));
		await begin({ streamLength: 1_000 });
		tell(...range(1, 5).map(() => queued));
		await expect.poll(() => valkey.seqs()).toEqual(range(11, 15));
		await own.kill();
		await own.start();
		// Nothing happens meanwhile: the end of the connection is news enough.
		await vi.waitFor(async () => expect(await valkey.seqs()).toEqual(range(11, 15)), { timeout: 15_000 });
		expect(await valkey.hash('agent', 'agt_1')).toMatchObject({ state: 'idle' });
		expect(await valkey.hash('run', 'run_1')).toMatchObject({ state: 'completed' });
		const heard = await valkey.listen('events');
		fill(2_000);
		tell(queued);
		await vi.waitFor(() => expect(heard.at(-1)?.event.id).toBe('2016'));
		await own.kill();
		await own.start();
		await vi.waitFor(async () => expect((await valkey.seqs()).at(-1)).toBe(2_016), { timeout: 15_000 });
		expect(await valkey.seqs()).toEqual(range(1_017, 2_016));
		// Subscribers had them all before.
		expect(heard).toHaveLength(2_001);
	});
});

function cancelTimer(timer: NodeJS.Timeout): () => void {
	return () => clearTimeout(timer);
}
