/** `npm run statecharts:check`: fails when a picture in the documentation is not what its machine says; `--write` redraws all. */

import { join } from 'node:path';
import { cwd } from 'node:process';
import { documentedMachines, findDrift, writePictures } from './documents.ts';

/** npm runs scripts in the package's root. */
const folder = join(cwd(), 'src', 'docs', 'statecharts');

if (process.argv.includes('--write')) {
	await writePictures(folder, documentedMachines);
} else {
	const drift = await findDrift(folder, documentedMachines);
	if (drift.length > 0) {
		process.stderr.write(
			`In ${folder}, not what the machines say: ${drift.join(', ')}. Run npm run statecharts:check -- --write and remove what belongs to no machine\n`,
		);
		process.exitCode = 1;
	}
}
