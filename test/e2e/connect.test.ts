import { describe, expect, test, vi } from 'vitest';
import { startServerProcess } from '../support/server-process.ts';
import { createRemoteAgent, demoAgent, overWire } from './remote-agent.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Longer than any test: nobody notices by it. */
const never = '3600';

describe('an agent that is connected from elsewhere', () => {
	test('works, and its program lives through a connection that is cut', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		remote.connect();
		await server.reached(remote.id, 'idle');
		const { sessionId } = await server.api.agent(remote.id);
		const first = await server.ask(remote.id, 'say one');
		expect(await server.settled(first.id)).toMatchObject({ status: 'finished', result: { text: 'one' } });

		remote.wire.cut();
		await server.reachedAgain(remote.id, 'idle', 2);
		const second = await server.ask(remote.id, 'remember');
		expect((await server.settled(second.id)).result?.text).toContain('1 earlier turn');
		expect(await server.api.agent(remote.id)).toMatchObject({ sessionId, pid: null });
	});

	test('[P4] is cut in mid-turn: the turn is interrupted, its queue goes on over the next connection', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		remote.connect();
		await server.reached(remote.id, 'idle');
		const first = await server.ask(remote.id, 'permission carry on; say never');
		await server.request(remote.id);
		const second = await server.ask(remote.id, 'say still here');

		remote.wire.cut();
		expect(await server.settled(second.id)).toMatchObject({
			status: 'finished',
			result: { text: expect.stringContaining('still here') },
		});
		expect(await server.api.prompt(first.id)).toMatchObject({ status: 'interrupted' });
		expect(await server.api.requests({ agentId: remote.id })).toMatchObject({ items: [{ status: 'withdrawn' }] });
	});

	test('on a wire that went silent is missed by the server', async () => {
		const server = await startServerProcess({ agentPingIntervalMs: '200' });
		const remote = await createRemoteAgent(server);
		remote.connect({ flags: ['--ping', never] });
		await server.reached(remote.id, 'idle');
		remote.wire.freeze();
		expect(await server.reachedAgain(remote.id, 'starting', 2)).toMatchObject({ generation: 2 });
		expect((await server.runs(remote.id))[1]).toMatchObject({
			state: 'failed',
			error: { code: 'connection_lost', message: expect.stringContaining('half-open') },
		});
	});

	test('on a wire that went silent dials in anew, and takes its own place', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		const run = remote.connect({ flags: ['--ping', '0.3'] });
		await server.reached(remote.id, 'idle');
		remote.wire.freeze();
		await server.reachedAgain(remote.id, 'idle', 2);
		await run.printed(/no answer to pings/);
		expect((await server.settled((await server.ask(remote.id, 'say hello')).id)).status).toBe('finished');
	});

	test('whose wire goes silent in the handshake dials in anew, and is greeted in the same run', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		const deafAtFirst = `process.stdin.once('data', () => {
			const agent = require('node:child_process').spawn(process.execPath, ['${demoAgent}'], { stdio: ['pipe', 'inherit', 'inherit'] });
			process.stdin.pipe(agent.stdin);
			console.error('heard nothing');
		});`;
		const run = remote.connect({ flags: ['--ping', '0.3'], command: [process.execPath, '-e', deafAtFirst] });
		await run.printed(/heard nothing/);
		remote.wire.freeze();
		expect(await server.reached(remote.id, 'idle')).toMatchObject({ generation: 1 });
		expect((await server.settled((await server.ask(remote.id, 'say hello')).id)).status).toBe('finished');
	});

	test('that stays away beyond the grace has failed, and is taken up again when it dials in', async () => {
		const server = await startServerProcess({ reconnectGraceMs: '300' });
		const remote = await createRemoteAgent(server, { autoStart: false });
		remote.connect();
		await server.reached(remote.id, 'idle');
		remote.wire.refuse(true);
		remote.wire.cut();
		expect(await server.reached(remote.id, 'failed.resting')).toMatchObject({ error: { code: 'connection_lost' } });
		remote.wire.refuse(false);
		expect(await server.reached(remote.id, 'idle')).toMatchObject({ error: null });
		expect((await server.settled((await server.ask(remote.id, 'say back')).id)).result?.text).toBe('back');
	});

	test('[P4] outlives a server that is killed in mid-turn, and is there again without human help', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server, { interruptedTurn: 'resume' });
		const run = remote.connect();
		await server.reached(remote.id, 'idle');
		const { sessionId } = await server.api.agent(remote.id);
		const first = await server.ask(remote.id, 'permission carry on');
		await server.request(remote.id);
		const second = await server.ask(remote.id, 'say still here');

		await server.crash();
		await run.printed(/trying again/);
		await server.boot();

		expect(await server.settled(second.id)).toMatchObject({ status: 'finished', result: { text: 'still here' } });
		expect(await server.became(first.id, 'finished')).toMatchObject({ generation: 2 });
		expect(await server.api.agent(remote.id)).toMatchObject({ sessionId, generation: 2 });
	});
});

