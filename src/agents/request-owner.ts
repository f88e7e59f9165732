/** Whose a request is, and so where its answer goes: most are of the agent's own machine. */

import { supervisorIdOf } from '../supervisors/address.ts';
import type { RequestView } from './views.ts';

/** Of questions that an agent puts by a tool; no turn waits for those. */
export const toolQuestionPrefix = 'asked/';

export function isToolQuestion({ key }: Pick<RequestView, 'key'>): boolean {
	return key.startsWith(toolQuestionPrefix);
}

/** The key of a supervisor's question is its address: there the answer goes, whatever becomes of the agent. */
export function isOfSupervisor({ runId, key }: Pick<RequestView, 'runId' | 'key'>): boolean {
	return runId === null && supervisorIdOf(key) !== undefined;
}
