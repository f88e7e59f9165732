import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
	createScriptedApi,
	listing,
	type ScriptedApi,
	scriptedPrompt,
	scriptedRequest,
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

const say = (text: string) => api.emit('agent.output.message', { type: 'message', text });
const change = (from: string, to: string) => api.emit('agent.state.changed', { from, to, trigger: 'Test', version: 1 });

describe('logs', () => {
	test('prints what there is, after a cursor, over pages', async () => {
		for (let index = 0; index < 250; index += 1) say(`word ${index}`);
		const seqs = (await cli.run(['logs', 'helper', '--after', '10', '--json'])).lines().map(({ seq }) => seq);
		expect(seqs).toEqual(Array.from({ length: 240 }, (_, index) => index + 11));
	});

	test('is readable: who, what, and what changed', async () => {
		say('hello\n\u001b[31mworld');
		change('idle.ready', 'busy.working');
		const error = {
			code: 'process_crashed',
			message: 'exit code 3',
			retryable: true,
		};
		api.emit('prompt.failed', { promptId: 'pmt_1', error });
		const lines = (await cli.run(['logs'])).stdout.trimEnd().split('\n');
		expect(lines.map((line) => line.slice(9))).toEqual([
			'helper agent.output.message hello world',
			'helper agent.state.changed idle.ready → busy.working (Test)',
			'helper prompt.failed pmt_1 process_crashed: exit code 3',
		]);
	});

	test('[P7] --follow tells every event once, in order, through a lost connection', async () => {
		say('one');
		const run = cli.start(['logs', 'helper', '--follow', '--json']);
		await run.printed(/"one"/);
		say('two');
		await run.printed(/"two"/);
		api.cutStreams();
		say('three');
		await run.printed(/"three"/);
		say('four');
		await run.printed(/"four"/);
		run.child.kill('SIGINT');
		const result = await run.result;
		expect(result.lines().map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
		expect(result.code).toBe(0);
		const resumed = api.requests.findLast(({ path }) => path === '/agents/agt_1/events');
		expect(resumed?.headers['last-event-id']).toBe('2');
	});

	test('--follow outlives the server', async () => {
		const run = cli.start(['logs', '--follow']);
		say('before');
		await run.printed(/before/);
		const { port } = api;
		await api.close();
		await run.printed(/connection lost/);
		api = await createScriptedApi(port);
		say('before');
		say('after');
		await run.printed(/connected again/);
		await run.printed(/after/);
		run.child.kill('SIGTERM');
		expect((await run.result).stdout.match(/before|after/g)).toEqual(['before', 'after']);
	});
});

describe('prompt --wait', () => {
	const finished = (text: string) =>
		scriptedPrompt({
			status: 'finished',
			result: { text, stopReason: 'end_turn', usage: null },
		});

	test('prints the result and nothing else', async () => {
		api.on('POST', '/agents/agt_1/prompts', () => ({ body: finished('42') }));
		const { code, stdout, stderr } = await cli.run(['prompt', 'helper', 'compute', '--wait']);
		expect([code, stdout, stderr]).toEqual([0, '42\n', '']);
		const json = await cli.run(['prompt', 'helper', 'compute', '--wait', '9', '--json']);
		expect(json.json()).toMatchObject({
			status: 'finished',
			result: { text: '42' },
		});
	});

	test('goes on asking while the turn lasts', async () => {
		let asked = 0;
		api.on('POST', '/agents/agt_1/prompts', () => ({
			status: 202,
			body: scriptedPrompt({ status: 'running' }),
		}));
		api.on('GET', '/prompts/pmt_1', () => {
			asked += 1;
			return {
				body: asked < 3 ? scriptedPrompt({ status: 'running' }) : finished('done'),
			};
		});
		expect((await cli.run(['prompt', 'helper', 'compute', '--wait'])).stdout).toBe('done\n');
	});

	test('one that did not finish is a failure that says why', async () => {
		const error = {
			code: 'interrupted',
			message: 'the process died',
			retryable: true,
			detail: null,
		} as const;
		api.on('POST', '/agents/agt_1/prompts', () => ({
			body: scriptedPrompt({ status: 'interrupted', error }),
		}));
		const text = await cli.run(['prompt', 'helper', 'compute', '--wait']);
		expect([text.code, text.stdout]).toEqual([1, 'pmt_1 is interrupted (interrupted: the process died)\n']);
		const json = await cli.run(['prompt', 'helper', 'compute', '--wait', '--json']);
		expect([json.code, json.json()]).toMatchObject([1, { status: 'interrupted', error }]);
	});

	test('one that is not done in time is a failure, and stays queued', async () => {
		api.on('POST', '/agents/agt_1/prompts', () => ({
			status: 202,
			body: scriptedPrompt(),
		}));
		api.on('GET', '/prompts/pmt_1', () => ({ body: scriptedPrompt() }));
		const { code, stdout } = await cli.run(['prompt', 'helper', 'compute', '--wait', '0.1']);
		expect([code, stdout]).toEqual([1, 'pmt_1 is queued\n']);
	});

	test('[P4] a server that dies in the middle is asked again with the same key', async () => {
		let tries = 0;
		api.on('POST', '/agents/agt_1/prompts', () => {
			tries += 1;
			return tries === 1 ? 'hang up' : { body: finished('once') };
		});
		const { code, stdout } = await cli.run(['prompt', 'helper', 'compute', '--wait']);
		expect([code, stdout]).toEqual([0, 'once\n']);
		const keys = api.requests
			.filter(({ method }) => method === 'POST')
			.map(({ body }) => (body as { idempotencyKey?: string }).idempotencyKey);
		expect(keys).toEqual([expect.stringMatching(/^cli-/), keys[0]]);
	});
});

describe('attach', () => {
	/** An agent that asks permission in the middle of its turn. */
	function scriptTurn(): void {
		let status: 'queued' | 'running' | 'finished' = 'queued';
		let open = false;
		api.on('GET', '/prompts/pmt_1', () => ({
			body: scriptedPrompt({ status }),
		}));
		api.on('GET', '/requests', () => ({
			body: listing(open ? [scriptedRequest()] : []),
		}));
		api.on('GET', '/requests/req_1', () => ({ body: scriptedRequest() }));
		api.on('POST', '/agents/agt_1/prompts', () => {
			status = 'running';
			change('idle.ready', 'busy.working');
			say('Let me ');
			say('see.');
			open = true;
			api.emit('request.opened', {
				requestId: 'req_1',
				kind: 'permission',
				title: 'Run the tests',
			});
			return { status: 202, body: scriptedPrompt({ status }) };
		});
		api.on('POST', '/requests/req_1/answer', ({ body }) => {
			open = false;
			say('Done.');
			status = 'finished';
			change('busy.working', 'idle.ready');
			api.emit('prompt.finished', { promptId: 'pmt_1', stopReason: 'end_turn' });
			return { body: scriptedRequest({ status: 'answered', answer: body }) };
		});
	}

	test('a pipe is a conversation: a prompt, a question, its answer, the end', async () => {
		say('from before');
		scriptTurn();
		const { code, stdout } = await cli.run(['attach', 'helper'], 'test it\ny\n');
		expect(code).toBe(0);
		expect(stdout).toContain('Let me see.\n? asks permission: Run the tests req_1\n');
		expect(stdout).toMatch(/2 Allow once once\n[\s\S]*Done\.\n$/);
		expect(stdout).not.toContain('from before');
		const bodies = api.requests.filter(({ method }) => method === 'POST').map(({ body }) => body);
		expect(bodies).toEqual([{ text: 'test it' }, { optionId: 'once' }]);
	});

	test('--json prints the events, one a line', async () => {
		scriptTurn();
		const { code, lines } = await cli.run(['attach', 'helper', '--json'], 'test it\n3\n');
		expect(code).toBe(0);
		expect(lines().map(({ topic }) => topic)).toEqual([
			'agent.state.changed',
			'agent.output.message',
			'agent.output.message',
			'request.opened',
			'agent.output.message',
			'agent.state.changed',
			'prompt.finished',
		]);
	});

	test('a pipe that ends before an answer was given is a failure', async () => {
		scriptTurn();
		expect((await cli.run(['attach', 'helper'], 'test it\n')).code).toBe(1);
	});

	test('a prompt that is refused ends a pipe with the reason', async () => {
		const refusal = {
			status: 409,
			code: 'agent_not_running',
			title: 'x',
			detail: 'The agent is stopped',
		};
		api.on('POST', '/agents/agt_1/prompts', () => ({
			status: 409,
			body: refusal,
		}));
		const { code, stderr } = await cli.run(['attach', 'helper'], 'test it\n');
		expect(code).toBe(1);
		expect(stderr).toContain('error: The agent is stopped');
	});
});
