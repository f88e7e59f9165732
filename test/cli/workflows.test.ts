import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
	QueueItemResource,
	QueueResource,
	WholeDispatchResource,
	WorkflowResource,
} from '../../src/cli/workflow-resources.ts';
import { createScriptedApi, listing, problem, type ScriptedApi, time } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({ STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token, TZ: 'UTC' });
	api.on('GET', '/workflows/standup', () => ({ body: workflow() }));
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

function workflow(overrides: Partial<WorkflowResource> = {}): WorkflowResource {
	return {
		id: 'wfl_1',
		name: 'standup',
		agentId: 'agt_1',
		trigger: { type: 'cron', expression: '0 9 * * 1-5', timeZone: 'Europe/Berlin' },
		template: 'Say what changed',
		enabled: true,
		policy: null,
		retry: { maxAttempts: 3, backoffMs: { initial: 5_000, max: 300_000 }, interrupted: 'retry' },
		version: 4,
		runner: { state: 'waiting', nextAt: '2026-01-05T08:00:00.000Z', lastError: null },
		createdAt: time,
		updatedAt: time,
		...overrides,
	};
}

function dispatch(overrides: Partial<WholeDispatchResource> = {}): WholeDispatchResource {
	return {
		id: 'dsp_1',
		workflowId: 'wfl_1',
		sourceId: 'issue/7',
		title: 'It is broken',
		status: 'pending',
		attempts: 1,
		maxAttempts: 3,
		nextAttemptAt: '2026-01-05T08:00:00.000Z',
		promptId: 'pmt_1',
		error: { code: 'turn_failed', message: 'no luck', retryable: true, detail: null },
		url: null,
		createdAt: time,
		updatedAt: time,
		finishedAt: null,
		item: { sourceId: 'issue/7', title: 'It is broken', body: null, url: null, labels: ['bug'], metadata: {} },
		prompts: [{ id: 'pmt_1', status: 'failed', createdAt: time, finishedAt: time, error: null }],
		...overrides,
	};
}

function queueItem(overrides: Partial<QueueItemResource> = {}): QueueItemResource {
	return {
		id: 'qit_1',
		queue: 'builds',
		key: 'k1',
		item: { sourceId: 'k1', title: 'Build it', body: null, url: null, labels: [], metadata: {} },
		priority: 2,
		status: 'ready',
		workflowId: null,
		dispatchId: null,
		visibleAt: null,
		createdAt: time,
		updatedAt: time,
		...overrides,
	};
}

const lastSent = (method: string, path: string) =>
	api.requests.findLast((request) => request.method === method && request.path === path);
const bodyOf = (method: string, path: string): unknown => lastSent(method, path)?.body;

function write(name: string, text: string): string {
	writeFileSync(join(cli.directory, name), text);
	return name;
}

