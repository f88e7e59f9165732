/** Finding the workflow that a request is about, in the version it is about. */

import type { Conditions } from '../agents/service.ts';
import { StatecraftError } from '../errors.ts';
import type { WorkflowReads, WorkflowView } from './views.ts';

/** By id or name; rejects with `workflow_not_found`. */
export async function requireWorkflow(reads: Pick<WorkflowReads, 'workflow'>, idOrName: string): Promise<WorkflowView> {
	const workflow = await reads.workflow(idOrName);
	if (!workflow) throw new StatecraftError('workflow_not_found', `There is no workflow "${idOrName}"`);
	return workflow;
}

/** Throws `stale_state` when the workflow is not in the version asked for: the number of its changes. */
export function refuseStale(
	{ revision, name }: Pick<WorkflowView, 'revision' | 'name'>,
	{ expectedVersion }: Conditions,
): void {
	if (expectedVersion === undefined || expectedVersion === revision) return;
	throw new StatecraftError('stale_state', `${name} has version ${revision}, not ${expectedVersion}`, {
		expected: expectedVersion,
		actual: revision,
	});
}
