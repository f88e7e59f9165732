/** A dispatch with its item and the prompts of its attempts. */

import type { z } from 'zod';
import type { wholeDispatchResource } from '../../workflows/schemas.ts';

export type WholeDispatch = z.output<typeof wholeDispatchResource>;
