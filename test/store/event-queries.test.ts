/** Events backwards: the last ones before a seq. */

import { expect, test } from 'vitest';
import type { Queries } from '../../src/store/queries.ts';
import { isOnSqlite, openQueriedStore } from '../support/queried-store.ts';
import { at } from './units.ts';

const event = (topic: string, agentId: string | null) => ({ topic, agentId, at, data: '{}' });

async function openEvents() {
	const desk = await openQueriedStore();
	const read = async (query: Partial<Parameters<Queries['events']>[0]>) =>
		(await desk.queries.events({ after: 0, limit: 100, ...query })).map(({ seq }) => seq);
	return { ...desk, read };
}

test('the last events before a seq come oldest first, by agents and by topics', async () => {
	const { store, read } = await openEvents();
	const agents = ['agt_1', 'agt_2', 'agt_1', null, 'agt_2', 'agt_1'];
	await store.commit([{ events: agents.map((agentId, index) => event(`topic.${index % 2}`, agentId)) }]);
	expect(await read({ before: 6, limit: 3 })).toEqual([3, 4, 5]);
	expect(await read({ before: 1 })).toEqual([]);
	expect(await read({ before: 99, limit: 2 })).toEqual([5, 6]);
	expect(await read({ before: 6, agentIds: ['agt_1'] })).toEqual([1, 3]);
	expect(await read({ before: 6, agentIds: ['agt_1', 'agt_2'], limit: 2 })).toEqual([3, 5]);
	expect(await read({ before: 6, topics: ['topic.0'], limit: 2 })).toEqual([3, 5]);
	expect(await read({ before: 6, after: 2, limit: 9 })).toEqual([3, 4, 5]);
});

test('of 200,000 events, those of a quiet agent and those of a busy one are found by index, each once', async () => {
	const { store, read, explain, queries } = await openEvents();
	const rare: number[] = [];
	for (let round = 1; round <= 20; round += 1) {
		const noise = Array.from({ length: 9_999 }, (_, index) => event('noise.made', `agt_${index % 50}`));
		await store.commit([{ events: [...noise, event('rare.seen', 'agt_rare')] }]);
		rare.push(round * 10_000);
	}
	expect(await queries.lastEventSeq()).toBe(200_000);
	expect(await read({ agentIds: ['agt_rare'], before: 200_001 })).toEqual(rare);
	expect(await read({ agentIds: ['agt_rare'], before: 150_000, limit: 2 })).toEqual([130_000, 140_000]);
	const busy = await read({ agentIds: ['agt_7'], before: 123_456, limit: 2_000 });
	expect([busy.length, new Set(busy).size]).toEqual([2_000, 2_000]);
	expect(busy).toEqual([...busy].sort((one, other) => one - other));
	const earlier = await read({ agentIds: ['agt_7'], before: busy[0] ?? 0, limit: 1 });
	expect(busy[0]).toBe((earlier[0] ?? 0) + 50);

	if (!isOnSqlite()) return;
	const query = { after: 0, before: 190_000, limit: 50 };
	const ofAgent = await explain((reads) => reads.events({ ...query, agentIds: ['agt_7'] }));
	expect(ofAgent.filter((line) => line.includes(' e '))).toEqual([
		'SEARCH e USING INDEX events_block_agent_id_idx (block=? AND agent_id=? AND rowid>? AND rowid<?)',
	]);
	const ofAll = await explain((reads) => reads.events(query));
	expect(ofAll.filter((line) => line.includes(' e'))).toEqual([
		'SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)',
	]);
	expect(ofAll.join()).not.toContain('TEMP B-TREE');
});
