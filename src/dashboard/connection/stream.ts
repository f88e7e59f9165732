/**
 * A connection to `/stream` that mends itself.
 *
 * 1. A snapshot is handed over whole, at its end; what came before stays in sight until then.
 * 2. Everything else is handed over in batches, at most one every `batchMs`, in order: first the snapshot,
 *    then changes of resources (the last of each), then events.
 * 3. With `after` there is no snapshot: events go on behind the last one that was handed over, across
 *    reconnects and gaps, each exactly once.
 * 4. A connection that is silent for too long counts as lost. Lost ones are opened again with backoff, and
 *    at once when the browser is online again or its tab is looked at.
 */

import type { Change } from '../store/resources.ts';
import {
	type Batch,
	createGatherer,
	parseServerMessage,
	type ServerMessage,
	type Snapshot,
	type StreamEvent,
	type StreamProblem,
	type Subscription,
} from './stream-messages.ts';
import { backoffMs, nextStatus, type StreamSignal, type StreamStatus } from './stream-status.ts';

export interface StreamOptions {
	readonly token: string;
	readonly subscribe: Subscription;
	readonly onSnapshot?: (snapshot: Snapshot) => void;
	readonly onChanges?: (changes: readonly Change[]) => void;
	readonly onEvents?: (events: readonly StreamEvent[]) => void;
	readonly onStatus?: (status: StreamStatus) => void;
	/** What the server says is wrong with the subscription. */
	readonly onProblem?: (problem: StreamProblem) => void;
}

export interface Stream {
	readonly status: StreamStatus;
	/** Tries now instead of later. */
	retry(): void;
	/** Asks for other things; with resources and without `after`, a fresh snapshot comes. */
	resubscribe(subscribe: Subscription): void;
	close(): void;
}

/** What of the browser it stands on; tests bring their own. */
export interface StreamSurroundings {
	openSocket(url: string): WebSocket;
	/** Where the page comes from. */
	readonly origin: string;
	/** Calls back when the browser is online again or the tab is looked at; answers how to stop that. */
	onWake(wake: () => void): () => void;
	readonly random: () => number;
	readonly now: () => number;
}

const batchMs = 100;
const pingIntervalMs = 15_000;
const pongTimeoutMs = 8_000;
/** From opening the socket to what was asked for. */
const openTimeoutMs = 15_000;

