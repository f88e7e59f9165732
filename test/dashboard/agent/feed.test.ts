import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AgentEvent } from '../../../src/dashboard/agent/transcript/agent-event.ts';
import { createTranscriptFeed, type TranscriptFeed } from '../../../src/dashboard/agent/transcript/feed.ts';
import type { Api } from '../../../src/dashboard/connection/api.ts';
import type { StreamOptions } from '../../../src/dashboard/connection/stream.ts';

function message(seq: number, text = `${seq} `, messageId = `m${seq}`): AgentEvent {
	const data = { type: 'message', text, messageId } as const;
	return { seq, topic: 'agent.output.message', agentId: 'agt_1', at: '2030-01-01T00:00:00.000Z', data };
}

/** A server with events 1 to `count`, whose streams are fed by hand. */
function createServer(count: number) {
	const events = Array.from({ length: count }, (_, index) => message(index + 1));
	const streams: Array<{ readonly options: StreamOptions; isClosed: boolean }> = [];
	const asked: number[] = [];
	let refusal: Error | null = null;

	const get = async (path: string, { query }: { query: { before: number; limit: number } }) => {
		if (refusal) throw refusal;
		expect(path).toBe('/agents/agt_1/events');
		asked.push(query.before);
		return { items: events.filter(({ seq }) => seq < query.before).slice(-query.limit) };
	};

	return {
		events,
		streams,
		asked,
		refuse(error: Error | null) {
			refusal = error;
		},
		push(...fresh: AgentEvent[]) {
			events.push(...fresh);
			streams.at(-1)?.options.onEvents?.(fresh as never);
		},
		open(): TranscriptFeed {
			const feed = createTranscriptFeed({
				api: { get } as unknown as Pick<Api, 'get'>,
				token: 'secret',
				agentId: 'agt_1',
				openStream(options) {
					const stream = { options, isClosed: false };
					streams.push(stream);
					return {
						close() {
							stream.isClosed = true;
						},
					};
				},
			});
			opened.push(feed);
			return feed;
		},
	};
}

const opened: TranscriptFeed[] = [];
afterEach(() => {
	for (const feed of opened.splice(0)) feed.close();
});

const seqs = (feed: TranscriptFeed) => feed.store.getSnapshot().context.history.events.map(({ seq }) => seq);
const contextOf = (feed: TranscriptFeed) => feed.store.getSnapshot().context;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the feed of a transcript', () => {
	test('begins with the last 200 events and goes on behind them', async () => {
		const server = createServer(450);
		const feed = server.open();
		await vi.waitFor(() => expect(server.streams).toHaveLength(1));
		expect(seqs(feed)).toEqual(range(251, 450));
		expect(server.streams[0]?.options.subscribe).toEqual({ agents: ['agt_1'], after: 450 });
		server.push(message(451), message(452));
		expect(seqs(feed).at(-1)).toBe(452);
	});

	test('loads earlier pages one at a time, until there are none', async () => {
		const server = createServer(450);
		const feed = server.open();
		await vi.waitFor(() => expect(contextOf(feed).isLoaded).toBe(true));
		feed.loadEarlier();
		feed.loadEarlier();
		expect(contextOf(feed).isLoadingEarlier).toBe(true);
		await vi.waitFor(() => expect(contextOf(feed).isLoadingEarlier).toBe(false));
		expect(server.asked).toEqual([Number.MAX_SAFE_INTEGER, 251]);
		expect(seqs(feed)).toEqual(range(51, 450));
		feed.loadEarlier();
		await vi.waitFor(() => expect(seqs(feed)).toEqual(range(1, 450)));
		expect(contextOf(feed).history.hasEarlier).toBe(false);
		feed.loadEarlier();
		expect(server.asked).toHaveLength(3);
	});

	test('an agent without events is followed from the beginning', async () => {
		const server = createServer(0);
		const feed = server.open();
		await vi.waitFor(() => expect(server.streams[0]?.options.subscribe.after).toBe(0));
		expect(contextOf(feed)).toMatchObject({ isLoaded: true, history: { hasEarlier: false } });
	});

	test('begins anew with a server that does not know its last event', async () => {
		const server = createServer(10);
		const feed = server.open();
		await vi.waitFor(() => expect(server.streams).toHaveLength(1));
		server.events.splice(0, 10, message(3));
		server.streams[0]?.options.onProblem?.({ code: 'invalid_request', detail: 'There is no event 10' });
		await vi.waitFor(() => expect(server.streams).toHaveLength(2));
		expect(server.streams[0]?.isClosed).toBe(true);
		expect(seqs(feed)).toEqual([3]);
	});

	test('says what went wrong, and tries again when asked', async () => {
		const server = createServer(300);
		server.refuse(new Error('no connection'));
		const feed = server.open();
		await vi.waitFor(() => expect(contextOf(feed).error).toEqual(new Error('no connection')));
		server.refuse(null);
		feed.retry();
		await vi.waitFor(() => expect(contextOf(feed)).toMatchObject({ isLoaded: true, error: null }));
		server.refuse(new Error('again'));
		feed.loadEarlier();
		await vi.waitFor(() =>
			expect(contextOf(feed)).toMatchObject({ error: new Error('again'), isLoadingEarlier: false }),
		);
		server.refuse(null);
		feed.retry();
		await vi.waitFor(() => expect(seqs(feed)).toEqual(range(1, 300)));
		expect(server.streams).toHaveLength(1);
	});

	test('closed, it lets go of its stream', async () => {
		const server = createServer(1);
		const feed = server.open();
		await vi.waitFor(() => expect(server.streams).toHaveLength(1));
		feed.close();
		expect(server.streams[0]?.isClosed).toBe(true);
	});
});

describe('what is read out', () => {
	const ended: AgentEvent = {
		...{ seq: 5, topic: 'prompt.finished', agentId: 'agt_1', at: '2030-01-01T00:00:00.000Z' },
		data: { promptId: 'p', stopReason: 'end_turn' },
	};

	test('messages once they are whole, requests, and the ends of turns', async () => {
		const server = createServer(0);
		const feed = server.open();
		await vi.waitFor(() => expect(server.streams).toHaveLength(1));
		server.push(message(1, 'Hello ', 'm'), message(2, 'there', 'm'));
		expect(contextOf(feed).announcement).toBe('');
		server.push({
			...{ seq: 3, topic: 'request.opened', agentId: 'agt_1', at: ended.at },
			data: { requestId: 'r', kind: 'permission', title: 'rm -rf' },
		});
		expect(contextOf(feed).announcement).toBe('Agent: Hello there. The agent asks: rm -rf');
		server.push(ended);
		expect(contextOf(feed).announcement).toBe('Turn finished');
	});

	test('a flood is told of in no more than three pieces', async () => {
		const server = createServer(0);
		const feed = server.open();
		await vi.waitFor(() => expect(server.streams).toHaveLength(1));
		const requests = range(1, 50).map(
			(seq): AgentEvent => ({
				...{ seq, topic: 'request.opened', agentId: 'agt_1', at: ended.at },
				data: { requestId: `r${seq}`, kind: 'question', title: `${seq}` },
			}),
		);
		server.push(...requests);
		expect(contextOf(feed).announcement).toBe('The agent asks: 48. The agent asks: 49. The agent asks: 50');
	});
});
