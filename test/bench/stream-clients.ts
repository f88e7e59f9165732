/**
 * A process full of WebSocket clients, so that their work is not done by the server that is measured.
 * They note when each event arrived, on the clock that all processes of a host share.
 */

import { WebSocket } from 'ws';
import { sharedClockMs } from './shared-clock.ts';

/** What the process is told. */
export type ClientOrder =
	| {
			readonly type: 'open';
			readonly url: string;
			readonly token: string;
			readonly clients: number;
			readonly after: number;
			/** Reads nothing once it has subscribed. */
			readonly stalled: boolean;
	  }
	/** Answered once every client has heard this many events. */
	| { readonly type: 'collect'; readonly events: number };

/** What it answers. */
export type ClientReport =
	| { readonly type: 'opened' }
	| { readonly type: 'collected'; readonly openedAt: number; readonly arrivals: ReadonlyArray<Float64Array> };

/** Events follow each other without a gap, so that an event's place tells its number. */
const head = Buffer.from('{"type":"event","seq":');

interface Client {
	readonly arrivals: number[];
}

let openedAt = 0;
let clients: readonly Client[] = [];
let awaited: number | undefined;

function connect(order: Extract<ClientOrder, { type: 'open' }>): Promise<Client> {
	const client: Client = { arrivals: [] };
	const socket = new WebSocket(order.url, {
		headers: { authorization: `Bearer ${order.token}` },
		skipUTF8Validation: true,
		perMessageDeflate: false,
	});
	socket.on('message', (data: Buffer) => {
		const isEvent = data.compare(head, 0, head.length, 0, head.length) === 0;
		if (!isEvent) throw new Error(`unexpected message ${data.toString()}`);
		const seq = Number.parseInt(data.toString('latin1', head.length, head.length + 16), 10);
		const expected = order.after + client.arrivals.length + 1;
		if (seq !== expected) throw new Error(`event ${seq} came in place of ${expected}`);
		client.arrivals.push(sharedClockMs());
		report();
	});
	return new Promise((resolve, reject) => {
		socket.once('error', reject);
		socket.once('open', () => {
			socket.send(JSON.stringify({ type: 'subscribe', after: order.after }));
			if (order.stalled) socket.pause();
			resolve(client);
		});
	});
}

function report(): void {
	const events = awaited;
	if (events === undefined || clients.some(({ arrivals }) => arrivals.length < events)) return;
	awaited = undefined;
	answer({ type: 'collected', openedAt, arrivals: clients.map(({ arrivals }) => Float64Array.from(arrivals)) });
}

function answer(message: ClientReport): void {
	process.send?.(message);
}

process.on('message', async (order: ClientOrder) => {
	if (order.type === 'collect') {
		awaited = order.events;
		report();
		return;
	}
	openedAt = sharedClockMs();
	clients = await Promise.all(Array.from({ length: order.clients }, () => connect(order)));
	answer({ type: 'opened' });
});
