/** Agents' names: for people, an id says little. */

import type { ApiClient } from './client.ts';

/** Names by id. */
export type AgentNames = ReadonlyMap<string, string>;

export async function readAgentNames(api: Pick<ApiClient, 'agents'>): Promise<AgentNames> {
	return new Map((await api.agents()).items.map(({ id, name }) => [id, name]));
}

/** Of one that was removed, its id. */
export function agentName(agentId: string | null, names: AgentNames): string | null {
	return agentId === null ? null : (names.get(agentId) ?? `${agentId} (gone)`);
}
