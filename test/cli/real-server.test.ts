/** The command line on the real server: what a person sees who installs Statecraft and tries it. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readProcessStart } from '../../src/agents/drivers/process-table.ts';
import type { AgentResource, ListingResource, PromptResource } from '../../src/cli/resources.ts';
import { banner } from '../../src/cli/serve-command.ts';
import { type CliRun, type CliWorld, createCliWorld } from './cli-process.ts';

const demoAgent = fileURLToPath(new URL('../../dist/src/agents/demo/main.js', import.meta.url));

let cli: CliWorld;
let url: string;
/** The address of the page, as it is printed. */
let page: string;

beforeEach(() => {
	cli = createCliWorld({ STATECRAFT_LOG_LEVEL: 'error', STATECRAFT_DEMO_DIR: '' });
});

afterEach(() => cli.close());

async function serve(port = '0', flags: readonly string[] = []): Promise<CliRun> {
	const run = cli.start(['serve', '--port', port, ...flags]);
	let text = '';
	run.child.stdout.on('data', (chunk: Buffer) => {
		text += chunk;
	});
	await run.printed(/Ctrl-C/);
	url = /running at (\S+)/.exec(text)?.[1] ?? '';
	page = /page: (\S+)/.exec(text)?.[1] ?? '';
	return run;
}

/** In the directory of the server, so that its token is found. */
const run = (args: readonly string[], input = '') => cli.run(args, input, { STATECRAFT_URL: url });

async function end(server: CliRun): Promise<number | null> {
	server.child.kill('SIGTERM');
	return (await server.result).code;
}