export function openStream(options: StreamOptions, surroundings: StreamSurroundings = browserSurroundings()): Stream {
	let status: StreamStatus = { state: 'connecting', lostSince: null, attempt: 0 };
	let { subscribe } = options;
	let socket: WebSocket | null = null;
	let closed = false;
	let lastBatchAt = 0;
	let batchTimer: ReturnType<typeof setTimeout> | undefined;
	let retryTimer: ReturnType<typeof setTimeout> | undefined;
	let silenceTimer: ReturnType<typeof setTimeout> | undefined;
	let pingTimer: ReturnType<typeof setTimeout> | undefined;
	const gatherer = createGatherer();

	function signal(what: StreamSignal): void {
		const next = nextStatus(status, what);
		if (next === status || closed) return;
		status = next;
		options.onStatus?.(status);
	}

	// --- the socket --------------------------------------------------------------------------------

	function connect(): void {
		const url = new URL('/stream', surroundings.origin);
		url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
		url.searchParams.set('token', options.token);
		const opened = surroundings.openSocket(url.href);
		socket = opened;
		expectSign(openTimeoutMs);
		opened.onopen = () => sendSubscription();
		opened.onmessage = ({ data }) => {
			if (socket !== opened) return;
			const message = parseServerMessage(data);
			if (message !== null) receive(message);
		};
		opened.onclose = ({ code }) => {
			if (socket === opened) drop(code);
		};
	}

	function send(message: object): void {
		// 1: open.
		if (socket?.readyState === 1) socket.send(JSON.stringify(message));
	}

	function sendSubscription(): void {
		const after = subscribe.after === undefined ? {} : { after: Math.max(subscribe.after, gatherer.cursor ?? 0) };
		send({ type: 'subscribe', ...subscribe, ...after });
		// Nothing says that a subscription without a snapshot has begun.
		if (subscribe.after !== undefined) becomeLive();
	}

	function receive(message: ServerMessage): void {
		noteSign();
		gatherer.add(message);
		if (message.type === 'gap') sendSubscription();
		else if (message.type === 'error') refuse(message);
		else if (message.type !== 'pong' && message.type !== 'snapshot.begin') deliverSoon();
		if (message.type === 'snapshot.end') becomeLive();
	}

	/** Without a snapshot to come, nobody else would say that this is how it stays. */
	function refuse(problem: StreamProblem): void {
		options.onProblem?.(problem);
		if (status.state !== 'live') drop(1011);
	}

	function becomeLive(): void {
		deliver();
		signal({ type: 'live' });
		noteSign();
	}

	function drop(code: number): void {
		deliver();
		disconnect();
		const attempt = status.state === 'connecting' ? status.attempt : 0;
		const delayMs = backoffMs(attempt, surroundings.random());
		signal({ type: 'lost', at: surroundings.now(), code, delayMs });
		if (status.state === 'waiting') retryTimer = setTimeout(retry, delayMs);
	}

	function disconnect(): void {
		clearTimeout(silenceTimer);
		clearTimeout(pingTimer);
		const old = socket;
		socket = null;
		if (old === null) return;
		// Browsers complain of one that is closed while it is being opened.
		if (old.readyState === 0) old.onopen = () => old.close();
		else old.close();
	}

	function retry(): void {
		clearTimeout(retryTimer);
		if (closed || status.state === 'live' || status.state === 'connecting') return;
		signal({ type: 'retry' });
		connect();
	}

	// --- signs of life -----------------------------------------------------------------------------

	function expectSign(withinMs: number): void {
		clearTimeout(silenceTimer);
		silenceTimer = setTimeout(() => drop(1006), withinMs);
	}

	function noteSign(): void {
		clearTimeout(silenceTimer);
		clearTimeout(pingTimer);
		if (status.state === 'connecting') expectSign(openTimeoutMs);
		else pingTimer = setTimeout(ping, pingIntervalMs);
	}

	function ping(): void {
		clearTimeout(pingTimer);
		send({ type: 'ping' });
		expectSign(pongTimeoutMs);
	}

	const stopWaking = surroundings.onWake(() => {
		if (status.state === 'waiting') retry();
		else if (status.state === 'live') ping();
	});

	// --- handing over ------------------------------------------------------------------------------

	function deliverSoon(): void {
		if (batchTimer !== undefined) return;
		const waitMs = Math.max(0, lastBatchAt + batchMs - surroundings.now());
		batchTimer = setTimeout(deliver, waitMs);
	}

	function deliver(): void {
		clearTimeout(batchTimer);
		batchTimer = undefined;
		const batch = gatherer.take();
		if (batch === null || closed) return;
		lastBatchAt = surroundings.now();
		handOver(options, batch);
	}

	connect();
	return {
		get status() {
			return status;
		},
		retry,
		resubscribe(next) {
			subscribe = next;
			gatherer.reset();
			if (socket !== null) sendSubscription();
		},
		close() {
			closed = true;
			stopWaking();
			clearTimeout(retryTimer);
			clearTimeout(batchTimer);
			disconnect();
		},
	};
}

function handOver({ onSnapshot, onChanges, onEvents }: StreamOptions, { snapshot, changes, events }: Batch): void {
	if (snapshot !== null) onSnapshot?.(snapshot);
	if (changes.length > 0) onChanges?.(changes);
	if (events.length > 0) onEvents?.(events);
}

function browserSurroundings(): StreamSurroundings {
	return {
		openSocket: (url) => new WebSocket(url),
		origin: window.location.href,
		onWake(wake) {
			const onVisible = () => {
				if (document.visibilityState === 'visible') wake();
			};
			window.addEventListener('online', wake);
			document.addEventListener('visibilitychange', onVisible);
			return () => {
				window.removeEventListener('online', wake);
				document.removeEventListener('visibilitychange', onVisible);
			};
		},
		random: Math.random,
		now: Date.now,
	};
}
