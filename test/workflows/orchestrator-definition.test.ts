/** How the orchestrator finds workflows to run, ends those that are over, and tells of runners that failed. */

import { describe, expect, test } from 'vitest';
import type { EffectContext, StepView } from '../../src/durable/definition.ts';
import { createOrchestratorDefinition } from '../../src/workflows/orchestrator-definition.ts';
import { triggerKey } from '../../src/workflows/trigger-key.ts';
import { inertRunnerDefinition } from '../support/inert-workflow-definitions.ts';
import { createServiceWorld } from './service-world.ts';

async function openDefinition() {
	const world = await createServiceWorld();
	const running = new Set<string>();
	const definition = createOrchestratorDefinition({
		reads: world.reads,
		runner: inertRunnerDefinition,
		hasRunner: (id) => running.has(id),
		retire: world.service.retire,
	});
	const run = (name: 'findWorkflows' | 'retireWorkflow', params: object) =>
		definition.effects?.[name]?.run(params as never, {} as EffectContext);
	return { world, running, definition, run };
}

describe('looking for workflows', () => {
	test('finds those of an agent that are enabled and have no runner, with all that a runner needs', async () => {
		const { world, running, run } = await openDefinition();
		const trigger = { type: 'cron', expression: '* * * * *' } as const;
		const first = await world.create({ name: 'first', trigger });
		const second = await world.create({ name: 'second' });
		await world.create({ name: 'third', enabled: false });
		running.add(second);
		const cursor = { of: triggerKey(trigger), value: { lookedAt: 7 } };
		await world.update('workflows', first, { cursor: JSON.stringify(cursor) });
		expect(await run('findWorkflows', { agentId: 'agt_1' })).toEqual({
			type: 'WORKFLOWS_FOUND',
			workflows: [
				{
					...{ workflowId: first, agentId: 'agt_1', revision: 1, triggerKey: triggerKey(trigger) },
					cursor: { lookedAt: 7 },
					retry: { maxAttempts: 3, backoffMs: { initial: 5_000, max: 300_000 }, interrupted: 'retry' },
				},
			],
		});
	});

	test('tells nothing when there is none', async () => {
		const { world, running, run } = await openDefinition();
		const id = await world.create();
		running.add(id);
		expect(await run('findWorkflows', { workflowId: id })).toBeUndefined();
		running.clear();
		expect(await run('findWorkflows', { workflowId: id })).toMatchObject({ workflows: [{ workflowId: id }] });
		await world.update('agents', 'agt_1', { execution_state: 'stopped' });
		expect(await run('findWorkflows', { workflowId: id })).toBeUndefined();
	});
});

describe('a workflow whose trigger is exhausted', () => {
	test('is disabled, and found no more; one that was edited meanwhile is found', async () => {
		const { world, run } = await openDefinition();
		const id = await world.create();
		expect(await run('retireWorkflow', { workflowId: id, revision: 7, reason: 'exhausted' })).toMatchObject({
			workflows: [{ workflowId: id, revision: 1 }],
		});
		expect(await run('retireWorkflow', { workflowId: id, revision: 1, reason: 'exhausted' })).toBeUndefined();
		expect(await world.workflow(id)).toMatchObject({ enabled: false });
	});
});

describe('a runner that failed', () => {
	const step = (error: unknown, type = 'xstate.error.actor.wfl_1') =>
		({
			...{ event: { type, actorId: 'wfl_1', error }, at: 5 },
			previous: { context: { runners: { wfl_1: { agentId: 'agt_1' } }, failures: {} } },
		}) as unknown as StepView;

	test('is told of in the row of its workflow, and in an event', async () => {
		const { definition } = await openDefinition();
		const error = { code: 'internal', message: 'The runner failed: no way', retryable: false };
		expect(definition.project?.(step(new Error('no way')))).toMatchObject({
			records: [
				{
					...{ op: 'update', table: 'workflows', id: 'wfl_1' },
					set: { runner_state: null, runner_next_at: null, runner_error: JSON.stringify(error) },
				},
			],
			events: [{ topic: 'workflow.runner.changed', agentId: 'agt_1', at: 5 }],
		});
		const [event] = definition.project?.(step(undefined)).events ?? [];
		expect(event?.data).toContain('unknown');
		expect(event?.data).toContain('"reason":"failed"');
	});

	test('is not one that ended', async () => {
		const { definition } = await openDefinition();
		expect(definition.project?.(step(undefined, 'xstate.done.actor.wfl_1'))).toEqual({});
	});
});
