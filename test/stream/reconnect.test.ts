import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminToken, startWorld, type World } from '../support/http-world.ts';
import { createRandom } from '../support/random.ts';
import { type Listener, listen, type Message, readSse } from '../support/sockets.ts';

let world: World;
beforeEach(async () => {
	world = await startWorld();
});
afterEach(() => world.close());

const seeds = process.env.FUZZ_SEED === undefined ? [1, 2, 3, 4, 5] : [Number(process.env.FUZZ_SEED)];
const by = { by: 'fuzz' };

/** Makes, moves and removes agents at random; the last change makes the agent `last`. */
async function changeAgents(random: () => number, changes: number): Promise<void> {
	const ids: string[] = [];
	for (let index = 0; index < changes; index += 1) {
		const id = ids[Math.floor(random() * ids.length)];
		if (id === undefined || random() < 0.3)
			ids.push((await world.fleet.create({ name: `a${index}`, driver: { kind: 'demo' }, cwd: '/' }, by)).id);
		else if (random() < 0.2) await world.fleet.remove(ids.splice(ids.indexOf(id), 1)[0] ?? '', by);
		else await world.fleet.patch(id, { labels: { change: String(index) } }, by);
		if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 4));
	}
	await world.fleet.create({ name: 'last', driver: { kind: 'demo' }, cwd: '/' }, by);
}

function subscribe(message: object): Listener {
	const client = listen(`ws://127.0.0.1:${world.port}/stream?token=${adminToken}`);
	client.send({ type: 'subscribe', ...message });
	return client;
}

const isLast = ({ type, topic, data }: Message) =>
	type === 'event' && topic === 'agent.created' && data.name === 'last';
const eventsOf = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'event');

describe('[P7] a client that loses its connection at random', () => {
	it.each(seeds)('sees every seq on /stream exactly once, in order (FUZZ_SEED=%i)', async (seed) => {
		const random = createRandom(seed);
		const writing = changeAgents(random, 150);
		const seen: Message[] = [];
		while (!seen.some(isLast)) {
			const client = subscribe({ after: seen.at(-1)?.seq ?? 0 });
			const patience = 1 + Math.floor(random() * 30);
			await client.until((messages) => messages.length >= patience || messages.some(isLast));
			client.socket.terminate();
			seen.push(...client.messages);
		}
		await writing;
		expect(seen.map(({ seq }) => seq)).toEqual(world.store.events().map(({ seq }) => seq));
	});

	it.each(seeds)('sees every seq on an event stream exactly once, in order (FUZZ_SEED=%i)', async (seed) => {
		const random = createRandom(seed);
		const writing = changeAgents(random, 150);
		const seen: Message[] = [];
		while (!seen.some((event) => isLast({ type: 'event', ...event }))) {
			const abort = new AbortController();
			const lastEventId = String(seen.at(-1)?.seq ?? 0);
			const response = await fetch(`${world.url}/events`, {
				headers: { authorization: `Bearer ${adminToken}`, accept: 'text/event-stream', 'last-event-id': lastEventId },
				signal: abort.signal,
			});
			let patience = 1 + Math.floor(random() * 30);
			for await (const { data } of readSse(response)) {
				seen.push(data);
				patience -= 1;
				if (patience === 0 || isLast({ type: 'event', ...data })) break;
			}
			abort.abort();
		}
		await writing;
		expect(seen.map(({ seq }) => seq)).toEqual(world.store.events().map(({ seq }) => seq));
	});

	it.each(seeds)('knows every agent from snapshot and events, whenever it began (FUZZ_SEED=%i)', async (seed) => {
		const random = createRandom(seed);
		const writing = changeAgents(random, 150);
		const clients: Listener[] = [];
		for (let index = 0; index < 8; index += 1) {
			clients.push(subscribe({}));
			await new Promise((resolve) => setTimeout(resolve, random() * 20));
		}
		await writing;
		const { items } = await world.reads.agents({}, { limit: 200, offset: 0 });
		for (const client of clients) {
			const messages = await client.until(
				(heard) => heard.some(isLast) || heard.some((one) => one.type === 'resource' && one.data.name === 'last'),
			);
			const known = replay(messages);
			expect([...known].sort()).toEqual(items.map(({ id }) => id).sort());
			const { cursor } = messages[0];
			const seqs = eventsOf(messages).map(({ seq }) => seq);
			expect(seqs).toEqual(seqs.map((_, index) => cursor + 1 + index));
			client.socket.terminate();
		}
	});
});

/** The agents a client knows of after these messages. */
function replay(messages: readonly Message[]): Set<string> {
	const known = new Set<string>();
	for (const { type, data, topic, agentId } of messages) {
		if (type === 'resource') known.add(data.id);
		if (topic === 'agent.created') known.add(agentId);
		if (topic === 'agent.deleted') known.delete(agentId);
	}
	return known;
}
