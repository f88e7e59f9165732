/** Steps of the agent machine with no system around it. */

import type { AnyMachineSnapshot } from 'xstate';
import type { AgentCommandEvent, AgentContext } from '../../machines/agent-model.ts';
import { agentAddress } from '../../src/agents/address.ts';
import type { StepView } from '../../src/durable/definition.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { createMachineSteps, type MachineStep, viewStep } from './machine-steps.ts';

export type AgentStep = MachineStep<AgentCommandEvent>;

export const agentDefinition = inertAgentDefinition;

export const agentSteps = createMachineSteps<AgentCommandEvent>(agentDefinition);

export function contextOf(snapshot: AnyMachineSnapshot): AgentContext {
	return snapshot.context as AgentContext;
}

/** Rows and events that the step writes, and messages that it sends. */
export function projectStep(step: AgentStep) {
	return agentSteps.project(step, addressOf(step));
}

/** The step as definitions see it. */
export function viewOf(step: AgentStep): StepView {
	return viewStep(step, addressOf(step));
}

function addressOf({ after }: AgentStep): string {
	return agentAddress(contextOf(after).agentId);
}
