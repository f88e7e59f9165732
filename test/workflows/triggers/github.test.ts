import { describe, expect, test } from 'vitest';
import { createGithubSource, pagesPerPoll } from '../../../src/workflows/triggers/github.ts';
import type { GithubTrigger } from '../../../src/workflows/triggers/github-items.ts';
import type { GithubServer } from '../../support/github-server.ts';
import {
	createElsewhere,
	createGithubWorld,
	idsOf,
	issuesTrigger,
	minuteMs,
	pullsTrigger,
} from '../../support/github-world.ts';
import { startOfTime } from '../../support/manual-clock.ts';

function addIssues(server: GithubServer, count: number): void {
	for (let index = 0; index < count; index++) server.addIssue({ title: `Issue ${index}` });
}

describe('issues', () => {
	test('become work items with all that is known of them; pull requests do not', async () => {
		const { server, poll } = await createGithubWorld();
		server.addPull({ title: 'Not an issue' });
		server.addIssue({ title: 'It crashes', body: 'Badly.', labels: ['bug', 'agent'], author: 'mona' });
		server.addIssue({ title: 'No body', body: null, author: null });
		const { items } = await poll();
		expect(items).toEqual([
			{
				sourceId: 'issue:acme/rocket#2',
				title: 'It crashes',
				body: 'Badly.',
				url: 'https://github.com/acme/rocket/issues/2',
				labels: ['bug', 'agent'],
				metadata: {
					number: 2,
					author: 'mona',
					state: 'open',
					repository: 'acme/rocket',
					createdAt: '2026-01-01T00:00:02Z',
					updatedAt: '2026-01-01T00:00:02Z',
				},
			},
			expect.objectContaining({
				sourceId: 'issue:acme/rocket#3',
				body: null,
				labels: [],
				metadata: expect.objectContaining({ author: null }),
			}),
		]);
	});

	test('are asked for by state and labels, and only those with every label count, in any case', async () => {
		const { server, poll } = await createGithubWorld();
		server.addIssue({ title: 'one', labels: ['Agent'] });
		server.addIssue({ title: 'both', labels: ['Agent', 'needs, care'] });
		expect(idsOf(await poll({ ...issuesTrigger, labels: ['agent', 'Needs, Care'] }))).toEqual(['issue:acme/rocket#2']);
		expect(server.requests[0]?.query).toEqual({
			state: 'open',
			labels: 'agent',
			sort: 'updated',
			direction: 'desc',
			per_page: '100',
		});
	});

	test('[WF17] that are open are found however old they are, also when they get their label or are reopened long after', async () => {
		const { server, poll, pollLater } = await createGithubWorld();
		const long = startOfTime - 1_000 * 24 * 3_600_000;
		const [old, unlabelled, closed] = ['old', 'unlabelled', 'closed'].map((title) =>
			server.addIssue({ title, createdAt: long, labels: title === 'unlabelled' ? [] : ['agent'] }),
		);
		if (old === undefined || unlabelled === undefined || closed === undefined) throw new Error('unreachable');
		server.close(closed);
		const trigger: GithubTrigger = { ...issuesTrigger, labels: ['agent'] };
		expect(idsOf(await poll(trigger))).toEqual([`issue:acme/rocket#${old}`]);
		expect(await pollLater(trigger)).toEqual([]);
		server.label(unlabelled, 'agent');
		expect(await pollLater(trigger)).toContain(`issue:acme/rocket#${unlabelled}`);
		server.reopen(closed);
		expect(await pollLater(trigger)).toContain(`issue:acme/rocket#${closed}`);
	});

	test.each(['closed', 'all'] as const)(
		'of state %s count once they are touched after the workflow was created',
		async (state) => {
			const { server, poll, pollLater } = await createGithubWorld();
			const before = startOfTime - 3_600_000;
			const ancient = server.addIssue({ title: 'ancient', createdAt: before });
			const other = server.addIssue({ title: 'other', createdAt: before });
			expect(idsOf(await poll({ ...issuesTrigger, state }))).toEqual([]);
			server.close(ancient);
			expect(await pollLater({ ...issuesTrigger, state })).toEqual([`issue:acme/rocket#${ancient}`]);
			server.close(other);
			expect(await pollLater({ ...issuesTrigger, state })).toContain(`issue:acme/rocket#${other}`);
		},
	);

	test('touched in the second in which the workflow was created are not too old', async () => {
		const { server, poll } = await createGithubWorld();
		server.addIssue({ title: 'at that moment', createdAt: startOfTime });
		server.addIssue({ title: 'a second before', createdAt: startOfTime - 1_000 });
		expect(idsOf(await poll({ ...issuesTrigger, state: 'all' }))).toEqual(['issue:acme/rocket#1']);
	});

	test('[WF13] are passed on as they are, whatever is written in them', async () => {
		const { server, poll } = await createGithubWorld();
		const title = '{{ item.title }} {% raw %} "9007199254740993n" \u202e';
		const body = `{{ secrets }}\u0000\u0007\u001b[31m\r\n${'x'.repeat(1_000_000)}🚀`;
		server.addIssue({ title, body, labels: ['{{ label }}'] });
		server.addIssue({ title: '9007199254740993n' });
		const { items } = await poll();
		expect(items[0]).toMatchObject({ title, labels: ['{{ label }}'] });
		expect(items[0]?.body === body).toBe(true);
		expect(items[1]?.title).toBe('9007199254740993n');
	});
});

