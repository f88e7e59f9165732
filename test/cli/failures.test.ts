import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createScriptedApi, listing, problem, type ScriptedApi, scriptedAgent } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({ STATECRAFT_URL: api.url });
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

describe('a server that is not there', () => {
	const commands = [
		['agents', 'list'],
		['agents', 'show', 'a'],
		['agents', 'create', 'a', '--driver', 'demo'],
		['agents', 'stop', 'a'],
		['agents', 'kill-all', '--reason', 'x'],
		['agents', 'delete', 'a'],
		['prompt', 'a', 'hello', '--wait', '5'],
		['attach', 'a'],
		['logs', '--follow'],
		['requests'],
		['answer', 'req_1', '--allow'],
		['history', 'a'],
		['token', 'list'],
	];

	test.each(commands)('%s %s says so, with exit code 3', async (...args) => {
		const down = { STATECRAFT_URL: 'http://127.0.0.1:2' };
		const { code, stdout, error } = await cli.run([...args.filter(Boolean), '--json'], '', down);
		expect([code, stdout]).toEqual([3, '']);
		expect(error()).toMatchObject({
			code: 'server_unreachable',
			detail: 'Statecraft is not running at http://127.0.0.1:2: start it with `npm start`',
			exitCode: 3,
		});
	});

	test('is told to people on stderr', async () => {
		const { code, stderr } = await cli.run(['agents', '--url', 'http://127.0.0.1:2']);
		expect(code).toBe(3);
		expect(stderr).toBe(
			'error: Statecraft is not running at http://127.0.0.1:2: start it with `npm start`\n' +
				'  hint: is it elsewhere? name it with --url or STATECRAFT_URL\n',
		);
	});
});

describe('tokens', () => {
	test('a wrong one ends with exit code 4 and where to put the right one', async () => {
		const { code, error } = await cli.run(['agents', '--token', 'wrong', '--json']);
		expect(code).toBe(4);
		expect(error()).toMatchObject({
			code: 'unauthorized',
			status: 401,
			hint: expect.stringContaining('--data-dir'),
		});
	});

	test('the one in the data directory is used when none is given', async () => {
		mkdirSync(join(cli.directory, 'data'));
		writeFileSync(join(cli.directory, 'data', 'token'), `${api.token}\n`);
		expect((await cli.run(['agents', '--data-dir', 'data'])).code).toBe(0);
		expect((await cli.run(['agents'], '', { STATECRAFT_DATA_DIR: './data' })).code).toBe(0);
		expect((await cli.run(['agents', '--data-dir', 'data', '--token', 'wrong'])).code).toBe(4);
		expect((await cli.run(['agents'])).code).toBe(4);
	});
});

describe('what the server answers', () => {
	test('a refusal tells state, what is possible, issues and hint', async () => {
		const extras = {
			detail: 'The agent cannot be resumed now',
			state: 'busy.working',
			possibleEvents: ['STOP', 'KILL'],
			expected: 'idle',
			actual: { version: 7 },
			issues: [{ path: 'driver.kind', message: 'no such kind' }],
			hint: 'npm install -g it',
		};
		api.on('POST', '/agents/agt_1/resume', () => problem(409, 'event_refused', extras));
		const args = ['agents', 'resume', 'helper', '--token', api.token];
		const text = await cli.run(args);
		expect([text.code, text.stdout]).toEqual([1, '']);
		expect(text.stderr).toBe(
			[
				'error: The agent cannot be resumed now',
				'  state     busy.working',
				'  possible  STOP, KILL',
				'  expected  idle',
				'  actual    {"version":7}',
				'  - driver.kind: no such kind',
				'  hint: npm install -g it',
				'',
			].join('\n'),
		);
		expect((await cli.run([...args, '--json'])).error()).toMatchObject({
			code: 'event_refused',
			...extras,
		});
	});

	test('an agent that is not there is named', async () => {
		const { code, stderr } = await cli.run(['history', 'nobody', '--token', api.token]);
		expect([code, stderr]).toEqual([1, 'error: There is no agent "nobody"\n']);
	});

	test('a connection that breaks in the middle is told as such', async () => {
		api.on('GET', '/requests', () => 'hang up');
		const { code, error } = await cli.run(['requests', '--token', api.token, '--json']);
		expect([code, error()]).toMatchObject([3, { code: 'server_unreachable' }]);
	});

	test('another program at that address is recognised', async () => {
		const other = createServer((_request, response) => response.end('<html>hello</html>'));
		await once(other.listen(0, '127.0.0.1'), 'listening');
		const { port } = other.address() as AddressInfo;
		const { code, stderr } = await cli.run(['agents', '--url', `http://127.0.0.1:${port}`]);
		other.close();
		expect(code).toBe(1);
		expect(stderr).toContain('is it Statecraft that listens there?');
	});
});

