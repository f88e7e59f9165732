import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
	createScriptedApi,
	listing,
	type ScriptedApi,
	scriptedAgent,
	scriptedPrompt,
	scriptedRequest,
	time,
} from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let api: ScriptedApi;
let cli: CliWorld;

beforeEach(async () => {
	api = await createScriptedApi();
	cli = createCliWorld({
		STATECRAFT_URL: api.url,
		STATECRAFT_TOKEN: api.token,
	});
});

afterEach(async () => {
	await cli.close();
	await api.close();
});

const bodyOf = (method: string, path: string): unknown =>
	api.requests.findLast((request) => request.method === method && request.path === path)?.body;

describe('agents', () => {
	test('a list is a table for people, with a state, and one document for programs', async () => {
		const text = await cli.run(['agents', 'list']);
		expect(text.stdout).toMatch(/^NAME +STATE +DRIVER/);
		expect(text.stdout).toMatch(/helper +idle\.ready +demo/);
		const json = await cli.run(['agents', '--json']);
		expect(json.json<{ items: Array<{ id: string }> }>().items.map(({ id }) => id)).toEqual(['agt_1']);
	});

	test('a list of more than a page is read to its end', async () => {
		const all = Array.from({ length: 250 }, (_, index) => scriptedAgent({ id: `agt_${index}`, name: `a${index}` }));
		api.on('GET', '/agents', ({ query }) => {
			const offset = Number(query.get('offset'));
			return {
				body: {
					...listing(all.slice(offset, offset + Number(query.get('limit')))),
					total: all.length,
				},
			};
		});
		const { items, total } = (await cli.run(['agents', 'ls', '--json'])).json<{
			items: unknown[];
			total: number;
		}>();
		expect([items.length, total]).toEqual([250, 250]);
	});

	test('a list is filtered by state and by every label given', async () => {
		await cli.run(['agents', 'list', '--state', 'busy', '--label', 'team=a', '--label', 'role=b']);
		const { query } = await api.seen('GET', '/agents');
		expect([query.get('executionState'), query.getAll('label')]).toEqual(['busy', ['team=a', 'role=b']]);
	});

	test('one is shown by name, with what went wrong', async () => {
		const error = {
			code: 'process_crashed',
			message: 'exit code 3',
			retryable: true,
			detail: null,
		} as const;
		api.on('GET', '/agents/helper', () => ({
			body: scriptedAgent({
				executionState: 'failed',
				substate: 'resting',
				error,
			}),
		}));
		const { stdout } = await cli.run(['agents', 'show', 'helper']);
		expect(stdout).toMatch(/state +failed\.resting/);
		expect(stdout).toMatch(/error +process_crashed: exit code 3/);
		expect((await cli.run(['agents', 'show', 'helper', '--json'])).json()).toMatchObject({ id: 'agt_1', error });
	});

	test('creating sends every flag, and the command after --', async () => {
		api.on('POST', '/agents', () => ({ status: 201, body: scriptedAgent() }));
		const flags = ['--driver', 'acp', '--prompt', 'hi', '--env', 'A=1', '--env', 'B=x=y', '--label', 'team=a'];
		const policies = ['--restart', 'permanent', '--max-restarts', '5', '--within', '30', '--interrupted-turn', 'ask'];
		const result = await cli.run([
			'agents',
			'create',
			'mine',
			...flags,
			...policies,
			'--no-auto-start',
			'--json',
			'--',
			'node',
			'a.js',
			'--json',
		]);
		expect(result.json()).toMatchObject({ id: 'agt_1' });
		expect(bodyOf('POST', '/agents')).toEqual({
			name: 'mine',
			driver: {
				kind: 'acp',
				command: 'node',
				args: ['a.js', '--json'],
				env: { A: '1', B: 'x=y' },
			},
			cwd: cli.directory,
			prompt: 'hi',
			autoStart: false,
			restart: { policy: 'permanent', maxRestarts: 5, withinSeconds: 30 },
			interruptedTurn: 'ask',
			labels: { team: 'a' },
		});
	});

	test('creating one that dials in shows how, with the token', async () => {
		const connect = { url: 'ws://host:1/ws/agt_1?token=tok', token: 'tok' };
		api.on('POST', '/agents', () => ({
			status: 201,
			body: scriptedAgent({ connect }),
		}));
		const { stdout } = await cli.run(['agents', 'create', 'far', '--driver', 'acp', '--transport', 'websocket']);
		expect(stdout).toContain(`statecraft connect 'ws://host:1/ws/agt_1?token=tok' -- <command>`);
		expect(bodyOf('POST', '/agents')).toMatchObject({
			driver: { kind: 'acp', transport: 'websocket' },
			autoStart: false,
		});
	});

	test.each(['start', 'stop', 'restart', 'suspend', 'resume', 'cancel', 'kill'])('%s by name', async (command) => {
		api.on('POST', `/agents/agt_1/${command}`, () => ({
			body: scriptedAgent({ version: 4 }),
		}));
		const args = ['agents', command, 'helper', '--reason', 'because', '--expected-state', 'idle', '--json'];
		expect((await cli.run(args)).json()).toMatchObject({ version: 4 });
		expect(bodyOf('POST', `/agents/agt_1/${command}`)).toEqual({
			reason: 'because',
			expectedState: 'idle',
		});
	});

	test('kill-all counts, and fails when one would not die', async () => {
		const outcome = {
			total: 2,
			killed: 1,
			failed: 1,
			errors: [{ agentId: 'agt_2', message: 'stuck' }],
		};
		api.on('POST', '/agents/kill-all', () => ({ body: outcome }));
		const text = await cli.run(['agents', 'kill-all', '--reason', 'runaway']);
		expect([text.code, text.stdout]).toEqual([1, '1 of 2 agents killed\n  agt_2: stuck\n']);
		expect((await cli.run(['agents', 'kill-all', '--reason', 'runaway', '--json'])).json()).toEqual(outcome);
		expect(bodyOf('POST', '/agents/kill-all')).toEqual({ reason: 'runaway' });
	});

	test('delete answers what is gone', async () => {
		api.on('DELETE', '/agents/agt_1', () => ({ status: 204 }));
		const { code, json } = await cli.run(['agents', 'delete', 'helper', '--json']);
		expect([code, json()]).toEqual([0, { id: 'agt_1', name: 'helper', deleted: true }]);
	});
});

