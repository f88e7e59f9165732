import { describe, expect, test, vi } from 'vitest';
import {
	beginAttempt,
	type DraftStorage,
	emptyDraft,
	failAttempt,
	isEmptyDraft,
	isUndecided,
	keepDraft,
	readDraft,
	settleAttempt,
} from '../../../src/dashboard/agent/composer/draft.ts';
import { pickPrompts } from '../../../src/dashboard/agent/composer/prompt-order.ts';
import { describeAnswer } from '../../../src/dashboard/agent/entries/answer.ts';
import { describeOrigin, formatSpan } from '../../../src/dashboard/agent/entries/entry-parts.tsx';
import { describeUsage } from '../../../src/dashboard/agent/entries/usage.ts';
import { createJournal } from '../../../src/dashboard/agent/panels/journal.ts';
import { describeExit, describeRestart, mergeRuns } from '../../../src/dashboard/agent/panels/runs.ts';
import { patchAgent } from '../../../src/dashboard/agent/panels/settings-change.ts';
import { fillForm, readChange, readLabels } from '../../../src/dashboard/agent/panels/settings-form.ts';
import { createLookup } from '../../../src/dashboard/agent/transcript/lookup.ts';
import { type Api, ApiError } from '../../../src/dashboard/connection/api.ts';
import type { Agent, Prompt, Run } from '../../../src/dashboard/store/resources.ts';

function memory(): DraftStorage & { readonly kept: Map<string, string> } {
	const kept = new Map<string, string>();
	return {
		kept,
		getItem: (key) => kept.get(key) ?? null,
		setItem: (key, value) => void kept.set(key, value),
		removeItem: (key) => void kept.delete(key),
	};
}

describe('a prompt being written', () => {
	let keys = 0;
	const createKey = () => `key-${++keys}`;

	test('what is submitted leaves the box, and what is written meanwhile stays', () => {
		const { attempt, draft, hasMore } = beginAttempt({ text: 'one', attempt: null }, false, createKey);
		expect(attempt).toMatchObject({ text: 'one', start: false });
		expect(draft).toEqual({ text: '', attempt });
		expect(hasMore).toBe(false);
		expect(settleAttempt({ ...draft, text: 'two' })).toEqual({ text: 'two', attempt: null });
	});

	test('an attempt whose answer never came is made again as it was, before what was written since', () => {
		const { attempt, draft } = beginAttempt({ text: 'one', attempt: null }, true, createKey);
		const back = failAttempt(draft, true);
		expect(back).toEqual({ text: 'one', attempt });
		expect(beginAttempt(back, false, createKey)).toEqual({ attempt, draft: { text: '', attempt }, hasMore: false });

		const other = failAttempt({ ...draft, text: 'two' }, true);
		expect(other).toEqual({ text: 'two', attempt });
		const again = beginAttempt(other, false, createKey);
		expect(again).toEqual({ attempt, draft: { text: 'two', attempt }, hasMore: true });
		const next = beginAttempt(settleAttempt(again.draft), false, createKey);
		expect(next.attempt.text).toBe('two');
		expect(next.attempt.key).not.toBe(attempt.key);
	});

	test('what was refused goes back into the box, and is another attempt next time', () => {
		const { attempt, draft } = beginAttempt({ text: 'one', attempt: null }, false, createKey);
		expect(failAttempt(draft, false)).toEqual({ text: 'one', attempt: null });
		expect(failAttempt({ ...draft, text: 'two' }, false)).toEqual({ text: 'one\n\ntwo', attempt: null });
		expect(beginAttempt(failAttempt(draft, false), false, createKey).attempt.key).not.toBe(attempt.key);
	});

	test('there is something to submit as long as an attempt is open', () => {
		expect(isEmptyDraft({ text: ' \n', attempt: null })).toBe(true);
		expect(isEmptyDraft({ text: '', attempt: { key: 'k', text: 'x', start: false } })).toBe(false);
	});

	test('only answers that leave it open keep the attempt', () => {
		expect([0, 500, 502, 503].map(isUndecided)).toEqual([true, true, true, true]);
		expect([400, 401, 404, 409, 422, 429].map(isUndecided)).not.toContain(true);
	});

	test('is kept for each agent, with its attempt, until it is empty', () => {
		const storage = memory();
		const draft = { text: 'half', attempt: { key: 'k', text: 'half', start: true } };
		keepDraft(storage, 'agt_1', draft);
		expect(readDraft(storage, 'agt_1')).toEqual(draft);
		expect(readDraft(storage, 'agt_2')).toEqual(emptyDraft);
		keepDraft(storage, 'agt_1', emptyDraft);
		expect(storage.kept.size).toBe(0);
	});

	test.each(['{', 'null', '7', '{"text":1,"attempt":null}', '{"text":"x","attempt":{}}'])(
		'what is stored and is no draft (%s) is none',
		(stored) => {
			const storage = memory();
			storage.setItem('statecraft.draft.agt_1', stored);
			expect(readDraft(storage, 'agt_1')).toEqual(emptyDraft);
		},
	);

	test('a storage that is full or closed does not stop anybody', () => {
		const storage: DraftStorage = {
			...memory(),
			setItem() {
				throw new Error('full');
			},
		};
		keepDraft(storage, 'agt_1', { text: 'x', attempt: null });
		expect(readDraft(storage, 'agt_1')).toEqual(emptyDraft);
	});
});

