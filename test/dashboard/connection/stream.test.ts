import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStream, type Stream, type StreamOptions } from '../../../src/dashboard/connection/stream.ts';
import { backoffMs, nextStatus, type StreamStatus } from '../../../src/dashboard/connection/stream-status.ts';

/** A socket whose other end is the test. */
class FakeSocket {
	readonly sent: Array<Record<string, unknown>> = [];
	readyState = 0;
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: string }) => void) | null = null;
	onclose: ((event: { code: number }) => void) | null = null;
	isClosed = false;

	send(text: string): void {
		this.sent.push(JSON.parse(text));
	}

	close(): void {
		this.isClosed = true;
	}

	open(): void {
		this.readyState = 1;
		this.onopen?.();
	}

	tell(...messages: readonly object[]): void {
		for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
	}

	hangUp(code: number): void {
		this.readyState = 3;
		this.onclose?.({ code });
	}
}

let sockets: FakeSocket[];
let urls: string[];
let wake: () => void;
let stream: Stream;
let told: { readonly what: string; readonly value: unknown }[];

beforeEach(() => {
	vi.useFakeTimers();
	sockets = [];
	urls = [];
	told = [];
});

afterEach(() => {
	stream.close();
	vi.useRealTimers();
});

function start(subscribe: StreamOptions['subscribe'] = { resources: ['agent'], topics: ['none'] }): FakeSocket {
	const note = (what: string) => (value: unknown) => void told.push({ what, value });
	stream = openStream(
		{
			token: 'a b',
			subscribe,
			onSnapshot: note('snapshot'),
			onChanges: note('changes'),
			onEvents: note('events'),
			onStatus: note('status'),
			onProblem: note('problem'),
		},
		{
			openSocket: (url) => {
				urls.push(url);
				const socket = new FakeSocket();
				sockets.push(socket);
				return socket as never;
			},
			origin: 'http://127.0.0.1:4700/#/inbox',
			onWake: (listener) => {
				wake = listener;
				return () => undefined;
			},
			random: () => 0,
			now: Date.now,
		},
	);
	return latest();
}

function latest(): FakeSocket {
	const socket = sockets.at(-1);
	if (socket === undefined) throw new Error('No socket was opened');
	return socket;
}

const values = (what: string) => told.filter((one) => one.what === what).map(({ value }) => value);
const states = () => values('status').map((status) => (status as StreamStatus).state);
const resource = (id: string, version: number) => ({ type: 'resource', resource: 'agent', data: { id, version } });
const event = (seq: number) => ({ type: 'event', seq, topic: 'agent.updated', agentId: null, at: '', data: {} });
const snapshot = (...resources: readonly object[]) => [
	{ type: 'snapshot.begin', cursor: 5, at: '2026-01-01T00:00:00.000Z' },
	...resources,
	{ type: 'snapshot.end' },
];

function goLive(): FakeSocket {
	const socket = start();
	socket.open();
	socket.tell(...snapshot(resource('a', 1)));
	return socket;
}

describe('a snapshot', () => {
	test('is asked for with the token, and handed over whole, at its end', () => {
		const socket = start();
		expect(urls).toEqual(['ws://127.0.0.1:4700/stream?token=a+b']);
		socket.open();
		expect(socket.sent).toEqual([{ type: 'subscribe', resources: ['agent'], topics: ['none'] }]);
		socket.tell({ type: 'snapshot.begin', cursor: 5, at: '2026-01-01T00:00:00.000Z' }, resource('a', 1));
		vi.advanceTimersByTime(1_000);
		expect(told).toEqual([]);
		socket.tell(resource('b', 1), { type: 'snapshot.end' });
		expect(values('snapshot')).toEqual([
			{
				cursor: 5,
				serverTime: Date.UTC(2026, 0, 1),
				changes: [
					{ kind: 'agent', id: 'a', data: { id: 'a', version: 1 } },
					{ kind: 'agent', id: 'b', data: { id: 'b', version: 1 } },
				],
			},
		]);
		expect(states()).toEqual(['live']);
	});

	test('that breaks off is forgotten', () => {
		const socket = start();
		socket.open();
		socket.tell({ type: 'snapshot.begin', cursor: 5 }, resource('a', 1));
		socket.hangUp(1006);
		vi.advanceTimersByTime(1_000);
		latest().open();
		latest().tell(...snapshot(resource('b', 1)));
		expect(values('snapshot')).toMatchObject([{ changes: [{ id: 'b' }] }]);
	});

	test('that is no longer wanted does not hold up what comes after it', () => {
		const socket = start();
		socket.open();
		socket.tell({ type: 'snapshot.begin', cursor: 5 }, resource('a', 1));
		stream.resubscribe({ resources: ['agent'], after: 5 });
		expect(socket.sent[1]).toEqual({ type: 'subscribe', resources: ['agent'], after: 5 });
		socket.tell(resource('b', 1));
		vi.advanceTimersByTime(100);
		expect(values('changes')).toMatchObject([[{ id: 'b' }]]);
	});

	test('comes again after a gap', () => {
		const socket = goLive();
		socket.tell({ type: 'gap', after: 9 });
		expect(socket.sent).toHaveLength(2);
		expect(socket.sent[1]).toEqual(socket.sent[0]);
	});
});

