import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
	endProcessGroup,
	findMarkedProcesses,
	isAlive,
	type ProcessIdentity,
	readProcessStart,
} from '../../../src/agents/drivers/process-table.ts';
import { parsePsRow, readPsProcess } from '../../../src/agents/drivers/process-table-ps.ts';
import { createFrameReader, createMarker, launch, launchScript } from '../../support/scripted-process.ts';

const stay = 'setInterval(() => {}, 1e6);';
const deaf = `process.on('SIGTERM', () => {}); ${stay}`;
/** Starts a child that ignores SIGTERM, says its pid when that is ready, and ignores SIGTERM itself. */
const deafFamily = `
	const { spawn } = require('node:child_process');
	const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${deaf} console.log('ready')`)}]);
	child.stdout.once('data', () => console.log(child.pid));
	${deaf}
`;
const short = { termAfterMs: 50, killAfterMs: 100 };

async function identify(pid: number): Promise<ProcessIdentity> {
	return { pid, processStart: await readProcessStart(pid) };
}

async function gone(identity: ProcessIdentity): Promise<boolean> {
	await vi.waitFor(async () => expect(await isAlive(identity)).toBe(false), { timeout: 5000 });
	return true;
}

describe('stop', () => {
	test('is over when the agent leaves because stdin was closed', async () => {
		const agent = await launchScript(`process.stdin.resume().on('end', () => process.exit(0)); ${stay}`);

		expect(await agent.stop()).toMatchObject({ expected: true, exitCode: 0, signal: null });
	});

	test('sends SIGTERM to an agent that stays', async () => {
		const agent = await launchScript(stay);

		expect(await agent.stop({ termAfterMs: 50 })).toMatchObject({ expected: true, signal: 'SIGTERM' });
	});

	test('kills an agent that ignores SIGTERM, and its children', async () => {
		const agent = await launchScript(deafFamily);
		const child = await identify(Number(await createFrameReader(agent).next()));
		expect(await isAlive(child)).toBe(true);

		expect(await agent.stop(short)).toMatchObject({ expected: true, signal: 'SIGKILL' });
		expect(await gone(child)).toBe(true);
	});

	test('asked for after a crash does not make the crash expected', async () => {
		const agent = await launchScript('process.exit(9)');
		await agent.transport.closed;

		expect(await agent.stop()).toMatchObject({ expected: false, exitCode: 9 });
	});
});

test('kill ends the whole group at once', async () => {
	const agent = await launchScript(deafFamily);
	const child = await identify(Number(await createFrameReader(agent).next()));

	expect(await agent.kill()).toMatchObject({ expected: true, signal: 'SIGKILL' });
	expect(await gone(child)).toBe(true);
});

test('an agent that leaves by itself leaves no children behind', async () => {
	const agent = await launchScript(`
		const { spawn } = require('node:child_process');
		const child = spawn(process.execPath, ['-e', ${JSON.stringify(stay)}], { stdio: 'ignore' });
		console.log(child.pid);
		process.stdin.once('data', () => process.exit(0));
	`);
	const child = await identify(Number(await createFrameReader(agent).next()));
	await agent.transport.send('go');

	expect(await agent.transport.closed).toMatchObject({ expected: false, exitCode: 0 });
	expect(await gone(child)).toBe(true);
});

describe('orphans', () => {
	/** Starts another Statecraft, as far as processes go: it launches an agent, says its pid, and stays. */
	async function launchThroughAnother(instance: string, source: string): Promise<{ parent: number; orphan: number }> {
		const module = new URL('../../../dist/src/agents/drivers/process.js', import.meta.url).href;
		const launched = {
			command: process.execPath,
			args: ['-e', source],
			cwd: fileURLToPath(new URL('.', import.meta.url)),
		};
		const parent = spawn(process.execPath, [
			'--input-type=module',
			'-e',
			`import { launchProcess } from ${JSON.stringify(module)};
			const marker = { instance: ${JSON.stringify(instance)}, agentId: 'agt_1', generation: 2 };
			const agent = await launchProcess({ ...${JSON.stringify(launched)}, env: {}, marker });
			for await (const frame of agent.transport.frames) console.log(agent.pid);`,
		]);
		onTestFinished(() => void parent.kill('SIGKILL'));
		const [line] = await once(createInterface(parent.stdout), 'line');
		return { parent: parent.pid ?? 0, orphan: Number(line) };
	}

	test('are found by their marker after Statecraft was killed, and ended', async () => {
		const { instance } = createMarker();
		const source = `process.stdout.on('error', () => {}); console.log('ready'); ${deaf}`;
		const { parent, orphan } = await launchThroughAnother(instance, source);
		process.kill(parent, 'SIGKILL');
		await gone(await identify(parent));

		const found = await findMarkedProcesses(instance);
		expect(found).toEqual([
			{ pid: orphan, processStart: expect.any(String), marker: { instance, agentId: 'agt_1', generation: 2 } },
		]);
		for (const process of found) expect(await endProcessGroup(process, { killAfterMs: 100 })).toBe(true);
		expect(await findMarkedProcesses(instance)).toEqual([]);
	});

	test('are ended with the children they started', async () => {
		const marker = createMarker();
		const agent = await launch({ args: ['-e', deafFamily], marker });
		const child = await identify(Number(await createFrameReader(agent).next()));
		expect((await findMarkedProcesses(marker.instance)).map(({ pid }) => pid).sort()).toEqual(
			[agent.pid, child.pid].sort(),
		);

		expect(await endProcessGroup(agent, { killAfterMs: 100 })).toBe(true);
		expect(await isAlive(child)).toBe(false);
	});

	test('of another instance are not found', async () => {
		await launchScript(stay);

		expect(await findMarkedProcesses(createMarker().instance)).toEqual([]);
	});
});

describe('a pid that was given to another process', () => {
	test('does not count as alive, and is not signalled', async () => {
		const agent = await launchScript(stay);
		const former = { pid: agent.pid, processStart: `${agent.processStart}0` };

		expect(await isAlive(former)).toBe(false);
		expect(await endProcessGroup(former)).toBe(false);
		expect(await isAlive(agent)).toBe(true);
	});

	test('is not signalled either when its start time was never known', async () => {
		const agent = await launchScript(stay);

		expect(await endProcessGroup({ pid: agent.pid, processStart: null })).toBe(false);
		expect(await isAlive(agent)).toBe(true);
	});
});

test('the process that asks never ends itself', async () => {
	expect(await endProcessGroup(await identify(process.pid))).toBe(false);
});

describe('the table that ps shows', () => {
	test('has rows with a marker in the environment behind the command', () => {
		const row =
			'  812   812 Ss   Fri Nov  6 08:28:58 2026     node main.js HOME=/h STATECRAFT_INSTANCE=ins_1 STATECRAFT_AGENT=agt_1 STATECRAFT_GENERATION=3 A=b';

		expect(parsePsRow(row)).toEqual({
			pid: 812,
			group: 812,
			processStart: 'Fri Nov 6 08:28:58 2026',
			marker: { instance: 'ins_1', agentId: 'agt_1', generation: 3 },
		});
	});

	test('has no zombies', () => {
		expect(parsePsRow('812 812 Z+ Fri Nov  6 08:28:58 2026 (node)')).toBeNull();
	});

	test('tells of a living process what it always told, and nothing of a dead one', async () => {
		const agent = await launchScript(stay);
		const entry = await readPsProcess(agent.pid);

		expect(entry).toMatchObject({ pid: agent.pid, group: agent.pid });
		expect((await readPsProcess(agent.pid))?.processStart).toBe(entry?.processStart);
		await agent.kill();
		expect(await readPsProcess(agent.pid)).toBeNull();
	});
});
