/** Processes across `kill -9` of the server: none outlives it, none is doubled, no stranger is touched. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive, readProcessStart } from '../../src/agents/drivers/process-table.ts';
import { readLockInfo } from '../../src/store/lock-info.ts';
import { readBootReport } from '../support/boot-report.ts';
import { createHeldStore } from '../support/held-store.ts';
import { findAgentProcesses } from '../support/leaks.ts';
import { oddDriver } from '../support/odd-driver.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startWholeServer } from '../support/whole-server.ts';

const timeout = 120_000;

async function identify(pid: number | null) {
	return { pid: pid ?? 0, processStart: await readProcessStart(pid ?? 0) };
}

describe('after a crash of the server', { timeout }, () => {
	test('[P8] a process that outlived it is ended, and its agent has a new one', async () => {
		const server = await startServerProcess();
		const { id, pid } = await server.hire('stubborn', { driver: oddDriver('stubborn', server.sessionDirectory) });
		const orphan = await identify(pid);
		await server.crash();
		expect(await isAlive(orphan)).toBe(true);
		await server.boot();

		expect(await isAlive(orphan)).toBe(false);
		const again = await server.reachedAgain(id, 'idle', 2);
		const processes = await findAgentProcesses(server.dataDir);
		expect(processes.map((process) => [process.pid, process.marker.generation])).toEqual([[again.pid, 2]]);
		expect(await readBootReport(server, 2)).toMatchObject({ orphansEnded: 1, reconnected: 1 });
	});

	test('[P8] a process of an agent that is gone is ended as well', async () => {
		const server = await startServerProcess();
		const { id, pid } = await server.hire('stubborn', { driver: oddDriver('stubborn', server.sessionDirectory) });
		const orphan = await identify(pid);
		await server.crash();
		const database = new Database(join(server.dataDir, 'statecraft.db'));
		database.prepare('DELETE FROM actors WHERE address = ?').run(`agent:${id}`);
		database.prepare('DELETE FROM agents WHERE id = ?').run(id);
		database.close();
		await server.boot();

		expect(await isAlive(orphan)).toBe(false);
		expect(await readBootReport(server, 2)).toMatchObject({ orphansEnded: 1, restored: 1 });
	});

	test('[P8] a stranger that was given the pid of an agent is left alone', async () => {
		const server = await startServerProcess();
		const { id, pid } = await server.hire('helper');
		const own = await identify(pid);
		await server.crash();
		const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { detached: true });
		onTestFinished(() => {
			stranger.kill('SIGKILL');
		});
		const strangerIdentity = await identify(stranger.pid ?? 0);
		recordProcess(server.dataDir, id, { pid: strangerIdentity.pid, processStart: own.processStart });
		await server.boot();

		await server.reachedAgain(id, 'idle', 2);
		expect(await isAlive(strangerIdentity)).toBe(true);
	});

	test('[P1] it is ready only when it has reconciled, and takes no change before', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('helper');
		await server.crash();
		const held = createHeldStore();
		const isHeld = held.hold();
		const token = 'the-admin-token';
		const starting = startWholeServer({
			directory: server.directory,
			settings: { token },
			// It logs what it answers with 503.
			overrides: { wrapStore: held.wrapStore, logger: pino({ level: 'silent' }) },
		});
		await isHeld;
		const url = readLockInfo(server.dataDir)?.address ?? '';
		const status = async (path: string, method = 'GET') => {
			const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
			return response.status;
		};

		expect(await status('/health')).toBe(200);
		expect(await status('/ready')).toBe(503);
		expect(await status(`/agents/${id}/stop`, 'POST')).toBe(503);
		held.letGo();
		const second = await starting;
		expect(await status('/ready')).toBe(200);
		await second.reachedAgain(id, 'idle', 2);
		await second.shutDown();
		await server.boot();
	});
});

/** Puts another process into the agent's snapshot, as if its pid had been given away. */
function recordProcess(dataDir: string, agentId: string, process: { pid: number; processStart: string | null }): void {
	const database = new Database(join(dataDir, 'statecraft.db'));
	const changed = database
		.prepare("UPDATE actors SET snapshot = json_set(snapshot, '$.context.process', json(?)) WHERE address = ?")
		.run(JSON.stringify(process), `agent:${agentId}`);
	database.close();
	expect(changed.changes).toBe(1);
}