describe('a second program with the same token', () => {
	test('takes the place of the first, which ends and says so; its session is fresh and said to be', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		const first = remote.connect({ flags: ['--json'] });
		const { sessionId } = await server.reached(remote.id, 'idle');
		remote.connect({ env: { STATECRAFT_DEMO_DIR: `${server.sessionDirectory}-other` } });

		const { code, lines, error } = await first.result;
		expect([code, error()]).toMatchObject([1, { detail: expect.stringContaining('newer connection') }]);
		expect(lines().map(({ event }) => event)).toEqual(['connected']);
		const taken = await server.reachedAgain(remote.id, 'idle', 2);
		expect(taken.sessionId).not.toBe(sessionId);
		await server.events.until('word that the session is gone', () => {
			const told = server.events.ofTopic('agent.output.other').map(({ data }) => JSON.stringify(data));
			return told.some((data) => data.includes('session_not_restored')) || undefined;
		});
		expect((await server.settled((await server.ask(remote.id, 'say mine now')).id)).result?.text).toBe('mine now');
	});
});

describe('a program that may not connect', () => {
	test('is told so when its token is wrong, or the agent unknown, and ends', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		const wrong = await remote.connect({ url: `${remote.url}x` }).result;
		expect([wrong.code, wrong.stderr]).toEqual([expect.any(Number), expect.stringContaining('connect token')]);
		expect(wrong.code).not.toBe(0);
		const unknown = await remote.connect({ url: remote.url.replace(remote.id, 'agt_nobody') }).result;
		expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no agent with this id')]);
		expect(await server.api.agent(remote.id)).toMatchObject({ executionState: 'starting' });
	});

	test('is told so when another token was made since: at its next connection, not before', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		const old = remote.connect();
		await server.reached(remote.id, 'idle');
		const { url } = await server.post<{ url: string }>(`/agents/${remote.id}/connect-token`, {});
		expect((await server.settled((await server.ask(remote.id, 'say hello')).id)).status).toBe('finished');
		remote.wire.cut();
		expect((await old.result).stderr).toContain('connect token');
		remote.connect({ url: overWire(url, remote.wire) });
		await server.reachedAgain(remote.id, 'idle', 2);
	});

	test('is told so when it does not speak the protocol', async () => {
		const server = await startServerProcess();
		const remote = await createRemoteAgent(server);
		const refuse = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
			console.log(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(line).id, error: { code: -32603, message: 'not today' } }));
		});`;
		const { code, stderr } = await remote.connect({ command: [process.execPath, '-e', refuse] }).result;
		expect([code, stderr]).toEqual([1, expect.stringContaining('not today')]);
		const [run] = await server.runs(remote.id);
		expect(run).toMatchObject({ error: { code: 'handshake_failed', message: expect.stringContaining('not today') } });
	});
});
