/** What telemetry counts: right, of one moment, and cheap however much there is. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { ColumnValue, DomainRecord, WriteUnit } from '../../src/durable/store.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { TelemetryReads } from '../../src/telemetry/views.ts';
import { writeStoredFleet } from '../bench/stored-fleet.ts';
import { createMemoryTelemetryReads } from '../support/memory-telemetry-reads.ts';
import { isOnSqlite, openQueriedStore, type QueriedStore } from '../support/queried-store.ts';
import { actorWrite, agentRow, at, promptInsert } from './units.ts';

type Values = Readonly<Record<string, ColumnValue>>;

function workflowRow(id: string, change: Values = {}): DomainRecord {
	const row = {
		...{ id, name: id, agent_id: 'agt_1', trigger: '{}', template: 't', enabled: true, retry: '{}', revision: 1 },
		...{ created_at: at, updated_at: at, ...change },
	};
	return { op: 'insert', table: 'workflows', row };
}

function dispatchRow(id: string, change: Values = {}): DomainRecord {
	const row = {
		...{ id, workflow_id: 'wfl_1', source_id: id, title: id, item: '{}', status: 'pending', priority: 0 },
		...{ attempts: 0, max_attempts: 3, next_attempt_at: at, created_at: at, updated_at: at, ...change },
	};
	return { op: 'insert', table: 'dispatches', row };
}

function requestRow(id: string, change: Values = {}): DomainRecord {
	const row = {
		...{ id, agent_id: 'agt_1', key: id, kind: 'permission', title: id, detail: '{}', options: '[]' },
		...{ status: 'open', asked_at: at, ...change },
	};
	return { op: 'insert', table: 'requests', row };
}

function supervisorRow(id: string, state: string): DomainRecord {
	const row = {
		...{ id, agent_id: 'agt_1', mission: 'm', state, progress: 0, version: 1, spawned_task_ids: '[]' },
		...{ pending_questions: '[]', has_pending_questions: false, restoration_count: 0, created_at: at, updated_at: at },
	};
	return { op: 'insert', table: 'supervisors', row };
}

function taskRow(id: string, state: string): DomainRecord {
	const row = {
		...{ id, description: 'd', state, repository: '/r', branch: 'b', worktree: '/w', base_branch: 'main' },
		...{ depends_on: '[]', priority: 0, gates: '[]', conflicts: '[]', version: 1 },
		...{ state_changed_at: at, created_at: at, updated_at: at },
	};
	return { op: 'insert', table: 'tasks', row };
}

const timer = (id: string, dueAt: number) => ({
	address: 'agent:agt_1',
	id,
	target: 'agent:agt_1',
	event: '{}',
	dueAt,
});
const settled = { next_attempt_at: null };

const unit: WriteUnit = {
	actors: [actorWrite('agent:agt_1', 1)],
	records: [
		agentRow('agt_1', { execution_state: 'busy', queued_prompts: 3 }),
		agentRow('agt_2', { execution_state: 'busy', queued_prompts: 1 }),
		agentRow('agt_3', { execution_state: 'idle', queued_prompts: 0 }),
		workflowRow('wfl_1', { runner_state: 'backingOff' }),
		workflowRow('wfl_2', { runner_state: 'waiting' }),
		workflowRow('wfl_3'),
		dispatchRow('dsp_1'),
		dispatchRow('dsp_2', { workflow_id: 'wfl_2' }),
		dispatchRow('dsp_3', { status: 'dispatched', ...settled }),
		dispatchRow('dsp_4', { status: 'failed' }),
		dispatchRow('dsp_5', { status: 'failed', ...settled }),
		dispatchRow('dsp_6', { status: 'completed', ...settled }),
		requestRow('req_1', { asked_at: at + 20 }),
		requestRow('req_2', { asked_at: at + 10 }),
		requestRow('req_3', { kind: 'question' }),
		requestRow('req_4', { status: 'answered', asked_at: at - 5 }),
		supervisorRow('sup_1', 'working'),
		supervisorRow('sup_2', 'working'),
		taskRow('tsk_1', 'in_review'),
		promptInsert('pmt_1', { started_at: at + 1 }),
		promptInsert('pmt_2'),
	],
	timersSet: [timer('soon', at), timer('late', at + 1_000)],
	effectsAsked: [
		{
			...{ id: 'agent:agt_1/1/0', address: 'agent:agt_1', name: 'launch', params: '{}' },
			...{ attempts: 0, nextAttemptAt: at, lastError: null },
		},
	],
	messagesSent: [{ id: 'agent:agt_1/1/1', from: 'agent:agt_1', to: 'agent:agt_1', event: '{}', sentAt: at }],
	events: [
		{ topic: 'agent.created', agentId: 'agt_1', at, data: '{}' },
		{ topic: 'agent.created', agentId: 'agt_2', at, data: '{}' },
	],
};

const expected = {
	agents: { busy: 2, idle: 1 },
	queuedPrompts: 4,
	openRequests: { permission: 2, question: 1 },
	oldestRequests: { permission: at + 10, question: at },
	supervisors: { working: 2 },
	tasks: { in_review: 1 },
	runners: { backingOff: 1, waiting: 1 },
	dispatches: { pending: 2, dispatched: 1, retrying: 1 },
	timers: 2,
	overdueTimers: 1,
	effects: 1,
	messages: 1,
	quarantinedActors: 0,
	lastEventSeq: 2,
};

describe.each([
	[
		'SQLite',
		async (): Promise<TelemetryReads> => {
			const { store, queries } = await openQueriedStore();
			expect(await store.commit([unit])).toMatchObject([{ ok: true }]);
			return queries;
		},
	],
	[
		'memory',
		async (): Promise<TelemetryReads> => {
			const store = createMemoryStore();
			expect(await store.commit([unit])).toMatchObject([{ ok: true }]);
			return createMemoryTelemetryReads(store);
		},
	],
])('a census in %s', (_, open) => {
	test('counts what there is', async () => {
		const census = await (await open()).census(at + 500);
		const plain = Object.entries(census).map(([name, value]) => [
			name,
			value instanceof Map ? Object.fromEntries(value) : value,
		]);
		expect(Object.fromEntries(plain)).toEqual(expected);
	});

	test('tells when the turns of prompts began', async () => {
		const starts = await (await open()).turnStarts(['pmt_1', 'pmt_2', 'pmt_gone']);
		expect(Object.fromEntries(starts)).toEqual({ pmt_1: at + 1, pmt_2: null });
	});
});

describe('a census of a large fleet', () => {
	let desk: QueriedStore;
	beforeEach(async () => {
		desk = await openQueriedStore();
	});

	test('of nothing is all zeros', async () => {
		const census = await desk.queries.census(at);
		expect(census).toMatchObject({ queuedPrompts: 0, timers: 0, effects: 0, lastEventSeq: 0, quarantinedActors: 0 });
		expect([census.agents.size, census.dispatches.get('retrying')]).toEqual([0, 0]);
	});

	test('a quarantined actor is counted', async () => {
		await desk.store.commit([{ actors: [actorWrite('agent:agt_1', 1)] }]);
		await desk.store.quarantine('agent:agt_1', 'no migration');
		expect((await desk.queries.census(at)).quarantinedActors).toBe(1);
	});

	test.runIf(isOnSqlite())(
		'goes through no table but those of agents and workflows, and no index of what grows for ever',
		async () => {
			const plan = await desk.explain((on) => on.census(at));
			const scans = plan.filter((line) => line.startsWith('SCAN')).map((line) => line.replace(/ USING.*/, ''));
			// What is live; the fleet itself, missions and tasks by their states, by whatever index there is.
			const live = ['agents', 'supervisors', 'tasks', 'workflows', 'w', 'timers', 'effects', 'messages'];
			expect([...new Set(scans)].map((line) => line.slice(5)).filter((name) => !live.includes(name))).toEqual([]);
			expect(plan.join('\n')).toMatch(/SEARCH requests USING INDEX requests_status_asked_at_idx/);
			expect(plan.join('\n')).toMatch(/SEARCH d USING COVERING INDEX dispatches_workflow_id_status_id_idx/);
			expect(plan.filter((line) => line.startsWith('SCAN supervisors') || line.startsWith('SCAN tasks'))).toEqual([
				expect.stringContaining('COVERING INDEX'),
				expect.stringContaining('COVERING INDEX'),
			]);
		},
	);

	test('of a large fleet counts everybody once', async () => {
		await writeStoredFleet(desk.store, 1_000, 'idle');
		expect((await desk.queries.census(Date.now())).agents.get('idle')).toBe(1_000);
	});
});
