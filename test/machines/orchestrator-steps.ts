/** Steps of the orchestrator's machine, the events it may meet, and what holds after each step. */

import assert from 'node:assert/strict';
import type { AnyMachineSnapshot } from 'xstate';
import type { OrchestratorCommandEvent, OrchestratorContext } from '../../machines/orchestrator-model.ts';
import type { EndReason, RunnerInput } from '../../machines/workflow-runner-model.ts';
import { orchestratorAddress, runnerAddress } from '../../src/workflows/address.ts';
import { inertOrchestratorDefinition } from '../support/inert-workflow-definitions.ts';
import { type AskedAction, createMachineSteps, type MachineStep } from './machine-steps.ts';
import { createRunnerInput } from './workflow-runner-steps.ts';

export type OrchestratorStep = MachineStep<OrchestratorCommandEvent>;

export const orchestratorSteps = createMachineSteps<OrchestratorCommandEvent>(inertOrchestratorDefinition);

export const projectOrchestrator = (step: OrchestratorStep) => orchestratorSteps.project(step, orchestratorAddress);

export function contextOfOrchestrator(snapshot: AnyMachineSnapshot): OrchestratorContext {
	return snapshot.context as OrchestratorContext;
}

/** A workflow as the store tells of it: the first of agent 1, the second of agent 2. */
export function found(number: number, change: Partial<RunnerInput> = {}): RunnerInput {
	return { ...createRunnerInput(), workflowId: `wfl_${number}`, agentId: `agt_${number}`, ...change };
}

export function runnerDone(workflowId: string, reason: EndReason, revision = 1): OrchestratorCommandEvent {
	const output = { workflowId, revision, reason };
	return {
		type: `xstate.done.actor.${workflowId}`,
		output,
		actorId: workflowId,
	} as unknown as OrchestratorCommandEvent;
}

export function runnerFailed(workflowId: string): OrchestratorCommandEvent {
	const error = { message: 'it is broken' };
	return {
		type: `xstate.error.actor.${workflowId}`,
		error,
		actorId: workflowId,
	} as unknown as OrchestratorCommandEvent;
}

/** Every event the orchestrator may meet, whatever it knows: in time, late, twice, about nobody. */
export const orchestratorEvents: readonly OrchestratorCommandEvent[] = [
	...['agt_1', 'agt_2', 'agt_9'].flatMap((agentId): OrchestratorCommandEvent[] => [
		{ type: 'AGENT_STARTED', agentId, generation: 1 },
		{ type: 'AGENT_RESTARTED', agentId, generation: 2 },
		{ type: 'AGENT_ENDED', agentId, generation: 1 },
	]),
	...['wfl_1', 'wfl_2', 'wfl_9'].flatMap((workflowId): OrchestratorCommandEvent[] => [
		{ type: 'WORKFLOW_SAVED', workflowId },
		{ type: 'WORKFLOW_ENDED', workflowId, reason: 'disabled' },
		{ type: 'WORKFLOW_ENDED', workflowId, reason: 'removed' },
		{ type: 'RUNNER_RETRY_DUE', workflowId },
		runnerDone(workflowId, 'edited'),
		runnerDone(workflowId, 'exhausted'),
		runnerFailed(workflowId),
	]),
	{ type: 'WORKFLOWS_FOUND', workflows: [] },
	{ type: 'WORKFLOWS_FOUND', workflows: [found(1)] },
	{ type: 'WORKFLOWS_FOUND', workflows: [found(1, { revision: 2, agentId: 'agt_2' }), found(2)] },
	{ type: 'UNKNOWN' } as unknown as OrchestratorCommandEvent,
];

/** What holds after every step of the orchestrator, whatever the event. */
export function checkOrchestratorStep(step: OrchestratorStep): void {
	const { before, after, accepted, actions, event } = step;
	const old = before ? contextOfOrchestrator(before) : { runners: {}, failures: {} };
	const context = contextOfOrchestrator(after);
	if (!accepted) {
		assert.deepEqual([context, actions], [old, []], 'a refused event changed something');
		return;
	}
	assert.deepEqual(Object.keys(context.runners).sort(), childrenAfter(step), 'it knows other runners than there are');
	for (const [workflowId, runner] of Object.entries(old.runners)) {
		const kept = context.runners[workflowId];
		if (kept) assert.deepEqual(kept, runner, 'a runner that lives works for its agent');
	}
	const spawned = asked(actions, 'xstate.spawnChild').map(({ id }) => id);
	assert.deepEqual(
		spawned,
		Object.keys(context.runners).filter((id) => !Object.hasOwn(old.runners, id)),
	);
	for (const { to } of asked(actions, 'tell')) {
		assert.ok(
			Object.keys(old.runners).some((id) => runnerAddress(id) === to),
			'told one that was not there',
		);
	}
	const outside = actions.filter(({ type }) => type === 'findWorkflows' || type === 'retireWorkflow');
	assert.deepEqual(outside, expectedEffects(step));
	for (const times of Object.values(context.failures)) {
		assert.ok(times.length > 0 && times.every((time) => time > event.at - 600_000));
	}
}

function asked(actions: readonly AskedAction[], type: string): ReadonlyArray<AskedAction['params']> {
	return actions.filter((action) => action.type === type).map(({ params }) => params);
}

/** Its children, and those that it takes for living although they could not be restored. */
function childrenAfter({ before, after }: OrchestratorStep): readonly string[] {
	const lost = before ? lostRunners(before).filter((id) => id in contextOfOrchestrator(after).runners) : [];
	return [...Object.keys(after.children), ...lost].sort();
}

function lostRunners(snapshot: AnyMachineSnapshot): readonly string[] {
	return Object.keys(contextOfOrchestrator(snapshot).runners).filter((id) => !Object.hasOwn(snapshot.children, id));
}

function expectedEffects({ before, event }: OrchestratorStep): readonly AskedAction[] {
	const isLive = (id: string) => before !== null && Object.hasOwn(contextOfOrchestrator(before).runners, id);
	const find = (params: AskedAction['params']) => [{ type: 'findWorkflows', params }];
	switch (event.type) {
		case 'AGENT_STARTED':
		case 'AGENT_RESTARTED':
			return find({ agentId: event.agentId });
		case 'WORKFLOW_SAVED':
			return isLive(event.workflowId) ? [] : find({ workflowId: event.workflowId });
		case 'RUNNER_RETRY_DUE':
			return find({ workflowId: event.workflowId });
		case 'AGENT_ENDED':
		case 'WORKFLOW_ENDED':
		case 'WORKFLOWS_FOUND':
			return [];
		default: {
			const { type, actorId, output } = event as { type: string; actorId: string; output: { reason: EndReason } };
			if (!type.startsWith('xstate.done')) return [];
			if (output.reason === 'exhausted') return [{ type: 'retireWorkflow', params: output as never }];
			return find({ workflowId: actorId });
		}
	}
}
