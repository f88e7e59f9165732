/** How effects are run that may be repeated, and whose machine waits for their outcome: until they have one. */

import type { EffectDefinition } from './definition.ts';

const longestPauseMs = 60_000;

/** The store may be away for hours. */
export const patiently: Pick<EffectDefinition, 'repeat' | 'retry'> = {
	repeat: 'always',
	retry: {
		attempts: Number.MAX_SAFE_INTEGER,
		delayMs: (attempt) => Math.min(longestPauseMs, 1_000 * 2 ** (attempt - 1)),
	},
};