describe('prompt', () => {
	test('queues and answers at once', async () => {
		api.on('POST', '/agents/agt_1/prompts', () => ({
			status: 202,
			body: scriptedPrompt(),
		}));
		const args = ['prompt', 'helper', 'say', 'hello', '--key', 'k1', '--repeatable', '--start', '--json'];
		expect((await cli.run(args)).json()).toMatchObject({
			id: 'pmt_1',
			status: 'queued',
		});
		const body = {
			text: 'say hello',
			idempotencyKey: 'k1',
			repeatable: true,
			start: true,
		};
		expect(bodyOf('POST', '/agents/agt_1/prompts')).toEqual(body);
	});
});

describe('requests', () => {
	test('open ones are listed with their options; --all asks for the settled too', async () => {
		api.on('GET', '/requests', () => ({ body: listing([scriptedRequest()]) }));
		const { stdout } = await cli.run(['requests']);
		expect(stdout).toMatch(/req_1 +helper +permission +agent +open +\S+ +- +Run the tests +always \| once \| no/);
		const all = await cli.run(['requests', '--all', '--agent', 'helper', '--json']);
		expect(all.json()).toMatchObject({ total: 1, items: [{ id: 'req_1' }] });
		const queries = api.requests.filter(({ path }) => path === '/requests').map(({ query }) => query);
		expect(queries.map((query) => [query.get('status'), query.get('agentId')])).toEqual([
			['open', null],
			[null, 'agt_1'],
		]);
	});

	test.each([
		[['--allow'], { optionId: 'once' }],
		[['--reject'], { optionId: 'no' }],
		[['--option', 'always'], { optionId: 'always' }],
		[['--answer', 'blue'], { answer: 'blue' }],
		[['--answer', '{"colour":"blue"}'], { answer: { colour: 'blue' } }],
		[['--decline'], { decline: true }],
	])('answer %j', async (flags, body) => {
		api.on('GET', '/requests/req_1', () => ({ body: scriptedRequest() }));
		api.on('POST', '/requests/req_1/answer', () => ({
			body: scriptedRequest({ status: 'answered', answer: body }),
		}));
		const { code, json } = await cli.run(['answer', 'req_1', ...flags, '--json']);
		expect([code, json()]).toMatchObject([0, { status: 'answered' }]);
		expect(bodyOf('POST', '/requests/req_1/answer')).toEqual(body);
	});

	test.each([
		[['--allow', '--reject'], /exactly one of/],
		[[], /exactly one of/],
	])('answer %j is bad usage and sends nothing', async (flags, message) => {
		api.on('GET', '/requests/req_1', () => ({ body: scriptedRequest() }));
		const { code, stderr } = await cli.run(['answer', 'req_1', ...flags]);
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
		expect(bodyOf('POST', '/requests/req_1/answer')).toBeUndefined();
	});

	test('a question cannot be allowed', async () => {
		api.on('GET', '/requests/req_1', () => ({
			body: scriptedRequest({ kind: 'question', options: [] }),
		}));
		const { code, error } = await cli.run(['answer', 'req_1', '--allow', '--json']);
		expect([code, error()]).toMatchObject([2, { hint: 'it is a question: use --answer or --decline' }]);
	});
});

