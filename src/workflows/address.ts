/** Addresses of runners: children of the one orchestrator, by workflow id. */

import { orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { childAddress } from '../durable/address.ts';

export { orchestratorAddress };

/** Kind and id of which `orchestratorAddress` is made. */
export const orchestratorKind = 'orchestrator';
export const orchestratorId = 'main';

export function runnerAddress(workflowId: string): string {
	return childAddress(orchestratorAddress, workflowId);
}
