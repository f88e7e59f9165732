import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { startWorld, type World } from '../support/http-world.ts';

let world: World;
let dataDir: string;
let repository: GitRepository;

beforeEach(async () => {
	dataDir = mkdtempSync(join(tmpdir(), 'statecraft-http-tasks-'));
	world = await startWorld({ dataDir });
	repository = createGitRepository();
});

afterEach(async () => {
	await world.close();
	rmSync(dataDir, { recursive: true, force: true });
});

function make(extra: object = {}, headers: Record<string, string> = {}) {
	return world.call('POST', '/tasks', {
		body: { description: 'Do it.', repository: repository.path, ...extra },
		headers,
	});
}

const post = (id: string, command: string, body: object = {}) =>
	world.call('POST', `/tasks/${id}/${command}`, { body });
const move = (id: string, from: string, to: string) => post(id, 'transition', { from, to });

describe('a task', () => {
	test('[TA9] is made, read, listed and told of', async () => {
		const { status, headers, body } = await make({ branch: 'mine', priority: 3 });
		expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, `/tasks/${body.id}`, '"1"']);
		expect(body).toMatchObject({
			...{ description: 'Do it.', state: 'assigned', activity: null, agentId: null, supervisorId: null, priority: 3 },
			...{
				repository: repository.path,
				branch: 'mine',
				baseBranch: 'main',
				dependsOn: [],
				gates: [],
				gateResults: null,
			},
			...{ worktree: join(dataDir, 'worktrees', body.id), staleness: 'ok', conflicts: [], error: null, version: 1 },
		});
		expect((await world.call('GET', `/tasks/${body.id}`)).body).toEqual(body);
		const low = (await make()).body;
		const { items, total } = (await world.call('GET', '/tasks')).body;
		expect([items.map(({ id }: { id: string }) => id), total]).toEqual([[body.id, low.id], 2]);
		expect((await world.call('GET', '/tasks?state=working')).body.total).toBe(0);
		expect((await world.call('GET', `/tasks?repository=${encodeURIComponent('/r')}`)).body.total).toBe(0);
		const [created, changed] = world.store.events().filter(({ topic }) => topic.startsWith('task.'));
		expect([created?.topic, JSON.parse(created?.data ?? '')]).toEqual([
			'task.created',
			{ taskId: body.id, description: 'Do it.' },
		]);
		expect([changed?.topic, JSON.parse(changed?.data ?? '')]).toEqual([
			'task.state.changed',
			{ taskId: body.id, from: null, to: 'assigned', trigger: 'Created', correlationId: `task:${body.id}/1` },
		]);
	});

	test('made again with the same key is made once', async () => {
		const first = await make({}, { 'idempotency-key': 'k' });
		const again = await make({}, { 'idempotency-key': 'k' });
		expect([again.status, again.body]).toEqual([201, first.body]);
		expect(repository.worktrees()).toHaveLength(1);
	});

	test('[TA3] goes by hand where no agent is at work on it', async () => {
		const { id } = (await make()).body;
		expect((await move(id, 'assigned', 'working')).body).toMatchObject({ state: 'working', activity: 'waiting' });
		expect((await move(id, 'working', 'conflicted')).body).toMatchObject({ state: 'conflicted' });
		expect((await move(id, 'conflicted', 'working')).body).toMatchObject({ state: 'working' });
		expect((await move(id, 'working', 'in_review')).status).toBe(200);
		while ((await world.call('GET', `/tasks/${id}`)).body.state === 'working');
		expect((await move(id, 'in_review', 'approved')).body).toMatchObject({ state: 'approved' });
		expect((await move(id, 'approved', 'completed')).body).toMatchObject({ state: 'completed' });
		expect((await post(id, 'fail', { reason: 'too late' })).body).toMatchObject({
			status: 409,
			code: 'invalid_transition',
		});
	});

	test('[TA26] is failed from any state, says why, and is begun again', async () => {
		const { id } = (await make()).body;
		const failed = (await post(id, 'fail', { reason: 'no longer needed' })).body;
		expect(failed).toMatchObject({ state: 'failed', error: { code: 'task_failed', message: 'no longer needed' } });
		expect((await post(id, 'retry')).body).toMatchObject({ state: 'assigned', error: null });
		expect((await post(id, 'fail')).body).toMatchObject({ status: 400, code: 'invalid_request' });
	});

	test('keeps who did what, in the transaction of the deed', async () => {
		const { id } = (await make()).body;
		await post(id, 'fail', { reason: 'no longer needed' });
		await post(id, 'approve');
		const { items } = (await world.call('GET', '/audit?action=task.')).body;
		expect(items).toMatchObject([
			{ action: 'task.fail', by: 'admin', subject: id, reason: 'no longer needed' },
			{ action: 'task.create', by: 'admin', subject: id, reason: null },
		]);
	});

	test('[TA27] is stale by the age of its last sign of life', async () => {
		const { id, heartbeatAt } = (await make()).body;
		expect(heartbeatAt).toBeNull();
		const { body } = await world.call('POST', `/tasks/${id}/heartbeat`);
		expect([typeof body.heartbeatAt, body.version, body.staleness]).toEqual(['string', 1, 'ok']);
		expect((await world.call('POST', '/tasks/tsk_none/heartbeat')).body.code).toBe('task_not_found');
	});

	test('shows what it changes', async () => {
		const { id, worktree } = (await make()).body;
		repository.commit({ 'b.txt': 'two\n' }, worktree);
		expect((await world.call('GET', `/tasks/${id}/diff`)).body).toMatchObject({
			files: [{ path: 'b.txt', added: 1, removed: 0 }],
			patch: expect.stringContaining('+two'),
			truncated: false,
		});
		await post(id, 'cancel');
		while ((await world.call('GET', `/tasks/${id}`)).body.activity !== 'cleaned');
		expect((await world.call('GET', `/tasks/${id}/diff`)).body).toMatchObject({ status: 404, code: 'not_found' });
	});
});

