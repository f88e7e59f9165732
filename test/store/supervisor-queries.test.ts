import { beforeEach, describe, expect, test } from 'vitest';
import type { ColumnValue, DomainRecord } from '../../src/durable/store.ts';
import type { Queries } from '../../src/store/queries.ts';
import { isOnSqlite, openQueriedStore, type QueriedStore } from '../support/queried-store.ts';
import { agentRow, at } from './units.ts';

let queries: Queries;
let write: QueriedStore['write'];
let explain: QueriedStore['explain'];

beforeEach(async () => {
	({ queries, write, explain } = await openQueriedStore());
	await write(agentRow('agt_1'), agentRow('agt_2'));
});

const all = { limit: 50, offset: 0 };

function supervisorRow(id: string, change: Readonly<Record<string, ColumnValue>> = {}): DomainRecord {
	const row = {
		...{ id, agent_id: 'agt_1', mission: `mission of ${id}`, state: 'idle', progress: 7, version: 3 },
		...{ spawned_task_ids: '["tsk_1"]', pending_questions: '[]', has_pending_questions: false },
		...{ restoration_count: 0, created_at: at, updated_at: at + 1, ...change },
	};
	return { op: 'insert', table: 'supervisors', row };
}

function checkpointRow(id: string, supervisorId: string): DomainRecord {
	const row = { id, supervisor_id: supervisorId, reason: 'phase_changed', context: '{"state":"idle"}', created_at: at };
	return { op: 'insert', table: 'checkpoints', row };
}

describe('supervisors', () => {
	test('are answered whole', async () => {
		const questions = [{ id: 'req_1', question: 'Which way?', choices: [], context: null, askedAt: at }];
		await write(
			supervisorRow('sup_1', {
				...{ pending_questions: JSON.stringify(questions), has_pending_questions: true, current_activity: 'Sailing' },
				...{ error_message: 'No wind', last_restored_at: at + 2, restoration_source: 'manual' },
			}),
		);
		expect(await queries.supervisor('sup_1')).toEqual({
			...{ id: 'sup_1', agentId: 'agt_1', mission: 'mission of sup_1', state: 'idle', progress: 7, version: 3 },
			...{ currentActivity: 'Sailing', errorMessage: 'No wind', spawnedTaskIds: ['tsk_1'] },
			...{ pendingQuestions: questions, hasPendingQuestions: true },
			...{ restorationCount: 0, lastRestoredAt: at + 2, restorationSource: 'manual' },
			...{ createdAt: at, updatedAt: at + 1 },
		});
		expect(await queries.supervisor('sup_2')).toBeUndefined();
	});

	test('are listed newest first, by state, agent, and whether they ask something', async () => {
		await write(
			supervisorRow('sup_1', { state: 'completed' }),
			supervisorRow('sup_2', { agent_id: 'agt_2', has_pending_questions: true }),
			supervisorRow('sup_3'),
		);
		const idsOf = async (filter: Parameters<Queries['supervisors']>[0], page = all) => {
			const { items, total } = await queries.supervisors(filter, page);
			return [items.map(({ id }) => id), total];
		};
		expect(await idsOf({})).toEqual([['sup_3', 'sup_2', 'sup_1'], 3]);
		expect(await idsOf({}, { limit: 1, offset: 1 })).toEqual([['sup_2'], 3]);
		expect(await idsOf({ state: 'idle' })).toEqual([['sup_3', 'sup_2'], 2]);
		expect(await idsOf({ agentId: 'agt_1' })).toEqual([['sup_3', 'sup_1'], 2]);
		expect(await idsOf({ hasPendingQuestions: true })).toEqual([['sup_2'], 1]);
		expect(await idsOf({ hasPendingQuestions: false, state: 'completed' })).toEqual([['sup_1'], 1]);
	});

	test('are active until they have ended', async () => {
		await write(
			supervisorRow('sup_1', { state: 'completed' }),
			supervisorRow('sup_2', { state: 'failed' }),
			supervisorRow('sup_3', { state: 'interrupted' }),
			supervisorRow('sup_4', { state: 'failed', agent_id: 'agt_2' }),
		);
		expect((await queries.activeSupervisor('agt_1'))?.id).toBe('sup_3');
		expect(await queries.activeSupervisor('agt_2')).toBeUndefined();
		expect(await queries.activeSupervisors()).toEqual([{ id: 'sup_3', agentId: 'agt_1' }]);
	});

	test('have save points, newest first, which go with them', async () => {
		await write(supervisorRow('sup_1'), supervisorRow('sup_2'));
		await write(checkpointRow('chk_1', 'sup_1'), checkpointRow('chk_2', 'sup_1'), checkpointRow('chk_3', 'sup_2'));
		const { items, total } = await queries.checkpoints('sup_1', { limit: 1, offset: 0 });
		expect(total).toBe(2);
		expect(items).toEqual([
			{ id: 'chk_2', supervisorId: 'sup_1', reason: 'phase_changed', context: { state: 'idle' }, createdAt: at },
		]);
		await write({ op: 'delete', table: 'supervisors', id: 'sup_1' });
		expect((await queries.checkpoints('sup_1', all)).total).toBe(0);
	});
});

describe('by index', () => {
	const reads: ReadonlyArray<readonly [string, string, (queries: Queries) => Promise<unknown>]> = [
		['one', 'sqlite_autoindex_supervisors_1', (on) => on.supervisor('sup_1')],
		['those in a state', 'supervisors_state_id_idx', (on) => on.supervisors({ state: 'idle' }, all)],
		[
			'those that ask something',
			'supervisors_has_pending_questions_id_idx',
			(on) => on.supervisors({ hasPendingQuestions: true }, all),
		],
		['the one of an agent', 'supervisors_agent_id_idx', (on) => on.activeSupervisor('agt_1')],
		['those that go on', 'supervisors_state_id_idx', (on) => on.activeSupervisors()],
		['save points', 'checkpoints_supervisor_id_id_idx', (on) => on.checkpoints('sup_1', all)],
	];

	test.runIf(isOnSqlite()).each(reads)('%s are searched for', async (_, index, read) => {
		const plan = await explain(read);
		expect(plan.filter((line) => /^SCAN (?!sub$)/.test(line))).toEqual([]);
		expect(plan.join('\n')).toContain(index);
	});

	test.runIf(isOnSqlite())('pages by state, and of those that ask, come in the order of their index', async () => {
		for (const [name, , read] of reads.filter(([title]) => /^(those in|those that ask|save)/.test(title))) {
			expect(
				(await explain(read)).filter((line) => line.includes('TEMP B-TREE')),
				name,
			).toEqual([]);
		}
	});
});
