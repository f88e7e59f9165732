/** A viewer in a test's hands: it reads when it is told to, and keeps what it has read. */

import type { InspectorHub, Opening } from '../../src/inspector/hub.ts';
import type { Choice } from '../../src/inspector/selection.ts';

/** A message of the inspector's format, loosely. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape.
export type Seen = any;

export interface Viewer {
	readonly seen: readonly Seen[];
	/** In one line each: type without its prefix, session, and what it is about. */
	lines(): readonly string[];
	/** Forgets what was seen so far. */
	clear(): void;
	/** Reads no more: nothing more than `capacity` messages may wait for it. */
	stall(): void;
	/** Reads again. */
	resume(): Promise<void>;
	/** Messages that wait. */
	readonly waiting: number;
	leave(): void;
}

export function openViewer(hub: InspectorHub, choice: Choice = null, capacity = 4): Viewer {
	const seen: Seen[] = [];
	let waiting: string[] | null = null;
	const wakes: Array<() => void> = [];
	const leave = hub.show(
		{
			send(messages) {
				if (waiting) waiting.push(...messages);
				else seen.push(...messages.map((message) => JSON.parse(message)));
			},
			hasRoom: () => (waiting?.length ?? 0) < capacity,
			room: () =>
				new Promise((resolve) => {
					wakes.push(resolve);
				}),
		},
		choice,
		(opening: Opening) => JSON.stringify({ type: 'hello', ...opening }),
	);
	return {
		seen,
		leave,
		lines: () => seen.map(describe),
		clear: () => void seen.splice(0),
		stall() {
			waiting = [];
		},
		async resume() {
			seen.push(...(waiting ?? []).map((message) => JSON.parse(message)));
			waiting = null;
			for (const wake of wakes.splice(0)) wake();
			await Promise.resolve();
		},
		get waiting() {
			return waiting?.length ?? 0;
		},
	};
}

function describe(message: Seen): string {
	const { type, sessionId, snapshot, event } = message;
	if (type === 'hello') return `hello ${message.shown}${message.again ? ' again' : ''}`;
	if (type === '@xstate.actor') return `actor ${sessionId} ${JSON.stringify(snapshot.value)}`;
	if (type === '@xstate.event') return `event ${sessionId} ${event.type}`;
	return `snapshot ${sessionId} ${event.type} ${JSON.stringify(snapshot.value)} ${snapshot.status}`;
}
