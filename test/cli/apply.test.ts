/** Manifests on a real server, and on a scripted one where it is to fail. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createScriptedApi, listing, problem, type ScriptedApi, scriptedAgent } from '../support/scripted-api.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';
import { type CliResult, type CliWorld, createCliWorld } from './cli-process.ts';

let cli: CliWorld;

beforeEach(() => {
	cli = createCliWorld();
});

afterEach(() => cli.close());

function write(text: string, name = 'fleet.yaml'): void {
	writeFileSync(join(cli.directory, name), text);
}

/** Kind, name and what was done, of each resource, with the fields that differ. */
function told({ json }: CliResult): string[] {
	const { resources } = json<{
		resources: Array<{ kind: string; name: string; action: string; state: string; changes: Array<{ field: string }> }>;
	}>();
	return resources.map(({ kind, name, action, state, changes }) =>
		[kind, name, action, state, ...changes.map(({ field }) => field)].join(' '),
	);
}

const fleet = `agents:
  - name: ada
    driver: { kind: demo, env: { STATECRAFT_DEMO_DIR: sessions, TOKEN: "\${TOKEN}" } }
    interruptedTurn: retry
    policy: { mode: allow_list, allow: ["Bash(git *)"] }
    budget: { tokens: { hard: 100000 } }
    restart: permanent
    labels: { team: a }
  - name: bob
    driver: { kind: demo, env: { STATECRAFT_DEMO_DIR: sessions } }
    autoStart: false
groups:
  - name: both
    strategy: one_for_all
    members: [ada, bob]
workflows:
  - name: report
    agent: ada
    trigger: { type: dispatch_result, workflow: triage, status: [failed] }
    template: say {{ item.title }} failed
  - name: triage
    agent: ada
    trigger: { type: webhook, secret: "\${TOKEN}" }
    template: |
      say one
      say {{ item.title }}
`;
const everything = ['agent ada', 'agent bob', 'group both', 'workflow triage', 'workflow report'];

