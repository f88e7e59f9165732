/**
 * Records snapshots of the current machine: `npm run build && node dist/test/support/record-snapshots.js`.
 * Run it after a new version of the machine, or after a change of its definition that you know leaves
 * stored snapshots valid (see `src/docs/decisions/0012-recorded-snapshots.md`).
 */

import { recordSnapshots } from './recorded-snapshots.ts';

const added = await recordSnapshots();
process.stdout.write(added.length === 0 ? 'everything is recorded\n' : `${added.join('\n')}\n`);
