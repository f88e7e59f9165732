/** The triggers `manual` and `webhook`: their items come in by themselves, so there is nothing to be read. */

import type { TriggerSource } from './source.ts';

export function createPushSource(): TriggerSource {
	return { poll: async ({ cursor }) => ({ items: [], cursor, nextPollAt: null }) };
}
