/**
 * Feeds an inspector, in a frame or a window, from the server.
 *
 * 1. Nothing is asked of the server before the inspector says that it is ready: whatever comes then has
 *    somewhere to go, and nothing has to be kept.
 * 2. A lost connection is opened again with backoff; the server sends everything afresh. After a restart
 *    of the server the inspector is loaded anew as well, for what it shows is of another life.
 * 3. Messages go to the inspector's own origin and nowhere else: that is the target's affair.
 */

import { backoffMs } from '../connection/stream-status.ts';

export type FeedStatus =
	/** The inspector is being loaded; `late`: for longer than it should take. */
	| { readonly state: 'loading'; readonly late: boolean }
	| { readonly state: 'connecting' }
	| { readonly state: 'live'; readonly shown: number; readonly leftOut: number; readonly limit: number }
	/** The server is away; it is tried again by itself. `full`: it has too many viewers. */
	| { readonly state: 'waiting'; readonly full: boolean }
	/** It makes no sense to try again. `moved`: the server's inspector is another one now. */
	| { readonly state: 'ended'; readonly reason: 'token' | 'forbidden' | 'unknown' | 'moved' };

/** Where messages go. */
export interface FeedTarget {
	post(message: object): void;
	/** Loads the inspector anew. */
	reload(): void;
}

export interface FeedOptions {
	readonly target: FeedTarget;
	/** The inspector's address, as the operator was told it. */
	readonly inspectorUrl: string;
	readonly onStatus: (status: FeedStatus) => void;
	openSocket(): WebSocket;
	/** 0 to 1. */
	readonly random?: () => number;
}

export interface Feed {
	/** The inspector has said that it is ready; it does so again after it was loaded anew. */
	ready(): void;
	close(): void;
}

const lateMs = 10_000;
const pingIntervalMs = 15_000;
const silenceMs = 30_000;
const reasons: Readonly<Record<number, 'token' | 'forbidden' | 'unknown'>> = {
	4401: 'token',
	4403: 'forbidden',
	4404: 'unknown',
};
const tooManyViewers = 1013;

export function openFeed(options: FeedOptions): Feed {
	const { target, onStatus, random = Math.random } = options;
	let socket: WebSocket | null = null;
	let instance: string | null = null;
	let attempt = 0;
	let ended = false;
	let timer: ReturnType<typeof setTimeout> | undefined;
	let silence: ReturnType<typeof setTimeout> | undefined;
	let pings: ReturnType<typeof setInterval> | undefined;

	function load(): void {
		onStatus({ state: 'loading', late: false });
		clearTimeout(timer);
		timer = setTimeout(() => onStatus({ state: 'loading', late: true }), lateMs);
	}

	function connect(): void {
		hangUp();
		onStatus({ state: 'connecting' });
		const opened = options.openSocket();
		socket = opened;
		noteSign();
		pings = setInterval(() => {
			// 1: open.
			if (opened.readyState === 1) opened.send('{"type":"ping"}');
		}, pingIntervalMs);
		opened.onmessage = ({ data }) => {
			if (socket === opened) receive(JSON.parse(String(data)));
		};
		opened.onclose = ({ code }) => {
			if (socket === opened) lose(code);
		};
	}

	function receive(message: { readonly type: string }): void {
		noteSign();
		if (message.type === 'hello') greet(message as Hello);
		else if (message.type !== 'pong') target.post(message);
	}

	function greet(hello: Hello): void {
		attempt = 0;
		if (hello.inspectorUrl !== options.inspectorUrl) {
			end('moved');
			return;
		}
		const restarted = instance !== null && instance !== hello.instance;
		instance = hello.instance;
		if (restarted) {
			hangUp();
			load();
			target.reload();
			return;
		}
		onStatus({ state: 'live', shown: hello.shown, leftOut: hello.leftOut, limit: hello.limit });
	}

	function lose(code: number): void {
		hangUp();
		const reason = reasons[code];
		if (reason !== undefined) {
			end(reason);
			return;
		}
		onStatus({ state: 'waiting', full: code === tooManyViewers });
		timer = setTimeout(connect, backoffMs(attempt, random()));
		attempt++;
	}

	function noteSign(): void {
		clearTimeout(silence);
		silence = setTimeout(() => lose(1006), silenceMs);
	}

	function hangUp(): void {
		clearTimeout(timer);
		clearTimeout(silence);
		clearInterval(pings);
		const old = socket;
		socket = null;
		old?.close();
	}

	function end(reason: Extract<FeedStatus, { state: 'ended' }>['reason']): void {
		hangUp();
		ended = true;
		onStatus({ state: 'ended', reason });
	}

	load();
	return {
		ready() {
			if (!ended) connect();
		},
		close() {
			if (socket) target.post({ type: '@statelyai.disconnected' });
			hangUp();
			ended = true;
		},
	};
}

interface Hello {
	readonly type: 'hello';
	readonly inspectorUrl: string;
	readonly instance: string;
	readonly shown: number;
	readonly leftOut: number;
	readonly limit: number;
}
