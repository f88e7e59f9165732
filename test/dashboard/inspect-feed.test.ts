/** The feed of the page of the inspector, without a browser: what it asks for, sends, and makes of losses. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { byId, feedAddress, readChoice, renderChoice } from '../../src/dashboard/inspect/choice.ts';
import { type Feed, type FeedStatus, openFeed } from '../../src/dashboard/inspect/feed.ts';
import { describeStatus } from '../../src/dashboard/inspect/status-words.ts';
import { onReady } from '../../src/dashboard/inspect/targets.ts';

interface FakeSocket {
	readonly sent: string[];
	readyState: number;
	closed: boolean;
	hear(message: object): void;
	drop(code: number): void;
}

const inspectorUrl = 'https://inspector.example/inspect';
let sockets: FakeSocket[];
let posted: object[];
let reloads: number;
let statuses: FeedStatus[];
let feed: Feed;

function openSocket(): WebSocket {
	const socket = {
		sent: [] as string[],
		readyState: 1,
		closed: false,
		onmessage: null as WebSocket['onmessage'],
		onclose: null as WebSocket['onclose'],
		send: (text: string) => void socket.sent.push(text),
		close() {
			socket.closed = true;
		},
		hear: (message: object) => socket.onmessage?.call(socket as never, { data: JSON.stringify(message) } as never),
		drop: (code: number) => socket.onclose?.call(socket as never, { code } as never),
	};
	sockets.push(socket);
	return socket as never;
}

const last = () => sockets.at(-1) as FakeSocket;
const state = () => statuses.at(-1);
const hello = (instance: string, more: object = {}) => ({
	type: 'hello',
	inspectorUrl,
	instance,
	again: false,
	shown: 2,
	leftOut: 0,
	limit: 50,
	...more,
});

beforeEach(() => {
	vi.useFakeTimers();
	[sockets, posted, statuses, reloads] = [[], [], [], 0];
	feed = openFeed({
		inspectorUrl,
		openSocket,
		onStatus: (status) => statuses.push(status),
		random: () => 1,
		target: { post: (message) => posted.push(message), reload: () => void reloads++ },
	});
});

afterEach(() => {
	feed.close();
	expect(vi.getTimerCount()).toBe(0);
	vi.useRealTimers();
});

test('asks the server for nothing before the inspector is ready, and says when that takes long', () => {
	expect([sockets.length, state()]).toEqual([0, { state: 'loading', late: false }]);
	vi.advanceTimersByTime(10_000);
	expect([sockets.length, state()]).toEqual([0, { state: 'loading', late: true }]);
	feed.ready();
	expect([sockets.length, state()]).toEqual([1, { state: 'connecting' }]);
});

test('hands on what the inspector understands, in order, and nothing else', () => {
	feed.ready();
	last().hear(hello('one'));
	const messages = [{ type: '@xstate.actor' }, { type: '@xstate.event' }, { type: '@xstate.snapshot' }];
	for (const message of messages) last().hear(message);
	last().hear({ type: 'pong' });
	expect(posted).toEqual(messages);
	expect(state()).toEqual({ state: 'live', shown: 2, leftOut: 0, limit: 50 });
});

test('a lost connection is opened again, ever later, and a fresh start of the same server goes on', () => {
	feed.ready();
	last().hear(hello('one'));
	last().drop(1006);
	expect(state()).toEqual({ state: 'waiting', full: false });
	vi.advanceTimersByTime(400);
	expect(sockets).toHaveLength(2);
	last().drop(1013);
	expect(state()).toEqual({ state: 'waiting', full: true });
	vi.advanceTimersByTime(799);
	expect(sockets).toHaveLength(2);
	vi.advanceTimersByTime(1);
	expect(sockets).toHaveLength(3);
	last().hear(hello('one'));
	last().hear({ type: '@xstate.actor' });
	expect([posted.length, reloads, state()?.state]).toEqual([1, 0, 'live']);
	last().drop(1006);
	vi.advanceTimersByTime(400);
	expect(sockets).toHaveLength(4);
});

test('after a restart of the server the inspector is loaded anew, and fed once it is ready again', () => {
	feed.ready();
	last().hear(hello('one'));
	last().drop(1006);
	vi.advanceTimersByTime(400);
	last().hear(hello('two'));
	last().hear({ type: '@xstate.actor' });
	expect([posted, reloads, last().closed, state()]).toEqual([[], 1, true, { state: 'loading', late: false }]);
	feed.ready();
	last().hear(hello('two'));
	last().hear({ type: '@xstate.actor' });
	expect([posted.length, reloads, sockets.length]).toEqual([1, 1, 3]);
});

test('an inspector that was loaded anew by itself is fed afresh, from one connection', () => {
	feed.ready();
	const first = last();
	first.hear(hello('one'));
	feed.ready();
	expect([first.closed, sockets.length]).toEqual([true, 2]);
	first.hear({ type: '@xstate.event' });
	first.drop(1000);
	expect([posted, state()?.state]).toEqual([[], 'connecting']);
});

test.each([
	[4401, 'token'],
	[4403, 'forbidden'],
	[4404, 'unknown'],
] as const)('a refusal (%i) ends it', (code, reason) => {
	feed.ready();
	last().drop(code);
	expect(state()).toEqual({ state: 'ended', reason });
	vi.advanceTimersByTime(60_000);
	feed.ready();
	expect(sockets).toHaveLength(1);
});

test('nothing is sent to an inspector that the operator was not told of', () => {
	feed.ready();
	last().hear(hello('one', { inspectorUrl: 'https://other.example/inspect' }));
	last().hear({ type: '@xstate.actor' });
	expect([posted, last().closed, state()]).toEqual([[], true, { state: 'ended', reason: 'moved' }]);
});

test('a server that is silent counts as lost; one that answers does not', () => {
	feed.ready();
	last().hear(hello('one'));
	vi.advanceTimersByTime(15_000);
	expect(last().sent).toEqual(['{"type":"ping"}']);
	last().hear({ type: 'pong' });
	vi.advanceTimersByTime(29_000);
	expect(sockets).toHaveLength(1);
	vi.advanceTimersByTime(1_000);
	expect([last().closed, state()]).toEqual([true, { state: 'waiting', full: false }]);
});

test('says goodbye to the inspector when it ends', () => {
	feed.ready();
	last().hear(hello('one'));
	feed.close();
	expect([posted, last().closed]).toEqual([[{ type: '@statelyai.disconnected' }], true]);
});

test('the inspector alone says that it is ready: its own window, and its own origin', () => {
	const page = new EventTarget();
	const [inspector, other] = [{ name: 'inspector' }, { name: 'other' }];
	let times = 0;
	const stop = onReady(
		() => inspector as never,
		inspectorUrl,
		() => void times++,
		page as never,
	);
	const say = (origin: string, source: object, data: unknown) =>
		page.dispatchEvent(Object.assign(new Event('message'), { origin, source, data }));
	const connected = { type: '@statelyai.connected' };
	say('https://evil.example', inspector, connected);
	say('https://inspector.example', other, connected);
	say('https://inspector.example', inspector, { type: 'anything' });
	say('https://inspector.example', inspector, null);
	expect(times).toBe(0);
	say('https://inspector.example', inspector, connected);
	expect(times).toBe(1);
	stop();
	say('https://inspector.example', inspector, connected);
	expect(times).toBe(1);
});

test('whom to show is read from the address and written to it', () => {
	expect(readChoice('')).toEqual({ kind: 'some' });
	expect(readChoice('?agent=')).toEqual({ kind: 'some' });
	expect(readChoice('?agent=a%20b')).toEqual({ kind: 'agent', name: 'a b' });
	expect(readChoice('?agent=a&workflow=w')).toEqual({ kind: 'workflow', name: 'w' });
	expect(renderChoice({ kind: 'agent', name: 'a b&c' })).toBe('?agent=a+b%26c');
	const agents = [
		{ id: 'agt_2', name: 'agt_1' },
		{ id: 'agt_1', name: 'worker' },
	];
	expect(byId({ kind: 'agent', name: 'worker' }, agents, [])).toEqual({ kind: 'agent', name: 'agt_1' });
	expect(byId({ kind: 'agent', name: 'agt_1' }, agents, [])).toEqual({ kind: 'agent', name: 'agt_1' });
	expect(byId({ kind: 'workflow', name: 'worker' }, agents, [])).toEqual({ kind: 'workflow', name: 'worker' });
	expect(feedAddress('https://host.example', 't&k', { kind: 'workflow', name: 'w' })).toBe(
		'wss://host.example/inspect/ws?workflow=w&token=t%26k',
	);
});

test('says in words what goes on', () => {
	const host = 'inspector.example';
	expect(describeStatus({ state: 'live', shown: 1, leftOut: 0, limit: 50 }, host)).toBe('Live: 1 actor.');
	expect(describeStatus({ state: 'live', shown: 50, leftOut: 950, limit: 50 }, host)).toContain(
		'950 more are left out',
	);
	expect(describeStatus({ state: 'loading', late: true }, host)).toContain('try a window');
});