describe('history', () => {
	test('is the journal, oldest first', async () => {
		const step = {
			seq: 1,
			actor: 'agent:agt_1',
			version: 1,
			from: null,
			to: 'pending',
			event: { type: 'CREATE' },
		};
		const next = {
			...step,
			seq: 2,
			version: 2,
			from: 'pending',
			to: 'starting',
			event: { type: 'START' },
		};
		const rest = { trigger: 'Spawn', cause: 'cli', generation: 1, at: time };
		api.on('GET', '/agents/agt_1/transitions', () => ({
			body: listing([
				{ ...step, ...rest },
				{ ...next, ...rest },
			]),
		}));
		const { stdout } = await cli.run(['history', 'helper']);
		expect(
			stdout
				.split('\n')
				.slice(0, 3)
				.map((line) => line.split(/ {2,}/)),
		).toMatchObject([
			['VERSION', 'AT', 'FROM', 'TO', 'EVENT', 'TRIGGER', 'GEN', 'CAUSE'],
			['1', expect.any(String), '-', 'pending', 'CREATE', 'Spawn', '1', 'cli'],
			['2', expect.any(String), 'pending', 'starting', 'START', 'Spawn', '1', 'cli'],
		]);
		expect((await cli.run(['history', 'helper', '--json'])).json()).toMatchObject({ total: 2 });
	});
});

describe('tokens', () => {
	test('are made, listed and revoked', async () => {
		const token = { name: 'ci', scopes: ['read', 'prompt'] };
		api.on('POST', '/tokens', () => ({
			status: 201,
			body: { ...token, token: 'sct_1' },
		}));
		api.on('GET', '/tokens', () => ({ body: listing([token]) }));
		api.on('DELETE', '/tokens/ci', () => ({ status: 204 }));
		const made = await cli.run(['token', 'create', 'ci', '--scopes', 'read,prompt']);
		expect(made.stdout).toBe('sct_1\n');
		expect(bodyOf('POST', '/tokens')).toEqual(token);
		expect((await cli.run(['token', 'create', 'ci', '--scopes', 'read', '--json'])).json()).toMatchObject({
			token: 'sct_1',
		});
		expect((await cli.run(['token', 'list'])).stdout).toMatch(/ci +read,prompt/);
		expect((await cli.run(['token', '--json'])).json()).toMatchObject({
			total: 1,
		});
		expect((await cli.run(['token', 'revoke', 'ci', '--json'])).json()).toEqual({ name: 'ci', revoked: true });
	});

	test('a scope that does not exist is bad usage', async () => {
		const { code, stderr } = await cli.run(['token', 'create', 'ci', '--scopes', 'everything']);
		expect(code).toBe(2);
		expect(stderr).toContain('Expected some of read, prompt, answer, admin');
	});
});

describe('drivers', () => {
	test('are those of the host that the server runs on', async () => {
		expect((await cli.run(['drivers'])).stdout).toMatch(/demo +acp +yes +\/opt\/demo/);
	});

	test('are those of this host when no server answers, with how to install the rest', async () => {
		const offline = {
			PATH: cli.directory,
			STATECRAFT_URL: 'http://127.0.0.1:2',
		};
		const { stdout, stderr } = await cli.run(['drivers'], '', offline);
		expect(stderr).toContain('no server answers');
		expect(stdout).toMatch(/demo +acp +yes/);
		expect(stdout).toMatch(/gemini +acp +no +install with: npm install/);
		const { items } = (await cli.run(['drivers', '--json'], '', offline)).json<{
			items: Array<{ kind: string }>;
		}>();
		expect(items.map(({ kind }) => kind)).toContain('claude');
	});
});