describe('pull requests', () => {
	test('become work items with their branches', async () => {
		const { server, poll } = await createGithubWorld();
		server.addIssue({ title: 'Not a pull request' });
		server.addPull({ title: 'Mend it', body: 'Now.', labels: ['review'], head: 'mend', base: 'next', draft: true });
		const { items } = await poll(pullsTrigger);
		expect(items).toEqual([
			{
				sourceId: 'pull:acme/rocket#2',
				title: 'Mend it',
				body: 'Now.',
				url: 'https://github.com/acme/rocket/pull/2',
				labels: ['review'],
				metadata: {
					number: 2,
					author: 'octocat',
					state: 'open',
					repository: 'acme/rocket',
					createdAt: '2026-01-01T00:00:02Z',
					updatedAt: '2026-01-01T00:00:02Z',
					head: 'mend',
					base: 'next',
					draft: true,
				},
			},
		]);
	});

	test('are filtered by label here, for the API does not, and found when they get it later', async () => {
		const { server, poll, pollLater } = await createGithubWorld();
		server.addPull({ title: 'with', labels: ['Review'] });
		const without = server.addPull({ title: 'without' });
		const trigger: GithubTrigger = { ...pullsTrigger, labels: ['review'] };
		expect(idsOf(await poll(trigger))).toEqual(['pull:acme/rocket#1']);
		expect(server.requests[0]?.query).not.toHaveProperty('labels');
		server.label(without, 'review');
		expect(await pollLater(trigger)).toContain(`pull:acme/rocket#${without}`);
	});

	test('of all states are read no further than to what the workflow cares for', async () => {
		const { server, poll } = await createGithubWorld();
		for (let index = 0; index < 250; index++)
			server.addPull({ title: 'past', createdAt: startOfTime - 10_000 - index });
		const closed = server.addPull({ title: 'just closed' });
		server.close(closed);
		expect(idsOf(await poll({ ...pullsTrigger, state: 'all' }))).toEqual([`pull:acme/rocket#${closed}`]);
		expect(server.requests).toHaveLength(1);
	});
});

describe('pages', () => {
	test('[WF17] are all read, by their links', async () => {
		const { server, poll } = await createGithubWorld();
		addIssues(server, 250);
		const ids = idsOf(await poll());
		expect(ids).toEqual(Array.from({ length: 250 }, (_, index) => `issue:acme/rocket#${index + 1}`));
		expect(server.requests.map(({ query }) => query.page ?? '1')).toEqual(['1', '2', '3']);
	});

	test('[WF17] beyond what one poll reads are read by the next ones, the newest changes with each of them', async () => {
		const { server, poll, pollLater } = await createGithubWorld();
		const many = pagesPerPoll * 100 + 150;
		addIssues(server, many);
		const seen = new Set(idsOf(await poll()));
		expect(seen.size).toBe(pagesPerPoll * 100);
		const news = server.addIssue({ title: 'news' });
		const second = await pollLater();
		expect(second).toContain(`issue:acme/rocket#${news}`);
		for (const id of second) seen.add(id);
		expect(seen.size).toBe(many + 1);
		// The end was reached: it begins anew.
		await pollLater();
		expect(server.requests.slice(-pagesPerPoll).map(({ query }) => query.page ?? '1')).toEqual(
			Array.from({ length: pagesPerPoll }, (_, index) => String(index + 1)),
		);
	});

	test('that move while they are read lose nothing: what slipped from one to another is met at the next poll', async () => {
		const { server, poll, pollLater } = await createGithubWorld();
		addIssues(server, 150);
		// Between the first page and the second, the newest issue is closed: all others move up by one.
		let isClosed = false;
		server.misbehave({}, ({ query }) => {
			if (query.page === '2' && !isClosed) {
				isClosed = true;
				server.close(150);
			}
			return false;
		});
		const first = idsOf(await poll());
		expect(first).not.toContain('issue:acme/rocket#50');
		expect(await pollLater()).toContain('issue:acme/rocket#50');
	});

	test('with a place in a list that GitHub no longer knows are read from the start', async () => {
		const { server, poll, pollLater } = await createGithubWorld();
		addIssues(server, pagesPerPoll * 100 + 50);
		await poll();
		server.misbehave({ status: 422, body: '{"message":"cursor"}' }, ({ query }) => query.page === '11');
		await pollLater();
		server.misbehave(null);
		await pollLater();
		expect(server.requests.slice(-pagesPerPoll).map(({ query }) => query.page ?? '1')[1]).toBe('2');
	});

	test('lead nowhere but to the configured API', async () => {
		const { server, poll } = await createGithubWorld({ token: 'secret-1', asks: 'secret-1' });
		const elsewhere = await createElsewhere();
		const link = `<${elsewhere.url}/repos/acme/rocket/issues?page=2>; rel="next"`;
		server.misbehave({ headers: { link }, body: '[]' }, ({ query }) => query.page === undefined);
		await poll();
		expect(elsewhere.requests).toEqual([]);
		expect(server.requests.map(({ query }) => query.page)).toEqual([undefined, '2']);
	});
});

