import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliRun, type CliWorld, createCliWorld } from './cli-process.ts';
import { createDialInServer, type DialInServer, type Visitor } from './dial-in-server.ts';

const demoAgent = fileURLToPath(new URL('../../dist/src/agents/demo/main.js', import.meta.url));

/** Echoes lines; `pid` tells its process, `exit <n>` ends it, `long <n>` prints a line of that length. */
const echoAgent = `
	const lines = require('node:readline').createInterface({ input: process.stdin });
	lines.on('line', (line) => {
		const [verb, value] = line.split(' ');
		if (verb === 'pid') console.log('pid ' + process.pid);
		else if (verb === 'exit') { console.log('bye'); process.exitCode = Number(value); lines.close(); process.stdin.destroy(); }
		else if (verb === 'die') process.kill(process.pid, 'SIGKILL');
		else if (verb === 'long') console.log('x'.repeat(Number(value)));
		else console.log('echo ' + line);
	});
	process.stdin.on('end', () => { process.exitCode = 7; });
`;

let server: DialInServer;
let cli: CliWorld;

beforeEach(async () => {
	server = await createDialInServer();
	cli = createCliWorld({ STATECRAFT_DEMO_DIR: '' });
});

afterEach(async () => {
	await cli.close();
	await server.close();
});

function connect(url: string, command: readonly string[], flags: readonly string[] = []): CliRun {
	return cli.start(['connect', url, ...flags, '--', ...command]);
}

function connectEcho(flags: readonly string[] = [], url = server.url): CliRun {
	const file = join(cli.directory, 'echo.cjs');
	writeFileSync(file, echoAgent);
	return connect(url, [process.execPath, file], flags);
}

describe('connect', () => {
	test('carries lines both ways, and ends with the exit code of the agent', async () => {
		const run = connectEcho();
		const visitor = await server.visitor(1);
		expect(visitor.path).toBe('/ws/agt_1?token=tok');
		visitor.send('hello wörld');
		await visitor.heard('echo hello wörld');
		visitor.send('exit 5');
		await visitor.heard('bye');
		expect(await visitor.closed).toBe(1000);
		expect((await run.result).code).toBe(5);
	});

	test('the address may be put together from its parts, on http as on ws', async () => {
		const parts = ['--agent', 'agt_7', '--connect-token', 's/cret'];
		const run = connectEcho(parts, `http://127.0.0.1:${server.port}`);
		const visitor = await server.visitor(1);
		expect(visitor.path).toBe('/ws/agt_7?token=s%2Fcret');
		visitor.send('exit 0');
		expect((await run.result).code).toBe(0);
	});

	test('a lost connection is made again, with the same process', async () => {
		const run = connectEcho();
		const first = await server.visitor(1);
		first.send('pid');
		const pid = await first.heard('pid ');
		first.cut();
		const second = await server.visitor(2);
		second.send('pid');
		expect(await second.heard('pid ')).toBe(pid);
		second.send('exit 0');
		expect((await run.result).stderr).toMatch(/connected to .*\n.*trying again\n.*connected to/);
	});

	test('a server that is away is waited for', async () => {
		const { port } = server;
		const run = connectEcho();
		(await server.visitor(1)).send('hello');
		await (await server.visitor(1)).heard('echo hello');
		await server.close();
		await run.printed(/ECONNREFUSED/);
		server = await createDialInServer(port);
		const visitor = await server.visitor(1);
		visitor.send('exit 3');
		expect((await run.result).code).toBe(3);
	});

	test('a half-open connection is noticed by its silence', async () => {
		const run = connectEcho(['--ping', '0.1']);
		(await server.visitor(1)).freeze();
		const second = await server.visitor(2);
		second.send('exit 0');
		const { stderr } = await run.result;
		expect(stderr).toContain('no answer to pings');
	});

	test('a connection that answers pings is left alone', async () => {
		const run = connectEcho(['--ping', '0.05']);
		const visitor = await server.visitor(1);
		await visitor.pinged(5);
		visitor.send('exit 0');
		await run.result;
		expect(server.visits).toBe(1);
	});

	test.each([
		[4400, 'handshake_failed', /cannot work with this agent: origin/],
		[4404, 'agent_not_found', /no agent with this id/],
		[4401, 'unauthorized', /connect token/],
		[4403, 'forbidden', /origin/],
		[4409, 'stale_state', /newer connection/],
	])('close code %i ends it with a clear word, and ends the agent', async (closeCode, code, message) => {
		const run = connectEcho(['--json']);
		const visitor = await server.visitor(1);
		visitor.send('pid');
		const pid = Number((await visitor.heard('pid ')).split(' ')[1]);
		visitor.close(closeCode, 'origin');
		const result = await run.result;
		expect([result.code, result.error()]).toMatchObject([1, { code, detail: expect.stringMatching(message) }]);
		expect(() => process.kill(pid, 0)).toThrow('ESRCH');
		expect(server.visits).toBe(1);
	});

	test('1013 is asked again later', async () => {
		const run = connectEcho();
		(await server.visitor(1)).close(1013, 'overloaded');
		(await server.visitor(2)).send('exit 0');
		expect((await run.result).code).toBe(0);
	});

	test('an orderly end by the server lets the agent end by itself', async () => {
		const run = connectEcho();
		(await server.visitor(1)).close(1000, 'closed by Statecraft');
		expect((await run.result).code).toBe(7);
	});

	test('an end after a conversation may be a restart: it asks once more', async () => {
		const run = connectEcho();
		const first = await server.visitor(1);
		first.send('hello');
		await first.heard('echo hello');
		first.close(1000, 'closed by Statecraft');
		(await server.visitor(2)).close(1000, 'closed by Statecraft');
		expect((await run.result).code).toBe(7);
		expect(server.visits).toBe(2);
	});

	test('SIGTERM is an orderly end as well', async () => {
		const run = connectEcho();
		const visitor = await server.visitor(1);
		visitor.send('hello');
		await visitor.heard('echo hello');
		run.child.kill('SIGTERM');
		expect(await visitor.closed).toBe(1000);
		expect((await run.result).code).toBe(7);
	});

	test('an agent that a signal killed is told as a shell tells it', async () => {
		const run = connectEcho();
		(await server.visitor(1)).send('die');
		expect((await run.result).code).toBe(137);
	});

	test('a program that does not exist is told, and nobody is called', async () => {
		const run = connect(server.url, ['no-such-agent-program']);
		const { code, stderr } = await run.result;
		expect(code).toBe(1);
		expect(stderr).toContain('there is no program "no-such-agent-program"');
		expect(server.visits).toBe(0);
	});

	test('a line of megabytes arrives whole', async () => {
		const run = connectEcho();
		const visitor = await server.visitor(1);
		visitor.send('long 5000000');
		expect(await visitor.heard('xxx')).toHaveLength(5_000_000);
		visitor.send('exit 0');
		await run.result;
	});

	test('--json tells what happens, one line each', async () => {
		const run = connectEcho(['--json']);
		const first = await server.visitor(1);
		first.send('pid');
		await first.heard('pid');
		first.cut();
		(await server.visitor(2)).send('exit 0');
		const events = (await run.result).lines().map(({ event }) => event);
		expect(events).toEqual(['connected', 'lost', 'connected', 'exited']);
	});
});

