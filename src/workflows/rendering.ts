/** From a dispatch to the text of its prompt. */

import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import { StatecraftError } from '../errors.ts';
import { parseTemplate } from './template.ts';
import type { DispatchView, WorkflowView } from './views.ts';

export interface PromptRenderer {
	/** Rejects with `template_invalid`, `prompt_too_large`, `prompt_blank`, `agent_not_found`. */
	render(workflow: WorkflowView, dispatch: DispatchView, attempt: number): Promise<string>;
}

export function createPromptRenderer(deps: {
	readonly clock: Clock;
	readonly reads: Pick<Reads, 'agent'>;
}): PromptRenderer {
	return {
		async render(workflow, dispatch, attempt) {
			const agent = await deps.reads.agent(workflow.agentId);
			if (!agent) throw new StatecraftError('agent_not_found', `there is no agent ${workflow.agentId}`);
			const { id, name, cwd } = agent;
			const { sourceId, title, body, url, labels, metadata } = dispatch.item;
			return parseTemplate(workflow.template).render({
				item: { sourceId, title, body, url, labels, metadata },
				workflow: { id: workflow.id, name: workflow.name },
				agent: { id, name, cwd },
				dispatch: { id: dispatch.id, attempt },
				now: new Date(deps.clock.now()).toISOString(),
			});
		},
	};
}
