import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createNotifications, type NotifiedEvent } from '../../src/events/notifications.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startWholeServer } from '../support/whole-server.ts';

interface Delivery {
	readonly id: string;
	readonly headers: IncomingHttpHeaders;
	readonly raw: string;
	readonly body: { readonly topic: string; readonly seq: number; readonly data: Record<string, unknown> };
}

type Answer = (response: ServerResponse) => void;
const ok: Answer = (response) => void response.writeHead(204).end();
const broken: Answer = (response) => void response.writeHead(500).end();
const moved: Answer = (response) => void response.writeHead(302, { location: '/' }).end();
const hang: Answer = () => {};

/** A receiver on loopback; it answers in turn as it is told, and then well. */
async function startReceiver(...answers: Answer[]) {
	const deliveries: Delivery[] = [];
	let arrived = () => {};
	const server = createServer(async (request, response) => {
		const raw = await text(request);
		const id = String(request.headers['x-statecraft-delivery']);
		deliveries.push({ id, headers: request.headers, raw, body: JSON.parse(raw) });
		(answers.shift() ?? ok)(response);
		arrived();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		return new Promise<void>((resolve) => server.close(() => resolve()));
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
		deliveries,
		/** Ids up to this one, each once: the end of a server may cut off what was said already. */
		async gotUntil(id: string): Promise<readonly string[]> {
			while (deliveries.at(-1)?.id !== id) {
				await new Promise<void>((resolve) => {
					arrived = resolve;
				});
			}
			return [...new Set(deliveries.map((delivery) => delivery.id))];
		},
		async got(count: number): Promise<readonly Delivery[]> {
			while (deliveries.length < count) {
				await new Promise<void>((resolve) => {
					arrived = resolve;
				});
			}
			return deliveries;
		},
	};
}

/** Stored events and settings, and a clock whose pauses end as soon as they begin. */
function createSource() {
	const events: NotifiedEvent[] = [];
	const settings = new Map<string, string>();
	const pauses: number[] = [];
	const listeners = new Set<(events: readonly never[]) => void>();
	const clock = {
		now: () => 0,
		setTimer(callback: () => void, ms: number) {
			pauses.push(ms);
			const timer = setImmediate(callback);
			return () => clearImmediate(timer);
		},
	};
	const errors: string[] = [];
	const deps = (urls: readonly string[], secret: string | null = null) => ({
		urls,
		secret,
		clock,
		timeoutMs: 200,
		bus: {
			subscribe(listener: (events: readonly never[]) => void) {
				listeners.add(listener);
				return () => void listeners.delete(listener);
			},
		},
		reads: {
			events: async ({ after, limit }: { after: number; limit: number }) =>
				events.filter(({ seq }) => seq > after).slice(0, limit),
			lastEventSeq: async () => events.at(-1)?.seq ?? 0,
			setting: async (id: string) => settings.get(id),
		},
		saveSetting: async (id: string, value: string) => void settings.set(id, value),
		onError: (where: string) => void errors.push(where),
	});
	return {
		deps,
		pauses,
		errors,
		tell(topic: string, data: Record<string, unknown> = {}) {
			const event = { seq: events.length + 1, topic, agentId: 'agt_1', at: 0, data };
			events.push(event);
			for (const listener of listeners) listener([event] as never);
		},
	};
}

test('[NT1, NT3] a signed post tells of an open request, over the whole product', async () => {
	const receiver = await startReceiver();
	const settings = { notifyUrl: receiver.url, notifySecret: 'a secret of sixteen' };
	const { hire, ask, request } = await startWholeServer({ settings });
	const { id } = await hire('helper');
	await ask(id, 'permission make');
	const asked = await request(id);
	const [delivery] = await receiver.got(1);
	expect(delivery?.body).toMatchObject({
		topic: 'request.opened',
		agentId: id,
		data: { requestId: asked.id, kind: 'permission', title: 'make' },
	});
	const signature = createHmac('sha256', settings.notifySecret)
		.update(delivery?.raw ?? '')
		.digest('hex');
	expect(delivery?.headers['x-statecraft-signature']).toBe(`sha256=${signature}`);
	expect(delivery?.id).toBe(`evt_${delivery?.body.seq}`);
});

test('[NT1, NT2] a receiver that fails, redirects and hangs gets everything in order once it is back', async () => {
	const receiver = await startReceiver(broken, moved, hang);
	const source = createSource();
	const notifications = createNotifications(source.deps([receiver.url]));
	await notifications.begin();
	source.tell('request.opened', { n: 1 });
	source.tell('agent.escalated', { n: 2 });
	const deliveries = await receiver.got(5);
	expect(deliveries.map(({ id }) => id)).toEqual(['evt_1', 'evt_1', 'evt_1', 'evt_1', 'evt_2']);
	expect(source.pauses).toEqual([1_000, 2_000, 4_000]);
	expect(source.errors).toHaveLength(1);
	await notifications.stop();
});

test('[NT1] after a restart it goes on where it was, and a new URL begins with what comes', async () => {
	const [first, second] = [await startReceiver(), await startReceiver()];
	const source = createSource();
	source.tell('request.opened');
	const before = createNotifications(source.deps([first.url]));
	await before.begin();
	source.tell('request.opened');
	await first.got(1);
	await before.stop();
	source.tell('budget.warned');

	const after = createNotifications(source.deps([first.url, second.url]));
	await after.begin();
	source.tell('group.escalated');
	expect(await first.gotUntil('evt_4')).toEqual(['evt_2', 'evt_3', 'evt_4']);
	expect((await second.got(1)).map(({ id }) => id)).toEqual(['evt_4']);
	await after.stop();
});

test('[NT2] a dead receiver holds up neither the others nor the end', async () => {
	const alive = await startReceiver();
	const source = createSource();
	const notifications = createNotifications({
		...source.deps(['http://127.0.0.1:9/', alive.url]),
		clock: createManualClock(),
	});
	await notifications.begin();
	source.tell('request.opened');
	source.tell('agent.unresponsive');
	await alive.got(2);
	await notifications.stop();
	expect(alive.deliveries).toHaveLength(2);
});

test('[NT1] of a failed dispatch only what is not tried again is told', async () => {
	const receiver = await startReceiver();
	const source = createSource();
	const notifications = createNotifications(source.deps([receiver.url]));
	await notifications.begin();
	source.tell('dispatch.failed', { nextAttemptAt: 5 });
	source.tell('dispatch.failed', { nextAttemptAt: null });
	expect((await receiver.got(1)).map(({ id }) => id)).toEqual(['evt_2']);
	await notifications.stop();
});
