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
	/** What an agent does with a turn that a crash interrupts; read of those whose manifest says so. */
	interruptedTurn(agentId: string): unknown;
}

/** Reads what the manifest may have to do with. */
export async function readInstallation(api: ApiClient, manifest: Manifest): Promise<Installation> {
	const agents = createLookup((await api.agents()).items);
	const groups = createLookup(manifest.groups.length === 0 ? [] : (await api.groups()).items);
	const workflows = createLookup(manifest.workflows.length === 0 ? [] : (await api.workflows()).items);
	const interruptedTurns = new Map<string, unknown>();
	for (const { value } of manifest.agents) {
		const agent = value.interruptedTurn === undefined ? undefined : agents(value.name);
		if (agent !== undefined) interruptedTurns.set(agent.id, await readInterruptedTurn(api, agent.id));
	}
	return { agent: agents, group: groups, workflow: workflows, interruptedTurn: (id) => interruptedTurns.get(id) };
}

/** The agent's resource does not tell it; the context of its machine does. */
async function readInterruptedTurn(api: ApiClient, agentId: string): Promise<unknown> {
	const { snapshot } = (await api.snapshot(agentId)) as {
		readonly snapshot?: { readonly context?: { readonly settings?: { readonly interruptedTurn?: unknown } } };
	};
	return snapshot?.context?.settings?.interruptedTurn;
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
