/** What the page has to know before anything is opened: where the inspector is, and whom it can show. */

import type { Api } from '../connection/api.ts';
import type { Named } from './choice.ts';

export interface Offer {
	readonly url: string;
	readonly actorLimit: number;
	readonly agents: readonly Named[];
	readonly workflows: readonly Named[];
}

interface Listing {
	readonly items: readonly Named[];
	readonly total: number;
}

const pageSize = 200;

export async function readOffer(api: Api, signal: AbortSignal): Promise<Offer> {
	const [inspector, agents, workflows] = await Promise.all([
		api.get<Pick<Offer, 'url' | 'actorLimit'>>('/inspector', { signal }),
		readAll(api, '/agents', signal),
		readAll(api, '/workflows', signal),
	]);
	return { ...inspector, agents, workflows };
}

async function readAll(api: Api, path: string, signal: AbortSignal): Promise<readonly Named[]> {
	const found: Named[] = [];
	for (;;) {
		const query = { limit: pageSize, offset: found.length };
		const { items, total } = await api.get<Listing>(path, { query, signal });
		found.push(...items);
		if (items.length === 0 || found.length >= total)
			return found.sort((one, other) => one.name.localeCompare(other.name));
	}
}