describe('workflows', () => {
	test('a list tells what runners do, when they look again, and what went wrong last', async () => {
		const lastError = { code: 'trigger_failed', message: 'HTTP 500', retryable: true, detail: null } as const;
		const backingOff = { state: 'backingOff', nextAt: '2026-01-05T10:00:00.000Z', lastError } as const;
		const triage = workflow({
			id: 'wfl_2',
			name: 'triage',
			trigger: { type: 'github_issues', owner: 'o', repo: 'r', labels: ['bug', 'ui'] },
			runner: backingOff,
		});
		const off = { state: 'absent', nextAt: null, lastError: null } as const;
		const nightly = workflow({
			id: 'wfl_3',
			name: 'nightly',
			agentId: 'agt_9',
			enabled: false,
			runner: off,
			trigger: { type: 'dispatch_result', workflow: 'wfl_2', status: ['completed'] },
		});
		api.on('GET', '/workflows', () => ({ body: listing([workflow(), triage, nightly]) }));
		const { stdout } = await cli.run(['workflows']);
		const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
		expect(lines.slice(0, 4)).toEqual([
			['NAME', 'AGENT', 'TRIGGER', 'RUNNER', 'NEXT', 'ID', 'LAST ERROR'],
			['standup', 'helper', 'cron 0 9 * * 1-5 timeZone=Europe/Berlin', 'waiting', '2026-01-05 08:00:00', 'wfl_1', '-'],
			[
				'triage',
				'helper',
				'github_issues o/r labels=bug,ui',
				'backingOff',
				'2026-01-05 10:00:00',
				'wfl_2',
				'trigger_failed: HTTP 500',
			],
			['nightly', 'agt_9', 'dispatch_result workflow=triage status=completed', 'disabled', '-', 'wfl_3', '-'],
		]);
		expect((await cli.run(['workflows', 'ls', '--json'])).json()).toMatchObject({ total: 3 });
	});

	test('one is shown by name, with its template', async () => {
		const { stdout } = await cli.run(['workflows', 'show', 'standup']);
		expect(stdout).toMatch(/^agent +helper$/m);
		expect(stdout).toMatch(/^retry +3 attempts, waiting 5 s to 300 s; interrupted ones: retry$/m);
		expect(stdout).toMatch(/template\nSay what changed\n$/);
		expect((await cli.run(['workflows', 'show', 'standup', '--json'])).json()).toMatchObject({ id: 'wfl_1' });
	});

	test.each([
		[
			['--cron', '0 9 * * *', '--time-zone', 'Europe/Berlin', '--missed', 'once'],
			{ type: 'cron', expression: '0 9 * * *', timeZone: 'Europe/Berlin', missed: 'once' },
		],
		[['--at', '2030-01-31T09:00:00+01:00'], { type: 'delay', runAt: '2030-01-31T08:00:00.000Z' }],
		[
			['--github-issues', 'o/r', '--label', 'bug', '--label', 'ui', '--state', 'all', '--poll', '30'],
			{ type: 'github_issues', owner: 'o', repo: 'r', labels: ['bug', 'ui'], state: 'all', pollSeconds: 30 },
		],
		[['--github-pull-requests', 'o/r'], { type: 'github_pull_requests', owner: 'o', repo: 'r' }],
		[
			['--webhook', '--secret-file', '-', '--source', 'github'],
			{ type: 'webhook', secret: 's3cret!!', source: 'github' },
		],
		[
			['--queue', 'builds', '--visibility-timeout', '60'],
			{ type: 'queue', queue: 'builds', visibilityTimeoutSeconds: 60 },
		],
		[['--manual'], { type: 'manual' }],
		[['--trigger-json', '{"type":"agent_idle","seconds":60}'], { type: 'agent_idle', seconds: 60 }],
	])('create %j', async (flags, trigger) => {
		api.on('POST', '/workflows', () => ({ status: 201, body: workflow() }));
		const args = ['workflows', 'create', 'standup', '--agent', 'helper', '--template', 'Go', ...flags, '--json'];
		const { code, json } = await cli.run(args, 's3cret!!\n');
		expect([code, json()]).toMatchObject([0, { id: 'wfl_1' }]);
		expect(bodyOf('POST', '/workflows')).toEqual({ name: 'standup', agent: 'helper', template: 'Go', trigger });
	});

	test('create takes the whole from a file, and flags before it', async () => {
		api.on('POST', '/workflows', () => ({ status: 201, body: workflow() }));
		write('triage.liquid', 'Look at {{ item.title }}\n');
		const file = write(
			'wf.yaml',
			`name: triage
agent: helper
trigger: { type: webhook, secret: "\${HOOK}" }
templateFile: triage.liquid
retry: { maxAttempts: 5 }
`,
		);
		const args = ['workflows', 'create', '--file', file, '--agent', 'other', '--interrupted', 'leave', '--disabled'];
		expect((await cli.run(args, '', { HOOK: 'very secret' })).code).toBe(0);
		expect(bodyOf('POST', '/workflows')).toEqual({
			name: 'triage',
			agent: 'other',
			trigger: { type: 'webhook', secret: 'very secret' },
			template: 'Look at {{ item.title }}\n',
			enabled: false,
			retry: { maxAttempts: 5, interrupted: 'leave' },
		});
	});

	test.each([
		[['--agent', 'a', '--manual', '--template', 'x'], /needs a name/],
		[['n', '--manual', '--template', 'x'], /needs an agent/],
		[['n', '--agent', 'a', '--template', 'x'], /needs a trigger/],
		[['n', '--agent', 'a', '--manual'], /needs a template/],
		[['n', '--manual', '--queue', 'q'], /--manual and --queue do not go together/],
		[['n', '--manual', '--time-zone', 'UTC'], /--time-zone goes with --cron/],
		[['n', '--cron', '0 9 * * *', '--label', 'x'], /--label goes with --github-issues and --github-pull-requests/],
		[['n', '--github-issues', 'nothing'], /not of the form owner\/repo/],
		[['n', '--webhook'], /needs --secret-file/],
		[['n', '--at', 'soon'], /not a time/],
		[['n', '--trigger-json', '[1]'], /Expected a JSON object/],
		[['n', '--template', 'x', '--template-file', 'y'], /cannot be used with/],
		[['--file', 'absent.yaml'], /no such file or directory/],
	])('create %j is bad usage and sends nothing', async (flags, message) => {
		const { code, stdout, stderr } = await cli.run(['workflows', 'create', ...flags]);
		expect([code, stdout, api.requests]).toEqual([2, '', []]);
		expect(stderr).toMatch(message);
	});

	test('a file with something wrong says where', async () => {
		const file = write('wf.yaml', 'name: n\nagent: a\ntrigger:\n  type: cron\n  expression: 99 * * * *\ntemplate: x\n');
		const { code, stderr } = await cli.run(['workflows', 'create', '--file', file]);
		expect(code).toBe(2);
		expect(stderr).toContain('wf.yaml:5:3: trigger.expression: Not a cron expression');
	});

	test('update changes what is given, keeps the rest, and only what it has read', async () => {
		const webhook = workflow({
			trigger: { type: 'webhook', secret: '***' },
			policy: { mode: 'allow_all' },
			enabled: false,
		});
		api.on('GET', '/workflows/standup', () => ({ body: webhook }));
		api.on('PUT', '/workflows/wfl_1', () => ({ body: workflow({ version: 5 }) }));
		const args = ['workflows', 'update', 'standup', '--template', 'New', '--max-attempts', '9', '--name', 'daily'];
		expect((await cli.run([...args, '--json'])).json()).toMatchObject({ version: 5 });
		expect(lastSent('PUT', '/workflows/wfl_1')).toMatchObject({
			headers: { 'if-match': '"4"' },
			body: {
				name: 'daily',
				agent: 'agt_1',
				trigger: { type: 'webhook', secret: '***' },
				template: 'New',
				enabled: false,
				policy: { mode: 'allow_all' },
				retry: { maxAttempts: 9, backoffMs: { initial: 5_000, max: 300_000 }, interrupted: 'retry' },
			},
		});
		const nothing = await cli.run(['workflows', 'update', 'standup']);
		expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('Nothing to change')]);
	});

	test.each(['enable', 'disable'])('%s by name', async (change) => {
		api.on('POST', `/workflows/wfl_1/${change}`, () => ({ body: workflow() }));
		expect((await cli.run(['workflows', change, 'standup'])).stdout).toBe(`standup (wfl_1) is ${change}d\n`);
	});

	test('delete answers what is gone', async () => {
		api.on('DELETE', '/workflows/wfl_1', () => ({ status: 204 }));
		const { json } = await cli.run(['workflows', 'delete', 'standup', '--json']);
		expect(json()).toEqual({ id: 'wfl_1', name: 'standup', deleted: true });
	});

	test('trigger sends every flag, and only those', async () => {
		api.on('POST', '/workflows/wfl_1/trigger', () => ({ status: 202, body: dispatch() }));
		const flags = ['--title', 'T', '--body-file', '-', '--source-id', 's1', '--label', 'a', '--label', 'b'];
		const more = ['--metadata', 'k=v', '--item-url', 'https://example.org/1', '--priority', '-2'];
		const { stdout } = await cli.run(['workflows', 'trigger', 'standup', ...flags, ...more], 'long\ntext');
		expect(stdout).toBe('dsp_1 pending for standup\n');
		expect(bodyOf('POST', '/workflows/wfl_1/trigger')).toEqual({
			title: 'T',
			body: 'long\ntext',
			sourceId: 's1',
			labels: ['a', 'b'],
			metadata: { k: 'v' },
			url: 'https://example.org/1',
			priority: -2,
		});
		await cli.run(['workflows', 'trigger', 'standup']);
		expect(bodyOf('POST', '/workflows/wfl_1/trigger')).toEqual({});
	});

	test('a refusal is told as it came', async () => {
		const detail = 'standup is disabled';
		api.on('POST', '/workflows/wfl_1/trigger', () => problem(409, 'workflow_disabled', { detail }));
		const { code, stderr } = await cli.run(['workflows', 'trigger', 'standup']);
		expect([code, stderr]).toEqual([1, `error: ${detail}\n`]);
	});
});

