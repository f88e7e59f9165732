import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TaskResource } from '../../src/cli/task-client.ts';
import { createScriptedApi, listing, type ScriptedApi, time } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

const task: TaskResource = {
	...{ id: 'tsk_1', description: 'Do it.\nAll of it.', state: 'working', activity: 'checking', agentId: 'agt_1' },
	...{ supervisorId: null, repository: '/r', branch: 'statecraft/do-it-1', worktree: '/w', baseBranch: 'main' },
	...{ dependsOn: [], priority: 2, staleness: 'ok', heartbeatAt: null, promptId: null, attempt: 1, rounds: 0 },
	gates: [{ name: 'lint', command: 'npm', args: ['run', 'lint'] }],
	gateResults: [{ name: 'lint', passed: false, exitCode: 2, output: 'line 3 is wrong\u001b[2J', durationMs: 5 }],
	...{ conflicts: [], comment: null, error: null, mergeCommit: null, version: 4 },
	...{ createdAt: time, stateChangedAt: time, updatedAt: time },
};

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({ STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token });
	api.on('GET', '/tasks', () => ({ body: listing([task]) }));
	api.on('GET', '/tasks/*', () => ({ body: task }));
	api.on('POST', '/tasks', () => ({ status: 201, body: task }));
	api.on('POST', '/tasks/*/*', () => ({ body: { ...task, state: 'approved', activity: 'resting' } }));
	api.on('GET', '/agents', () => ({ body: listing([]) }));
	api.on('GET', '/tasks/*/diff', () => ({
		body: {
			commit: 'c0ffee'.repeat(7).slice(2),
			ahead: 2,
			files: [{ path: 'a.txt', added: 1, removed: 0 }],
			patch: '+one\n',
			truncated: true,
		},
	}));
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

const last = (method: string) => api.requests.findLast((request) => request.method === method);

test('a list is a table for people and one document for programs', async () => {
	const text = await cli.run(['tasks']);
	expect(text.stdout).toMatch(/^ID +STATE +AGENT/);
	expect(text.stdout).toMatch(/tsk_1 +working\.checking +agt_1 \(gone\) +2 +statecraft\/do-it-1 +Do it\. All of it\./);
	expect((await cli.run(['tasks', 'list', '--json'])).json<{ items: TaskResource[] }>().items).toEqual([task]);
});

test('one is shown with what its gates printed, and nothing that moves the cursor', async () => {
	const { stdout } = await cli.run(['tasks', 'show', 'tsk_1']);
	expect(stdout).toContain('lint failed with exit code 2\nline 3 is wrong');
	expect(stdout).not.toContain('\u001b');
});

test('one is made with gates that no shell reads', async () => {
	const options = [
		'--repository',
		'/r',
		'--agent',
		'worker',
		'--base',
		'next',
		'--depends-on',
		'tsk_0',
		'--priority',
		'-1',
	];
	await cli.run(['tasks', 'create', 'Do it.', ...options, '--gate', 'lint=npm run lint', '--gate', 'test=make']);
	expect(last('POST')?.body).toEqual({
		...{
			description: 'Do it.',
			repository: '/r',
			agent: 'worker',
			baseBranch: 'next',
			dependsOn: ['tsk_0'],
			priority: -1,
		},
		gates: [
			{ name: 'lint', command: 'npm', args: ['run', 'lint'] },
			{ name: 'test', command: 'make', args: [] },
		],
	});
	expect((await cli.run(['tasks', 'create', 'Do it.', '--gate', 'lint'])).code).toBe(2);
});

test.each([
	[['approve', 'tsk_1'], {}],
	[['submit', 'tsk_1', '--reason', 'done'], { reason: 'done' }],
	[['merge', 'tsk_1'], {}],
	[['retry', 'tsk_1'], {}],
	[['cancel', 'tsk_1'], {}],
	[['clean-up', 'tsk_1'], {}],
	[['assign', 'tsk_1', 'worker'], { agent: 'worker' }],
	[['request-changes', 'tsk_1', 'Say three.'], { comment: 'Say three.' }],
	[['fail', 'tsk_1', 'not needed'], { reason: 'not needed' }],
])('%j is asked for, and what became of it is said', async (args, body) => {
	const { stdout } = await cli.run(['tasks', ...args]);
	expect(last('POST')).toMatchObject({ path: `/tasks/tsk_1/${args[0]}`, body });
	expect(stdout.trim()).toBe('tsk_1 is approved');
});

test('a diff is files, then lines, and says when there is more', async () => {
	const { stdout } = await cli.run(['tasks', 'diff', 'tsk_1']);
	expect(stdout).toContain('a.txt +1 -0\n\n+one\n');
	expect(stdout).toContain('there is more');
	expect(stdout).toContain('the branch has moved on since ');
});