describe('what comes later', () => {
	test('is handed over in batches: the last form of each resource, and every event', () => {
		const socket = goLive();
		vi.advanceTimersByTime(1_000);
		socket.tell(resource('a', 2));
		vi.advanceTimersByTime(0);
		expect(values('changes')).toHaveLength(1);
		for (let version = 3; version <= 50; version += 1) socket.tell(resource('a', version), event(version));
		socket.tell({ type: 'resource.removed', resource: 'agent', id: 'b' });
		vi.advanceTimersByTime(99);
		expect(values('changes')).toHaveLength(1);
		vi.advanceTimersByTime(1);
		expect(values('changes')[1]).toEqual([
			{ kind: 'agent', id: 'a', data: { id: 'a', version: 50 } },
			{ kind: 'agent', id: 'b', data: null },
		]);
		expect(values('events')[0]).toHaveLength(48);
	});

	test('after a cursor goes on behind the last event, across reconnects and gaps', () => {
		const socket = start({ agents: ['a'], after: 7 });
		socket.open();
		expect(socket.sent).toEqual([{ type: 'subscribe', agents: ['a'], after: 7 }]);
		expect(states()).toEqual(['live']);
		socket.tell(event(8), event(9), { type: 'gap', after: 9 });
		expect(socket.sent[1]).toMatchObject({ after: 9 });
		socket.hangUp(1006);
		vi.advanceTimersByTime(1_000);
		latest().open();
		expect(latest().sent[0]).toMatchObject({ after: 9 });
		expect(values('events').flat()).toMatchObject([{ seq: 8 }, { seq: 9 }]);
	});
});

describe('a lost connection', () => {
	test('is opened again, after longer and longer waits', () => {
		goLive().hangUp(1001);
		expect(stream.status).toMatchObject({ state: 'waiting', attempt: 1, nextTryAt: Date.now() + 200 });
		vi.advanceTimersByTime(200);
		expect([sockets.length, stream.status.state]).toEqual([2, 'connecting']);
		latest().hangUp(1006);
		expect(stream.status).toMatchObject({ attempt: 2, nextTryAt: Date.now() + 400 });
		vi.advanceTimersByTime(400);
		latest().open();
		latest().tell(...snapshot());
		expect(stream.status).toEqual({ state: 'live' });
	});

	test('is tried at once when somebody asks, or the browser wakes up', () => {
		goLive().hangUp(1006);
		stream.retry();
		expect(sockets).toHaveLength(2);
		latest().hangUp(1006);
		wake();
		expect(sockets).toHaveLength(3);
	});

	test('is noticed when nothing is heard any more', () => {
		const socket = goLive();
		vi.advanceTimersByTime(15_000);
		expect(socket.sent.at(-1)).toEqual({ type: 'ping' });
		socket.tell({ type: 'pong' });
		vi.advanceTimersByTime(15_000);
		expect(states()).toEqual(['live']);
		vi.advanceTimersByTime(8_000);
		expect([socket.isClosed, stream.status.state]).toEqual([true, 'waiting']);
	});

	test('a socket that was given up has nothing more to say', () => {
		const socket = goLive();
		socket.hangUp(1006);
		socket.tell(resource('a', 9));
		vi.advanceTimersByTime(50);
		expect(values('changes')).toEqual([]);
	});

	test('one that is given up while it is being opened is closed once it is', () => {
		const socket = start();
		stream.close();
		expect(socket.isClosed).toBe(false);
		socket.open();
		expect([socket.isClosed, socket.sent]).toEqual([true, []]);
	});

	test('whoever has closed it hears nothing more', () => {
		const socket = goLive();
		stream.close();
		socket.tell(resource('a', 2));
		vi.advanceTimersByTime(60_000);
		expect([values('changes').length, sockets.length]).toEqual([0, 1]);
	});
});

describe('a refusal', () => {
	test.each([
		[4401, 'token'],
		[4403, 'forbidden'],
	] as const)('with %i is not tried again by itself', (code, reason) => {
		start().hangUp(code);
		vi.advanceTimersByTime(600_000);
		expect(sockets).toHaveLength(1);
		expect(stream.status).toMatchObject({ state: 'refused', reason });
	});

	test('of the subscription is told, and tried again later', () => {
		const socket = start();
		socket.open();
		socket.tell({ type: 'error', code: 'invalid_request', detail: 'No such kind' });
		expect(values('problem')).toMatchObject([{ code: 'invalid_request' }]);
		expect(stream.status.state).toBe('waiting');
	});
});

describe('the status', () => {
	test('remembers since when the data is old, until it is fresh again', () => {
		let status: StreamStatus = { state: 'live' };
		status = nextStatus(status, { type: 'lost', at: 100, code: 1006, delayMs: 10 });
		status = nextStatus(status, { type: 'retry' });
		status = nextStatus(status, { type: 'lost', at: 500, code: 1006, delayMs: 10 });
		expect(status).toEqual({ state: 'waiting', lostSince: 100, attempt: 2, nextTryAt: 510 });
		status = nextStatus(nextStatus(status, { type: 'retry' }), { type: 'live' });
		expect(status).toEqual({ state: 'live' });
	});

	test('waits are doubled up to a limit, and never all the same', () => {
		const waits = [0, 1, 2, 3, 50].map((attempt) => backoffMs(attempt, 0));
		expect(waits).toEqual([200, 400, 800, 1_600, 7_500]);
		expect(backoffMs(50, 0.999)).toBeGreaterThan(14_900);
		expect(backoffMs(50, 0.999)).toBeLessThanOrEqual(15_000);
	});
});
