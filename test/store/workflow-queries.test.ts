import { beforeEach, describe, expect, test } from 'vitest';
import type { ColumnValue, DomainRecord } from '../../src/durable/store.ts';
import type { Queries } from '../../src/store/queries.ts';
import { isOnSqlite, openQueriedStore, type QueriedStore } from '../support/queried-store.ts';
import { agentRow, at, promptInsert } from './units.ts';

type Values = Readonly<Record<string, ColumnValue>>;

let queries: Queries;
let write: QueriedStore['write'];
let explain: QueriedStore['explain'];

beforeEach(async () => {
	({ queries, write, explain } = await openQueriedStore());
});

const all = { limit: 50, offset: 0 };

function workflowRow(id: string, change: Values = {}): DomainRecord {
	const row = {
		id,
		name: `name of ${id}`,
		agent_id: 'agt_1',
		trigger: '{"type":"manual"}',
		template: 'Do {{ item.title }}',
		enabled: true,
		retry: '{"maxAttempts":3,"backoffMs":{"initial":1,"max":2},"interrupted":"retry"}',
		revision: 1,
		created_at: at,
		updated_at: at,
		...change,
	};
	return { op: 'insert', table: 'workflows', row };
}

function dispatchRow(id: string, change: Values = {}): DomainRecord {
	const row = {
		id,
		workflow_id: 'wfl_1',
		source_id: `source of ${id}`,
		live_key: `source of ${id}`,
		title: 'an item',
		item: '{"title":"an item"}',
		status: 'pending',
		priority: 0,
		attempts: 0,
		max_attempts: 3,
		created_at: at,
		updated_at: at,
		...change,
	};
	return { op: 'insert', table: 'dispatches', row };
}

function itemRow(id: string, change: Values = {}): DomainRecord {
	const row = {
		id,
		queue: 'q',
		item: '{"title":"an item"}',
		priority: 0,
		status: 'ready',
		created_at: at,
		updated_at: at,
		...change,
	};
	return { op: 'insert', table: 'queue_items', row };
}

const idsOf = (rows: ReadonlyArray<{ readonly id: string }>) => rows.map(({ id }) => id.slice(4)).join('');

describe('workflows', () => {
	test('a workflow is found by id, then by name, with JSON parsed and times as numbers', async () => {
		await write(
			agentRow('agt_1'),
			workflowRow('wfl_1', {
				name: 'triage',
				trigger: '{"type":"webhook","secret":"hush-hush"}',
				policy: '{"allow":["read"]}',
				cursor: '{"page":2}',
				runner_state: 'backingOff',
				runner_next_at: at + 5,
				runner_error: '{"code":"trigger_failed","message":"no","retryable":true}',
			}),
			workflowRow('wfl_2', { name: 'wfl_3', enabled: false }),
		);
		const triage = await queries.workflow('triage');
		expect(triage).toEqual(await queries.workflow('wfl_1'));
		expect(triage).toEqual({
			id: 'wfl_1',
			name: 'triage',
			agentId: 'agt_1',
			trigger: { type: 'webhook', secret: 'hush-hush' },
			template: 'Do {{ item.title }}',
			enabled: true,
			policy: { allow: ['read'] },
			retry: { maxAttempts: 3, backoffMs: { initial: 1, max: 2 }, interrupted: 'retry' },
			revision: 1,
			cursor: { page: 2 },
			runnerState: 'backingOff',
			runnerNextAt: at + 5,
			runnerError: { code: 'trigger_failed', message: 'no', retryable: true },
			createdAt: at,
			updatedAt: at,
		});
		expect(await queries.workflow('wfl_3')).toMatchObject({ id: 'wfl_2', enabled: false, cursor: null });
		expect(await queries.workflow('nobody')).toBeUndefined();
	});

	test('a list is filtered by agent and by whether they are enabled, in the order of names', async () => {
		await write(
			agentRow('agt_1'),
			agentRow('agt_2'),
			...Array.from({ length: 6 }, (_, index) =>
				workflowRow(`wfl_${index}`, {
					name: `n${9 - index}`,
					agent_id: index < 4 ? 'agt_1' : 'agt_2',
					enabled: index % 2 === 0,
				}),
			),
		);
		const list = async (...query: Parameters<Queries['workflows']>) => {
			const { items, total } = await queries.workflows(...query);
			return `${idsOf(items)} of ${total}`;
		};
		expect(await list({}, all)).toBe('543210 of 6');
		expect(await list({}, { limit: 2, offset: 1 })).toBe('43 of 6');
		expect(await list({ agentId: 'agt_1' }, all)).toBe('3210 of 4');
		expect(await list({ enabled: true }, all)).toBe('420 of 3');
		expect(await list({ agentId: 'agt_1', enabled: false }, { limit: 1, offset: 1 })).toBe('1 of 2');
	});

	test('those to run are enabled and have an agent that is connected', async () => {
		const states = ['pending', 'starting', 'idle', 'busy', 'stopped', 'failed'];
		for (const state of states) {
			await write(
				agentRow(`agt_${state}`, { execution_state: state }),
				workflowRow(`wfl_${state}`, { agent_id: `agt_${state}` }),
				workflowRow(`wfl_${state}_off`, { agent_id: `agt_${state}`, enabled: false }),
			);
		}
		const run: string[] = [];
		for (const state of states) {
			const ofAgent = await queries.workflowsToRun({ agentId: `agt_${state}` });
			const ofId = await queries.workflowsToRun({ workflowId: `wfl_${state}` });
			expect(ofId).toEqual(ofAgent);
			expect(await queries.workflowsToRun({ workflowId: `wfl_${state}_off` })).toEqual([]);
			run.push(...ofAgent.map(({ id }) => id));
		}
		expect(run).toEqual(['wfl_idle', 'wfl_busy']);
	});
});

