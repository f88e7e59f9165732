/** Queues and their items, read again whenever the stream tells of something that may have changed them. */

import { useEffect } from 'react';
import { type Loaded, useLoaded } from '../connection/loaded.ts';
import { useSession } from '../connection/session-context.ts';
import { openStream } from '../connection/stream.ts';
import type { Queue, QueueItem } from './queue-list.ts';

interface Listing<T> {
	readonly items: readonly T[];
	readonly total: number;
}

const page = { limit: 200 };
/** Not more often, however much happens. */
const pauseMs = 300;

/** All of them, kept up to date. `onChange` hears of it when they, or items of theirs, may have changed. */
export function useQueues(onChange: () => void): Loaded<Listing<Queue>> {
	const { token } = useSession();
	const loaded = useLoaded('queues', (api, signal) => api.get<Listing<Queue>>('/queues', { query: page, signal }));
	const { reload } = loaded;
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const changed = () => {
			timer ??= setTimeout(() => {
				timer = undefined;
				reload();
				onChange();
			}, pauseMs);
		};
		// Without resources to tell of, the snapshot says no more than that the stream has begun, or begun again.
		const subscribe = { resources: [], topics: ['queue.*', 'dispatch.*'] };
		const stream = openStream({ token, subscribe, onSnapshot: changed, onEvents: changed });
		return () => {
			clearTimeout(timer);
			stream.close();
		};
	}, [token, reload, onChange]);
	return loaded;
}

/** The first of a queue; `round` is another number when they may have changed. */
export function useQueueItems(name: string, round: number): Loaded<Listing<QueueItem>> {
	const path = `/queues/${encodeURIComponent(name)}`;
	return useLoaded(`${path} ${round}`, (api, signal) =>
		api.get<Listing<QueueItem>>(path, { query: { limit: 50 }, signal }),
	);
}