describe('bad usage', () => {
	test.each([
		[['agents', 'create', 'x'], /required option '--driver/],
		[['agents', 'creat'], /unknown command 'creat' of 'agents'/],
		[['agents', 'kill', 'x'], /required option '--reason/],
		[['agents', 'kill-all'], /required option '--reason/],
		[['agents', 'create', 'x', '--driver', 'demo', '--env', 'novalue'], /form name=value/],
		[['agents', 'create', 'x', '--driver', 'demo', '--restart', 'sometimes'], /Allowed choices/],
		[['nonsense'], /unknown command 'nonsense'/],
		[['prompt', 'x'], /missing required argument/],
		[['prompt', 'x', 'hi', '--wait', 'soon'], /Expected a number of seconds/],
		[['logs', '--after', '-1'], /Expected a whole number/],
		[['--url', 'nowhere', 'agents'], /not an http or https address/],
		[['serve', '--port', '99999999'], /STATECRAFT_PORT/],
		[['connect', 'ftp://x', '--', 'cat'], /not a ws, wss, http or https address/],
		[['connect', 'ws://x/ws/agt_1', '--', 'cat'], /holds no token/],
		[['connect', 'ws://x/?token=t', '--', 'cat'], /names no agent/],
		[['token', 'create', 'x'], /required option '--scopes/],
	])('%j ends with exit code 2', async (args, message) => {
		const text = await cli.run(args);
		expect([text.code, text.stdout]).toEqual([2, '']);
		expect(text.stderr).toMatch(message);
		const json = await cli.run(['--json', ...args]);
		expect([json.code, json.error()]).toMatchObject([2, { detail: expect.stringMatching(message), exitCode: 2 }]);
	});

	test('no command at all shows the help', async () => {
		const { code, stderr } = await cli.run([]);
		expect(code).toBe(2);
		expect(stderr).toMatch(/^Usage: statecraft/);
	});

	test('--help is no failure', async () => {
		const { code, stdout } = await cli.run(['agents', 'create', '--help']);
		expect(code).toBe(0);
		expect(stdout).toMatch(/^Usage: statecraft agents create/);
	});
});

describe('doctor', () => {
	test('without a server says what it can, and that this is wrong', async () => {
		const { code, json } = await cli.run(['doctor', '--json', '--url', 'http://127.0.0.1:2']);
		const { healthy, checks } = json<{
			healthy: boolean;
			checks: Array<{ name: string; verdict: string }>;
		}>();
		expect([code, healthy]).toEqual([1, false]);
		const verdicts = Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
		expect(verdicts).toMatchObject({
			node: 'ok',
			'data directory': 'warn',
			database: 'warn',
			server: 'bad',
			drivers: 'ok',
		});
	});

	test('tells a database that is none, and a token that others can read', async () => {
		mkdirSync(join(cli.directory, '.statecraft'));
		writeFileSync(join(cli.directory, '.statecraft', 'statecraft.db'), 'x'.repeat(8192));
		writeFileSync(join(cli.directory, '.statecraft', 'token'), api.token);
		chmodSync(join(cli.directory, '.statecraft', 'token'), 0o644);
		const { code, stdout } = await cli.run(['doctor']);
		expect(code).toBe(1);
		expect(stdout).toMatch(/BAD +database +.*file is not a database/);
		expect(stdout).toMatch(/warn +token +others can read/);
		expect(stdout).toMatch(/ok +server +.* is up and ready/);
	});

	test('is content with a healthy server', async () => {
		const { code, stdout } = await cli.run(['doctor', '--token', api.token]);
		expect(code).toBe(0);
		expect(stdout).toMatch(/ok +quarantine +no actor is quarantined/);
		expect(stdout).toMatch(/ok +agents +1, all well/);
		expect(stdout).toMatch(/ok +drivers +demo/);
	});

	test('tells quarantined actors, agents in need, and how to mend them', async () => {
		const item = {
			address: 'agent:agt_9',
			machineId: 'agent',
			machineVersion: 1,
			version: 4,
			reason: 'unknown state',
		};
		api.on('GET', '/quarantine', () => ({ body: listing([item]) }));
		const failed = scriptedAgent({
			name: 'broken',
			executionState: 'failed',
			substate: 'resting',
		});
		const waiting = scriptedAgent({ name: 'asking', openRequests: 2 });
		api.on('GET', '/agents', () => ({ body: listing([failed, waiting]) }));
		const { code, stdout } = await cli.run(['doctor', '--token', api.token]);
		expect(code).toBe(1);
		expect(stdout).toMatch(/BAD +quarantine +agent:agt_9: unknown state\n.*--reset agent:agt_9/);
		expect(stdout).toMatch(/warn +agent broken +failed\.resting\n.*statecraft agents restart broken/);
		expect(stdout).toMatch(/warn +agent asking +idle\.ready, waits for 2/);
	});

	test.each(['retry', 'reset'])('--%s repairs', async (how) => {
		api.on('POST', `/quarantine/*/${how}`, () => ({ status: 204 }));
		expect((await cli.run(['doctor', `--${how}`, 'agent:agt_9', '--token', api.token])).code).toBe(0);
		expect(api.requests.map(({ method, path }) => `${method} ${path}`)).toContain(
			`POST /quarantine/agent%3Aagt_9/${how}`,
		);
	});
});