describe('dispatches', () => {
	beforeEach(() => write(agentRow('agt_1'), workflowRow('wfl_1'), workflowRow('wfl_2')));

	test('come newest first, by workflow and status, with JSON parsed and times as numbers', async () => {
		await write(
			dispatchRow('dsp_1', {
				status: 'failed',
				priority: 4,
				attempts: 2,
				next_attempt_at: at + 9,
				prompt_id: 'pmt_1',
				queue_item_id: 'qit_1',
				error: '{"code":"turn_failed","message":"no","retryable":true}',
				finished_at: at + 3,
			}),
			dispatchRow('dsp_2', { workflow_id: 'wfl_2' }),
			dispatchRow('dsp_3', { live_key: null }),
			dispatchRow('dsp_4', { status: 'failed' }),
		);
		const list = async (...query: Parameters<Queries['dispatches']>) => {
			const { items, total } = await queries.dispatches(...query);
			return `${idsOf(items)} of ${total}`;
		};
		expect(await list({}, all)).toBe('4321 of 4');
		expect(await list({ workflowId: 'wfl_1' }, all)).toBe('431 of 3');
		expect(await list({ workflowId: 'wfl_1' }, { limit: 1, offset: 1 })).toBe('3 of 3');
		expect(await list({ workflowId: 'wfl_1', status: 'failed' }, all)).toBe('41 of 2');
		expect(await list({ status: 'pending' }, all)).toBe('32 of 2');
		expect(await queries.dispatch('dsp_1')).toEqual({
			id: 'dsp_1',
			workflowId: 'wfl_1',
			sourceId: 'source of dsp_1',
			liveKey: 'source of dsp_1',
			title: 'an item',
			item: { title: 'an item' },
			status: 'failed',
			priority: 4,
			attempts: 2,
			maxAttempts: 3,
			nextAttemptAt: at + 9,
			promptId: 'pmt_1',
			queueItemId: 'qit_1',
			error: { code: 'turn_failed', message: 'no', retryable: true },
			createdAt: at,
			updatedAt: at,
			finishedAt: at + 3,
		});
		expect(await queries.dispatch('dsp_9')).toBeUndefined();
	});

	test('the one that stands for an item is found by it; one that was superseded is not', async () => {
		await write(
			dispatchRow('dsp_1', { source_id: 'issue:1', live_key: null }),
			dispatchRow('dsp_2', { source_id: 'issue:1', live_key: 'issue:1' }),
			dispatchRow('dsp_3', { source_id: 'issue:1', live_key: 'issue:1', workflow_id: 'wfl_2' }),
			dispatchRow('dsp_4', { source_id: 'issue:2', live_key: null }),
		);
		expect((await queries.dispatchOf('wfl_1', 'issue:1'))?.id).toBe('dsp_2');
		expect(await queries.dispatchOf('wfl_1', 'issue:2')).toBeUndefined();
		const asked = ['issue:1', 'issue:2', ...Array.from({ length: 40_000 }, (_, index) => `"no\\ne" ${index}`)];
		expect(await queries.knownSources('wfl_1', asked)).toEqual(new Set(['issue:1']));
		expect(await queries.knownSources('wfl_1', [])).toEqual(new Set());
	});

	test('the due one that goes first has the highest priority, then waits the longest', async () => {
		const due = (id: string, priority: number, nextAttemptAt: number | null, workflow = 'wfl_1') =>
			dispatchRow(id, { priority, next_attempt_at: nextAttemptAt, workflow_id: workflow });
		expect(await queries.dueDispatch('wfl_1', at)).toBeUndefined();
		expect(await queries.nextDueAt('wfl_1')).toBeNull();
		await write(
			due('dsp_1', 0, at - 5),
			due('dsp_2', 1, at),
			due('dsp_3', 1, at - 1),
			due('dsp_4', 1, at - 1),
			due('dsp_5', 9, at + 1),
			due('dsp_6', 9, null),
			due('dsp_7', 9, at - 9, 'wfl_2'),
		);
		expect((await queries.dueDispatch('wfl_1', at))?.id).toBe('dsp_3');
		expect((await queries.dueDispatch('wfl_1', at + 1))?.id).toBe('dsp_5');
		expect((await queries.dueDispatch('wfl_1', at - 2))?.id).toBe('dsp_1');
		expect(await queries.dueDispatch('wfl_1', at - 6)).toBeUndefined();
		expect(await queries.nextDueAt('wfl_1')).toBe(at - 5);
	});

	test('outstanding of a queue is what waits, waits to be tried again, or is under way', async () => {
		const ofQueue = (id: string, more: Readonly<Record<string, string | number | null>>) =>
			dispatchRow(id, { queue_item_id: 'qit_1', ...more });
		await write(
			ofQueue('dsp_1', { status: 'pending', next_attempt_at: at }),
			ofQueue('dsp_2', { status: 'failed', next_attempt_at: at }),
			ofQueue('dsp_3', { status: 'dispatched', next_attempt_at: null }),
			ofQueue('dsp_4', { status: 'failed', next_attempt_at: null }),
			ofQueue('dsp_5', { status: 'completed', next_attempt_at: null }),
			dispatchRow('dsp_6', { status: 'pending', next_attempt_at: at }),
		);
		const ids = (await queries.outstandingQueueDispatches('wfl_1')).map(({ id }) => id);
		expect(ids.sort()).toEqual(['dsp_1', 'dsp_2', 'dsp_3']);
	});

	test('the one under way is the one that was taken up', async () => {
		await write(
			dispatchRow('dsp_1'),
			dispatchRow('dsp_2', { status: 'dispatched', workflow_id: 'wfl_2' }),
			dispatchRow('dsp_3', { status: 'completed' }),
		);
		expect(await queries.dispatchUnderWay('wfl_1')).toBeUndefined();
		expect((await queries.dispatchUnderWay('wfl_2'))?.id).toBe('dsp_2');
	});

	test('prompts of its attempts are those whose key begins with its id, of every agent it prompted', async () => {
		const prompt = (id: string, key: string | null, agent = 'agt_1') =>
			promptInsert(id, { agent_id: agent, idempotency_key: key });
		await write(
			agentRow('agt_2'),
			agentRow('agt_3'),
			dispatchRow('dsp_1', { prompt_id: 'pmt_3' }),
			dispatchRow('dsp_2'),
			...Array.from({ length: 11 }, (_, index) => prompt(`pmt_a${index + 10}`, `dsp_1/${index + 1}`)),
			prompt('pmt_3', 'dsp_1/12', 'agt_2'),
			prompt('pmt_4', 'dsp_1/1', 'agt_3'),
			prompt('pmt_5', 'dsp_10/1'),
			prompt('pmt_6', 'dsp_1'),
			prompt('pmt_7', 'DSP_1/1'),
			prompt('pmt_8', null),
		);
		const found = await queries.dispatchPrompts('dsp_1');
		expect(found.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
			'dsp_1/12',
			...Array.from({ length: 11 }, (_, index) => `dsp_1/${index + 1}`),
		]);
		expect(await queries.dispatchPrompts('dsp_2')).toEqual([]);
		expect(await queries.dispatchPrompts('dsp_9')).toEqual([]);
	});
});

