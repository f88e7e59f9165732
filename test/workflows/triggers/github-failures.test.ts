import { describe, expect, test } from 'vitest';
import { pagesPerPoll } from '../../../src/workflows/triggers/github.ts';
import { createGithubWorld, idsOf, minuteMs, pullsTrigger } from '../../support/github-world.ts';
import { startOfTime } from '../../support/manual-clock.ts';

describe('rate limits', () => {
	test('an exhausted one is over when GitHub says so, by its distance and not by its clock', async () => {
		// GitHub's clock is an hour ahead of ours.
		const { server, clock, failToPoll } = await createGithubWorld({ startsAt: startOfTime + 3_600_000 });
		server.limit({ remaining: 0, resetInSeconds: 1_200 });
		const error = await failToPoll();
		expect(error.code).toBe('rate_limited');
		expect(error.retryAt).toBe(clock.now() + 1_200_000);
		expect(error.message).toContain('GITHUB_TOKEN');
		expect(error.message).toContain(new Date(clock.now() + 1_200_000).toISOString());
	});

	test.each([403, 429] as const)(
		'a secondary one (%d) is over after what it says, or after a minute',
		async (secondary) => {
			const { server, clock, failToPoll } = await createGithubWorld();
			server.limit({ secondary, retryAfterSeconds: 90 });
			const told = await failToPoll();
			expect([told.code, told.retryAt]).toEqual(['rate_limited', clock.now() + 90_000]);
			server.limit({ secondary });
			const untold = await failToPoll();
			expect([untold.code, untold.retryAt]).toEqual(['rate_limited', clock.now() + minuteMs]);
		},
	);

	test('Retry-After may be a date, and is not believed without end', async () => {
		const { server, clock, failToPoll } = await createGithubWorld();
		const date = new Date(startOfTime).toUTCString();
		const inTen = new Date(startOfTime + 600_000).toUTCString();
		server.misbehave({ status: 429, headers: { date, 'retry-after': inTen }, body: '{}' });
		expect((await failToPoll()).retryAt).toBe(clock.now() + 600_000);
		server.misbehave({ status: 429, headers: { date, 'retry-after': '999999999' }, body: '{}' });
		expect((await failToPoll()).retryAt).toBe(clock.now() + 24 * 3_600_000);
	});

	test('near its end the next poll waits for the reset, also when it is nudged', async () => {
		const { server, clock, poll } = await createGithubWorld();
		server.addIssue({ title: 'one' });
		server.limit({ remaining: pagesPerPoll, resetInSeconds: 1_800 });
		const result = await poll();
		expect(idsOf(result)).toEqual(['issue:acme/rocket#1']);
		const resetAt = result.nextPollAt ?? 0;
		expect(resetAt).toBeGreaterThan(clock.now() + 1_700_000);
		clock.advance(10 * minuteMs);
		expect(await poll()).toMatchObject({ items: [], nextPollAt: resetAt });
		expect(server.requests).toHaveLength(1);
	});

	test('far from its end nothing waits, and pages that have not changed do not count', async () => {
		const { server, clock, poll, pollLater } = await createGithubWorld();
		server.addIssue({ title: 'one' });
		server.limit({ remaining: pagesPerPoll + 1, resetInSeconds: 1_800 });
		expect((await poll()).nextPollAt).toBe(clock.now() + minuteMs);
		expect(await pollLater()).toEqual([]);
		expect(server.requests.at(-1)?.status).toBe(304);
		clock.advance(minuteMs);
		expect((await poll()).nextPollAt).toBe(clock.now() + minuteMs);
	});

	test('that ends amid a list keeps what was read, and goes on there after the reset', async () => {
		const { server, clock, poll } = await createGithubWorld();
		for (let index = 0; index < 250; index++) server.addIssue({ title: `Issue ${index}` });
		server.limit({ remaining: 2, resetInSeconds: 1_800 });
		const first = await poll();
		expect(first.items).toHaveLength(200);
		expect(server.requests).toHaveLength(2);
		server.limit(null);
		clock.advance((first.nextPollAt ?? 0) - clock.now());
		const rest = await poll();
		expect(idsOf(rest)).toEqual(Array.from({ length: 50 }, (_, index) => `issue:acme/rocket#${index + 1}`));
		expect(server.requests.map(({ query }) => query.page ?? '1')).toEqual(['1', '2', '1', '3']);
	});
});

