/** What there is to read about tasks: the same from SQLite and from the store in memory. */

import { describe, expect, test } from 'vitest';
import type { ColumnValue, DomainRecord } from '../../src/durable/store.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { TaskReads } from '../../src/tasks/views.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { openQueriedStore } from '../support/queried-store.ts';
import { at } from './units.ts';

const page = { limit: 10, offset: 0 };

function taskRow(id: string, change: Readonly<Record<string, ColumnValue>> = {}): DomainRecord {
	const row = {
		...{ id, description: `do ${id}`, state: 'assigned', agent_id: 'agt_1', supervisor_id: null },
		...{ repository: '/r', branch: id, worktree: `/w/${id}`, base_branch: 'main', depends_on: '[]', priority: 0 },
		...{ gates: '[{"name":"lint","command":"npm","args":["run","lint"]}]', gate_results: null, conflicts: '["a.txt"]' },
		...{
			comment: null,
			error: '{"code":"git_failed","message":"no","retryable":true}',
			merge_commit: null,
			version: 3,
		},
		...{ heartbeat_at: at + 5, state_changed_at: at, created_at: at, updated_at: at, ...change },
	};
	return { op: 'insert', table: 'tasks', row };
}

const rows = [
	taskRow('tsk_1', { priority: -1, state: 'completed' }),
	taskRow('tsk_2', { state: 'working' }),
	taskRow('tsk_3', { priority: 5, depends_on: '["tsk_1","tsk_2"]' }),
	taskRow('tsk_4', { agent_id: 'agt_2', depends_on: '["tsk_2"]', supervisor_id: 'sup_1' }),
	taskRow('tsk_5', { agent_id: null, depends_on: '["tsk_2"]', repository: '/other' }),
	taskRow('tsk_6', { state: 'failed' }),
	taskRow('tsk_7', { state: 'conflicted', agent_id: 'agt_3' }),
	taskRow('tsk_8', { state: 'in_review', agent_id: 'agt_4' }),
	taskRow('tsk_9'),
];

describe.each([
	[
		'SQLite',
		async (): Promise<TaskReads> => {
			const { write, queries } = await openQueriedStore();
			await write(...rows);
			return queries;
		},
	],
	[
		'memory',
		async (): Promise<TaskReads> => {
			const store = createMemoryStore();
			for (const outcome of await store.commit([{ records: rows }])) if (!outcome.ok) throw outcome.error;
			return createMemoryReads(store);
		},
	],
] as const)('of %s', (_name, open) => {
	test('a task is read with its JSON parsed and its times as numbers', async () => {
		const reads = await open();
		expect(await reads.task('tsk_2')).toEqual({
			...{ id: 'tsk_2', description: 'do tsk_2', state: 'working', agentId: 'agt_1', supervisorId: null },
			...{ repository: '/r', branch: 'tsk_2', worktree: '/w/tsk_2', baseBranch: 'main', dependsOn: [], priority: 0 },
			...{ gates: [{ name: 'lint', command: 'npm', args: ['run', 'lint'] }], gateResults: null, conflicts: ['a.txt'] },
			...{
				comment: null,
				error: { code: 'git_failed', message: 'no', retryable: true },
				mergeCommit: null,
				version: 3,
			},
			...{ heartbeatAt: at + 5, stateChangedAt: at, createdAt: at, updatedAt: at },
		});
		expect(await reads.task('tsk_0')).toBeUndefined();
	});

	test('tasks are listed in line, filtered and cut', async () => {
		const reads = await open();
		const idsOf = async (...args: Parameters<TaskReads['tasks']>) => {
			const { items, total } = await reads.tasks(...args);
			return [items.map(({ id }) => id).join(' '), total];
		};
		expect(await idsOf({}, page)).toEqual(['tsk_3 tsk_2 tsk_4 tsk_5 tsk_6 tsk_7 tsk_8 tsk_9 tsk_1', 9]);
		expect(await idsOf({}, { limit: 2, offset: 1 })).toEqual(['tsk_2 tsk_4', 9]);
		expect(await idsOf({ agentId: 'agt_1', state: 'assigned' }, page)).toEqual(['tsk_3 tsk_9', 2]);
		expect(await idsOf({ supervisorId: 'sup_1' }, page)).toEqual(['tsk_4', 1]);
		expect(await idsOf({ repository: '/other' }, page)).toEqual(['tsk_5', 1]);
		const found = await reads.tasksByIds(['tsk_9', 'tsk_0', 'tsk_1']);
		expect(found.map(({ id }) => id).sort()).toEqual(['tsk_1', 'tsk_9']);
	});

	test('whose turn it is can be read', async () => {
		const reads = await open();
		expect((await reads.assignedTasks('agt_1')).map(({ id }) => id)).toEqual(['tsk_3', 'tsk_9']);
		const busy = await Promise.all(['agt_1', 'agt_2', 'agt_3', 'agt_4'].map((id) => reads.hasTaskUnderWay(id)));
		expect(busy).toEqual([true, false, true, false]);
		expect([...(await reads.agentsAwaiting('tsk_2'))].sort()).toEqual(['agt_1', 'agt_2']);
		expect(await reads.agentsAwaiting('tsk_9')).toEqual([]);
		expect([...(await reads.agentsWithAssignedTasks())].sort()).toEqual(['agt_1', 'agt_2']);
		expect((await reads.openTasksOf('agt_1')).map(({ id }) => id)).toEqual(['tsk_3', 'tsk_2', 'tsk_9']);
	});
});