describe('dispatches', () => {
	test('tell the story of each item', async () => {
		api.on('GET', '/workflows/wfl_1/dispatches', () => ({ body: listing([dispatch()]) }));
		const { stdout } = await cli.run(['workflows', 'dispatches', 'standup', '--status', 'pending']);
		expect(stdout.split('\n')[1]?.split(/ {2,}/)).toEqual([
			'2026-01-02 03:04:05',
			'pending',
			'issue/7',
			'It is broken',
			'1 of 3',
			'2026-01-05 08:00:00',
			'dsp_1',
			'turn_failed: no luck',
		]);
		expect((await api.seen('GET', '/workflows/wfl_1/dispatches')).query.get('status')).toBe('pending');
	});

	test('a status that does not exist is bad usage', async () => {
		expect((await cli.run(['workflows', 'dispatches', 'standup', '--status', 'odd'])).code).toBe(2);
	});

	test('one is shown with its attempts, and sent again', async () => {
		api.on('GET', '/dispatches/dsp_1', () => ({ body: dispatch() }));
		api.on('POST', '/dispatches/dsp_1/retry', () => ({ status: 202, body: dispatch() }));
		const { stdout } = await cli.run(['workflows', 'dispatch', 'dsp_1']);
		expect(stdout).toMatch(/^prompt +2026-01-02 03:04:05 pmt_1 failed$/m);
		expect(stdout).toMatch(/^labels +bug$/m);
		expect((await cli.run(['workflows', 'retry', 'dsp_1'])).stdout).toBe('dsp_1 is pending again\n');
	});
});

