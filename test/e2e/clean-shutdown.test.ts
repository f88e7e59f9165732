/** What the next boot finds after an orderly end: nothing to mend. */

import { describe, expect, onTestFinished, test } from 'vitest';
import { readBootReport } from '../support/boot-report.ts';
import { dialIn } from '../support/dial-in-agent.ts';
import { startServerProcess } from '../support/server-process.ts';

const timeout = 120_000;

describe('a shutdown in good order', { timeout }, () => {
	test.each(['SIGTERM', 'SIGINT'] as const)('[P10] by %s leaves nothing to recover', async (signal) => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper');
		const busy = await server.hire('busy');
		const prompt = await server.ask(busy.id, 'permission proceed');
		const waiting = await server.ask(busy.id, 'say later');
		await server.reached(busy.id, 'busy.awaitingInput');

		expect(await server.shutDown(signal)).toBe(0);
		await server.boot();
		expect(await readBootReport(server, 2)).toEqual({
			restored: 3,
			quarantined: 0,
			orphansEnded: 0,
			interruptedTurns: 0,
			reconnected: 0,
			interruptedLaunches: 0,
		});
		expect(await server.api.agent(id)).toMatchObject({ executionState: 'stopped', generation: 1, error: null });
		expect((await server.api.prompt(prompt.id)).status).toBe('interrupted');
		expect((await server.api.prompt(waiting.id)).status).toBe('queued');
		await server.api.command(busy.id, 'start', {});
		expect((await server.settled(waiting.id)).status).toBe('finished');
	});

	test('[AG14] may leave agents that dialled in: they come back', async () => {
		const server = await startServerProcess({}, { flags: ['--leave-running'] });
		const { id, connect } = await server.create('remote', { driver: { kind: 'acp', transport: 'websocket' } });
		const own = await server.hire('own');
		const first = dialIn(connect?.url ?? '', server.sessionDirectory);
		const { sessionId } = await server.reached(id, 'idle');
		expect(await server.shutDown()).toBe(0);
		await first.closed;
		await server.boot();

		expect(await server.api.agent(own.id)).toMatchObject({ executionState: 'stopped' });
		expect(await server.api.agent(id)).toMatchObject({ executionState: 'starting', generation: 2 });
		expect(await readBootReport(server, 2)).toMatchObject({ reconnected: 1, interruptedLaunches: 0, orphansEnded: 0 });
		const again = dialIn(connect?.url ?? '', server.sessionDirectory);
		onTestFinished(() => again.drop());
		expect(await server.reached(id, 'idle')).toMatchObject({ sessionId });
	});
});
