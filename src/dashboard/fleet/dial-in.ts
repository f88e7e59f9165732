/** Agents that are not launched from here: they dial in when they come. Pure. */

import type { Agent } from '../store/resources.ts';

/** Whether nothing but its dial-in is waited for, however long that takes. */
export function awaitsDialIn({ driver, executionState }: Pick<Agent, 'driver' | 'executionState'>): boolean {
	return driver.transport === 'websocket' && executionState === 'pending';
}

export const awaitsDialInWords = 'Waits for it to dial in';
