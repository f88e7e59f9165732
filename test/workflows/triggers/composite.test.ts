import { describe, expect, test } from 'vitest';
import { createCompositeSource } from '../../../src/workflows/triggers/composite.ts';
import { PollError } from '../../../src/workflows/triggers/poll-error.ts';
import type { PollRequest, TriggerSource } from '../../../src/workflows/triggers/source.ts';
import { createSources } from '../../../src/workflows/triggers/sources.ts';
import { triggerSchema } from '../../../src/workflows/triggers/trigger-config.ts';
import { createWorkItem } from '../../../src/workflows/triggers/work-item.ts';
import type { WorkItem } from '../../../src/workflows/views.ts';
import { at } from '../../store/units.ts';
import { type EventWorld, openEventWorld } from './event-world.ts';
import { type Polling, sourceIds, startPolling } from './polling.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What a repository far away answers: the outermost edge. Each entry is yielded once the clock has reached it. */
interface Feed {
	readonly items: WorkItem[];
	error: Error | null;
	readonly asked: number[];
}

/** A feed per repository; the cursor is how many of its items were yielded. */
function createFeeds(): { readonly source: TriggerSource; feed(repo: string): Feed } {
	const feeds = new Map<string, Feed>();
	function feed(repo: string): Feed {
		const known = feeds.get(repo) ?? { items: [], error: null, asked: [] };
		feeds.set(repo, known);
		return known;
	}
	const source: TriggerSource = {
		async poll({ trigger, cursor, now }: PollRequest) {
			const { items, error, asked } = feed((trigger as { readonly repo: string }).repo);
			asked.push(now);
			if (error) throw error;
			return { items: items.slice(Number(cursor ?? 0)), cursor: items.length, nextPollAt: now + minuteMs };
		},
	};
	return { source, feed };
}

const issue = (sourceId: string, change: Partial<WorkItem> = {}): WorkItem => ({
	sourceId,
	title: `Issue ${sourceId}`,
	body: null,
	url: null,
	labels: [],
	metadata: {},
	...change,
});
const issueAt = (sourceId: string, happenedAt: number) =>
	createWorkItem({ sourceId, title: sourceId, at: happenedAt, metadata: {} });

const repository = (repo: string) => ({ type: 'github_issues', owner: 'acme', repo });
const delay = (runAt: number) => ({ type: 'delay', runAt: new Date(runAt).toISOString() });

function openComposite(mode: 'any' | 'all', triggers: readonly unknown[], rest: Record<string, unknown> = {}) {
	const { source, feed } = createFeeds();
	const errors: string[] = [];
	const sources = createSources({
		reads: {} as EventWorld['reads'],
		github: source,
		queue: source,
		onError: (where, error) => errors.push(`${where}: ${error.message}`),
	});
	const config = { type: 'composite', mode, triggers, ...rest };
	const polling: Polling = startPolling(sources.of({ type: 'composite' }), config, { since: noon - hourMs });
	return { ...polling, feed, errors };
}

