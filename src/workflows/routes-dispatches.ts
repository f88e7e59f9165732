/** Routes about dispatches: what became of work items, and handing one in. */

import { idParams } from '../http/fields.ts';
import { answerListing, type Route, type RouteSpec, route } from '../http/route.ts';
import { renderDispatch } from './resources.ts';
import { answerDispatch, type WorkflowRouteDeps } from './route-answers.ts';
import { dispatchesQuery, dispatchListing, emptyBody, itemBody, wholeDispatchResource } from './schemas.ts';
import { requireWorkflow } from './workflow-lookup.ts';

const tag = 'dispatches';
const dispatchPath = (id: string) => `/dispatches/${id}`;
const accepted = { 202: { description: 'The dispatch after the commit', schema: wholeDispatchResource } };
const keyed: RouteSpec['keyed'] = { status: 202, resource: dispatchPath };

const triggerWorkflow = route(
	{
		method: 'post',
		path: '/workflows/{id}/trigger',
		scope: 'prompt',
		tag,
		summary: 'Hand a work item to a workflow, whatever its trigger; for a known `sourceId` the first dispatch answers',
		params: idParams,
		body: itemBody,
		responses: accepted,
		errors: ['workflow_not_found', 'workflow_disabled', 'stale_state'],
		keyed,
	},
	async ({ params, body, conditions }, deps: WorkflowRouteDeps) => {
		const { id } = await requireWorkflow(deps.reads, params.id);
		const { dispatchId } = await deps.workflows.trigger(id, body, conditions());
		return { ...(await answerDispatch(deps, dispatchId, 202)), headers: { Location: dispatchPath(dispatchId) } };
	},
);

const listDispatches = route(
	{
		method: 'get',
		path: '/workflows/{id}/dispatches',
		scope: 'read',
		tag,
		summary: "The workflow's dispatches, newest first",
		params: idParams,
		query: dispatchesQuery,
		responses: { 200: { description: 'A page of dispatches', schema: dispatchListing } },
		errors: ['workflow_not_found'],
	},
	async ({ params, query }, deps: WorkflowRouteDeps) => {
		const workflow = await requireWorkflow(deps.reads, params.id);
		const { status, ...page } = query;
		const filter = { workflowId: workflow.id, ...(status === undefined ? {} : { status }) };
		return answerListing(await deps.reads.dispatches(filter, page), renderDispatch, page);
	},
);

const readDispatch = route(
	{
		method: 'get',
		path: '/dispatches/{id}',
		scope: 'read',
		tag,
		summary: 'One dispatch, with its item and the prompts of its attempts',
		params: idParams,
		responses: { 200: { description: 'The dispatch', schema: wholeDispatchResource } },
		errors: ['dispatch_not_found'],
	},
	({ params }, deps: WorkflowRouteDeps) => answerDispatch(deps, params.id),
);

const retryDispatch = route(
	{
		method: 'post',
		path: '/dispatches/{id}/retry',
		scope: 'prompt',
		tag,
		summary: 'Send a settled dispatch again',
		params: idParams,
		body: emptyBody,
		responses: accepted,
		errors: ['dispatch_not_found', 'dispatch_outstanding', 'workflow_disabled', 'superseded'],
		keyed,
	},
	async ({ params, conditions }, deps: WorkflowRouteDeps) => {
		await deps.workflows.retryDispatch(params.id, conditions());
		return answerDispatch(deps, params.id, 202);
	},
);

export const dispatchRoutes: ReadonlyArray<Route<WorkflowRouteDeps>> = [
	triggerWorkflow,
	listDispatches,
	readDispatch,
	retryDispatch,
];
