import { createMemoryStore } from '../../src/store/memory-store.ts';
import { describeStore } from './conformance.ts';

describeStore('store in memory', async () => {
	const store = createMemoryStore();
	return {
		store,
		async rows(table) {
			if (table === 'transitions') return store.journal().map((entry) => ({ ...entry }));
			if (table === 'events') return store.events().map(({ agentId, ...event }) => ({ ...event, agent_id: agentId }));
			return store.rows(table);
		},
		close: async () => undefined,
	};
});