describe('prompts of an agent', () => {
	const prompt = (id: string, status: Prompt['status'], createdAt: string, agentId = 'agt_1') =>
		[id, { id, status, createdAt, agentId } as Prompt] as const;

	test('the one that runs, and those that wait in the order in which they are taken', () => {
		const { running, queued } = pickPrompts(
			new Map([
				prompt('pmt_4', 'queued', '2030-01-01T00:00:01.000Z'),
				prompt('pmt_3', 'queued', '2030-01-01T00:00:01.000Z'),
				prompt('pmt_2', 'queued', '2030-01-01T00:00:01.000Z'),
				prompt('pmt_1', 'running', '2030-01-01T00:00:00.000Z'),
				prompt('pmt_0', 'finished', '2030-01-01T00:00:00.000Z'),
				prompt('pmt_5', 'queued', '2030-01-01T00:00:00.000Z', 'agt_2'),
			]),
			'agt_1',
		);
		expect(running?.id).toBe('pmt_1');
		expect(queued.map(({ id }) => id)).toEqual(['pmt_2', 'pmt_3', 'pmt_4']);
	});

	test('say where they come from', () => {
		const origins = ['dsp_1', 'tsk_1/2', 'sup_1/mission', 'page-ab', 'mine', null];
		expect(origins.map((idempotencyKey) => describeOrigin({ idempotencyKey }))).toEqual([
			...['from a workflow', 'from a task', 'from its supervisor', 'from the page', '', ''],
		]);
	});
});

