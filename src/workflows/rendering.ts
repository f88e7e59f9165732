/** From a dispatch to the text of its prompt. Templates are parsed once for each revision of a workflow. */

import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import { StatecraftError } from '../errors.ts';
import { parseTemplate, type Template } from './template.ts';
import type { DispatchView, WorkflowView } from './views.ts';

export interface PromptRenderer {
	/** Rejects with `template_invalid`, `prompt_too_large`, `prompt_blank`, `agent_not_found`. */
	render(workflow: WorkflowView, dispatch: DispatchView, attempt: number): Promise<string>;
}

export function createPromptRenderer(deps: {
	readonly clock: Clock;
	readonly reads: Pick<Reads, 'agent'>;
}): PromptRenderer {
	const parsed = new Map<string, { readonly source: string; readonly template: Template }>();

	function templateOf({ id, template: source }: WorkflowView): Template {
		const known = parsed.get(id);
		if (known?.source === source) return known.template;
		const template = parseTemplate(source);
		parsed.set(id, { source, template });
		return template;
	}

	return {
		async render(workflow, dispatch, attempt) {
			const agent = await deps.reads.agent(workflow.agentId);
			if (!agent) throw new StatecraftError('agent_not_found', `there is no agent ${workflow.agentId}`);
			const { id, name, cwd } = agent;
			const { sourceId, title, body, url, labels, metadata } = dispatch.item;
			return templateOf(workflow).render({
				item: { sourceId, title, body, url, labels, metadata },
				workflow: { id: workflow.id, name: workflow.name },
				agent: { id, name, cwd },
				dispatch: { id: dispatch.id, attempt },
				now: new Date(deps.clock.now()).toISOString(),
			});
		},
	};
}
