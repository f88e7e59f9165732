/** What a server has of the things a manifest may name, as it stands before anything is changed. */

import type { ApiClient } from './client.ts';
import type { GroupResource } from './group-client.ts';
import type { Manifest } from './manifest.ts';
import type { AgentResource } from './resources.ts';
import type { WorkflowResource } from './workflow-resources.ts';

export interface Installation {
	/** By name or id, as the others. */
	agent(reference: string): AgentResource | undefined;
	group(reference: string): GroupResource | undefined;
	workflow(reference: string): WorkflowResource | undefined;
}

/** Reads what the manifest may have to do with. */
export async function readInstallation(api: ApiClient, manifest: Manifest): Promise<Installation> {
	const agents = createLookup((await api.agents()).items);
	const groups = createLookup(manifest.groups.length === 0 ? [] : (await api.groups()).items);
	const workflows = createLookup(manifest.workflows.length === 0 ? [] : (await api.workflows()).items);
	return { agent: agents, group: groups, workflow: workflows };
}

function createLookup<T extends { readonly id: string; readonly name: string }>(
	items: readonly T[],
): (reference: string) => T | undefined {
	const found = new Map([
		...items.map((item) => [item.id, item] as const),
		...items.map((item) => [item.name, item] as const),
	]);
	return (reference) => found.get(reference);
}