describe('serve', () => {
	test('tells where it is, is found with its token file, and ends cleanly on SIGTERM', async () => {
		const server = await serve();
		const created = await run(['agents', 'create', 'helper', '--driver', 'demo']);
		expect([created.code, created.stderr]).toEqual([0, '']);
		const { stdout, code } = await run(['prompt', 'helper', 'say hello', '--wait']);
		expect([code, stdout]).toEqual([0, 'hello\n']);
		expect((await run(['doctor'])).stdout).toMatch(/ok +agents +1, all well/);
		expect(await end(server)).toBe(0);
		expect((await run(['agents'])).code).toBe(3);
	});

	test('prints the address of its page, and no token where others may read what it prints', async () => {
		const server = await serve();
		const shown = await fetch(page);
		expect([shown.status, shown.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
		expect(page).toBe(url);
		await end(server);
	});

	test('prints an address that lets in whoever sits at the terminal', async () => {
		const server = await serve();
		const token = readFileSync(join(cli.directory, '.statecraft', 'token'), 'utf8').trim();
		const shown =
			/page: (\S+)/.exec(stripVTControlCharacters(banner({ url, token, isTokenGiven: false }, true)))?.[1] ?? '';
		const { origin, pathname, hash } = new URL(shown);
		const answer = await fetch(`${origin}/agents`, {
			headers: { Authorization: `Bearer ${new URLSearchParams(hash.slice(1)).get('token')}` },
		});
		expect([origin, pathname, answer.status]).toEqual([url, '/', 200]);
		await end(server);
	});

	test('says where its token is, or that it is the one that was set', () => {
		const said = (isTokenGiven: boolean, isWatched: boolean) =>
			stripVTControlCharacters(banner({ url: 'http://localhost:1', token: 'secret', isTokenGiven }, isWatched));
		for (const isWatched of [true, false]) {
			expect(said(false, isWatched)).toContain('token is in the data directory');
			expect(said(true, isWatched)).toContain('token is the one that was set');
			expect(said(true, isWatched)).not.toContain('data directory');
		}
		expect(said(false, false)).toContain('the token that it asks for is in the data directory');
		expect(said(true, false)).not.toContain('secret');
	});

	test('two on one data directory are one too many', async () => {
		const server = await serve();
		const { code, error } = await cli.run(['serve', '--port', '0', '--json']);
		expect([code, error()]).toMatchObject([1, { code: 'store_locked' }]);
		await end(server);
	});
});

describe('attach', () => {
	test('through a pipe: a prompt, a permission, a question', async () => {
		const server = await serve();
		await run(['agents', 'create', 'helper', '--driver', 'demo']);
		const input = 'permission sweep the floor; ask which colour?\ny\nblue\nsay bye\n';
		const { code, stdout } = await run(['attach', 'helper'], input);
		expect(code).toBe(0);
		for (const word of ['asks permission: sweep the floor', 'sweep the floor: allowed', 'asks: which colour?'])
			expect(stdout).toContain(word);
		expect(stdout).toMatch(/You answered: blue\n[\s\S]*bye\n$/);
		await end(server);
	});
});

describe('connect', () => {
	async function createDialIn(): Promise<string> {
		const flags = ['--driver', 'acp', '--transport', 'websocket', '--json'];
		const { connect } = (await run(['agents', 'create', 'far', ...flags])).json<AgentResource>();
		return connect?.url ?? '';
	}

	const agents = async () => (await run(['agents', '--json'])).json<ListingResource<AgentResource>>().items;

	async function untilFar(pattern: RegExp): Promise<AgentResource> {
		for (;;) {
			const far = (await agents()).find(({ name }) => name === 'far');
			if (far !== undefined && pattern.test(`${far.executionState}.${far.substate}`)) return far;
		}
	}

	test('[P4] a killed server interrupts the turn of an agent that dialled in, and the same process goes on', async () => {
		const server = await serve();
		const address = await createDialIn();
		const env = { STATECRAFT_DEMO_DIR: join(cli.directory, 'sessions') };
		const far = cli.start(['connect', address, '--', process.execPath, demoAgent], env);
		const long = (await run(['prompt', 'far', 'say begun; wait 600s; say never', '--json'])).json<PromptResource>();
		const queued = (await run(['prompt', 'far', 'remember', '--key', 'k', '--json'])).json<PromptResource>();
		await untilFar(/^busy/);
		expect(queued.status).toBe('queued');

		server.child.kill('SIGKILL');
		await server.result;
		const again = await serve(new URL(url).port);
		const after = await run(['prompt', 'far', 'remember', '--key', 'k', '--wait', '20', '--json']);
		expect(after.json()).toMatchObject({ id: queued.id, status: 'finished' });
		expect(after.json<PromptResource>().result?.text).toContain('I remember 1 earlier turn');
		const steps = (await run(['logs', 'far', '--json'])).lines();
		const fates = steps
			.filter(({ data }) => (data as { promptId?: string }).promptId === long.id)
			.map(({ topic }) => String(topic));
		expect(fates.filter((topic) => topic.startsWith('prompt.'))).toEqual([
			'prompt.queued',
			'prompt.started',
			'prompt.interrupted',
		]);

		expect((await run(['agents', 'restart', 'far', '--json'])).code).toBe(0);
		await untilFar(/^idle/);
		await run(['agents', 'stop', 'far']);
		expect((await far.result).code).toBe(0);
		expect((await far.result).stderr).not.toContain('the agent has exited with code 1');
		await end(again);
	});

	test('with --leave-running, an agent that dialled in outlives a planned restart of the server', async () => {
		const server = await serve('0', ['--leave-running']);
		const address = await createDialIn();
		const env = { STATECRAFT_DEMO_DIR: join(cli.directory, 'sessions') };
		const far = cli.start(['connect', address, '--', process.execPath, demoAgent], env);
		expect((await run(['prompt', 'far', 'say one', '--wait', '20'])).stdout).toBe('one\n');
		expect(await end(server)).toBe(0);
		const again = await serve(new URL(url).port);
		expect((await run(['prompt', 'far', 'remember', '--wait', '20'])).stdout).toContain('I remember 1 earlier turn');
		expect(await end(again)).toBe(0);
		far.child.kill('SIGTERM');
		await far.result;
	});

	test('a deleted agent is told so', async () => {
		const server = await serve();
		const address = await createDialIn();
		await run(['agents', 'delete', 'far']);
		const { code, stderr } = await cli.run(['connect', address, '--', process.execPath, demoAgent]);
		expect(code).toBe(1);
		expect(stderr).toContain('the server knows no agent with this id');
		await end(server);
	});

	test('a token that another has replaced is refused', async () => {
		const server = await serve();
		const address = new URL(await createDialIn());
		address.searchParams.set('token', 'sct_old');
		const { code, stderr } = await cli.run(['connect', address.href, '--', process.execPath, demoAgent]);
		expect(code).toBe(1);
		expect(stderr).toContain('does not accept this connect token');
		await end(server);
	});
});

describe('demo', () => {
	/** A temporary directory of its own: another demo may run on this host. */
	function createTemporary(): { readonly env: Record<string, string>; left(): string[] } {
		const TMPDIR = join(cli.directory, 'tmp');
		mkdirSync(TMPDIR);
		return { env: { TMPDIR }, left: () => readdirSync(TMPDIR).filter((name) => /^statecraft-demo-\w{6}$/.test(name)) };
	}

	test('sees every promise hold, and leaves nothing behind', async () => {
		const { env, left } = createTemporary();
		const { code, json } = await cli.run(['demo', '--json'], '', env);
		const { held, promises } = json<{ held: boolean; promises: Array<{ held: boolean; promise: string }> }>();
		expect(promises.filter((promise) => !promise.held)).toEqual([]);
		expect([code, held, promises.length]).toEqual([0, true, 6]);
		expect(left()).toEqual([]);
	});

	test('Ctrl-C in its middle leaves nothing behind either', async () => {
		const { env, left } = createTemporary();
		const demo = cli.start(['demo'], env);
		await demo.printed(/builder is busy\.working, process \d+/);
		demo.child.kill('SIGINT');
		const { code, stdout } = await demo.result;
		const pids = [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
		expect(pids.length).toBeGreaterThan(1);
		// Not asked of the system by signal: one that has ended may wait for init to notice.
		for (const pid of pids) expect(await readProcessStart(pid)).toBeNull();
		expect([code, left()]).toEqual([130, []]);
	});
});
