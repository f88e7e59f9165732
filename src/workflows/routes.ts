/** Routes about workflows: making, changing, removing them, and trying a template out. */

import { idParams, renderTime } from '../http/fields.ts';
import { answerListing, type Route, type RouteSpec, route } from '../http/route.ts';
import { renderWorkflow } from './resources.ts';
import { answerWorkflow, type WorkflowRouteDeps } from './route-answers.ts';
import {
	emptyBody,
	previewBody,
	previewResource,
	previewTriggerBody,
	saveWorkflowBody,
	triggerPreviewResource,
	workflowListing,
	workflowResource,
	workflowsQuery,
} from './schemas.ts';
import { requireWorkflow } from './workflow-lookup.ts';

const tag = 'workflows';
const workflowPath = (id: string) => `/workflows/${id}`;
const workflowAnswer = { 200: { description: 'The workflow after the commit', schema: workflowResource } };
const keyed: RouteSpec['keyed'] = { status: 200, resource: workflowPath };

const createWorkflow = route(
	{
		method: 'post',
		path: '/workflows',
		scope: 'admin',
		tag,
		summary: 'Make a workflow: when something happens, prompt this agent with that template',
		body: saveWorkflowBody,
		responses: { 201: { description: 'The new workflow', schema: workflowResource } },
		errors: ['workflow_name_taken', 'agent_not_found', 'template_invalid'],
		keyed: { status: 201, resource: workflowPath },
	},
	async ({ body, conditions }, deps: WorkflowRouteDeps) => {
		const { id } = await deps.workflows.create(body, conditions());
		return { ...(await answerWorkflow(deps, id, 201)), headers: { Location: workflowPath(id) } };
	},
);

const listWorkflows = route(
	{
		method: 'get',
		path: '/workflows',
		scope: 'read',
		tag,
		summary: 'Workflows by name, all or by agent and whether they are enabled',
		query: workflowsQuery,
		responses: { 200: { description: 'A page of workflows', schema: workflowListing } },
	},
	async ({ query }, { reads }: WorkflowRouteDeps) => {
		const { agentId, enabled, ...page } = query;
		const filter = {
			...(agentId === undefined ? {} : { agentId: (await reads.agent(agentId))?.id ?? agentId }),
			...(enabled === undefined ? {} : { enabled }),
		};
		return answerListing(await reads.workflows(filter, page), renderWorkflow, page);
	},
);

const readWorkflow = route(
	{
		method: 'get',
		path: '/workflows/{id}',
		scope: 'read',
		tag,
		summary: 'One workflow, by id or name',
		params: idParams,
		responses: { 200: { description: 'The workflow', schema: workflowResource } },
		errors: ['workflow_not_found'],
	},
	({ params }, deps: WorkflowRouteDeps) => answerWorkflow(deps, params.id),
);

const replaceWorkflow = route(
	{
		method: 'put',
		path: '/workflows/{id}',
		scope: 'admin',
		tag,
		summary: 'Replace the whole configuration; how far the trigger was read is kept unless the trigger changes',
		params: idParams,
		body: saveWorkflowBody,
		responses: workflowAnswer,
		errors: ['workflow_not_found', 'stale_state', 'workflow_name_taken', 'agent_not_found', 'template_invalid'],
		keyed,
	},
	async ({ params, body, conditions }, deps: WorkflowRouteDeps) => {
		const { id } = await requireWorkflow(deps.reads, params.id);
		await deps.workflows.replace(id, body, conditions());
		return answerWorkflow(deps, id);
	},
);

const removeWorkflow = route(
	{
		method: 'delete',
		path: '/workflows/{id}',
		scope: 'admin',
		tag,
		summary: 'Remove a workflow with its dispatches; a turn under way goes on',
		params: idParams,
		body: emptyBody,
		responses: { 204: { description: 'It is gone' } },
		errors: ['workflow_not_found', 'stale_state'],
		keyed: { status: 204, resource: workflowPath },
	},
	async ({ params, conditions }, deps: WorkflowRouteDeps) => {
		await deps.workflows.remove((await requireWorkflow(deps.reads, params.id)).id, conditions());
		return { status: 204 };
	},
);

const switches = {
	enable: { enabled: true, summary: 'Let the workflow run whenever its agent is there' },
	disable: { enabled: false, summary: 'Read the trigger no more, and begin no more dispatches' },
} as const;

const switchRoutes = Object.entries(switches).map(([command, { enabled, summary }]) =>
	route(
		{
			method: 'post',
			path: `/workflows/{id}/${command}`,
			scope: 'admin',
			tag,
			summary,
			params: idParams,
			body: emptyBody,
			responses: workflowAnswer,
			errors: ['workflow_not_found', 'stale_state'],
			keyed,
		},
		async ({ params, conditions }, deps: WorkflowRouteDeps) => {
			const { id } = await requireWorkflow(deps.reads, params.id);
			await deps.workflows.setEnabled(id, enabled, conditions());
			return answerWorkflow(deps, id);
		},
	),
);

const previewTemplate = route(
	{
		method: 'post',
		path: '/workflows/preview',
		scope: 'read',
		tag,
		summary: 'Render a template with an item, as a dispatch would; changes nothing',
		body: previewBody,
		responses: { 200: { description: 'The prompt as the agent would get it', schema: previewResource } },
		errors: ['template_invalid', 'agent_not_found', 'prompt_too_large', 'prompt_blank'],
	},
	async ({ body }, { workflows }: WorkflowRouteDeps) => ({ status: 200, body: await workflows.preview(body) }),
);

const previewTrigger = route(
	{
		method: 'post',
		path: '/workflows/preview-trigger',
		scope: 'read',
		tag,
		summary: 'Whether a trigger makes sense, and when it would fire next; changes nothing',
		body: previewTriggerBody,
		responses: { 200: { description: 'The next times', schema: triggerPreviewResource } },
	},
	async ({ body }, { workflows }: WorkflowRouteDeps) => ({
		status: 200,
		body: { nextAt: workflows.nextFires(body.trigger).map(renderTime) },
	}),
);

export const workflowRoutes: ReadonlyArray<Route<WorkflowRouteDeps>> = [
	createWorkflow,
	listWorkflows,
	previewTemplate,
	previewTrigger,
	readWorkflow,
	replaceWorkflow,
	removeWorkflow,
	...switchRoutes,
];
