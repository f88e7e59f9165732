import { beforeEach, expect, test } from 'vitest';
import type { DomainRecord } from '../../src/durable/store.ts';
import type { Queries } from '../../src/store/queries.ts';
import { openQueriedStore, type QueriedStore } from '../support/queried-store.ts';
import { agentRow, at } from './units.ts';

let queries: Queries;
let write: QueriedStore['write'];

beforeEach(async () => {
	({ queries, write } = await openQueriedStore());
});

function groupRow(id: string, members: readonly string[]): DomainRecord {
	const row = {
		id,
		name: `name of ${id}`,
		strategy: 'rest_for_one',
		members: JSON.stringify(members),
		max_restarts: 3,
		within_seconds: 0.5,
		state: 'watching',
		version: 7,
		created_at: at,
		updated_at: at + 1,
	};
	return { op: 'insert', table: 'agent_groups', row };
}

test('a group is found by id and by name, its members in order and by name', async () => {
	await write(agentRow('agt_1', { name: 'one' }), agentRow('agt_2', { name: 'two' }));
	await write(groupRow('grp_1', ['agt_2', 'agt_gone', 'agt_1']));
	const group = {
		id: 'grp_1',
		name: 'name of grp_1',
		strategy: 'rest_for_one',
		members: [
			{ id: 'agt_2', name: 'two' },
			{ id: 'agt_gone', name: null },
			{ id: 'agt_1', name: 'one' },
		],
		maxRestarts: 3,
		withinSeconds: 0.5,
		state: 'watching',
		version: 7,
		createdAt: at,
		updatedAt: at + 1,
	};
	expect(await queries.group('grp_1')).toEqual(group);
	expect(await queries.group('name of grp_1')).toEqual(group);
	expect(await queries.group('agt_1')).toBeUndefined();
});

test('the group of an agent is the one that has it as a member, and none other', async () => {
	await write(groupRow('grp_1', ['agt_1']), groupRow('grp_2', ['agt_2', 'agt_11']), groupRow('grp_3', []));
	expect((await queries.groupOf('agt_1'))?.id).toBe('grp_1');
	expect((await queries.groupOf('agt_11'))?.id).toBe('grp_2');
	expect(await queries.groupOf('agt_3')).toBeUndefined();
	expect(await queries.groupOf('agt_')).toBeUndefined();
});

test('groups are listed by name, a page at a time', async () => {
	await write(groupRow('grp_2', []), groupRow('grp_1', ['agt_1']), groupRow('grp_3', []));
	const page = await queries.groups({ limit: 2, offset: 1 });
	expect([page.items.map(({ id }) => id), page.total]).toEqual([['grp_2', 'grp_3'], 3]);
});

test('more members than a statement takes parameters are read with their names', async () => {
	const ids = Array.from({ length: 40_000 }, (_, index) => `agt_${index}`);
	await write(agentRow('agt_39999', { name: 'the last' }), groupRow('grp_1', ids));
	const group = await queries.group('grp_1');
	expect([group?.members.length, group?.members.at(-1)]).toEqual([40_000, { id: 'agt_39999', name: 'the last' }]);
});