describe('small words', () => {
	test('durations', () => {
		expect([5, 1_234, 12_345, 65_000, 3_725_000].map(formatSpan)).toEqual([
			...['5 ms', '1.2 s', '12 s', '1 min 05 s', '1 h 02 min'],
		]);
	});

	test('usage, also in what is no currency', () => {
		const cost = { amount: 0.1234, currency: 'USD' };
		expect(describeUsage({ inputTokens: 1_234, outputTokens: 56, contextUsed: 10, contextSize: 200_000, cost })).toBe(
			'1.2K tokens in, 56 out · context 10 of 200K · $0.12',
		);
		expect(describeUsage({ cost: { amount: 0.001, currency: 'credits of the house' } })).toBe('0.0010 credits of');
		expect(describeUsage({})).toBe('');
	});

	test('answers, by the names people saw', () => {
		const options = [{ optionId: 'y', name: 'Yes', kind: 'allow_once' as const }];
		expect(describeAnswer({ optionId: 'y' }, { options })).toBe('Yes');
		expect(describeAnswer({ optionId: 'other' }, undefined)).toBe('other');
		expect(describeAnswer({ decline: true }, undefined)).toBe('declined');
		expect(describeAnswer({ answer: { color: 'blue' } }, undefined)).toBe('{ "color": "blue" }');
		expect(describeAnswer(null, undefined)).toBe('');
	});

	test('restarts and exits', () => {
		const backoffMs = { initial: 1_000, max: 60_000 };
		expect(describeRestart({ policy: 'transient', maxRestarts: 3, withinSeconds: 60, backoffMs, hung: 'notify' })).toBe(
			'Restarted after a failure, at most 3 times within 60 s, after a pause of 1 s that doubles up to 60 s. When it shows no sign of life, that is reported.',
		);
		expect(describeRestart({ policy: 'temporary', maxRestarts: 3, backoffMs, hung: 'notify' })).toMatch(
			/^Never restarted by itself\. /,
		);
		expect(describeExit({ exitCode: 0, signal: null })).toBe('exit code 0');
		expect(describeExit({ exitCode: null, signal: 'SIGKILL' })).toBe('signal SIGKILL');
		expect(describeExit({ exitCode: null, signal: null })).toBe('');
	});

	test('runs as the stream tells them stand for those that were fetched', () => {
		const run = (id: string, generation: number, state: string, agentId = 'agt_1') =>
			({ id, generation, state, agentId }) as Run;
		const merged = mergeRuns(
			[run('b', 2, 'running'), run('a', 1, 'failed')],
			[run('b', 2, 'failed'), run('c', 3, 'spawning'), run('x', 9, 'running', 'agt_2')],
			'agt_1',
		);
		expect(merged.map(({ id, state }) => `${id} ${state}`)).toEqual(['c spawning', 'b failed', 'a failed']);
	});
});

describe('the journal', () => {
	/** Versions 0 to `total - 1`. */
	function createPages(total: number) {
		const pages = { total, asked: [] as string[] };
		const get = async (_path: string, { query: { offset, limit } }: { query: { offset: number; limit: number } }) => {
			pages.asked.push(`${offset}+${limit}`);
			const count = Math.max(0, Math.min(limit, pages.total - offset));
			const items = Array.from({ length: count }, (_, index) => ({
				seq: 100 + offset + index,
				version: offset + index,
			}));
			return { items, total: pages.total };
		};
		return { pages, journal: createJournal({ get } as unknown as Pick<Api, 'get'>, 'agt_1') };
	}

	const held = ({ store }: ReturnType<typeof createJournal>) => {
		const { lines, earlier } = store.getSnapshot().context;
		return { from: lines[0]?.version, to: lines.at(-1)?.version, count: lines.length, earlier };
	};

	test('begins with the latest page, goes on with every version, and back when asked', async () => {
		const { pages, journal } = createPages(120);
		journal.follow(119);
		await vi.waitFor(() => expect(held(journal)).toEqual({ from: 70, to: 119, count: 50, earlier: 70 }));
		pages.total = 400;
		journal.follow(399);
		await vi.waitFor(() => expect(held(journal)).toEqual({ from: 70, to: 399, count: 330, earlier: 70 }));
		await vi.waitFor(() => expect(journal.store.getSnapshot().context.isLoading).toBe(false));
		journal.loadEarlier();
		await vi.waitFor(() => expect(held(journal)).toEqual({ from: 20, to: 399, count: 380, earlier: 20 }));
		await vi.waitFor(() => expect(journal.store.getSnapshot().context.isLoading).toBe(false));
		journal.loadEarlier();
		await vi.waitFor(() => expect(held(journal)).toEqual({ from: 0, to: 399, count: 400, earlier: 0 }));
		expect(pages.asked.at(-1)).toBe('0+20');
	});

	test('a version told while earlier lines are fetched is not lost', async () => {
		const { pages, journal } = createPages(120);
		journal.follow(119);
		await vi.waitFor(() => expect(held(journal).to).toBe(119));
		await vi.waitFor(() => expect(journal.store.getSnapshot().context.isLoading).toBe(false));
		journal.loadEarlier();
		pages.total = 121;
		journal.follow(120);
		await vi.waitFor(() => expect(held(journal)).toEqual({ from: 20, to: 120, count: 101, earlier: 20 }));
	});

	test('versions told while it fetches are not lost, and none that is not there is waited for', async () => {
		const { pages, journal } = createPages(10);
		journal.follow(9);
		pages.total = 12;
		journal.follow(11);
		journal.follow(99);
		await vi.waitFor(() => expect(held(journal).to).toBe(11));
		await vi.waitFor(() => expect(journal.store.getSnapshot().context.isLoading).toBe(false));
		journal.follow(11);
		expect(pages.asked.length).toBeLessThan(8);
	});
});

