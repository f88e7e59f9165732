/** What the routes about workflows share: finding a workflow, dispatch or queue item, and answering it. */

import type { Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import type { JsonReply } from '../http/route.ts';
import { renderQueueItem, renderWholeDispatch, renderWorkflow } from './resources.ts';
import type { WorkflowService } from './service.ts';
import type { WorkflowReads } from './views.ts';
import { requireWorkflow } from './workflow-lookup.ts';

export interface WorkflowRouteDeps {
	readonly workflows: WorkflowService;
	readonly reads: WorkflowReads & Pick<Reads, 'agent'>;
}

type Deps = Pick<WorkflowRouteDeps, 'reads'>;

/** The workflow as it stands after the commit. */
export async function answerWorkflow(deps: Deps, id: string, status = 200): Promise<JsonReply> {
	const workflow = await requireWorkflow(deps.reads, id);
	return { status, body: renderWorkflow(workflow), version: workflow.revision };
}

/** The dispatch as it stands after the commit, with its item and the prompts of its attempts. */
export async function answerDispatch({ reads }: Deps, id: string, status = 200): Promise<JsonReply> {
	const dispatch = await reads.dispatch(id);
	if (dispatch === undefined) throw new StatecraftError('dispatch_not_found', `There is no dispatch "${id}"`);
	return { status, body: renderWholeDispatch(dispatch, await reads.dispatchPrompts(id)) };
}

export async function answerQueueItem({ reads }: Deps, id: string, status = 200): Promise<JsonReply> {
	const item = await reads.queueItem(id);
	if (item === undefined) throw new StatecraftError('not_found', `There is no queue item "${id}"`);
	return { status, body: renderQueueItem(item) };
}