describe('any of several triggers', () => {
	test('[WF21] yields what each yields, named after its part, and is asked again when the first of them wants to be', async () => {
		const { poll, feed } = openComposite('any', [repository('red'), repository('blue'), delay(noon + 10_000)]);
		feed('red').items.push(issue('issue:1', { priority: 3 }), issue('issue:2'));
		feed('blue').items.push(issue('issue:1'));
		const answer = await poll(noon);
		expect(sourceIds(answer)).toEqual(['0:issue:1', '0:issue:2', '1:issue:1']);
		expect(answer.items[0]).toEqual({ ...issue('issue:1', { priority: 3 }), sourceId: '0:issue:1' });
		expect(answer.nextPollAt).toBe(noon + 10_000);
		expect(sourceIds(await poll(noon + 10_000))).toEqual([`2:delay:${new Date(noon + 10_000).toISOString()}`]);
		expect(sourceIds(await poll(noon + 20_000))).toEqual([]);
	});

	test('is exhausted once all of them are', async () => {
		const { poll } = openComposite('any', [delay(noon), delay(noon + 1)]);
		expect(await poll(noon)).toMatchObject({ exhausted: false, nextPollAt: noon + 1 });
		const last = await poll(noon + 1);
		expect(last).toMatchObject({ exhausted: true, nextPollAt: null });
		expect(last.items).toHaveLength(1);
	});

	test('[WF21] goes on with the others while one cannot be read, says so once, and asks it again later', async () => {
		const { poll, feed, errors } = openComposite('any', [repository('red'), repository('blue')]);
		feed('red').error = new PollError('rate_limited', 'Too many requests.', noon + hourMs);
		feed('blue').items.push(issue('issue:1'));
		expect(sourceIds(await poll(noon))).toEqual(['1:issue:1']);
		for (const minute of [1, 30, 59]) await poll(noon + minute * minuteMs);
		expect(feed('red').asked).toEqual([noon]);
		await poll(noon + hourMs);
		expect(feed('red').asked).toEqual([noon, noon + hourMs]);
		expect(errors).toEqual(['part 0 of the trigger of wfl_own: Too many requests.']);

		feed('red').error = null;
		feed('red').items.push(issue('issue:9'));
		const healed = await poll(noon + hourMs + minuteMs);
		expect(sourceIds(healed)).toEqual(['0:issue:9']);
		feed('red').error = new PollError('trigger_failed', 'Gone again.');
		await poll(noon + hourMs + 2 * minuteMs);
		expect(errors).toHaveLength(2);
	});

	test('asks a part again a minute after it failed where it names no time', async () => {
		const { poll, feed } = openComposite('any', [repository('red'), repository('blue')]);
		feed('red').error = new PollError('trigger_failed', 'No.');
		expect(await poll(noon)).toMatchObject({ nextPollAt: noon + minuteMs });
		await poll(noon + minuteMs - 1);
		await poll(noon + minuteMs);
		expect(feed('red').asked).toEqual([noon, noon + minuteMs]);
	});

	test('cannot be read when none of them can', async () => {
		const { poll, feed } = openComposite('any', [repository('red'), repository('blue')]);
		feed('red').error = new PollError('rate_limited', 'Slow down.', noon + hourMs);
		feed('blue').error = new PollError('trigger_failed', 'No such repository.');
		await expect(poll(noon)).rejects.toMatchObject({
			code: 'rate_limited',
			message: 'Slow down. No such repository.',
			retryAt: noon + hourMs,
		});
	});

	test('does not take what is no failure of a trigger for one', async () => {
		const { poll, feed } = openComposite('any', [repository('red'), repository('blue')]);
		feed('red').error = new TypeError('a bug');
		await expect(poll(noon)).rejects.toThrow('a bug');
	});

	test('keeps the cursors of its parts across an edit, but for a part of another type', async () => {
		const { poll, feed, edit } = openComposite('any', [repository('red'), repository('blue')]);
		feed('red').items.push(issue('issue:1'));
		feed('blue').items.push(issue('issue:2'));
		await poll(noon);
		const pulls = { ...repository('red'), type: 'github_pull_requests' };
		const triggers = [pulls, { ...repository('blue'), labels: ['bug'] }];
		edit({ type: 'composite', mode: 'any', triggers });
		expect(sourceIds(await poll(noon + minuteMs))).toEqual(['0:issue:1']);
	});
});

describe('all of several triggers', () => {
	test('[WF21] yields one item when every part has yielded something', async () => {
		const { poll, feed } = openComposite('all', [repository('red'), repository('blue')]);
		const first = issue('issue:1', { title: 'One', body: 'first', labels: ['bug', 'ui'], priority: 2 });
		feed('red').items.push(first);
		expect((await poll(noon)).items).toEqual([]);
		feed('blue').items.push(
			issue('issue:7', { title: 'Seven', body: 'second', url: 'https://example.org/7', labels: ['bug'] }),
		);
		const { items } = await poll(noon + minuteMs);
		expect(items).toMatchObject([
			{
				sourceId: '0:issue:1+1:issue:7',
				title: 'One + Seven',
				body: 'first\n\nsecond',
				url: 'https://example.org/7',
				labels: ['bug', 'ui'],
				priority: 2,
				metadata: {
					parts: [
						{ sourceId: '0:issue:1', title: 'One', body: 'first', at: noon },
						{ sourceId: '1:issue:7', title: 'Seven', url: 'https://example.org/7', at: noon + minuteMs },
					],
				},
			},
		]);
		expect((await poll(noon + 2 * minuteMs)).items).toEqual([]);
	});

	test('answers the same again until its answer is stored', async () => {
		const { poll, feed, forgetLast } = openComposite('all', [repository('red'), repository('blue')]);
		feed('red').items.push(issue('issue:1'));
		await poll(noon);
		feed('blue').items.push(issue('issue:2'));
		const first = sourceIds(await poll(noon + minuteMs));
		expect(first).toHaveLength(1);
		forgetLast();
		expect(sourceIds(await poll(noon + 2 * minuteMs))).toEqual(first);
	});

	test.each([
		[60_000, 1],
		[60_001, 0],
	])('counts yields that are %i ms apart, within a minute, %i times', async (apart, count) => {
		const { poll, feed } = openComposite('all', [repository('red'), repository('blue')], { withinSeconds: 60 });
		feed('red').items.push(issue('issue:1'));
		await poll(noon);
		feed('blue').items.push(issue('issue:2'));
		expect((await poll(noon + apart)).items).toHaveLength(count);
	});

	test('goes by when things happened, not by when they were read', async () => {
		const { poll, feed } = openComposite('all', [repository('red'), repository('blue')]);
		feed('red').items.push(issueAt('a', noon - 9 * hourMs), issueAt('b', noon - 5 * hourMs));
		feed('blue').items.push(issueAt('c', noon - 5 * hourMs + minuteMs), issueAt('d', noon - hourMs / 2));
		expect(sourceIds(await poll(noon))).toEqual(['0:b+1:c']);
		feed('red').items.push(issueAt('e', noon));
		expect(sourceIds(await poll(noon))).toEqual(['0:e+1:d']);
		feed('blue').items.push(issueAt('f', noon - 9 * hourMs), issueAt('g', noon));
		feed('red').items.push(issueAt('h', noon));
		expect(sourceIds(await poll(noon))).toEqual(['0:h+1:g']);
	});

	test('puts several together in their order, and uses each once', async () => {
		const { poll, feed } = openComposite('all', [repository('red'), repository('blue')]);
		feed('red').items.push(issueAt('a2', noon - 2_000), issueAt('a1', noon - 3_000), issueAt('a3', noon));
		feed('blue').items.push(issueAt('b1', noon), issueAt('b2', noon));
		expect(sourceIds(await poll(noon))).toEqual(['0:a1+1:b1', '0:a2+1:b2']);
		feed('blue').items.push(issueAt('b3', noon));
		expect(sourceIds(await poll(noon))).toEqual(['0:a3+1:b3']);
	});

	test('lets the oldest go when more than a hundred wait, so that its cursor stays small', async () => {
		const { poll, feed } = openComposite('all', [repository('red'), repository('blue')]);
		feed('red').items.push(...Array.from({ length: 250 }, (_, index) => issueAt(`a${index}`, noon + index)));
		await poll(noon + 250);
		feed('blue').items.push(issueAt('b', noon));
		expect(sourceIds(await poll(noon + 250))).toEqual(['0:a150+1:b']);
	});

	test('keeps what was yielded while another part cannot be read', async () => {
		const { poll, feed } = openComposite('all', [repository('red'), repository('blue')]);
		feed('blue').error = new PollError('trigger_failed', 'Away.');
		feed('red').items.push(issue('issue:1'));
		await poll(noon);
		feed('blue').error = null;
		feed('blue').items.push(issue('issue:2'));
		expect(sourceIds(await poll(noon + minuteMs))).toEqual(['0:issue:1+1:issue:2']);
	});

	test('is exhausted once a part has nothing more to give and nothing of it waits', async () => {
		const { poll, feed } = openComposite('all', [delay(noon), repository('red')], { withinSeconds: 60 });
		expect(await poll(noon)).toMatchObject({ items: [], exhausted: false });
		feed('red').items.push(issue('issue:1'));
		const together = await poll(noon + 30_000);
		expect(together.items).toHaveLength(1);
		expect(together.exhausted).toBe(true);

		const lapsed = openComposite('all', [delay(noon), repository('red')], { withinSeconds: 60 });
		await lapsed.poll(noon);
		expect(await lapsed.poll(noon + 60_001)).toMatchObject({ items: [], exhausted: true });
	});
});

