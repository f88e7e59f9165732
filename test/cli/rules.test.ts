import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createScriptedApi, type ScriptedApi, scriptedAgent } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({ STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token });
	api.on('GET', '/agents/*', () => ({ body: scriptedAgent() }));
	api.on('POST', '/agents', () => ({ status: 201, body: scriptedAgent() }));
	api.on('PATCH', '/agents/*', () => ({ body: scriptedAgent() }));
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

const last = (method: string) => api.requests.findLast((request) => request.method === method)?.body;

test('an agent is made with a policy from a file, a budget, and what is done when it hangs', async () => {
	const file = join(cli.directory, 'policy.yaml');
	writeFileSync(file, 'mode: allow_list\nallow: ["Bash(git *)"]\n');
	const flags = ['--policy', file, '--budget', 'cost=5', '--budget', 'tokens=80:100', '--hung', 'restart'];
	await cli.run(['agents', 'create', 'helper', '--driver', 'demo', ...flags]);
	expect(last('POST')).toMatchObject({
		policy: { mode: 'allow_list', allow: ['Bash(git *)'] },
		budget: { cost: { hard: 5 }, tokens: { soft: 80, hard: 100 } },
		restart: { hung: 'restart' },
	});
});

test('update changes what is given, and takes away what is to go', async () => {
	await cli.run(['agents', 'update', 'helper', '--no-policy', '--budget', 'turnSeconds=600', '--reason', 'trusted']);
	expect(last('PATCH')).toEqual({ policy: null, budget: { turnSeconds: { hard: 600 } }, reason: 'trusted' });
	await cli.run(['agents', 'update', 'helper', '--no-budget']);
	expect(last('PATCH')).toEqual({ budget: null });
	await cli.run(['agents', 'update', 'helper', '--hung', 'notify']);
	expect(last('PATCH')).toEqual({ restart: { hung: 'notify' } });
});

test('a budget that is none, and a file that is not there, send nothing', async () => {
	expect((await cli.run(['agents', 'update', 'helper', '--budget', 'money=5'])).code).toBe(2);
	expect((await cli.run(['agents', 'update', 'helper', '--policy', 'absent.yaml'])).code).not.toBe(0);
	expect(last('PATCH')).toBeUndefined();
});
