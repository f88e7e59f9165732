/** Follows the server's event log from its beginning, across restarts, and wakes whoever waits for something. */

import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../../src/cli/client.ts';
import type { EventResource } from '../../src/cli/resources.ts';

export interface EventLog {
	/** What was told so far, oldest first. */
	readonly seen: readonly EventResource[];
	/** Events seen so far under this topic, or, where it ends in a dot, under all that begin with it. */
	ofTopic(topic: string): readonly EventResource[];
	/** What `look` finds: it is asked again after every event, and now and then, until it finds something. */
	until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T>;
	/** Rejects when the stream broke for good. */
	stop(): Promise<void>;
}

const patienceMs = 40_000;
const lookAgainMs = 200;

export function followEvents(api: ApiClient): EventLog {
	const leaving = new AbortController();
	const seen: EventResource[] = [];
	let wake = () => {};

	async function follow(): Promise<void> {
		for await (const event of api.events(undefined, { after: 0, follow: true, signal: leaving.signal })) {
			seen.push(event);
			wake();
		}
	}
	const following = follow();
	// Told by `stop`; until then it is nobody's unhandled rejection.
	following.catch(() => {});

	function nextEvent(): Promise<void> {
		const told = new Promise<void>((resolve) => {
			wake = resolve;
		});
		return Promise.race([told, delay(lookAgainMs)]);
	}

	return {
		seen,
		ofTopic: (topic) =>
			seen.filter((event) => (topic.endsWith('.') ? event.topic.startsWith(topic) : event.topic === topic)),
		async until(what, look) {
			const deadline = Date.now() + patienceMs;
			for (;;) {
				const next = nextEvent();
				const found = await look();
				if (found !== undefined) return found;
				if (Date.now() > deadline) throw new Error(`It never came: ${what}. ${describe(seen)}`);
				await next;
			}
		},
		async stop() {
			leaving.abort();
			await following;
		},
	};
}

function describe(seen: readonly EventResource[]): string {
	const last = seen.slice(-12).map(({ seq, topic, data }) => `${seq} ${topic} ${JSON.stringify(data)}`);
	return `The last events were:\n${last.join('\n')}`;
}