describe('connect with an ACP agent', () => {
	const initialize = {
		jsonrpc: '2.0',
		id: 0,
		method: 'initialize',
		params: { protocolVersion: 1, clientCapabilities: {} },
	};
	const session = { cwd: '/tmp', mcpServers: [] };

	function connectDemo(): CliRun {
		const env = { STATECRAFT_DEMO_DIR: join(cli.directory, 'sessions') };
		return cli.start(['connect', server.url, '--', process.execPath, demoAgent], env);
	}

	async function openSession(visitor: Visitor): Promise<string> {
		visitor.send(initialize);
		await visitor.heard('"id":0');
		visitor.send({ jsonrpc: '2.0', id: 1, method: 'session/new', params: session });
		return JSON.parse(await visitor.heard('"id":1')).result.sessionId;
	}

	const prompt = (id: number, sessionId: string, text: string) => ({
		jsonrpc: '2.0',
		id,
		method: 'session/prompt',
		params: { sessionId, prompt: [{ type: 'text', text }] },
	});

	test('[P4] a turn that a lost connection interrupts is cancelled; the session goes on over the next', async () => {
		const run = connectDemo();
		const first = await server.visitor(1);
		const sessionId = await openSession(first);
		first.send(prompt(2, sessionId, 'say begun; wait 1h; say never'));
		await first.heard('begun');
		first.cut();

		const second = await server.visitor(2);
		second.send(initialize);
		await second.heard('"id":0');
		second.send({ jsonrpc: '2.0', id: 1, method: 'session/resume', params: { ...session, sessionId } });
		await second.heard('"id":1');
		second.send(prompt(2, sessionId, 'say again'));
		expect(JSON.parse(await second.heard('"id":2'))).toMatchObject({ result: { stopReason: 'end_turn' } });
		expect(second.frames.join('\n')).not.toContain('never');
		expect(second.frames.filter((frame) => frame.includes('"id":2'))).toHaveLength(1);
		run.child.kill('SIGTERM');
		await run.result;
	});

	test('[P5] a permission nobody can answer any more is never taken for a yes', async () => {
		const run = connectDemo();
		const first = await server.visitor(1);
		const sessionId = await openSession(first);
		first.send(prompt(2, sessionId, 'permission delete everything'));
		await first.heard('session/request_permission');
		first.cut();

		const second = await server.visitor(2);
		second.send(initialize);
		await second.heard('"id":0');
		second.send({ jsonrpc: '2.0', id: 1, method: 'session/resume', params: { ...session, sessionId } });
		await second.heard('"id":1');
		second.send(prompt(2, sessionId, 'remember'));
		await second.heard('"id":2');
		expect(second.frames.join('\n')).not.toContain('allowed');
		run.child.kill('SIGTERM');
		await run.result;
	});
});
