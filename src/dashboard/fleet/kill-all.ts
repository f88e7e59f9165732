/** Ends every agent at once. */

import type { z } from 'zod';
import type { killAllResource } from '../../agents/schemas.ts';
import type { Api } from '../connection/api.ts';

export type KillAllOutcome = z.output<typeof killAllResource>;

/** Rejects with an `ApiError`, and with an error that names those that could not be killed. */
export async function killAll(api: Api, reason: string): Promise<KillAllOutcome> {
	const outcome = await api.post<KillAllOutcome>('/agents/kill-all', { reason });
	if (outcome.failed === 0) return outcome;
	const failures = outcome.errors.map(({ agentId, message }) => `${agentId}: ${message}`).join('; ');
	throw new Error(`${outcome.failed} of ${outcome.total} could not be killed. ${failures}`);
}