describe('queues', () => {
	test('are listed by name with the number of their items in each status', async () => {
		expect(await queries.queues(all)).toEqual({ items: [], total: 0 });
		await write(
			itemRow('qit_1', { queue: 'b' }),
			itemRow('qit_2', { queue: 'b', status: 'dead' }),
			itemRow('qit_3', { queue: 'b' }),
			itemRow('qit_4', { queue: 'a', status: 'claimed' }),
			itemRow('qit_5', { queue: 'c', status: 'done' }),
		);
		expect(await queries.queues({ limit: 2, offset: 0 })).toEqual({
			items: [
				{ name: 'a', counts: { ready: 0, claimed: 1, done: 0, dead: 0 } },
				{ name: 'b', counts: { ready: 2, claimed: 0, done: 0, dead: 1 } },
			],
			total: 3,
		});
		expect(await queries.queues({ limit: 2, offset: 2 })).toEqual({
			items: [{ name: 'c', counts: { ready: 0, claimed: 0, done: 1, dead: 0 } }],
			total: 3,
		});
	});

	test('items come by priority, then the oldest first; one is found by id and by key', async () => {
		await write(
			itemRow('qit_1', { key: 'k', workflow_id: 'wfl_1', dispatch_id: 'dsp_1', visible_at: at + 7 }),
			itemRow('qit_2', { priority: 5 }),
			itemRow('qit_3', { priority: 5, status: 'done' }),
			itemRow('qit_4', { priority: -1 }),
			itemRow('qit_5', { queue: 'other', key: 'k' }),
		);
		const list = async (status: string | undefined, page = all) => {
			const { items, total } = await queries.queueItems('q', status === undefined ? {} : { status }, page);
			return `${idsOf(items)} of ${total}`;
		};
		expect(await list(undefined)).toBe('2314 of 4');
		expect(await list(undefined, { limit: 2, offset: 1 })).toBe('31 of 4');
		expect(await list('ready')).toBe('214 of 3');
		expect(await list('dead')).toBe(' of 0');
		const first = await queries.queueItem('qit_1');
		expect(await queries.queueItemByKey('q', 'k')).toEqual(first);
		expect(first).toEqual({
			id: 'qit_1',
			queue: 'q',
			key: 'k',
			item: { title: 'an item' },
			priority: 0,
			status: 'ready',
			workflowId: 'wfl_1',
			dispatchId: 'dsp_1',
			visibleAt: at + 7,
			createdAt: at,
			updatedAt: at,
		});
		expect((await queries.queueItemByKey('other', 'k'))?.id).toBe('qit_5');
		expect(await queries.queueItemByKey('q', 'other')).toBeUndefined();
		expect(await queries.queueItem('qit_9')).toBeUndefined();
	});

	test('claimable are those that are ready and those whose claim has lapsed, first in line first', async () => {
		const claimed = (id: string, priority: number, visibleAt: number) =>
			itemRow(id, { priority, status: 'claimed', visible_at: visibleAt });
		await write(
			itemRow('qit_1'),
			claimed('qit_2', 0, at),
			itemRow('qit_3'),
			claimed('qit_4', 3, at - 1),
			claimed('qit_5', 9, at + 1),
			itemRow('qit_6', { priority: 2 }),
			itemRow('qit_7', { status: 'done', priority: 9 }),
			itemRow('qit_8', { status: 'dead', priority: 9, visible_at: at - 5 }),
			itemRow('qit_9', { queue: 'other', priority: 9 }),
		);
		expect(idsOf(await queries.claimableItems('q', at, 10))).toBe('46123');
		expect(idsOf(await queries.claimableItems('q', at, 2))).toBe('46');
		expect(idsOf(await queries.claimableItems('q', at + 1, 1))).toBe('5');
		expect(idsOf(await queries.claimableItems('q', at - 2, 9))).toBe('613');
	});
});

