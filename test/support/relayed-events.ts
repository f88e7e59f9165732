/** What of the journal is to be found in Valkey, as the API tells it. */

import type { EventResource } from '../../src/cli/resources.ts';
import type { Operator } from './operator.ts';

/** Every committed event, oldest first, but for what agents say. */
export async function listCommitted({ api }: Operator): Promise<readonly EventResource[]> {
	const found: EventResource[] = [];
	for (;;) {
		const query = { after: found.at(-1)?.seq ?? 0, limit: 200 };
		const { items } = await api.http.request<{ items: EventResource[] }>('GET', '/events', { query });
		found.push(...items);
		if (items.length < query.limit) return found.filter(({ topic }) => !topic.startsWith('agent.output.'));
	}
}