describe('refusals say what to do', () => {
	test.each([
		[{ asks: 'wrong', token: 'right' }, /does not accept the token.*GITHUB_TOKEN.*Bad credentials/],
		[{ token: 'right' }, /no public repository acme\/rocket.*check owner and repo.*set GITHUB_TOKEN/],
		[
			{ asks: 'mine', token: 'mine', repository: 'acme/other' },
			/acme\/rocket.*check owner and repo.*give the token access/,
		],
	])('%j', async (options, words) => {
		const { failToPoll } = await createGithubWorld(options);
		const error = await failToPoll();
		expect(error.code).toBe('trigger_failed');
		expect(error.retryAt).toBeNull();
		expect(error.message).toMatch(words);
	});

	test('401 without a token, and 403 with and without one', async () => {
		const without = await createGithubWorld();
		without.server.misbehave({ status: 401, body: '{"message":"Requires authentication"}' });
		expect((await without.failToPoll()).message).toBe(
			'GitHub wants a token: set GITHUB_TOKEN. It says: Requires authentication',
		);
		without.server.misbehave({ status: 403, body: '{"message":"No"}' });
		expect((await without.failToPoll()).message).toBe(
			'The issues of acme/rocket may not be read without a token: set GITHUB_TOKEN. It says: No',
		);
		const { server, failToPoll } = await createGithubWorld({ asks: 'mine' });
		server.misbehave({ status: 403, body: '{"message":"Resource not accessible by personal access token"}' });
		const error = await failToPoll(pullsTrigger);
		expect(error.code).toBe('trigger_failed');
		expect(error.message).toMatch(/GITHUB_TOKEN may not read the pull requests of acme\/rocket: .*not accessible/);
	});

	test('never with the token in it, nor with control characters, nor at length', async () => {
		const token = 'ghp_verysecret';
		const { server, failToPoll } = await createGithubWorld({ asks: token });
		const message = `${token}\u001b[31m\n${'x'.repeat(5_000)}`;
		for (const status of [401, 403, 404, 410, 429, 500]) {
			server.misbehave({ status, body: JSON.stringify({ message }) });
			const error = await failToPoll();
			const told = JSON.stringify([error, error.message, error.cause]);
			expect(told).not.toContain('verysecret');
			expect(error.message).toContain('***');
			expect(error.message).not.toMatch(/\p{Cc}/u);
			expect(error.message.length).toBeLessThan(600);
		}
	});
});

describe('a GitHub that cannot be read', () => {
	test.each([500, 502, 503])('status %d is a failure that says so', async (status) => {
		const { server, failToPoll } = await createGithubWorld();
		server.misbehave({ status, headers: { 'content-type': 'text/html' }, body: '<h1>Unicorn!</h1>' });
		const error = await failToPoll();
		expect(error.code).toBe('trigger_failed');
		expect(error.message).toContain(`GitHub answered ${status} when asked for the issues of acme/rocket.`);
	});

	test('that asks for patience gets it', async () => {
		const { server, clock, failToPoll } = await createGithubWorld();
		server.misbehave({ status: 503, headers: { 'retry-after': '120' }, body: '{}' });
		const error = await failToPoll();
		expect([error.code, error.retryAt]).toEqual(['trigger_failed', clock.now() + 120_000]);
	});

	test.each([
		['not JSON', { body: '<html>' }, /not JSON/],
		['a page of a portal', { body: '<html>', headers: { 'content-type': 'text/html' } }, /not JSON/],
		['nothing', { body: '' }, /not JSON/],
		['no content', { status: 204 }, /not JSON/],
		['an object', { body: '{"total": 3}' }, /the answer: .*array/],
		['an entry without a title', { body: '[{"number": 1}]' }, /0\.title: /],
	])('%s is not a list, and the message names the setting', async (_what, answer, words) => {
		const { server, failToPoll } = await createGithubWorld();
		server.misbehave(answer);
		const error = await failToPoll();
		expect(error.code).toBe('trigger_failed');
		expect(error.message).toContain('STATECRAFT_GITHUB_API_URL');
		expect(error.message).toMatch(words);
	});

	test.each(['drop', 'hang', 'stall'] as const)('that lets a request %s is a failure too', async (fate) => {
		const { server, failToPoll } = await createGithubWorld({ timeoutMs: 300 });
		server.misbehave({ fate });
		const error = await failToPoll();
		expect(error.code).toBe('trigger_failed');
		expect(error.message).toMatch(fate === 'drop' ? /could not be read at http/ : /no whole answer within 0\.3 s/);
	});

	test('nobody answers there', async () => {
		const { server, failToPoll } = await createGithubWorld();
		await server.stop();
		const error = await failToPoll();
		expect(error.code).toBe('trigger_failed');
		expect(error.message).toMatch(/could not be read at http:.*ECONNREFUSED/);
	});

	test('is not waited for when the system stops', async () => {
		const { server, failToPoll, stop } = await createGithubWorld();
		server.misbehave({ fate: 'hang' });
		const failed = failToPoll();
		await server.untilAsked(1);
		stop();
		expect((await failed).code).toBe('shutting_down');
	});

	test('only from some page on: what was read before is kept, and the failure told when nothing new comes', async () => {
		const { server, poll, pollLater, failToPoll } = await createGithubWorld();
		for (let index = 0; index < 250; index++) server.addIssue({ title: `Issue ${index}` });
		server.misbehave({ status: 502, body: '{}' }, ({ query }) => query.page === '3');
		expect((await poll()).items).toHaveLength(200);
		expect((await failToPoll()).code).toBe('trigger_failed');
		server.misbehave(null);
		expect(await pollLater()).toHaveLength(50);
	});

	test('once read again it goes on as if nothing had been', async () => {
		const { server, failToPoll, pollLater } = await createGithubWorld();
		server.misbehave({ fate: 'drop' });
		await failToPoll();
		server.addIssue({ title: 'meanwhile' });
		server.misbehave(null);
		expect(await pollLater()).toEqual(['issue:acme/rocket#1']);
	});
});