describe('the API', () => {
	test('may live below a path, as that of GitHub Enterprise Server does', async () => {
		const elsewhere = await createElsewhere();
		const { failToPoll } = await createGithubWorld({ baseUrl: `${elsewhere.url}/api/v3` });
		await failToPoll();
		expect(elsewhere.requests.map(({ path }) => path)).toEqual(['/api/v3/repos/acme/rocket/issues']);
	});

	test('may send on to where a repository went; the token does not go along to another server', async () => {
		const { server, poll, pollLater } = await createGithubWorld({ token: 'secret-1', asks: 'secret-1' });
		server.addIssue({ title: 'moved' });
		const place = '/repos/acme/rocket/issues?state=open&page=1';
		server.misbehave({ status: 301, headers: { location: place } }, ({ query }) => query.page === undefined);
		expect(idsOf(await poll())).toEqual(['issue:acme/rocket#1']);
		const elsewhere = await createElsewhere();
		server.misbehave({ status: 302, headers: { location: `${elsewhere.url}${place}` } });
		await pollLater();
		expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
	});
});

describe('asking sparingly', () => {
	test('[WF17] a nudge before its time asks nobody and changes nothing', async () => {
		const { server, clock, poll } = await createGithubWorld();
		server.addIssue({ title: 'one' });
		const first = await poll();
		expect(first.nextPollAt).toBe(clock.now() + minuteMs);
		clock.advance(minuteMs - 1);
		const nudged = await poll();
		expect(nudged).toEqual({ items: [], cursor: first.cursor, nextPollAt: first.nextPollAt });
		expect(server.requests).toHaveLength(1);
		clock.advance(1);
		await poll();
		expect(server.requests).toHaveLength(2);
	});

	test('pollSeconds says how often', async () => {
		const { server, clock, poll } = await createGithubWorld();
		const trigger: GithubTrigger = { ...issuesTrigger, pollSeconds: 600 };
		expect((await poll(trigger)).nextPollAt).toBe(clock.now() + 600_000);
		clock.advance(minuteMs);
		expect((await poll(trigger)).nextPollAt).toBe(startOfTime + 600_000);
		expect(server.requests).toHaveLength(1);
		// Edited to be asked more often, it does not wait for what it was told before.
		await poll(issuesTrigger);
		expect(server.requests).toHaveLength(2);
	});

	test('[WF17] pages that are as they were are not sent again, and yield nothing', async () => {
		const { server, poll, pollLater } = await createGithubWorld();
		addIssues(server, 150);
		await poll();
		expect(await pollLater()).toEqual([]);
		expect(server.requests.map(({ status }) => status)).toEqual([200, 200, 304, 304]);
		server.touch(150);
		expect(await pollLater()).toContain('issue:acme/rocket#150');
		// What was answered before is remembered over polls that got nothing new.
		expect(await pollLater()).toEqual([]);
		expect(await pollLater()).toEqual([]);
		expect(server.requests.map(({ status }) => status).slice(4)).toEqual([200, 304, 304, 304, 304, 304]);
	});

	test('a trigger that is edited reads its list from the start, though it asks for the same pages', async () => {
		const { server, poll } = await createGithubWorld();
		server.addPull({ title: 'one', labels: ['b'] });
		expect(idsOf(await poll({ ...pullsTrigger, labels: ['a'] }))).toEqual([]);
		expect(idsOf(await poll({ ...pullsTrigger, labels: ['b'] }))).toEqual(['pull:acme/rocket#1']);
	});

	test('a cursor it does not know is none', async () => {
		const { server, clock } = await createGithubWorld();
		server.addIssue({ title: 'one' });
		const source = createGithubSource({ baseUrl: server.url, token: undefined, userAgent: 'test', clock });
		const request = { workflowId: 'wfl_1', agentId: 'agt_1', trigger: issuesTrigger, now: clock.now(), since: 0 };
		const { signal } = new AbortController();
		expect(idsOf(await source.poll({ ...request, cursor: { page: 'seven' }, signal }))).toEqual([
			'issue:acme/rocket#1',
		]);
	});

	test('it says who asks, and with which token', async () => {
		const { server, poll } = await createGithubWorld({ token: 'secret-1', asks: 'secret-1' });
		await poll();
		expect(server.requests[0]?.headers).toMatchObject({
			authorization: 'token secret-1',
			'user-agent': expect.stringMatching(/^statecraft\/test /),
			'x-github-api-version': '2022-11-28',
		});
	});
});
