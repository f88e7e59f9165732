/**
 * The WebSocket transport: for agents that dial in. Owns the socket from the moment it was accepted.
 *
 * 1. `closed` resolves once: after the socket has closed and what came before has been read, or nobody reads.
 * 2. A peer that answers two pings no more is half-open and cut off: no agent seems connected that is gone.
 * 3. A message longer than `maxFrameBytes` closes the socket (1009); it is never handed on.
 * 4. The agent is held back when its frames are not read; what it cannot answer meanwhile is not held against it.
 */
import { on } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import { StatecraftError } from '../../errors.ts';
import type { Transport, TransportClosure } from './driver.ts';
import { maxFrameBytes as defaultMaxFrameBytes } from './frames.ts';
import { watchHeartbeat } from './web-socket-heartbeat.ts';

/** Why Statecraft closes an agent's socket. */
export const webSocketCloseCodes = {
	normal: 1000,
	frameTooBig: 1009,
	/** The agent did not complete the handshake of its protocol; the reason says how. */
	handshakeFailed: 4400,
	/** A newer connection of the same agent has taken its place. */
	replaced: 4409,
} as const;

export interface WebSocketTransport extends Transport {
	readonly kind: 'websocket';
	/** Closes the socket because a newer connection has taken its place. */
	replace(): void;
	/** Closes the socket because the agent behind it cannot be worked with. */
	reject(reason: string): void;
}

export interface WebSocketTransportOptions {
	/** 15 s by default. */
	readonly pingIntervalMs?: number;
	/** 8 MiB by default. */
	readonly maxFrameBytes?: number;
}

const defaultPingIntervalMs = 15_000;
/** How long the peer may take to agree to the end before it is cut off. */
const closeGraceMs = 2000;
/** How long after the end frames may still be read. */
const drainMs = 1000;
/** Messages that wait to be read before the peer is held back, and before it is let go on. */
const highWaterMark = 256;
const lowWaterMark = 64;

/** Wraps an open socket of the `ws` package; nothing else may listen to its messages. */
export function createWebSocketTransport(
	socket: WebSocket,
	options: WebSocketTransportOptions = {},
): WebSocketTransport {
	const { pingIntervalMs = defaultPingIntervalMs, maxFrameBytes = defaultMaxFrameBytes } = options;
	let expected = false;
	/** Why we ended it; null while the peer's own word counts. */
	let ourReason: string | null = null;
	const inbox = createInbox(socket, maxFrameBytes);

	function shut(code: number, reason: string): void {
		ourReason ??= reason;
		socket.close(code, reason);
		const timer = setTimeout(() => socket.terminate(), closeGraceMs);
		socket.once('close', () => clearTimeout(timer));
	}

	// A failing socket closes as well, and the closure says so.
	socket.on('error', (error) => {
		ourReason ??= `socket failed: ${error.message}`;
	});
	socket.on('message', (data) => {
		const bytes = countBytes(data);
		if (bytes <= maxFrameBytes) return;
		shut(webSocketCloseCodes.frameTooBig, `message of ${bytes} bytes, more than ${maxFrameBytes}`);
	});
	watchHeartbeat(socket, pingIntervalMs, () => {
		ourReason ??= 'half-open: pings are no longer answered';
		socket.terminate();
	});

	const closed = new Promise<TransportClosure>((resolve) => {
		socket.once('close', async (code, text) => {
			await inbox.drained();
			const said = text.length === 0 ? '' : `: ${text.toString('utf8')}`;
			const reason = ourReason ?? `socket closed ${code}${said}`;
			resolve({ expected, reason, exitCode: null, signal: null, stderrTail: '' });
		});
	});

	return {
		kind: 'websocket',
		frames: inbox.frames,
		send: (frame) => send(socket, frame),
		close() {
			expected = true;
			shut(webSocketCloseCodes.normal, 'closed by Statecraft');
		},
		replace() {
			expected = true;
			shut(webSocketCloseCodes.replaced, 'replaced by a newer connection');
		},
		reject(reason) {
			expected = true;
			shut(webSocketCloseCodes.handshakeFailed, shorten(reason));
		},
		closed,
	};
}

/** A close frame holds 123 bytes of text. */
function shorten(text: string): string {
	const bytes = Buffer.from(text, 'utf8').subarray(0, 123);
	// A character that was cut in two is left out.
	return new TextDecoder().decode(bytes, { stream: true });
}

interface Inbox {
	/** For one reader. */
	readonly frames: AsyncIterable<string>;
	/** Resolves when the reader has read everything, or has had time enough; at once when there is none. */
	drained(): Promise<void>;
}

function createInbox(socket: WebSocket, maxBytes: number): Inbox {
	// Listens from now on, and holds the socket back when too much waits to be read.
	const messages = on(socket, 'message', { close: ['close'], highWaterMark, lowWaterMark });
	let isRead = false;
	let finish = () => {};
	const finished = new Promise<void>((resolve) => {
		finish = resolve;
	});

	async function* read(): AsyncGenerator<string> {
		isRead = true;
		try {
			for await (const [data] of messages as AsyncIterable<[RawData]>) {
				if (countBytes(data) <= maxBytes) yield* readFrames(data);
			}
		} catch {
			// The socket failed, which closes it: the closure says why.
		} finally {
			finish();
		}
	}

	return { frames: read(), drained: () => (isRead ? within(drainMs, finished) : Promise.resolve()) };
}

/** Most agents send one frame a message; some send what they would have written to stdout. */
function readFrames(data: RawData): string[] {
	return toBuffer(data)
		.toString('utf8')
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');
}

function toBuffer(data: RawData): Buffer {
	if (Array.isArray(data)) return Buffer.concat(data);
	return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function countBytes(data: RawData): number {
	return Array.isArray(data) ? data.reduce((sum, piece) => sum + piece.length, 0) : data.byteLength;
}

function send(socket: WebSocket, frame: string): Promise<void> {
	return new Promise((resolve, reject) => {
		socket.send(frame, (error) => {
			if (!error) return resolve();
			reject(new StatecraftError('connection_lost', "The agent's socket takes no more messages", {}, { cause: error }));
		});
	});
}

/** Resolves when the promise does, or after the time if that is sooner. */
async function within(timeoutMs: number, promise: Promise<void>): Promise<void> {
	const timeout = new AbortController();
	const late = delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => {});
	await Promise.race([promise, late]);
	timeout.abort();
}
