/** Which of the things a manifest names are there to be removed, and how. Loaded only when it is needed. */

import type { ApiClient } from './client.ts';
import { ServerProblem } from './failure.ts';
import { readInstallation } from './installation.ts';
import { readManifest } from './manifest.ts';
import { orderWorkflows } from './manifest-references.ts';
import type { Step, StepKind } from './manifest-steps.ts';

/** Names are all that counts: secrets need not be at hand. */
const anySecret = (): string => 'not needed';

/** Last come, first gone. What is not there needs no step. */
export async function planTeardown(api: ApiClient, file: string): Promise<readonly Step[]> {
	const manifest = readManifest(file, anySecret);
	const workflows = orderWorkflows(manifest);
	const installation = await readInstallation(api, manifest);
	const plan = (kind: StepKind, { name }: { readonly name: string }, remove: (id: string) => Promise<void>): Step[] => {
		const existing = installation[kind](name);
		if (existing === undefined) return [];
		return [{ kind, name, action: 'delete', changes: [], run: () => removeIfThere(remove(existing.id)) }];
	};
	return [
		...manifest.agents.flatMap(({ value }) => plan('agent', value, api.removeAgent)),
		...manifest.groups.flatMap(({ value }) => plan('group', value, api.removeGroup)),
		...workflows.flatMap(({ value }) => plan('workflow', value, api.removeWorkflow)),
	].reverse();
}

async function removeIfThere(removal: Promise<void>): Promise<undefined> {
	try {
		await removal;
	} catch (error) {
		// Somebody else was faster: it is gone, which is all that was wanted.
		if (!(error instanceof ServerProblem) || error.problem.status !== 404) throw error;
	}
}
