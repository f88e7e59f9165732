/** Resources that the command line does not read, as types. */

import type { z } from 'zod';
import type { runResource, snapshotResource } from '../../src/agents/schemas.ts';

export type Run = z.output<typeof runResource>;
export type Snapshot = z.output<typeof snapshotResource>;
