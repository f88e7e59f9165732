/** Calls about making agents. */

import type { z } from 'zod';
import type { createAgentBody, createdAgentResource } from '../../agents/schemas.ts';
import type { driverOffer, hostResource } from '../../http/system-routes.ts';
import type { Api } from '../connection/api.ts';

export type NewAgentBody = z.input<typeof createAgentBody>;
export type CreatedAgent = z.output<typeof createdAgentResource>;
export type DriverOffer = z.output<typeof driverOffer>;
export type Host = z.output<typeof hostResource>;

/** Under the same key nothing is made twice. */
export function createAgent(api: Api, body: NewAgentBody, key: string): Promise<CreatedAgent> {
	return api.post<CreatedAgent>('/agents', body, { key });
}

/** Kinds of agents, those that can be used at once first. */
export async function listDrivers(api: Api, signal: AbortSignal): Promise<readonly DriverOffer[]> {
	const { items } = await api.get<{ items: DriverOffer[] }>('/drivers', { query: { limit: 200 }, signal });
	return [...items].sort((a, b) => Number(b.installed) - Number(a.installed));
}

/** Where the server runs. */
export function readHost(api: Api, signal?: AbortSignal): Promise<Host> {
	return api.get<Host>('/host', signal && { signal });
}
