import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, type CallOptions } from '../../../src/dashboard/connection/api.ts';
import { createHistoryModel, type HistoryModel } from '../../../src/dashboard/history/history-model.ts';
import { createPastFeed } from '../../../src/dashboard/history/past-feed.ts';

interface Asked {
	readonly path: string;
	readonly query: CallOptions['query'];
	readonly signal: AbortSignal | undefined;
	answer(body: unknown): void;
	fail(error: Error): void;
}

/** An API whose answers are given by hand, or at once. */
function createScriptedApi({ last = 30 } = {}) {
	const asked: Asked[] = [];
	const api = {
		last,
		manual: false,
		asked,
		paths: () => asked.map(({ path }) => path),
		get<T>(path: string, { query, signal }: CallOptions = {}): Promise<T> {
			return new Promise<T>((resolve, reject) => {
				const call: Asked = { path, query, signal, answer: (body) => resolve(body as T), fail: reject };
				asked.push(call);
				signal?.addEventListener('abort', () => reject(signal.reason));
				if (!api.manual) call.answer(answerOf(path, query));
			});
		},
	};
	function answerOf(path: string, query: CallOptions['query']): unknown {
		if (path.endsWith('/history')) return { last: api.last, segments: [], differs: [] };
		if (path.endsWith('/compare')) return { compared: query };
		if (path.endsWith('/transitions')) return { items: linesFrom(Number(query?.offset) + 1, api.last) };
		return { version: Number(path.split('/').at(-1)), last: api.last, shown: query?.context };
	}
	return api;
}

const linesFrom = (first: number, last: number) =>
	Array.from({ length: Math.min(50, last - first + 1) }, (_, index) => ({ version: first + index }));

let models: HistoryModel[] = [];

function open(api: ReturnType<typeof createScriptedApi>, asked: { version?: number } = {}): HistoryModel {
	const model = createHistoryModel({ api, agentId: 'agt_1', restMs: 100, playMs: 500, overviewMs: 1_000, ...asked });
	models.push(model);
	return model;
}

const heldBy = (model: HistoryModel) => model.store.getSnapshot().context;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
	vi.useFakeTimers();
});

afterEach(() => {
	for (const model of models) model.close();
	models = [];
	expect(vi.getTimerCount()).toBe(0);
	vi.useRealTimers();
});