describe('changing settings', () => {
	const agent = { id: 'agt_1', name: 'ada', labels: { b: '2', a: '1' }, interruptedTurn: 'fail', version: 7 } as const;
	const filled = fillForm(agent as unknown as Agent);
	const stale = new ApiError({ status: 409, code: 'stale_state', title: 'Stale', detail: 'moved on' });

	test('only what was changed is sent', () => {
		expect(filled).toEqual({ name: 'ada', labels: 'a=1\nb=2', interruptedTurn: 'fail' });
		expect(readChange(filled, filled)).toEqual({});
		expect(readChange({ name: ' bob ', labels: 'c = x=y\n\n', interruptedTurn: 'ask' }, filled)).toEqual({
			...{ name: 'bob', labels: { c: 'x=y' }, interruptedTurn: 'ask' },
		});
		expect(() => readLabels('team')).toThrow('"team" is no label: write name=value, one a line');
	});

	test('an agent that only took a step meanwhile is changed all the same', async () => {
		const versions: Array<number | undefined> = [];
		const api = {
			get: async () => ({ ...agent, version: 9 }),
			patch: async (_path: string, change: object, { ifVersion }: { ifVersion?: number } = {}) => {
				versions.push(ifVersion);
				if (ifVersion !== 9) throw stale;
				return { ...agent, ...change };
			},
		} as unknown as Pick<Api, 'get' | 'patch'>;
		expect(await patchAgent(api, agent, { name: 'bob' }, filled)).toMatchObject({ name: 'bob' });
		expect(versions).toEqual([7, 9]);
	});

	test('settings that somebody else changed meanwhile are not overwritten', async () => {
		const patch = vi.fn(async () => {
			throw stale;
		});
		const api = { get: async () => ({ ...agent, name: 'eve', version: 9 }), patch } as unknown as Pick<
			Api,
			'get' | 'patch'
		>;
		await expect(patchAgent(api, agent, { name: 'bob' }, filled)).rejects.toBe(stale);
		expect(patch).toHaveBeenCalledTimes(1);
	});
});

describe('looking things up', () => {
	test('each is asked for once, and again only after a failure', async () => {
		const load = vi.fn(async (id: string) => {
			if (load.mock.calls.length === 1) throw new Error('lost');
			return `text of ${id}`;
		});
		const lookup = createLookup(load);
		const told = vi.fn();
		lookup.subscribe(told);
		lookup.want('a');
		lookup.want('a');
		expect(load).toHaveBeenCalledTimes(1);
		await vi.waitFor(() => {
			lookup.want('a');
			expect(lookup.get('a')).toBe('text of a');
		});
		lookup.want('a');
		expect(load).toHaveBeenCalledTimes(2);
		expect(told).toHaveBeenCalledTimes(1);
	});
});
