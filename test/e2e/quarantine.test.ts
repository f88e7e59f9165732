/** A snapshot that nobody understands: the boot goes on without it, and it can be repaired. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const timeout = 120_000;

/** Writes the agent's snapshot anew, as a disk or an older program might have left it. */
function spoil(server: ServerProcess, agentId: string, change: (snapshot: string) => string): string {
	const database = new Database(join(server.dataDir, 'statecraft.db'));
	try {
		const address = `agent:${agentId}`;
		const stored = database.prepare('SELECT snapshot FROM actors WHERE address = ?').pluck().get(address) as string;
		database.prepare('UPDATE actors SET snapshot = ? WHERE address = ?').run(change(stored), address);
		return stored;
	} finally {
		database.close();
	}
}

const repair = (server: ServerProcess, agentId: string, how: 'retry' | 'reset') =>
	server.post(`/quarantine/${encodeURIComponent(`agent:${agentId}`)}/${how}`);

describe('an agent whose snapshot is not understood', { timeout }, () => {
	async function quarantine() {
		const server = await startServerProcess();
		const well = await server.hire('well');
		const { id } = await server.hire('broken');
		const running = await server.ask(id, 'say one; permission write a file; wait 60s');
		const request = await server.request(id);
		const queued = await server.ask(id, 'say queued');
		await server.crash();
		const stored = spoil(server, id, (snapshot) => snapshot.replace('"busy"', '"bewildered"'));
		// The quarantine is logged as an error, which this world would take for a fault.
		await server.boot({ settings: { logLevel: 'fatal' } });
		return { server, id, well, running, queued, request, stored };
	}

	test('[P11] is set aside with the reason, and the others are not affected', async () => {
		const { server, id, well } = await quarantine();
		const { items } = await server.api.http.request<{ items: unknown[] }>('GET', '/quarantine');
		expect(items).toMatchObject([{ address: `agent:${id}`, reason: expect.stringContaining('bewildered') }]);
		await server.reachedAgain(well.id, 'idle', 2);
		expect((await server.api.agent(id)).name).toBe('broken');
		expect(await refusalOf(server.ask(id, 'say anything'))).toMatchObject({ status: 409, code: 'actor_quarantined' });
		expect(await refusalOf(repair(server, id, 'retry'))).toMatchObject({ status: 409, code: 'actor_quarantined' });
	});

	test('[P11, P4, P5] is begun afresh by a reset, which loses no prompt and forgets no question', async () => {
		const { server, id, running, queued, request } = await quarantine();
		await repair(server, id, 'reset');
		expect(await server.api.agent(id)).toMatchObject({ executionState: 'pending', queuedPrompts: 1, generation: 1 });
		expect((await server.api.prompt(running.id)).status).toBe('interrupted');
		expect((await server.api.prompt(queued.id)).status).toBe('queued');
		expect((await server.api.request(request.id)).status).toBe('withdrawn');
		expect((await server.runs(id)).map(({ state }) => state)).toEqual(['failed']);

		await server.post(`/agents/${id}/start`);
		expect(await server.became(queued.id, 'finished')).toMatchObject({ generation: 2, result: { text: 'queued' } });
	});

	test('[P11, P4] is restored by a retry once it can be, and told what it missed', async () => {
		const { server, id, running, queued, stored } = await quarantine();
		spoil(server, id, () => stored);
		await repair(server, id, 'retry');
		expect(await server.settled(running.id)).toMatchObject({ status: 'interrupted' });
		expect(await server.became(queued.id, 'finished')).toMatchObject({ generation: 2 });
		const { items } = await server.api.http.request<{ items: unknown[] }>('GET', '/quarantine');
		expect(items).toEqual([]);
	});
});