describe('the history of an agent', () => {
	test('begins with the version that was asked for, if there is one, whatever is chosen before its first answer', async () => {
		const model = open(createScriptedApi(), { version: 12 });
		model.choose(Number.MAX_SAFE_INTEGER);
		await pass(0);
		expect(heldBy(model)).toMatchObject({ last: 30, version: 12, moment: { version: 12 } });
		const beyond = open(createScriptedApi(), { version: 99 });
		await pass(0);
		expect(heldBy(beyond).version).toBe(30);
	});

	test('begins with the latest version, and what is around it', async () => {
		const model = open(createScriptedApi());
		await pass(0);
		expect(heldBy(model)).toMatchObject({
			last: 30,
			version: 30,
			moment: { version: 30 },
			isLoading: false,
			error: null,
		});
		expect([...heldBy(model).lines.keys()]).toContain(24);
	});

	test('fetches nothing while the slider moves, and one version when it rests', async () => {
		const api = createScriptedApi();
		const model = open(api);
		await pass(0);
		const before = api.asked.length;
		for (let version = 29; version >= 20; version--) {
			model.choose(version);
			await pass(50);
		}
		expect([api.asked.length - before, heldBy(model).version, heldBy(model).moment?.version]).toEqual([0, 20, 30]);
		await pass(100);
		expect(api.paths().slice(before)).toContain('/agents/agt_1/history/20');
		expect(heldBy(model).moment?.version).toBe(20);
	});

	test('aborts what is no longer wanted, and shows the last wish alone', async () => {
		const api = createScriptedApi();
		const model = open(api);
		await pass(0);
		api.manual = true;
		model.choose(10);
		await pass(100);
		const first = api.asked.find(({ path }) => path.endsWith('/history/10'));
		model.choose(12);
		await pass(100);
		expect(first?.signal?.aborted).toBe(true);
		first?.answer({ version: 10, last: 30 });
		for (const { path, answer } of api.asked.slice(-2))
			answer(path.endsWith('/12') ? { version: 12, last: 30 } : { items: [] });
		await pass(0);
		expect(heldBy(model)).toMatchObject({ moment: { version: 12 }, isLoading: false, error: null });
	});

	test('goes on with the agent at the end, and stays where one looks elsewhere', async () => {
		const api = createScriptedApi();
		const model = open(api);
		await pass(0);
		api.last = 31;
		model.follow(31);
		await pass(100);
		expect(heldBy(model)).toMatchObject({ last: 31, version: 31, moment: { version: 31 } });
		model.choose(5);
		await pass(100);
		api.last = 33;
		model.follow(32);
		model.follow(33);
		model.follow(33);
		const before = api.paths().filter((path) => path.endsWith('/history')).length;
		await pass(1_000);
		expect(heldBy(model)).toMatchObject({ last: 33, version: 5, moment: { version: 5 } });
		// However much came, the strip is drawn once.
		expect(api.paths().filter((path) => path.endsWith('/history')).length - before).toBe(1);
	});

	test('plays from the beginning to the end, and stops there', async () => {
		const model = open(createScriptedApi({ last: 4 }));
		await pass(0);
		model.play();
		const seen: number[] = [];
		for (let turn = 0; turn < 4; turn++) {
			await pass(0);
			seen.push(heldBy(model).moment?.version ?? 0);
			await pass(500);
		}
		expect([seen, heldBy(model).isPlaying, heldBy(model).version]).toEqual([[1, 2, 3, 4], false, 4]);
	});

	test('plays no faster for being paused and played again, and pauses when somebody chooses', async () => {
		const model = open(createScriptedApi());
		await pass(0);
		model.choose(1);
		for (let press = 0; press < 3; press++) {
			model.play();
			model.pause();
		}
		model.play();
		await pass(0);
		const begun = heldBy(model).version;
		await pass(1_000);
		expect(heldBy(model).version - begun).toBe(2);
		model.choose(20);
		await pass(5_000);
		expect(heldBy(model)).toMatchObject({ isPlaying: false, version: 20 });
	});

	test('asks anew for full contexts and for comparisons', async () => {
		const api = createScriptedApi();
		const model = open(api);
		await pass(0);
		model.show('full');
		await pass(0);
		expect(heldBy(model).moment).toMatchObject({ shown: 'full' });
		model.compareWith(3);
		await pass(0);
		expect(heldBy(model).comparison).toEqual({ compared: { context: 'full', from: 3, to: 30 } });
		model.compareWith(null);
		expect(heldBy(model).comparison).toBeNull();
	});

	test('says what went wrong, and tries it again', async () => {
		const api = createScriptedApi();
		api.manual = true;
		const model = open(api);
		const problem = { status: 403, code: 'forbidden', title: 'No', detail: 'No' } as const;
		api.asked[0]?.fail(new ApiError(problem));
		await pass(0);
		expect(heldBy(model)).toMatchObject({ error: expect.any(ApiError), isLoading: false, last: 0 });
		api.manual = false;
		model.retry();
		await pass(0);
		expect(heldBy(model)).toMatchObject({ error: null, version: 30 });
	});
});

describe('a transcript of the past', () => {
	test('has no event that came after its cursor, however far back it is read', async () => {
		const api = createScriptedApi();
		api.manual = true;
		const feed = createPastFeed(api, 'agt_1', 1_000);
		const said = (seq: number) => ({
			seq,
			topic: 'prompt.started',
			agentId: 'agt_1',
			at: '2026-01-01T00:00:00.000Z',
			data: { promptId: `${seq}` },
		});
		expect(api.asked[0]).toMatchObject({ path: '/agents/agt_1/events', query: { before: 1_001 } });
		api.asked[0]?.answer({ items: Array.from({ length: 200 }, (_, index) => said(801 + index)) });
		await pass(0);
		expect(feed.store.getSnapshot().context.history.events.at(-1)?.seq).toBe(1_000);
		feed.loadEarlier();
		expect(api.asked[1]?.query).toMatchObject({ before: 801 });
		feed.close();
		await pass(0);
	});
});