describe('on a real server', { timeout: 60_000 }, () => {
	let server: WholeServer;
	let environment: Record<string, string>;

	beforeEach(async () => {
		server = await startWholeServer();
		const { url, token } = server.statecraft;
		environment = { STATECRAFT_URL: url, STATECRAFT_TOKEN: token, TOKEN: 'a secret of ours' };
		write(fleet);
	});

	const run = (args: readonly string[], input = '') => cli.run(args, input, environment);
	const apply = (...flags: string[]) => run(['apply', '-f', 'fleet.yaml', ...flags, '--json']);

	async function names(): Promise<string[]> {
		const { api } = server;
		const lists = [await api.agents(), await api.groups(), await api.workflows()];
		return lists.flatMap(({ items }) => items.map(({ name }) => name));
	}

	test('[WF22] apply makes everything, once; then exactly what was edited', async () => {
		const { api } = server;
		const dry = await apply('--dry-run');
		expect([dry.code, told(dry)]).toEqual([0, everything.map((one) => `${one} create planned`)]);
		expect(await names()).toEqual([]);

		const first = await apply();
		expect([first.code, first.stderr, told(first)]).toEqual([0, '', everything.map((one) => `${one} create done`)]);
		expect(await api.agent('bob')).toMatchObject({ executionState: 'pending', cwd: cli.directory });

		const before = [await api.workflow('report'), await api.workflow('triage')];
		expect(told(await apply())).toEqual(everything.map((one) => `${one} none done`));
		expect([await api.workflow('report'), await api.workflow('triage')].map(({ version }) => version)).toEqual(
			before.map(({ version }) => version),
		);

		write(
			fleet
				.replace('interruptedTurn: retry', 'interruptedTurn: ask')
				.replace('restart: permanent', 'restart: { maxRestarts: 7 }')
				.replace('[ada, bob]', '[bob, ada]')
				.replace('[failed]', '[failed, skipped]')
				.replace('say one', 'say two'),
		);
		const changes = [
			'agent ada change done restart.maxRestarts interruptedTurn',
			'agent bob none done',
			'group both change done members',
			'workflow triage change done template',
			'workflow report change done trigger.status',
		];
		const text = await run(['apply', '-f', 'fleet.yaml', '--dry-run']);
		expect(text.stdout).toMatch(
			/^~ agent +ada +to be changed\n {4}restart\.maxRestarts: 3 → 7\n {4}interruptedTurn: retry → ask\n/,
		);
		expect(text.stdout).toContain('template: line 1 say one → say two\n');
		expect(text.stdout).toMatch(/4 to be changed, 1 unchanged\n$/);
		expect(told(await apply())).toEqual(changes);
		expect(told(await apply())).toEqual(everything.map((one) => `${one} none done`));
		expect(await api.agent('ada')).toMatchObject({ restart: { policy: 'permanent', maxRestarts: 7 } });
	});

	test('[WF22] teardown leaves nothing of it, without knowing its secrets', async () => {
		await apply();
		const { TOKEN, ...withoutSecrets } = environment;
		const teardown = ['teardown', '-f', 'fleet.yaml', '--json'];
		const removal = everything.toReversed();
		const dryRemoval = await cli.run([...teardown, '--dry-run'], '', withoutSecrets);
		expect(told(dryRemoval)).toEqual(removal.map((one) => `${one} delete planned`));
		const unconfirmed = await cli.run(teardown, 'y\n', withoutSecrets);
		expect([unconfirmed.code, unconfirmed.error()]).toMatchObject([2, { hint: expect.stringContaining('--yes') }]);
		expect(await names()).toEqual(['ada', 'bob', 'both', 'report', 'triage']);
		const gone = await cli.run([...teardown, '--yes'], '', withoutSecrets);
		expect([gone.code, told(gone)]).toEqual([0, removal.map((one) => `${one} delete done`)]);
		expect(await names()).toEqual([]);
		const again = await cli.run([...teardown, '--yes'], '', withoutSecrets);
		expect([again.code, told(again)]).toEqual([0, []]);
	});

	test('secrets are never shown, never a difference, and sent again when asked', async () => {
		const made = await run(['apply', '-f', 'fleet.yaml']);
		environment.TOKEN = 'another secret';
		expect(told(await apply())).toEqual(everything.map((one) => `${one} none done`));
		write(fleet.replace('sessions, TOKEN', 'sessions, MORE: "$TOKEN", TOKEN'));
		const changed = await run(['apply', '-f', 'fleet.yaml']);
		expect(changed.stdout).toContain('driver.env.MORE: (none) → ***');
		const resent = await apply('--resend-secrets');
		expect(told(resent)).toContain('workflow triage change done trigger.secret');
		for (const { stdout, stderr } of [made, changed, resent])
			expect(stdout + stderr).not.toMatch(/secret of ours|another/);
	});

	test('a change that needs a restart says so, and restarts only when told to', async () => {
		await apply();
		const ada = await server.reached((await server.api.agent('ada')).id, 'idle');
		write(fleet.replace('sessions, TOKEN', 'sessions, MORE: x, TOKEN'));
		const { json } = await apply();
		expect(json()).toMatchObject({
			resources: [{ name: 'ada', action: 'change', restartRequired: true }, {}, {}, {}, {}],
		});
		expect((await server.api.agent('ada')).generation).toBe(ada.generation);
		write(fleet);
		const restarted = await run(['apply', '-f', 'fleet.yaml', '--restart']);
		expect(restarted.stdout).toMatch(/^~ agent +ada +changed and restarted\n/);
		await server.reachedAgain(ada.id, 'idle', ada.generation + 1);
	});

	test('what the manifest does not name stays as it is', async () => {
		await run([
			'agents',
			'create',
			'bob',
			'--driver',
			'demo',
			'--env',
			'STATECRAFT_DEMO_DIR=x',
			'--cwd',
			server.directory,
		]);
		await apply();
		expect(await server.api.agent('bob')).toMatchObject({ cwd: server.directory });
		await run(['workflows', 'disable', 'triage']);
		await run(['workflows', 'update', 'triage', '--max-attempts', '9']);
		expect(told(await apply())).toEqual(everything.map((one) => `${one} none done`));
		write(fleet.replace('say one', 'say two'));
		await apply();
		expect(await server.api.workflow('triage')).toMatchObject({
			template: 'say two\nsay {{ item.title }}\n',
			enabled: false,
			retry: { maxAttempts: 9 },
		});
	});

	test('a failure half-way stops, says what was done, and the same command again does the rest', async () => {
		write(fleet.replace('name: bob\n', 'name: bob\n    cwd: not/there/yet\n'));
		const { code, stdout, stderr } = await run(['apply', '-f', 'fleet.yaml']);
		expect([code, stderr]).toEqual([1, expect.stringContaining('not/there/yet')]);
		expect(stdout.split('\n').map((line) => line.split(/ {2,}|: /).slice(0, 3))).toEqual([
			['+ agent', 'ada', 'created'],
			['! agent', 'bob', 'could not be created'],
			['', 'group', 'both'],
			['', 'workflow', 'triage'],
			['', 'workflow', 'report'],
			['1 created, 4 not done', 'run it again to go on'],
			[''],
		]);
		expect(stdout).toMatch(/ {2}group +both +not created yet\n/);
		mkdirSync(join(cli.directory, 'not/there/yet'), { recursive: true });
		const rest = everything.slice(1).map((one) => `${one} create done`);
		expect(told(await apply())).toEqual(['agent ada none done', ...rest]);
	});

	test('a workflow of the command line, from end to end', async () => {
		await server.hire('helper');
		const create = ['workflows', 'create', 'by-hand', '--agent', 'helper', '--manual', '--template'];
		await run([...create, 'say {{ item.title }}!']);
		const triggered = await run(['workflows', 'trigger', 'by-hand', '--title', 'hello', '--source-id', 's1', '--json']);
		const { id } = triggered.json<{ id: string }>();
		const done = await server.events.until('the dispatch is completed', async () => {
			const dispatch = await server.api.dispatch(id);
			return dispatch.status === 'completed' ? dispatch : undefined;
		});
		expect((await server.api.prompt(done.promptId ?? '')).result?.text).toBe('hello!');
		expect((await run(['workflows', 'dispatches', 'by-hand'])).stdout).toMatch(/completed +s1 +hello +1 of \d/);
		const preview = ['workflows', 'preview', '--template', 'Do {{ item.title }}', '--item', '-'];
		expect((await run(preview, '{"title":"it"}')).stdout).toBe('Do it\n');
		await run(['queues', 'add', 'later', '--title', 'Build', '--priority', '3']);
		expect((await run(['queues', 'show', 'later'])).stdout).toMatch(/ready +3 .* Build /);
		expect((await run(['workflows', 'delete', 'by-hand'])).code).toBe(0);
	});
});

