/** Whose a request is: most are of the agent's own machine. */

import { supervisorIdOf } from '../supervisors/address.ts';
import type { RequestView } from './views.ts';

/** The key of a supervisor's question is its address: there the answer goes, whatever becomes of the agent. */
export function isOfSupervisor({ runId, key }: Pick<RequestView, 'runId' | 'key'>): boolean {
	return runId === null && supervisorIdOf(key) !== undefined;
}
