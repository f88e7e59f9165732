import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { startServerProcess } from '../support/server-process.ts';

vi.setConfig({ testTimeout: 120_000 });

const demoAgent = fileURLToPath(new URL('../../dist/src/agents/demo/main.js', import.meta.url));

/** A server whose search path is this directory alone. */
async function serveWithPrograms() {
	const programs = mkdtempSync(join(tmpdir(), 'statecraft-programs-'));
	onTestFinished(() => rmSync(programs, { recursive: true }));
	return { programs, server: await startServerProcess({}, { environment: { PATH: programs } }) };
}

test('a preset whose program is not installed is refused, with the command that installs it', async () => {
	const { server } = await serveWithPrograms();
	for (const [kind, hint] of [
		['opencode', 'npm install -g opencode-ai'],
		['claude', 'npm install -g @anthropic-ai/claude-code'],
	]) {
		const refusal = await refusalOf(server.create('helper', { driver: { kind } }));
		expect(refusal).toMatchObject({ status: 422, code: 'driver_not_installed', hint });
	}
	expect((await server.api.agents()).items).toEqual([]);
});

test('an agent whose program was removed rests in failed, tells how to install it, and starts once it is back', async () => {
	const { programs, server } = await serveWithPrograms();
	const program = join(programs, 'opencode');
	const install = () => {
		writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${demoAgent}\n`);
		chmodSync(program, 0o755);
	};
	install();
	const { id } = await server.hire('helper', {
		driver: { kind: 'opencode', env: { STATECRAFT_DEMO_DIR: server.sessionDirectory } },
	});
	rmSync(program);
	await server.api.command(id, 'restart', {});
	expect(await server.reached(id, 'failed.resting')).toMatchObject({
		error: { code: 'driver_not_installed', retryable: false, detail: { hint: 'npm install -g opencode-ai' } },
	});
	install();
	await server.api.command(id, 'restart', {});
	expect(await server.reached(id, 'idle')).toMatchObject({ error: null });
});
