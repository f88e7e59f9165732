/** The orchestrator as a durable actor: how it finds workflows, and what people see of a runner that failed. */

import { z } from 'zod';
import { orchestratorMachine } from '../../machines/orchestrator.ts';
import {
	type OrchestratorCommandEvent,
	type OrchestratorContext,
	runnerOf,
	triggerOfOrchestrator,
} from '../../machines/orchestrator-model.ts';
import type { RunnerInput, RunnerOutput } from '../../machines/workflow-runner-model.ts';
import type { DurableDefinition, EffectDefinition, StepView, Writes } from '../durable/definition.ts';
import { patiently } from '../durable/patience.ts';
import { createFailure } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { orchestratorKind } from './address.ts';
import { cursorOf, triggerKey } from './trigger-key.ts';
import type { WorkflowReads, WorkflowView } from './views.ts';

export interface OrchestratorDefinitionDeps {
	readonly reads: Pick<WorkflowReads, 'workflowsToRun'>;
	readonly runner: DurableDefinition;
	/** Whether a runner is there: what need not be told is not, for there may be a thousand. */
	hasRunner(workflowId: string): boolean;
	/** Disables a workflow unless it was edited since. */
	retire(workflowId: string, revision: number): Promise<void>;
}

const contextSchema = z.strictObject({
	runners: z.record(z.string(), z.strictObject({ agentId: z.string() })),
	failures: z.record(z.string(), z.array(z.number())),
}) satisfies z.ZodType<OrchestratorContext>;

export function createOrchestratorDefinition(deps: OrchestratorDefinitionDeps): DurableDefinition {
	async function find(
		of: { readonly agentId: string } | { readonly workflowId: string },
	): Promise<OrchestratorCommandEvent | undefined> {
		// One that is about to end is looked for again when it has.
		const found = (await deps.reads.workflowsToRun(of)).filter(({ id }) => !deps.hasRunner(id));
		return found.length === 0 ? undefined : { type: 'WORKFLOWS_FOUND', workflows: found.map(toRunnerInput) };
	}

	const findWorkflows: EffectDefinition = { ...patiently, run: find };
	const retireWorkflow: EffectDefinition = {
		...patiently,
		async run({ workflowId, revision }: RunnerOutput): Promise<OrchestratorCommandEvent | undefined> {
			await deps.retire(workflowId, revision);
			// It was edited meanwhile, perhaps, and is to run on.
			return find({ workflowId });
		},
	};
	return {
		kind: orchestratorKind,
		machine: orchestratorMachine,
		version: 1,
		context: contextSchema,
		disclosed: {
			context: ['runners.*.agentId', 'failures.*.*'],
			event: [
				...['agentId', 'generation', 'workflowId', 'reason', 'actorId'],
				...['output.workflowId', 'output.revision', 'output.reason'],
				...['workflows.*.workflowId', 'workflows.*.agentId', 'workflows.*.revision'],
			],
		},
		effects: { findWorkflows, retireWorkflow },
		children: { workflowRunner: deps.runner },
		describe: ({ event }) => ({ trigger: triggerOfOrchestrator(event), generation: null }),
		project: projectFailedRunner,
	};
}

function toRunnerInput(workflow: WorkflowView): RunnerInput {
	const { id, agentId, revision, retry } = workflow;
	return {
		workflowId: id,
		agentId,
		revision,
		retry,
		triggerKey: triggerKey(workflow.trigger),
		cursor: cursorOf(workflow),
	};
}

/** A runner that failed can write nothing any more; what people see of it is written here. */
function projectFailedRunner({ event, previous, at }: StepView): Writes {
	if (!event.type.startsWith('xstate.error.actor.')) return {};
	const { actorId: workflowId } = runnerOf(event);
	const message = (event.error as { readonly message?: string } | undefined)?.message ?? 'unknown';
	const error = createFailure('internal', `The runner failed: ${message}`);
	const set = { runner_state: null, runner_next_at: null, runner_error: JSON.stringify(error) };
	const agentId = (previous?.context as OrchestratorContext | undefined)?.runners[workflowId]?.agentId ?? null;
	const told = { workflowId, state: null, reason: 'failed', error };
	return {
		records: [{ op: 'update', table: 'workflows', id: workflowId, set }],
		events: [createEvent('workflow.runner.changed', agentId, at, told)],
	};
}