describe('on a scripted server', () => {
	let api: ScriptedApi;

	beforeEach(async () => {
		api = await createScriptedApi();
		api.on('GET', '/agents', () => ({
			body: listing([scriptedAgent({ name: 'ada' }), scriptedAgent({ id: 'agt_2', name: 'bob' })]),
		}));
		api.on('GET', '/groups', () => ({ body: listing([]) }));
		api.on('GET', '/workflows', () => ({ body: listing([]) }));
	});

	afterEach(() => api.close());

	const run = (args: readonly string[], input = '') =>
		cli.run(args, input, { STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token });
	const changes = () =>
		api.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
	const two = 'agents:\n  - { name: ada, driver: { kind: demo } }\n  - { name: bob, driver: { kind: demo } }\n';

	test('[WF22] what is wrong with the file is told before the server is asked anything', async () => {
		write('agents:\n  - name: ada\n    driver: { kind: demo, env: { A: "$' + '{ABSENT}" } }\n    colour: red\n');
		for (const command of [['apply', '--dry-run'], ['apply']]) {
			const { code, error } = await run([...command, '-f', 'fleet.yaml', '--json']);
			expect([code, error(), api.requests]).toMatchObject([
				2,
				{
					detail: 'fleet.yaml cannot be used: 2 things are wrong with it',
					issues: [
						{ path: 'fleet.yaml:3:34', message: 'The environment variable ABSENT is not set' },
						{ path: 'fleet.yaml:4:5', message: 'agents[0].colour: There is no such field' },
					],
				},
				[],
			]);
		}
		expect((await run(['teardown', '-f', 'fleet.yaml', '--yes'])).stderr).toContain('fleet.yaml:4:5: agents[0].colour');
		expect((await run(['apply', '-f', 'absent.yaml'])).code).toBe(2);
		expect((await run(['apply'])).stderr).toMatch(/required option '-f, --file/);
	});

	test('names that stand for nothing are told with their place, and nothing is changed', async () => {
		const text = `${two}groups: [{ name: g, strategy: one_for_all, members: [ada, eve] }]
workflows:
  - name: w
    agent: mallory
    trigger: { type: agent_idle, seconds: 5, agent: "*" }
    template: x
  - name: v
    agent: ada
    trigger:
      type: composite
      mode: any
      triggers:
        - { type: agent_idle, seconds: 5, agent: agt_2 }
        - { type: dispatch_result, workflow: gone, status: [failed] }
    template: x
`;
		const { code, error } = await run(['apply', '-f', '-', '--json'], text);
		expect([code, changes(), error().issues]).toEqual([
			2,
			[],
			[
				{ path: '<stdin>:4:59', message: 'There is no agent "eve", neither here nor on the server' },
				{ path: '<stdin>:7:5', message: 'There is no agent "mallory", neither here nor on the server' },
				{ path: '<stdin>:17:36', message: 'There is no workflow "gone", neither here nor on the server' },
			],
		]);
	});

	test('a server that goes away half-way ends it with exit code 1, and the report', async () => {
		api.on('GET', '/agents', () => ({ body: listing([]) }));
		api.on('POST', '/agents', ({ body }) =>
			(body as { name: string }).name === 'ada' ? { status: 201, body: scriptedAgent() } : 'hang up',
		);
		const result = await run(['apply', '-f', '-', '--json'], two);
		expect([result.code, told(result)]).toEqual([1, ['agent ada create done', 'agent bob create failed']]);
		expect(result.json()).toMatchObject({ error: { code: 'server_unreachable' } });
		expect(result.error()).toMatchObject({ code: 'server_unreachable' });
	});

	test('one that was never there is exit code 3, as everywhere', async () => {
		const down = { STATECRAFT_URL: 'http://127.0.0.1:2' };
		for (const command of [['apply'], ['teardown', '--yes']])
			expect((await cli.run([...command, '-f', '-'], two, down)).code).toBe(3);
	});

	test('what is gone when it is to be removed is fine; what refuses to go ends the teardown', async () => {
		write(two);
		api.on('DELETE', '/agents/agt_2', () => problem(404, 'agent_not_found'));
		api.on('DELETE', '/agents/agt_1', () => ({ status: 204 }));
		const first = await run(['teardown', '-f', 'fleet.yaml', '--yes', '--json']);
		expect([first.code, told(first)]).toEqual([0, ['agent bob delete done', 'agent ada delete done']]);
		api.on('DELETE', '/agents/agt_2', () => problem(409, 'agent_in_use', { detail: 'w prompts it' }));
		const second = await run(['teardown', '-f', 'fleet.yaml', '--yes']);
		expect([second.code, second.stderr]).toEqual([1, 'error: w prompts it\n']);
		expect(second.stdout).toMatch(
			/! agent +bob +could not be deleted: w prompts it\n {2}agent +ada +not deleted yet\n/,
		);
	});

	test('a restart that fails is told: the change itself was made', async () => {
		api.on('PATCH', '/agents/agt_1', () => ({ body: { ...scriptedAgent({ name: 'ada' }), restartRequired: true } }));
		api.on('POST', '/agents/agt_1/restart', () => problem(409, 'event_refused', { detail: 'not now' }));
		const text = 'agents: [{ name: ada, cwd: /tmp, driver: { kind: demo, args: [x] } }]';
		const { code, stdout, stderr } = await run(['apply', '-f', '-', '--restart'], text);
		expect([code, changes()]).toEqual([1, ['PATCH /agents/agt_1', 'POST /agents/agt_1/restart']]);
		expect(stdout).toContain('It is changed but not restarted: not now');
		expect(stderr).toContain('hint: statecraft agents restart ada');
		expect(api.requests.find(({ method }) => method === 'PATCH')?.body).toEqual({
			driver: { kind: 'demo', args: ['x'] },
		});
	});
});
