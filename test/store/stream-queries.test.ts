/** Reads for the stream of resources: which rows are told of, and how they are found. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { RowKind } from '../../src/stream/views.ts';
import { isOnSqlite, openQueriedStore, type QueriedStore } from '../support/queried-store.ts';
import { agentRow, promptInsert, requestInsert, runInsert, step } from './units.ts';

let desk: QueriedStore;
beforeEach(async () => {
	desk = await openQueriedStore();
});

describe('what a newcomer is told of', () => {
	test('is what is under way, of all agents or of those asked for', async () => {
		await desk.write(
			agentRow('agt_1', { execution_state: 'busy', generation: 2, queued_prompts: 0, created_at: 1 }),
			agentRow('agt_2', { execution_state: 'stopped', generation: 1, queued_prompts: 1, created_at: 2 }),
			promptInsert('pmt_1', { agent_id: 'agt_1', status: 'running' }),
			promptInsert('pmt_2', { agent_id: 'agt_1', status: 'finished' }),
			promptInsert('pmt_3', { agent_id: 'agt_2', status: 'queued' }),
			requestInsert('req_1', { agent_id: 'agt_1', status: 'open' }),
			requestInsert('req_2', { agent_id: 'agt_1', status: 'answered' }),
			runInsert('run_1', { agent_id: 'agt_1', generation: 1, completed_at: 5 }),
			runInsert('run_2', { agent_id: 'agt_1', generation: 2 }),
			runInsert('run_3', { agent_id: 'agt_2', generation: 1, completed_at: 5 }),
		);
		const { presentIds, awaitedIds, lastRunIds } = desk.queries;
		expect(await presentIds('agent')).toEqual(['agt_1', 'agt_2']);
		expect(await presentIds('prompt')).toEqual(['pmt_1', 'pmt_3']);
		expect(await presentIds('request')).toEqual(['req_1']);
		expect(await presentIds('run')).toEqual(['run_2']);
		expect(await presentIds('agent', ['agt_2'])).toEqual(['agt_2']);
		expect(await presentIds('prompt', ['agt_2'])).toEqual(['pmt_3']);
		expect(await presentIds('request', ['agt_2'])).toEqual([]);
		expect(await awaitedIds('agent')).toEqual(['agt_1']);
		expect(await lastRunIds(['agt_1', 'agt_2', 'agt_9'])).toEqual(['run_2', 'run_3']);
	});

	test.runIf(isOnSqlite()).each(['request', 'prompt', 'run', 'dispatch'] satisfies RowKind[])(
		'of the kind %s is found without reading the whole table',
		async (kind) => {
			const plan = await desk.explain((queries) => queries.presentIds(kind));
			expect(plan.filter((line) => /^SCAN (r|p|d|requests)\b/.test(line))).toEqual([]);
			expect(plan.filter((line) => line.startsWith('SEARCH'))).not.toEqual([]);
		},
	);
});

test('an actor is told with its state, its timers and its children, and neither context nor events', async () => {
	const parent = step('agent:agt_1', 1);
	const actors = (parent.actors ?? []).map((actor) => ({
		...actor,
		snapshot: JSON.stringify({ value: { busy: 'working' }, context: { secret: 'x' } }),
	}));
	const child = step('agent:agt_1/run', 1);
	await desk.store.commit([
		{
			...parent,
			actors: [...actors, ...(child.actors ?? []).map((actor) => ({ ...actor, parent: 'agent:agt_1' }))],
			timersSet: [
				{ address: 'agent:agt_1', id: 'late', target: 'agent:agt_1', event: '{"type":"LATE","secret":1}', dueAt: 9 },
				{ address: 'agent:agt_1', id: 'soon', target: 'agent:agt_1', event: '{"type":"SOON"}', dueAt: 5 },
			],
		},
	]);
	const [actor] = await desk.queries.actors(['agent:agt_1', 'agent:agt_9']);
	expect(actor).toEqual({
		address: 'agent:agt_1',
		machineId: 'agent',
		machineVersion: 1,
		version: 1,
		value: { busy: 'working' },
		timers: [
			{ id: 'soon', type: 'SOON', dueAt: 5 },
			{ id: 'late', type: 'LATE', dueAt: 9 },
		],
		children: ['agent:agt_1/run'],
	});
	await desk.store.quarantine('agent:agt_1', 'broken');
	expect(await desk.queries.actors(['agent:agt_1'])).toHaveLength(1);
});
