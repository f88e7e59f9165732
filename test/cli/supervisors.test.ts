import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CheckpointResource, RestorationResource, SupervisorResource } from '../../src/cli/supervisor-client.ts';
import { createScriptedApi, listing, type ScriptedApi, time } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

const supervisor: SupervisorResource = {
	id: 'sup_1',
	agentId: 'agt_1',
	mission: 'Sail around\nthe world.',
	state: 'waiting_for_user',
	currentActivity: 'Leaving port',
	progress: 10,
	errorMessage: null,
	spawnedTaskIds: ['tsk_1'],
	pendingQuestions: [{ id: 'req_1', question: 'Which way?', choices: [], context: null, askedAt: time }],
	restorationCount: 2,
	lastRestoredAt: time,
	restorationSource: 'daemon_restart',
	version: 7,
	createdAt: time,
	updatedAt: time,
};

const restoration: RestorationResource = {
	source: 'manual',
	restorationCount: 3,
	validation: { valid: false, problems: [{ code: 'task_missing', message: 'There is no task tsk_9.' }] },
	recovery: 'checkpoint',
	questionsRedelivered: ['req_1'],
	tasksAwaited: ['tsk_1'],
	tasksFinished: [],
	message: 'You are back.',
};

const checkpoint: CheckpointResource = {
	id: 'chk_1',
	supervisorId: 'sup_1',
	reason: 'question_asked',
	context: { state: 'working' },
	createdAt: time,
};

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({ STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token });
	api.on('GET', '/agents', () => ({ body: listing([]) }));
	api.on('GET', '/supervisors', () => ({ body: listing([supervisor]) }));
	api.on('GET', '/supervisors/*', () => ({ body: supervisor }));
	api.on('GET', '/supervisors/*/checkpoints', () => ({ body: listing([checkpoint]) }));
	api.on('POST', '/supervisors', () => ({ status: 201, body: supervisor }));
	api.on('POST', '/supervisors/*/resume', () => ({ body: restoration }));
	api.on('POST', '/supervisors/*/assign', () => ({ body: restoration }));
	api.on('POST', '/supervisors/*/fail', () => ({ body: supervisor }));
	api.on('DELETE', '/supervisors/*', () => ({ status: 204 }));
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

const last = (method: string) => api.requests.findLast((request) => request.method === method);

test('a list is a table for people and one document for programs', async () => {
	const text = await cli.run(['supervisors']);
	expect(text.stdout).toMatch(/^ID +STATE +PROGRESS +ASKS/);
	expect(text.stdout).toMatch(/sup_1 +waiting_for_user +10 % +1 +agt_1 \(gone\) .* Leaving port/);
	const json = await cli.run(['supervisors', 'list', '--json', '--asking', '--state', 'idle', '--agent', 'captain']);
	expect(json.json<{ items: SupervisorResource[] }>().items).toEqual([supervisor]);
	const asked = api.requests.findLast(({ path }) => path === '/supervisors');
	expect(Object.fromEntries(asked?.query ?? [])).toMatchObject({
		hasPendingQuestions: 'true',
		state: 'idle',
		agentId: 'captain',
	});
	expect((await cli.run(['supervisors', 'list', '--state', 'asleep'])).code).toBe(2);
});

test('one is shown with what it asks, and its save points', async () => {
	const { stdout } = await cli.run(['supervisors', 'show', 'sup_1']);
	expect(stdout).toContain('Which way? (req_1)');
	expect(stdout).toContain('Sail around the world.');
	expect(stdout).toMatch(/restored +2 times, last .* \(daemon_restart\)/);
	expect((await cli.run(['supervisors', 'checkpoints', 'sup_1'])).stdout).toMatch(/question_asked +working +chk_1/);
});

test('one is made of an agent and the words of its mission', async () => {
	await cli.run(['supervisors', 'create', 'captain', 'Sail', 'around']);
	expect(last('POST')?.body).toEqual({ agent: 'captain', mission: 'Sail around' });
});

test('a restoration says what was wrong and what was done', async () => {
	const { stdout } = await cli.run(['supervisors', 'resume', 'sup_1', '--reason', 'mended']);
	expect(last('POST')).toMatchObject({ path: '/supervisors/sup_1/resume', body: { reason: 'mended' } });
	expect(stdout).toMatch(/recovery +checkpoint/);
	expect(stdout).toContain('There is no task tsk_9.');
	await cli.run(['supervisors', 'assign', 'sup_1', 'mate']);
	expect(last('POST')).toMatchObject({ path: '/supervisors/sup_1/assign', body: { agent: 'mate' } });
});

test('one is failed with a reason, and removed', async () => {
	await cli.run(['supervisors', 'fail', 'sup_1', 'too', 'long']);
	expect(last('POST')).toMatchObject({ path: '/supervisors/sup_1/fail', body: { reason: 'too long' } });
	expect((await cli.run(['supervisors', 'rm', 'sup_1'])).stdout).toBe('sup_1 is deleted\n');
	expect(last('DELETE')?.path).toBe('/supervisors/sup_1');
});