describe('preview', () => {
	test('is the prompt, and nothing else', async () => {
		api.on('POST', '/workflows/preview', () => ({ body: { text: 'Look at it' } }));
		write('t.liquid', 'Look at {{ item.title }}');
		write('item.json', '{"title":"it"}');
		const args = ['workflows', 'preview', '--template-file', 't.liquid', '--item', 'item.json', '--agent', 'helper'];
		expect((await cli.run(args)).stdout).toBe('Look at it\n');
		const body = { template: 'Look at {{ item.title }}', item: { title: 'it' }, agent: 'helper' };
		expect(bodyOf('POST', '/workflows/preview')).toEqual(body);
	});

	test.each([
		[['--item', 'item.json'], /give one of --template and --template-file/],
		[['--template', 'x', '--item', 'item.json'], /item\.json: .*JSON/],
	])('%j is bad usage', async (flags, message) => {
		write('item.json', '{');
		const { code, stderr } = await cli.run(['workflows', 'preview', ...flags]);
		expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
	});
});

describe('queues', () => {
	test('are listed with what is in them, shown, and added to', async () => {
		const builds: QueueResource = { name: 'builds', counts: { ready: 3, claimed: 1, done: 20, dead: 2 } };
		api.on('GET', '/queues', () => ({ body: listing([builds]) }));
		api.on('GET', '/queues/builds', () => ({ body: listing([queueItem()]) }));
		api.on('POST', '/queues/builds', () => ({ status: 201, body: queueItem() }));
		expect((await cli.run(['queues'])).stdout).toMatch(/READY +CLAIMED +DONE +DEAD\nbuilds +3 +1 +20 +2\n/);
		const shown = await cli.run(['queues', 'show', 'builds', '--status', 'ready']);
		expect(shown.stdout).toMatch(/qit_1 +ready +2 +\S+ +k1 +Build it +-/);
		expect((await api.seen('GET', '/queues/builds')).query.get('status')).toBe('ready');
		const added = await cli.run(['queues', 'add', 'builds', '--title', 'Build it', '--source-id', 'k1']);
		expect(added.stdout).toBe('qit_1 ready in builds\n');
		expect(bodyOf('POST', '/queues/builds')).toEqual({ title: 'Build it', sourceId: 'k1' });
	});
});

describe('a server that is not there', () => {
	test.each([
		['workflows'],
		['workflows', 'show', 'w'],
		['workflows', 'trigger', 'w'],
		['workflows', 'dispatches', 'w'],
		['workflows', 'retry', 'dsp_1'],
		['queues'],
		['queues', 'add', 'q'],
	])('%s %s %s says so, with exit code 3', async (...args) => {
		const { code, error } = await cli.run([...args.filter(Boolean), '--json', '--url', 'http://127.0.0.1:2']);
		expect([code, error()]).toMatchObject([3, { code: 'server_unreachable' }]);
	});
});