describe('by index', () => {
	const reads: ReadonlyArray<readonly [string, (queries: Queries) => Promise<unknown>]> = [
		['workflow', (on) => on.workflow('nobody')],
		['workflows of an agent', (on) => on.workflows({ agentId: 'agt_1', enabled: true }, all)],
		['workflowsToRun of an agent', (on) => on.workflowsToRun({ agentId: 'agt_1' })],
		['workflowsToRun of one', (on) => on.workflowsToRun({ workflowId: 'wfl_1' })],
		['dispatches of a workflow', (on) => on.dispatches({ workflowId: 'wfl_1' }, all)],
		['dispatches by status', (on) => on.dispatches({ workflowId: 'wfl_1', status: 'failed' }, all)],
		['dispatch', (on) => on.dispatch('dsp_1')],
		['dispatchOf', (on) => on.dispatchOf('wfl_1', 'issue:1')],
		['dispatchPrompts', (on) => on.dispatchPrompts('dsp_1')],
		['dueDispatch', (on) => on.dueDispatch('wfl_1', at)],
		['dispatchUnderWay', (on) => on.dispatchUnderWay('wfl_1')],
		['outstandingQueueDispatches', (on) => on.outstandingQueueDispatches('wfl_1')],
		['nextDueAt', (on) => on.nextDueAt('wfl_1')],
		['knownSources', (on) => on.knownSources('wfl_1', ['issue:1'])],
		['queues', (on) => on.queues(all)],
		['queueItems', (on) => on.queueItems('q', {}, all)],
		['queueItems by status', (on) => on.queueItems('q', { status: 'ready' }, all)],
		['queueItem', (on) => on.queueItem('qit_1')],
		['queueItemByKey', (on) => on.queueItemByKey('q', 'k')],
		['claimableItems', (on) => on.claimableItems('q', at, 10)],
	];

	beforeEach(() =>
		write(agentRow('agt_1'), workflowRow('wfl_1'), dispatchRow('dsp_1', { prompt_id: 'pmt_1' }), itemRow('qit_1')),
	);

	test.runIf(isOnSqlite()).each(reads)('%s scans no table', async (_, read) => {
		// Besides tables there are subqueries, the list of queues' names, and the JSON of a parameter.
		const scans = (await explain(read)).filter((line) => /^SCAN (?!sub$|names$|source VIRTUAL )/.test(line));
		expect(scans).toEqual([]);
	});

	test.runIf(isOnSqlite())('workflowsToRun searches the workflows of the agent that are enabled', async () => {
		const plan = await explain((on) => on.workflowsToRun({ agentId: 'agt_1' }));
		expect(plan.join('\n')).toMatch(/workflows_agent_id_enabled_idx \(agent_id=\? AND enabled=\?\)/);
	});

	test.runIf(isOnSqlite())(
		'what comes in pages, or first, is in the order of its index and is not sorted',
		async () => {
			for (const [name, read] of reads) {
				if (!/^(dispatches|dispatchUnderWay|queueItems|nextDueAt|queues|claimable)/.test(name)) continue;
				// Claims that have lapsed are few.
				const plan = (await explain(read)).filter((line) => name !== 'claimableItems' || !line.includes('TEMP'));
				expect(
					plan.filter((line) => line.includes('TEMP B-TREE')),
					name,
				).toEqual([]);
			}
		},
	);

	test.runIf(isOnSqlite())('dueDispatch reads of what is due no more than the index', async () => {
		const plan = await explain((on) => on.dueDispatch('wfl_1', at));
		expect(plan[0]).toMatch(/USING COVERING INDEX dispatches_workflow_id_next_attempt_at_priority_id_idx/);
	});
});
