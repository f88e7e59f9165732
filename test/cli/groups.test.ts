import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GroupResource } from '../../src/cli/group-client.ts';
import { createScriptedApi, listing, type ScriptedApi, time } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

const pipeline: GroupResource = {
	id: 'grp_1',
	name: 'pipeline',
	strategy: 'rest_for_one',
	members: [
		{ id: 'agt_1', name: 'database' },
		{ id: 'agt_2', name: 'worker' },
		{ id: 'agt_3', name: null },
	],
	maxRestarts: 3,
	withinSeconds: 60,
	state: 'watching',
	version: 7,
	createdAt: time,
	updatedAt: time,
};

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({ STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token });
	api.on('GET', '/groups', () => ({ body: listing([pipeline]) }));
	api.on('GET', '/groups/*', () => ({ body: pipeline }));
	api.on('POST', '/groups', () => ({ status: 201, body: pipeline }));
	api.on('PUT', '/groups/*', () => ({ body: pipeline }));
	api.on('DELETE', '/groups/*', () => ({ status: 204 }));
	api.on('POST', '/groups/*/reset', () => ({ body: pipeline }));
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

const last = (method: string) => api.requests.findLast((request) => request.method === method);

test('a list is a table for people and one document for programs', async () => {
	const text = await cli.run(['groups']);
	expect(text.stdout).toMatch(/^NAME +STATE +STRATEGY/);
	expect(text.stdout).toMatch(/pipeline +watching +rest_for_one .* database, worker, agt_3 \(gone\)/);
	const json = await cli.run(['groups', 'list', '--json']);
	expect(json.json<{ items: GroupResource[] }>().items).toEqual([pipeline]);
});

test('one is shown by name', async () => {
	expect((await cli.run(['groups', 'show', 'pipeline'])).stdout).toContain('at most 3 in 60 s');
	expect(last('GET')?.path).toBe('/groups/pipeline');
});

test('one is made of agents in order', async () => {
	await cli.run(['groups', 'create', 'pair', 'b', 'a', '--strategy', 'one_for_all', '--max-restarts', '5']);
	expect(last('POST')?.body).toEqual({ name: 'pair', strategy: 'one_for_all', members: ['b', 'a'], maxRestarts: 5 });
});

test('a strategy that is none, or is missing, is wrong usage', async () => {
	for (const args of [[], ['--strategy', 'all_for_one']]) {
		expect((await cli.run(['groups', 'create', 'pair', 'a', ...args])).code).toBe(2);
	}
	expect(last('POST')).toBeUndefined();
});

test('an update sends the whole group as it was, but for what it changes, on condition of its version', async () => {
	await cli.run(['groups', 'update', 'pipeline', '--within', '30', '--name', 'line']);
	expect(last('PUT')).toMatchObject({
		path: '/groups/grp_1',
		headers: { 'if-match': '"7"' },
		body: {
			...{ name: 'line', strategy: 'rest_for_one', members: ['agt_1', 'agt_2', 'agt_3'] },
			...{ maxRestarts: 3, withinSeconds: 30 },
		},
	});
	await cli.run(['groups', 'update', 'pipeline', 'worker', '--strategy', 'one_for_one']);
	expect(last('PUT')?.body).toMatchObject({ name: 'pipeline', strategy: 'one_for_one', members: ['worker'] });
});

test('a reset says why; a deletion says whom', async () => {
	await cli.run(['groups', 'reset', 'pipeline', '--reason', 'mended']);
	expect(last('POST')).toMatchObject({ path: '/groups/grp_1/reset', body: { reason: 'mended' } });
	expect((await cli.run(['groups', 'rm', 'pipeline'])).stdout).toBe('pipeline (grp_1) is deleted\n');
	expect(last('DELETE')?.path).toBe('/groups/grp_1');
});
