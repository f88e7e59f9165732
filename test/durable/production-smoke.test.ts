import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';

/** Compiled: plain Node runs no TypeScript. `npm test` builds first. */
const compiled = join(packageRoot, 'dist', 'test', 'durable', 'production-smoke.js');

test('[DU1, DU5, DU15, DU18, DU21] the core holds under plain Node, on the production build of XState', async () => {
	expect(existsSync(compiled), 'run `npm run build` first').toBe(true);
	const { stdout, stderr } = await promisify(execFile)(process.execPath, [compiled], { timeout: 60_000 });
	expect([stdout, stderr]).toEqual(['the durable core holds on the production build\n', '']);
}, 90_000);