describe('[TA25] a transition that cannot be made', () => {
	test('is none, starts from another state, or is of no task: three errors', async () => {
		const { id } = (await make()).body;
		expect((await move(id, 'assigned', 'approved')).body).toMatchObject({
			...{ status: 409, code: 'invalid_transition', state: 'assigned', expected: ['working', 'failed'] },
		});
		expect((await move(id, 'in_review', 'approved')).body).toMatchObject({
			...{ status: 409, code: 'stale_state', state: 'assigned', expected: 'in_review', actual: 'assigned' },
		});
		expect((await move('tsk_none', 'assigned', 'working')).body).toMatchObject({ status: 404, code: 'task_not_found' });
		expect((await move(id, 'assigned', 'elsewhere')).body).toMatchObject({ status: 400, code: 'invalid_request' });
		expect((await world.call('GET', `/tasks/${id}`)).body).toMatchObject({ state: 'assigned', version: 1 });
	});

	test('because two take the task at once is told to one of them', async () => {
		const { id } = (await make()).body;
		const answers = await Promise.all([move(id, 'assigned', 'working'), move(id, 'assigned', 'working')]);
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
		expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
			code: 'stale_state',
			actual: 'working',
		});
	});

	test('is refused by version or by state, too', async () => {
		const { id } = (await make()).body;
		const byVersion = await world.call('POST', `/tasks/${id}/cancel`, { body: {}, headers: { 'if-match': '"7"' } });
		expect(byVersion.body).toMatchObject({ code: 'stale_state', expected: 7, actual: 1 });
		expect((await post(id, 'cancel', { expectedState: 'working' })).body).toMatchObject({ code: 'stale_state' });
		expect((await post(id, 'approve')).body).toMatchObject({ code: 'invalid_transition', state: 'assigned' });
		expect((await post(id, 'clean-up')).body).toMatchObject({ code: 'invalid_transition', hint: expect.any(String) });
	});

	test('waits for what the task depends on', async () => {
		const first = (await make()).body;
		const { id } = (await make({ dependsOn: [first.id] })).body;
		expect((await move(id, 'assigned', 'working')).body).toMatchObject({
			...{ code: 'invalid_transition', state: 'assigned', actual: [first.id] },
		});
	});
});

describe('[TA12] what is refused', () => {
	test.each([
		['an unknown agent', { agent: 'nobody' }, 'agent_not_found'],
		['an unknown task', { dependsOn: ['tsk_none'] }, 'task_not_found'],
		['a branch that is there', { branch: 'main' }, 'branch_exists'],
		['a base branch that is not there', { baseBranch: 'nowhere' }, 'invalid_request'],
		['a path that is no repository', { repository: '/usr' }, 'repository_not_found'],
		['a relative path', { repository: 'here' }, 'invalid_request'],
		[
			'two gates of one name',
			{
				gates: [
					{ name: 'a', command: 'x' },
					{ name: 'a', command: 'y' },
				],
			},
			'invalid_request',
		],
		['a gate that is a line for a shell', { gates: ['npm test'] }, 'invalid_request'],
		['nothing to do', { description: '  ' }, 'invalid_request'],
	])('%s', async (_name, extra, code) => {
		expect((await make(extra)).body.code).toBe(code);
		expect([repository.branches(), repository.worktrees()]).toEqual([['main'], []]);
		expect((await world.call('GET', '/tasks')).body.total).toBe(0);
	});
});
