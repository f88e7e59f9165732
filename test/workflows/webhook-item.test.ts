import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { StatecraftError } from '../../src/errors.ts';
import type { TriggerOf } from '../../src/workflows/triggers/trigger-config.ts';
import type { WorkItem } from '../../src/workflows/views.ts';
import { toWebhookItem, type WebhookOutcome } from '../../src/workflows/webhook-item.ts';
import { startOfTime } from '../support/manual-clock.ts';

type Headers = Readonly<Record<string, string>>;

const plain: TriggerOf<'webhook'> = { type: 'webhook', secret: 'a secret of ours' };
const github: TriggerOf<'webhook'> = { ...plain, source: 'github' };
const repository = { full_name: 'acme/rocket', html_url: 'https://github.com/acme/rocket' };

function receive(trigger: TriggerOf<'webhook'>, body: string | Buffer, headers: Headers = {}): WebhookOutcome {
	const lowered = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
	return toWebhookItem(trigger, Buffer.from(body), (name) => lowered.get(name.toLowerCase()), startOfTime);
}

function itemOf(outcome: WebhookOutcome): WorkItem {
	if (outcome.kind !== 'item') throw new Error(`It was ignored: ${outcome.reason}`);
	return outcome.item;
}

function receiveEvent(event: string, payload: unknown, trigger = github): WebhookOutcome {
	return receive(trigger, JSON.stringify(payload), { 'X-GitHub-Event': event, 'X-GitHub-Delivery': 'd-1' });
}

function refusalOf(act: () => unknown): StatecraftError {
	try {
		act();
	} catch (thrown) {
		if (thrown instanceof StatecraftError) return thrown;
		throw thrown;
	}
	throw new Error('It was accepted');
}

