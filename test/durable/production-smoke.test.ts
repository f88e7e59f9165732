import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';

/** What a program says that was compiled: plain Node runs no TypeScript. `npm test` builds first. */
async function run(name: string): Promise<readonly string[]> {
	const compiled = join(packageRoot, 'dist', 'test', 'durable', name);
	expect(existsSync(compiled), 'run `npm run build` first').toBe(true);
	const { stdout, stderr } = await promisify(execFile)(process.execPath, [compiled], { timeout: 60_000 });
	return [stdout, stderr];
}

test('[DU1, DU5, DU15, DU18, DU21] the core holds under plain Node, on the production build of XState', async () => {
	expect(await run('production-smoke.js')).toEqual(['the durable core holds on the production build\n', '']);
}, 90_000);

test('[OR6, OR8, OR10, WR4, DU28] so does the orchestrator, with a runner that is spawned, ended, restored and lost', async () => {
	expect(await run('production-smoke-runners.js')).toEqual(['the orchestrator holds on the production build\n', '']);
}, 90_000);
