/** Statecraft's own package: where it is installed and which version it is. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The directory that holds `package.json`: above `src` in a checkout, above `dist` where it was built. */
export const packageRoot = findRoot(import.meta.dirname);

/** As `package.json` has it. */
export const packageVersion = z
	.object({ version: z.string() })
	.parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))).version;

function findRoot(directory: string): string {
	if (existsSync(join(directory, 'package.json')) || directory === dirname(directory)) return directory;
	return findRoot(dirname(directory));
}
