import { describe, expect, onTestFinished, test } from 'vitest';
import { type DialInAgent, dialIn } from '../support/dial-in-agent.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

const driver = { kind: 'acp', transport: 'websocket' };

async function createDialIn(server: WholeServer, body: Readonly<Record<string, unknown>> = {}) {
	const { id, connect } = await server.create('remote', { driver, ...body });
	const url = connect?.url ?? '';
	function dial(): DialInAgent {
		const agent = dialIn(url, server.sessionDirectory);
		onTestFinished(() => agent.drop());
		return agent;
	}
	return { id, url, dial };
}

describe('an agent that dials in', () => {
	test('is awaited, takes prompts as others do, and has no process here', async () => {
		const server = await startWholeServer();
		const { id, dial } = await createDialIn(server);
		await server.reached(id, 'starting');
		const prompt = await server.ask(id, 'say hello from afar');
		dial();
		expect((await server.settled(prompt.id)).result?.text).toBe('hello from afar');
		expect(await server.api.agent(id)).toMatchObject({ executionState: 'idle', generation: 1, pid: null });
	});

	test('[AG14, AG25] that comes back within the grace period goes on with its session', async () => {
		const server = await startWholeServer();
		const { id, dial } = await createDialIn(server, { interruptedTurn: 'resume' });
		const first = dial();
		await server.reached(id, 'idle');
		const prompt = await server.ask(id, 'permission proceed');
		await server.reached(id, 'busy.awaitingInput');
		first.drop();
		await server.reachedAgain(id, 'starting', 2);
		expect(await server.api.prompt(prompt.id)).toMatchObject({ status: 'interrupted' });
		dial();
		expect(await server.settled(prompt.id)).toMatchObject({ id: prompt.id });
		await server.became(prompt.id, 'finished');
		expect((await server.runs(id)).map(({ generation, state }) => [generation, state]).sort()).toEqual([
			[1, 'failed'],
			[2, 'running'],
		]);
	});

	test('[AG9] that stays away too long rests in failed, and is taken up again whenever it comes', async () => {
		const server = await startWholeServer({ settings: { reconnectGraceMs: '400' } });
		const { id, dial } = await createDialIn(server, { autoStart: false });
		const first = dial();
		await server.reached(id, 'idle');
		first.drop();
		expect(await server.reached(id, 'failed.resting')).toMatchObject({ error: { code: 'connection_lost' } });
		dial();
		expect(await server.reached(id, 'idle')).toMatchObject({ error: null });
		const prompt = await server.ask(id, 'say back');
		expect((await server.settled(prompt.id)).status).toBe('finished');
	});

	test('replaces its own half-open connection', async () => {
		const server = await startWholeServer();
		const { id, dial } = await createDialIn(server);
		const first = dial();
		await server.reached(id, 'idle');
		dial();
		expect(await first.closed).toBe(4409);
		await server.reachedAgain(id, 'idle', 2);
		expect((await server.settled((await server.ask(id, 'say hello')).id)).status).toBe('finished');
	});

	test('[AG11] is sent away when it was stopped', async () => {
		const server = await startWholeServer();
		const { id, dial } = await createDialIn(server);
		const first = dial();
		await server.reached(id, 'idle');
		await server.api.command(id, 'stop', {});
		expect(await first.closed).toBe(1000);
		expect(await dial().closed).toBe(1000);
		expect(await server.api.agent(id)).toMatchObject({ executionState: 'stopped' });
	});

	test('is let in by its newest token only', async () => {
		const server = await startWholeServer();
		const { id, dial } = await createDialIn(server);
		const { url } = await server.post<{ url: string }>(`/agents/${id}/connect-token`, {});
		expect(await dial().closed).toBe(4401);
		const agent = dialIn(url, server.sessionDirectory);
		onTestFinished(() => agent.drop());
		await server.reached(id, 'idle');
	});

	test('[P11] that is not waited for at all is still understood at the next boot', async () => {
		const settings = { reconnectGraceMs: '0' };
		const first = await startWholeServer({ settings });
		const { id } = await createDialIn(first, { autoStart: false });
		await first.shutDown();
		const second = await startWholeServer({ settings, directory: first.directory });
		// The orchestrator is restored as well.
		expect(second.statecraft.boot).toMatchObject({ restored: 2, quarantined: 0 });
		expect(await second.api.agent(id)).toMatchObject({ executionState: 'pending' });
	});
});
