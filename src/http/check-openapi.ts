/** `npm run openapi:check`: fails when the committed OpenAPI document is not what the routes say; `--write` rewrites it. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cwd } from 'node:process';
import { describeApi } from './openapi.ts';
import { routes } from './routes.ts';

/** npm runs scripts in the package's root. */
const path = join(cwd(), 'src', 'docs', 'openapi.json');

const wanted = `${JSON.stringify(describeApi(routes.map(({ spec }) => spec)), null, '\t')}\n`;
if (process.argv.includes('--write')) {
	await writeFile(path, wanted);
} else if ((await readFile(path, 'utf8').catch(() => '')) !== wanted) {
	process.stderr.write(`${path} is not what the routes say: run npm run openapi:check -- --write\n`);
	process.exitCode = 1;
}
