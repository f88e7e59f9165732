/** Addresses of agents' actors: `agent:<id>`. */

import { rootAddress } from '../durable/address.ts';

export const agentKind = 'agent';

export function agentAddress(agentId: string): string {
	return rootAddress(agentKind, agentId);
}

export function agentIdOf(address: string): string {
	return address.slice(agentKind.length + 1);
}
