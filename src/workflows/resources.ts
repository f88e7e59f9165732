/** Renders rows about workflows into what the API answers. */

import type { z } from 'zod';
import type { PromptView } from '../agents/views.ts';
import { renderFailure, renderTime, renderTimeOrNull } from '../http/fields.ts';
import { readPolicy } from '../requests/policy/schema.ts';
import type { dispatchResource, wholeDispatchResource, workflowResource, workItemResource } from './schemas.ts';
import type { queueItemResource, queueResource } from './schemas-queues.ts';
import { maskTrigger } from './trigger-secrets.ts';
import type { DispatchView, QueueItemView, QueueView, WorkflowView, WorkItem } from './views.ts';

type WorkflowResource = z.input<typeof workflowResource>;

export function renderWorkflow(workflow: WorkflowView): WorkflowResource {
	return {
		id: workflow.id,
		name: workflow.name,
		agentId: workflow.agentId,
		trigger: maskTrigger(workflow.trigger),
		template: workflow.template,
		enabled: workflow.enabled,
		policy: workflow.policy && readPolicy(workflow.policy),
		retry: workflow.retry,
		version: workflow.revision,
		runner: renderRunner(workflow),
		createdAt: renderTime(workflow.createdAt),
		updatedAt: renderTime(workflow.updatedAt),
	};
}

function renderRunner({ runnerState, runnerNextAt, runnerError }: WorkflowView): WorkflowResource['runner'] {
	return {
		// Written by the runners' projection only, from its machine's states.
		state: (runnerState ?? 'absent') as WorkflowResource['runner']['state'],
		nextAt: renderTimeOrNull(runnerNextAt),
		lastError: renderFailure(runnerError),
	};
}

export function renderDispatch(dispatch: DispatchView): z.input<typeof dispatchResource> {
	return {
		id: dispatch.id,
		workflowId: dispatch.workflowId,
		sourceId: dispatch.sourceId,
		title: dispatch.title,
		status: dispatch.status,
		attempts: dispatch.attempts,
		maxAttempts: dispatch.maxAttempts,
		nextAttemptAt: renderTimeOrNull(dispatch.nextAttemptAt),
		promptId: dispatch.promptId,
		error: renderFailure(dispatch.error),
		url: dispatch.item.url,
		createdAt: renderTime(dispatch.createdAt),
		updatedAt: renderTime(dispatch.updatedAt),
		finishedAt: renderTimeOrNull(dispatch.finishedAt),
	};
}

export function renderWholeDispatch(
	dispatch: DispatchView,
	prompts: readonly PromptView[],
): z.input<typeof wholeDispatchResource> {
	return {
		...renderDispatch(dispatch),
		item: renderItem(dispatch.item),
		prompts: prompts.map(({ id, status, createdAt, finishedAt, error }) => ({
			id,
			status,
			createdAt: renderTime(createdAt),
			finishedAt: renderTimeOrNull(finishedAt),
			error: renderFailure(error),
		})),
	};
}

function renderItem({ sourceId, title, body, url, labels, metadata }: WorkItem): z.input<typeof workItemResource> {
	return { sourceId, title, body, url, labels: [...labels], metadata };
}

export function renderQueue({ name, counts }: QueueView): z.input<typeof queueResource> {
	return { name, counts };
}

export function renderQueueItem(item: QueueItemView): z.input<typeof queueItemResource> {
	return {
		id: item.id,
		queue: item.queue,
		key: item.key,
		item: renderItem(item.item),
		priority: item.priority,
		status: item.status,
		workflowId: item.workflowId,
		dispatchId: item.dispatchId,
		visibleAt: renderTimeOrNull(item.visibleAt),
		createdAt: renderTime(item.createdAt),
		updatedAt: renderTime(item.updatedAt),
	};
}
