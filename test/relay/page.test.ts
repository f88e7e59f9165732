/** `src/docs/valkey.md`: its consumer runs as it is printed there, and its names are those that are used. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventCatalogue } from '../../src/events/catalogue.ts';
import { familyOf } from '../../src/relay/cloud-event.ts';
import { nameKeys } from '../../src/relay/names.ts';
import { agentRow, createRelayWorld, runRow } from '../support/relay-world.ts';
import { testValkeyUrl, viewValkey } from '../support/valkey.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'src/docs/valkey.md'), 'utf8');
const example = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

test('the page names every key and channel, and every family', () => {
	const names = nameKeys('statecraft');
	const all = [names.stream, names.agents, names.runs, names.source, names.agent('<id>'), names.run('<id>')];
	for (const name of [...all, names.channel, names.familyChannel('<family>')]) expect(page).toContain(`| \`${name}\` `);
	const row = page.split('\n').find((line) => line.includes('<family>')) ?? '';
	for (const family of new Set(Object.keys(eventCatalogue).map(familyOf))) expect(row).toContain(`\`${family}\``);
});

/** The example as a program in a folder of its own. */
function installConsumer(valkeyUrl: string, prefix: string) {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-consumer-'));
	symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
	writeFileSync(join(directory, 'consumer.mjs'), example);
	const started: ChildProcess[] = [];

	async function kill(): Promise<void> {
		for (const child of started.splice(0)) {
			child.kill('SIGKILL');
			if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
		}
	}

	onTestFinished(async () => {
		await kill();
		rmSync(directory, { recursive: true });
	});
	return {
		kill,
		/** Answers what it prints. */
		start(): { readonly lines: () => readonly string[] } {
			const env = { PATH: process.env.PATH, VALKEY_URL: valkeyUrl, PREFIX: prefix };
			const child = spawn(process.execPath, ['consumer.mjs'], {
				cwd: directory,
				env,
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			started.push(child);
			let text = '';
			child.stdout?.on('data', (chunk: Buffer) => {
				text += chunk;
			});
			return { lines: () => text.split('\n').filter((line) => line !== '') };
		},
	};
}

test.skipIf(!testValkeyUrl)('its consumer follows every event, and goes on where it was', async () => {
	const valkey = await viewValkey();
	const { begin, tell, agents } = createRelayWorld(testValkeyUrl ?? '', valkey.prefix);
	const consumer = installConsumer(testValkeyUrl ?? '', valkey.prefix);
	await begin();
	agents.set('agt_1', agentRow('agt_1', { executionState: 'busy' }));
	tell({ topic: 'agent.restarted', agentId: 'agt_1' }, { topic: 'system.stopping' });
	const first = consumer.start();
	const early = ['1 dev.statecraft.agent.restarted busy', '2 dev.statecraft.system.stopping '];
	await vi.waitFor(() => expect(first.lines()).toEqual(early), { timeout: 10_000 });
	tell({ topic: 'task.cleaned', data: { taskId: 'tsk_1' } });
	await vi.waitFor(() => expect(first.lines()).toEqual([...early, '3 dev.statecraft.task.cleaned ']));
	await consumer.kill();
	tell({ topic: 'task.cleaned', data: { taskId: 'tsk_2' } });
	const second = consumer.start();
	await vi.waitFor(() => expect(second.lines()).toEqual(['4 dev.statecraft.task.cleaned ']), { timeout: 10_000 });
});

test.skipIf(!testValkeyUrl)('it lists every field of the hashes', async () => {
	const valkey = await viewValkey();
	const { begin, agents, runs } = createRelayWorld(testValkeyUrl ?? '', valkey.prefix);
	const error = { code: 'process_crashed', message: 'It crashed.', retryable: true } as const;
	const completedAt = Date.now();
	agents.set('agt_1', agentRow('agt_1', { error, completedAt }));
	runs.set('run_1', runRow('run_1', 'agt_1', { error, completedAt, exitCode: 1, signal: 'SIGHUP' }));
	await begin();
	await expect.poll(() => valkey.hash('run', 'run_1')).not.toEqual({});
	for (const [kind, id] of [
		['agent', 'agt_1'],
		['run', 'run_1'],
	] as const) {
		const row = page.split('\n').find((line) => line.startsWith(`| \`statecraft:${kind}:<id>\``)) ?? '';
		const listed = [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, field]) => field);
		expect(listed.sort()).toEqual(Object.keys(await valkey.hash(kind, id)).sort());
	}
});
