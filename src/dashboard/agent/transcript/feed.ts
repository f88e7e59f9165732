/**
 * Where a transcript's events come from: the last ones through the API, then live ones through a stream
 * of the agent's own, and earlier ones when somebody asks.
 *
 * 1. The stream goes on behind the last event that is held, across reconnects: no gap, no repetition.
 * 2. A server that does not know that event is another one, or was set back: then all begins anew.
 */

import { createStore } from '@xstate/store';
import type { Api } from '../../connection/api.ts';
import type { Stream, StreamOptions } from '../../connection/stream.ts';
import type { StreamEvent } from '../../connection/stream-messages.ts';
import type { AgentEvent } from './agent-event.ts';
import { announceNews } from './announcement.ts';
import { appendEvents, type EventHistory, emptyHistory, prependEvents } from './history.ts';

export interface FeedContext {
	readonly history: EventHistory;
	/** Whether the first page has come. */
	readonly isLoaded: boolean;
	readonly isLoadingEarlier: boolean;
	/** Why there is no transcript, or no more of it; null when all is well. */
	readonly error: unknown;
	/** For those who do not see it. */
	readonly announcement: string;
}

const initial: FeedContext = {
	history: emptyHistory,
	isLoaded: false,
	isLoadingEarlier: false,
	error: null,
	announcement: '',
};

function createFeedStore() {
	return createStore({
		context: initial,
		on: {
			changed: (context, { change }: { change: Partial<FeedContext> }): FeedContext => ({ ...context, ...change }),
		},
	});
}

export interface TranscriptFeed {
	readonly store: ReturnType<typeof createFeedStore>;
	/** Asks for the page before the first event; does nothing while one is on its way. */
	loadEarlier(): void;
	/** After an error: tries again what failed. */
	retry(): void;
	/** Whether somebody reads older entries, which must then stay. */
	setReading(isReading: boolean): void;
	close(): void;
}

export interface FeedDeps {
	readonly api: Pick<Api, 'get'>;
	readonly token: string;
	readonly agentId: string;
	readonly openStream: (options: StreamOptions) => Pick<Stream, 'close'>;
}

interface EventsPage {
	readonly items: readonly AgentEvent[];
}

const pageSize = 200;
/** Before it are all events: the highest number JSON tells exactly. */
const end = Number.MAX_SAFE_INTEGER;

export function createTranscriptFeed({ api, token, agentId, openStream }: FeedDeps): TranscriptFeed {
	const store = createFeedStore();
	const closing = new AbortController();
	let stream: Pick<Stream, 'close'> | null = null;
	let isReading = false;
	let tryAgain: () => Promise<void> = begin;

	const change = (changed: Partial<FeedContext>) => store.trigger.changed({ change: changed });
	const held = () => store.getSnapshot().context;

	async function loadPage(before: number): Promise<readonly AgentEvent[]> {
		const query = { before, limit: pageSize };
		const path = `/agents/${encodeURIComponent(agentId)}/events`;
		return (await api.get<EventsPage>(path, { query, signal: closing.signal })).items;
	}

	async function begin(): Promise<void> {
		stream?.close();
		change({ ...initial });
		try {
			const items = await loadPage(end);
			const history = { ...appendEvents(emptyHistory, items), hasEarlier: items.length === pageSize };
			change({ history, isLoaded: true });
			if (!closing.signal.aborted) follow();
		} catch (error) {
			fail(error, begin);
		}
	}

	function follow(): void {
		stream = openStream({
			token,
			subscribe: { agents: [agentId], after: held().history.events.at(-1)?.seq ?? 0 },
			onEvents: receive,
			onProblem(problem) {
				if (problem.code === 'invalid_request') void begin();
				else fail(new Error(problem.detail), begin);
			},
		});
	}

	function receive(came: readonly StreamEvent[]): void {
		const { history: before } = held();
		// The stream promises the catalogue's topics with their payloads; strange topics are ignored later.
		const history = appendEvents(before, came as unknown as readonly AgentEvent[], !isReading);
		if (history === before) return;
		const announcement = announceNews(before.transcript, history.transcript);
		change(announcement === null ? { history } : { history, announcement });
	}

	async function loadEarlier(): Promise<void> {
		const { history, isLoadingEarlier, isLoaded } = held();
		const first = history.events[0]?.seq;
		if (!isLoaded || isLoadingEarlier || !history.hasEarlier || first === undefined) return;
		change({ isLoadingEarlier: true, error: null });
		try {
			const items = await loadPage(first);
			change({ history: prependEvents(held().history, items, items.length === pageSize), isLoadingEarlier: false });
		} catch (error) {
			fail(error, loadEarlier);
		}
	}

	function fail(error: unknown, again: () => Promise<void>): void {
		if (closing.signal.aborted) return;
		tryAgain = again;
		change({ error, isLoadingEarlier: false });
	}

	void begin();
	return {
		store,
		loadEarlier: () => void loadEarlier(),
		retry: () => void tryAgain(),
		setReading(reading) {
			isReading = reading;
		},
		close() {
			closing.abort();
			stream?.close();
		},
	};
}
