import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvent } from '../../src/events/catalogue.ts';
import { adminToken, startWorld, type World } from '../support/http-world.ts';
import { readSse } from '../support/sockets.ts';

let world: World;
beforeEach(async () => {
	world = await startWorld();
});
afterEach(() => world.close());

const say = (agentId: string | null, text: string) =>
	world.fleet.write([], [createEvent('agent.output.message', agentId, Date.now(), { type: 'message', text })]);

async function openStream(path: string, headers: Record<string, string> = {}, signal?: AbortSignal) {
	const response = await fetch(world.url + path, {
		headers: { authorization: `Bearer ${adminToken}`, accept: 'text/event-stream', ...headers },
		...(signal ? { signal } : {}),
	});
	return { response, events: readSse(response) };
}

async function take<T>(events: AsyncGenerator<T>, count: number): Promise<T[]> {
	const taken: T[] = [];
	for (let index = 0; index < count; index += 1) {
		const { value, done } = await events.next();
		if (done) break;
		taken.push(value);
	}
	return taken;
}

describe('events as JSON', () => {
	it('are read page by page from a cursor', async () => {
		const id = await world.createAgent('worker');
		for (let index = 0; index < 5; index += 1) await say(id, `line ${index}`);
		const first = await world.call('GET', '/events?limit=4');
		expect(first.body).toMatchObject({ limit: 4, cursor: 4, latest: 6 });
		expect(first.body.items[0]).toEqual({
			seq: 1,
			topic: 'agent.created',
			agentId: id,
			at: expect.stringMatching(/Z$/),
			data: { name: 'worker' },
		});
		const rest = await world.call('GET', `/events?limit=4&after=${first.body.cursor}`);
		expect(rest.body.items.map(({ seq }: { seq: number }) => seq)).toEqual([5, 6]);
		const output = await world.call('GET', '/agents/worker/events?topic=agent.output.*');
		expect(output.body.items).toHaveLength(5);
	});

	it('are read backwards from a seq, until a page is empty', async () => {
		const id = await world.createAgent('worker');
		for (let index = 0; index < 5; index += 1) await say(index === 2 ? null : id, `line ${index}`);
		const seqs = ({ body }: { body: { items: Array<{ seq: number }> } }) => body.items.map(({ seq }) => seq);
		const last = await world.call('GET', '/events?limit=4&before=7');
		expect([seqs(last), last.body.cursor, last.body.latest]).toEqual([[3, 4, 5, 6], 3, 6]);
		const first = await world.call('GET', '/events?limit=4&before=3');
		expect([seqs(first), first.body.cursor, first.body.latest]).toEqual([[1, 2], 1, 6]);
		const none = await world.call('GET', '/events?limit=4&before=1');
		expect([seqs(none), none.body.cursor]).toEqual([[], 1]);
		const own = await world.call('GET', '/agents/worker/events?before=6&topic=agent.output.*');
		expect(seqs(own)).toEqual([2, 3, 5]);
	});

	it.each(['/events?before=5&after=2', '/events?before=5&after=0', '/events?before=0'])(
		'are refused as %s',
		async (path) => {
			const { status, body } = await world.call('GET', path);
			expect([status, body.code]).toEqual([400, 'invalid_request']);
			expect(body.issues[0].path).toContain('before');
		},
	);

	it('are no stream backwards', async () => {
		const { response } = await openStream('/events?before=5');
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ code: 'invalid_request', issues: [{ path: 'query.before' }] });
	});
});

describe('[P7] events as a stream', () => {
	it('come stored first and then live, in order, with their seq as id', async () => {
		const id = await world.createAgent('worker');
		await say(id, 'before');
		const { response, events } = await openStream('/agents/worker/events');
		expect(response.headers.get('content-type')).toContain('text/event-stream');
		expect((await take(events, 2)).map((event) => event.id)).toEqual([1, 2]);
		await world.createAgent('somebody else');
		await say(id, 'line one\nline two');
		const [live] = await take(events, 1);
		expect(live).toMatchObject({ id: 4, data: { seq: 4, agentId: id, data: { text: 'line one\nline two' } } });
		await events.return(undefined);
	});

	it('resume after Last-Event-ID, which wins over the address', async () => {
		for (let index = 0; index < 4; index += 1) await say(null, `line ${index}`);
		const { events } = await openStream('/events?after=1', { 'last-event-id': '3' });
		expect((await take(events, 1))[0]?.id).toBe(4);
		await events.return(undefined);
	});

	it('refuse a cursor that is none or comes from another history', async () => {
		for (const lastEventId of ['abc', '-1', '99']) {
			const { response } = await openStream('/events', { 'last-event-id': lastEventId });
			expect(response.status, lastEventId).toBe(400);
		}
		expect((await openStream('/agents/none/events')).response.status).toBe(404);
	});

	it('keep stored JSON on one line, however it was written', async () => {
		await world.fleet.write([], [{ topic: 'system.stopping', agentId: null, at: 0, data: '{\n  "a":\n 1\n}' }]);
		const { events } = await openStream('/events');
		expect((await take(events, 1))[0]?.data.data).toEqual({ a: 1 });
		await world.fleet.write([], [{ topic: 'system.stopping', agentId: null, at: 0, data: '{\n  "a":\n 2\n}' }]);
		expect((await take(events, 1))[0]?.data.data).toEqual({ a: 2 });
		await events.return(undefined);
	});

	it('answer a HEAD and are done with it', async () => {
		const response = await fetch(`${world.url}/events`, {
			method: 'HEAD',
			headers: { authorization: `Bearer ${adminToken}`, accept: 'text/event-stream' },
		});
		expect(response.status).toBe(200);
	});

	it('end when the server closes, and are counted while they are open', async () => {
		const { events } = await openStream('/events');
		const ended = take(events, 1);
		expect((await world.call('GET', '/metrics')).body).toContain('statecraft_stream_clients{kind="sse"} 1');
		await world.close();
		expect(await ended).toEqual([]);
	});
});
