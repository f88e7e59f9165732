/** A workflow as it is edited, read into what the API takes. Pure. */

import type { Workflow } from '../store/resources.ts';
import {
	draftOfTrigger,
	findTriggerProblems,
	newTriggerDraft,
	readTrigger,
	type TriggerDraft,
	type TriggerProblems,
} from './trigger-form.ts';

export interface WorkflowDraft {
	readonly name: string;
	readonly agentId: string;
	readonly trigger: TriggerDraft;
	readonly template: string;
	readonly maxAttempts: string;
	readonly interrupted: Workflow['retry']['interrupted'];
}

const firstTemplate = `{{ item.title }}
{% if item.body %}
{{ item.body }}
{% endif %}`;

export function newWorkflowDraft(agentId: string): WorkflowDraft {
	return {
		name: '',
		agentId,
		trigger: newTriggerDraft('manual'),
		template: firstTemplate,
		maxAttempts: '3',
		interrupted: 'retry',
	};
}

export function draftOfWorkflow({ name, agentId, trigger, template, retry }: Workflow): WorkflowDraft {
	return {
		name,
		agentId,
		trigger: draftOfTrigger(trigger),
		template,
		maxAttempts: String(retry.maxAttempts),
		interrupted: retry.interrupted,
	};
}

export interface DraftProblems {
	readonly name?: string;
	readonly agentId?: string;
	readonly template?: string;
	readonly maxAttempts?: string;
	readonly trigger: TriggerProblems;
}

/** Null when nothing is wrong that can be told here. */
export function findWorkflowProblems(draft: WorkflowDraft): DraftProblems | null {
	const attempts = Number(draft.maxAttempts);
	const problems: DraftProblems = {
		...(draft.name.trim() === '' && { name: 'Give it a name.' }),
		...(draft.agentId === '' && { agentId: 'There is no agent: create one first.' }),
		...(draft.template.trim() === '' && { template: 'Say what the agent is to do.' }),
		...(!(Number.isInteger(attempts) && attempts >= 1 && attempts <= 100) && { maxAttempts: 'From 1 to 100.' }),
		trigger: findTriggerProblems(draft.trigger),
	};
	const isWell = Object.keys(problems).length === 1 && Object.keys(problems.trigger).length === 0;
	return isWell ? null : problems;
}

/** `before`: what is not edited here stays as it is. */
export function readWorkflow(draft: WorkflowDraft, before?: Workflow): Readonly<Record<string, unknown>> {
	return {
		name: draft.name.trim(),
		agent: draft.agentId,
		trigger: readTrigger(draft.trigger),
		template: draft.template,
		retry: {
			...(before && { backoffMs: before.retry.backoffMs }),
			maxAttempts: Number(draft.maxAttempts),
			interrupted: draft.interrupted,
		},
		...(before && { enabled: before.enabled }),
		...(before?.policy && { policy: before.policy }),
	};
}