describe('a composite of events', () => {
	test('reads the log for each of its parts, and wakes for what any of them wants to hear', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		const unused = createFeeds().source;
		const deps = { reads: world.reads, github: unused, queue: unused, onError: () => {} };
		const lifecycle = { type: 'agent_lifecycle', events: ['stopped'] };
		const triggers = [lifecycle, { ...lifecycle, agent: 'agt_other' }, { type: 'agent_idle', seconds: 1 }];
		const config = { type: 'composite', mode: 'all', triggers };
		const { poll, interests } = startPolling(createSources(deps).of({ type: 'composite' }), config, { since: at });
		expect(interests).toEqual([
			{ topic: 'agent.state.changed', agentId: 'agt_own' },
			{ topic: 'agent.state.changed', agentId: 'agt_other' },
		]);
		const stopped = { from: 'idle.ready', to: 'stopped', trigger: null, version: 2, generation: 1 };
		const own = await world.tell('agent.state.changed', 'agt_own', stopped);
		const other = await world.tell('agent.state.changed', 'agt_other', stopped);
		const ready = { substate: 'ready', state_changed_at: at };
		expect((await poll(at + 1_000)).items).toEqual([]);
		await world.write([{ op: 'update', table: 'agents', id: 'agt_own', set: ready }]);
		expect(sourceIds(await poll(at + 1_000))).toEqual([`0:event:${own}+1:event:${other}+2:idle:agt_own:${at}`]);
	});

	test('is made of sources by their type', () => {
		const asked: string[] = [];
		const source = createCompositeSource({
			sourceOf(trigger) {
				asked.push(trigger.type);
				return {
					poll: () => Promise.reject(new Error('unused')),
					interests: () => [{ topic: trigger.type, agentId: null }],
				};
			},
			onError: () => {},
		});
		const triggers = [delay(noon), repository('red')];
		const config = { type: 'composite', mode: 'any', triggers };
		expect(startPolling(source, config).interests.map(({ topic }) => topic)).toEqual(['delay', 'github_issues']);
		expect(asked).toEqual(['delay', 'github_issues']);
	});

	test.each(['manual', 'webhook', 'queue', 'composite'])('has no part of type %s, and says what to do', (type) => {
		const { error } = triggerSchema.safeParse({ type: 'composite', mode: 'any', triggers: [delay(noon), { type }] });
		expect(error?.issues).toMatchObject([
			{
				path: ['triggers', 1, 'type'],
				message: expect.stringMatching(
					`part of type ${type}: give that a workflow of its own. A part is one of github_issues,`,
				),
			},
		]);
	});
});
