/**
 * What waits to be told to one client of the resources it follows.
 *
 * 1. Of each resource at most one message waits: the latest. A client that reads slowly misses forms in
 *    between and never the last.
 * 2. Of what is under way there is only so much, but there are ever new prompts and runs that end: beyond
 *    `bufferBytes` of last messages nothing is kept, and the client is at a gap.
 */

import type { ResourceMessage } from './resource.ts';
import type { ResourceFeed, ResourceListener } from './resource-feed.ts';
import type { Touch } from './touches.ts';

export interface Outbox {
	/** Takes what waits, the longest waiting first. */
	take(): readonly Buffer[];
	/** More waited than may. */
	readonly isOverrun: boolean;
	/** Called whenever something begins to wait. */
	onReady(listener: () => void): void;
	/** Has told what these touches led to, besides what is told from now on. */
	catchUp(touches: readonly Touch[]): Promise<void>;
	close(): void;
}

export function openOutbox(
	feed: Pick<ResourceFeed, 'join' | 'tell'>,
	asked: Pick<ResourceListener, 'kinds' | 'agentIds'>,
	bufferBytes: number,
): Outbox {
	const waiting = new Map<string, ResourceMessage>();
	/** Of those that are the last of their resource. */
	let bytes = 0;
	let isOverrun = false;
	let ready: (() => void) | undefined;

	function put(message: ResourceMessage): void {
		const replaced = waiting.get(message.key);
		bytes += countedBytes(message) - (replaced ? countedBytes(replaced) : 0);
		waiting.set(message.key, message);
	}

	function empty(): void {
		waiting.clear();
		bytes = 0;
	}

	const listener: ResourceListener = {
		...asked,
		deliver(messages) {
			// Judged by what waited before, so that a telling of any size reaches a client that reads.
			if (bytes > bufferBytes) isOverrun = true;
			if (isOverrun) empty();
			else for (const message of messages) put(message);
			ready?.();
		},
	};
	const leave = feed.join(listener);

	return {
		take() {
			const messages = [...waiting.values()].map(({ message }) => message);
			empty();
			return messages;
		},
		get isOverrun() {
			return isOverrun;
		},
		onReady(listener) {
			ready = listener;
		},
		catchUp: (touches) => feed.tell(listener, touches),
		close() {
			leave();
			empty();
			ready = undefined;
		},
	};
}

function countedBytes({ isLast, message }: ResourceMessage): number {
	return isLast ? message.length : 0;
}
