/**
 * Records snapshots of the current machines: `npm run build && node dist/test/support/record-snapshots.js`.
 * Run it after a new version of the machine, or after a change of its definition that you know leaves
 * stored snapshots valid (see `src/docs/decisions/0012-recorded-snapshots.md`).
 */

import { recordedMachines } from './recorded-machines.ts';
import { recordSnapshots } from './recorded-snapshots.ts';

const added: string[] = [];
for (const machine of recordedMachines) added.push(...(await recordSnapshots(machine)));
process.stdout.write(added.length === 0 ? 'everything is recorded\n' : `${added.join('\n')}\n`);