describe('deliveries of GitHub', () => {
	test('about an issue are work items with what they say and all of their payload', () => {
		const payload = {
			action: 'opened',
			issue: {
				title: 'It crashes {{ now }}',
				body: '{% raw %}\u0000 Badly.',
				html_url: 'https://github.com/acme/rocket/issues/7',
				labels: [{ name: 'bug' }, { name: 'agent' }],
			},
			repository,
		};
		expect(receiveEvent('issues', payload)).toEqual({
			kind: 'item',
			item: {
				sourceId: 'delivery:d-1',
				title: 'It crashes {{ now }}',
				body: '{% raw %}\u0000 Badly.',
				url: 'https://github.com/acme/rocket/issues/7',
				labels: ['bug', 'agent'],
				metadata: {
					event: 'issues',
					action: 'opened',
					delivery: 'd-1',
					payload,
					receivedAt: '2026-01-01T00:00:00.000Z',
				},
			},
		});
	});

	const issue = { title: 'It crashes', body: 'Badly.', html_url: 'https://x/issues/7', labels: [{ name: 'bug' }] };
	const pull = { title: 'Mend it', body: null, html_url: 'https://x/pull/8', labels: [] };
	const remark = { body: 'Me too.', html_url: 'https://x/issues/7#c1' };
	test.each<[string, object, Partial<WorkItem>]>([
		[
			'pull_request',
			{ action: 'opened', pull_request: pull },
			{ title: 'Mend it', body: null, url: 'https://x/pull/8' },
		],
		[
			'issue_comment',
			{ action: 'created', issue, comment: remark },
			{ title: 'It crashes', body: 'Me too.', url: 'https://x/issues/7#c1', labels: ['bug'] },
		],
		[
			'pull_request_review',
			{ action: 'submitted', pull_request: pull, review: { body: null, html_url: 'https://x/pull/8#r1' } },
			{ title: 'Mend it', body: null, url: 'https://x/pull/8#r1' },
		],
		[
			'release',
			{ action: 'published', release: { name: null, tag_name: 'v1', body: 'All new', html_url: 'https://x/v1' } },
			{ title: 'v1', body: 'All new', url: 'https://x/v1' },
		],
		[
			'push',
			{
				ref: 'refs/heads/feature/one',
				compare: 'https://x/compare',
				head_commit: { message: 'Second\n\nAt length' },
				commits: [{ message: 'First' }, { message: 'Second\n\nAt length' }, null],
			},
			{ title: 'Push to feature/one: Second', body: 'First\n\nSecond\n\nAt length', url: 'https://x/compare' },
		],
		[
			'push',
			{ ref: 'refs/tags/v1', head_commit: null, commits: [], repository },
			{ title: 'Push to v1', body: null, url: repository.html_url },
		],
		[
			'workflow_run',
			{ action: 'completed', workflow_run: { display_title: 'Build', html_url: 'https://x/run' } },
			{ title: 'Build', body: null, url: 'https://x/run' },
		],
		['star', { action: 'created', repository }, { title: 'star.created in acme/rocket', url: repository.html_url }],
		['fork', {}, { title: 'fork in GitHub', body: null, url: null, labels: [] }],
		['issues', { issue: 'none', repository: [] }, { title: 'issues in GitHub', body: null, url: null }],
	])('about %s %# say what it is about', (event, payload, expected) => {
		const item = itemOf(receiveEvent(event, payload));
		expect(item).toMatchObject(expected);
		expect(item.metadata).toMatchObject({ event, payload });
	});

	test('are chosen by event, or by event and action', () => {
		const trigger = { ...github, events: ['issues.opened', 'push'] };
		expect(receiveEvent('issues', { action: 'opened' }, trigger).kind).toBe('item');
		expect(receiveEvent('push', {}, trigger).kind).toBe('item');
		expect(receiveEvent('issues', { action: 'closed' }, trigger)).toEqual({
			kind: 'ignored',
			reason: 'The workflow does not wait for issues.closed',
		});
		expect(receiveEvent('issue_comment', { action: 'opened' }, trigger).kind).toBe('ignored');
		expect(receiveEvent('issues', { action: 'closed' }, { ...github, events: ['issues'] }).kind).toBe('item');
		expect(receiveEvent('issues', {}, { ...github, events: [] }).kind).toBe('ignored');
	});

	test('that are a ping are ignored, also by those who wait for all events', () => {
		expect(receiveEvent('ping', { zen: 'Keep it logically awesome.' })).toMatchObject({ kind: 'ignored' });
	});

	test('may come as a form', () => {
		const payload = { action: 'opened', issue: { title: 'a & b = 🚀 + %' } };
		const form = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
		const headers = { 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': 'd-1' };
		const type = 'application/x-www-form-urlencoded; charset=utf-8';
		expect(itemOf(receive(github, form, { ...headers, 'Content-Type': type }))).toMatchObject({
			title: 'a & b = 🚀 + %',
			metadata: { payload },
		});
	});

	test.each(['', '{"action":', '[]', '"text"', 'null', '<html>'])(
		'that are not a JSON object are refused: %j',
		(body) => {
			const headers = { 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': 'd-1' };
			expect(refusalOf(() => receive(github, body, headers)).code).toBe('malformed_json');
		},
	);

	test('without a proper event or delivery id are refused', () => {
		const attempts: readonly Headers[] = [
			{ 'X-GitHub-Delivery': 'd-1' },
			{ 'X-GitHub-Event': 'is sues', 'X-GitHub-Delivery': 'd-1' },
			{ 'X-GitHub-Event': 'issues' },
			{ 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': '' },
			{ 'X-GitHub-Event': 'issues', 'X-Delivery-Id': 'd-1' },
		];
		for (const headers of attempts) {
			const error = refusalOf(() => receive(github, '{}', headers));
			expect(error.code).toBe('invalid_request');
			expect(error.message).toMatch(/^X-GitHub-(Event|Delivery) is /);
		}
	});
});

describe('deliveries of anybody', () => {
	test('in JSON are work items with the fields that are what they should be', () => {
		const payload = { title: 'Deploy', body: 'Now.', url: 'https://x/1', labels: ['a', { name: 'b' }, 3, null, ''] };
		expect(itemOf(receive(plain, JSON.stringify(payload), { 'X-Delivery-Id': 'run:1.2_3-4' }))).toEqual({
			sourceId: 'delivery:run:1.2_3-4',
			title: 'Deploy',
			body: 'Now.',
			url: 'https://x/1',
			labels: ['a', 'b'],
			metadata: {
				event: null,
				action: null,
				delivery: 'run:1.2_3-4',
				payload,
				receivedAt: '2026-01-01T00:00:00.000Z',
			},
		});
	});

	test('whose fields are something else have them in their payload only', () => {
		const payload = { title: 7, body: { text: 'x' }, url: ['https://x'], labels: 'bug', severity: 'high' };
		expect(itemOf(receive(plain, JSON.stringify(payload), { 'X-Delivery-Id': 'd-1' }))).toMatchObject({
			title: 'Delivery d-1',
			body: null,
			url: null,
			labels: [],
			metadata: { payload },
		});
		const list = [{ title: 'one' }];
		expect(itemOf(receive(plain, JSON.stringify(list)))).toMatchObject({ body: null, metadata: { payload: list } });
	});

	test('without a title are called by their first line', () => {
		expect(itemOf(receive(plain, JSON.stringify({ body: ' First \nsecond' }))).title).toBe('First');
		expect(itemOf(receive(plain, JSON.stringify({ body: 'x'.repeat(500) }))).title).toBe('x'.repeat(200));
	});

	test('that are text are their body, as it is', () => {
		for (const text of ['Disk is full\nagain', '{"title": ', '42', 'null', '{{ item }} \u0007'])
			expect(itemOf(receive(plain, text))).toMatchObject({ body: text, metadata: { payload: null } });
		expect(itemOf(receive(plain, '"quoted text"'))).toMatchObject({ body: 'quoted text', title: 'quoted text' });
		expect(itemOf(receive(plain, ' \n'))).toMatchObject({ body: null, title: expect.stringMatching(/^Delivery /) });
	});

	test('without an id have their body for one: the same twice is one delivery', () => {
		const hash = createHash('sha256').update('{"title":"x"}').digest('hex');
		expect(itemOf(receive(plain, '{"title":"x"}')).sourceId).toBe(`delivery:${hash}`);
		expect(itemOf(receive(plain, '{"title":"x"}')).sourceId).toBe(`delivery:${hash}`);
		expect(itemOf(receive(plain, '{"title": "x"}')).sourceId).not.toBe(`delivery:${hash}`);
		// By its bytes: these two read alike once they are text.
		const [one, other] = [Buffer.from([0xff]), Buffer.from([0xfe])].map((body) => itemOf(receive(plain, body)));
		expect(one?.body).toBe(other?.body);
		expect(one?.sourceId).not.toBe(other?.sourceId);
	});

	test('take their id from the header that is theirs before others', () => {
		const headers = { 'X-Delivery-Id': 'b', 'X-GitHub-Delivery': 'c' };
		expect(itemOf(receive(plain, '{}', { ...headers, 'X-Statecraft-Delivery': 'a' })).sourceId).toBe('delivery:a');
		expect(itemOf(receive(plain, '{}', headers)).sourceId).toBe('delivery:b');
		expect(itemOf(receive(plain, '{}', { 'X-GitHub-Delivery': 'c' })).sourceId).toBe('delivery:c');
	});

	test.each(['', 'two words', 'x'.repeat(201), 'a\nb', 'ü', '../..'.replaceAll('.', '/')])(
		'with an id that is none are refused: %j',
		(id) => {
			const error = refusalOf(() => receive(plain, '{}', { 'X-Delivery-Id': id }));
			expect(error.code).toBe('invalid_request');
			expect(error.message).toContain('X-Delivery-Id');
		},
	);

	test('are not chosen by event', () => {
		expect(receive({ ...plain, events: ['issues'] }, '{}').kind).toBe('item');
	});

	test('with keys that mean something to JavaScript are data', () => {
		const item = itemOf(receive(plain, '{"__proto__": {"title": "no"}, "constructor": {"name": "no"}}'));
		expect(item.title).toMatch(/^Delivery /);
		expect(JSON.stringify(item.metadata.payload)).toBe('{"__proto__":{"title":"no"},"constructor":{"name":"no"}}');
	});
});
