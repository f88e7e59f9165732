/** Names in a trigger become ids when it is saved, so that a later change of name does not change what it means. */

import type { Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { WorkflowReads } from './views.ts';

export type ReferenceReads = Pick<Reads, 'agent'> & Pick<WorkflowReads, 'workflow'>;

/** Rejects with `agent_not_found` or `workflow_not_found`. */
export async function resolveReferences(trigger: Trigger, reads: ReferenceReads): Promise<Trigger> {
	switch (trigger.type) {
		case 'agent_idle':
		case 'agent_lifecycle':
		case 'request_answered':
			if (trigger.agent === undefined || trigger.agent === '*') return trigger;
			return { ...trigger, agent: await requireAgentId(trigger.agent, reads) };
		case 'dispatch_result':
			return { ...trigger, workflow: await requireWorkflowId(trigger.workflow, reads) };
		case 'composite': {
			const triggers = await Promise.all(trigger.triggers.map((part) => resolveReferences(part, reads)));
			// Each part stays of its type.
			return { ...trigger, triggers: triggers as typeof trigger.triggers };
		}
		default:
			return trigger;
	}
}

async function requireAgentId(idOrName: string, reads: ReferenceReads): Promise<string> {
	const agent = await reads.agent(idOrName);
	if (!agent)
		throw new StatecraftError('agent_not_found', `The trigger watches the agent "${idOrName}": there is none`);
	return agent.id;
}

async function requireWorkflowId(idOrName: string, reads: ReferenceReads): Promise<string> {
	const workflow = await reads.workflow(idOrName);
	if (!workflow) {
		throw new StatecraftError('workflow_not_found', `The trigger watches the workflow "${idOrName}": there is none`);
	}
	return workflow.id;
}
