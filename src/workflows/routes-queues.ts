/** Routes about durable queues. A queue is there from its first item on. */

import { idParams, pageQuery } from '../http/fields.ts';
import { answerListing, type Route, route } from '../http/route.ts';
import { renderQueue, renderQueueItem } from './resources.ts';
import { answerQueueItem, type WorkflowRouteDeps } from './route-answers.ts';
import { itemBody } from './schemas.ts';
import { queueItemListing, queueItemResource, queueItemsQuery, queueListing, queueParams } from './schemas-queues.ts';

const tag = 'queues';
const itemPath = (id: string) => `/queue-items/${id}`;

const enqueueItem = route(
	{
		method: 'post',
		path: '/queues/{name}',
		scope: 'prompt',
		tag,
		summary: 'Add a work item to a queue',
		params: queueParams,
		body: itemBody,
		responses: {
			200: { description: 'The first item with this `sourceId`', schema: queueItemResource },
			201: { description: 'The new item', schema: queueItemResource },
		},
		keyed: { status: 201, resource: itemPath },
	},
	async ({ params, body, conditions }, deps: WorkflowRouteDeps) => {
		const { id, repeated } = await deps.workflows.enqueue(params.name, body, conditions());
		const headers = { Location: itemPath(id), ...(repeated ? { 'Idempotency-Replayed': 'true' } : {}) };
		return { ...(await answerQueueItem(deps, id, repeated ? 200 : 201)), headers };
	},
);

const listQueues = route(
	{
		method: 'get',
		path: '/queues',
		scope: 'read',
		tag,
		summary: 'Queues by name, with the number of their items in each status',
		query: pageQuery,
		responses: { 200: { description: 'A page of queues', schema: queueListing } },
	},
	async ({ query }, { reads }: WorkflowRouteDeps) => answerListing(await reads.queues(query), renderQueue, query),
);

const listItems = route(
	{
		method: 'get',
		path: '/queues/{name}',
		scope: 'read',
		tag,
		summary: 'Items of a queue: the highest priority first, then the oldest',
		params: queueParams,
		query: queueItemsQuery,
		responses: { 200: { description: 'A page of items', schema: queueItemListing } },
	},
	async ({ params, query }, { reads }: WorkflowRouteDeps) => {
		const { status, ...page } = query;
		const filter = status === undefined ? {} : { status };
		return answerListing(await reads.queueItems(params.name, filter, page), renderQueueItem, page);
	},
);

const readItem = route(
	{
		method: 'get',
		path: '/queue-items/{id}',
		scope: 'read',
		tag,
		summary: 'One item of a queue',
		params: idParams,
		responses: { 200: { description: 'The item', schema: queueItemResource } },
		errors: ['not_found'],
	},
	({ params }, deps: WorkflowRouteDeps) => answerQueueItem(deps, params.id),
);

export const queueRoutes: ReadonlyArray<Route<WorkflowRouteDeps>> = [enqueueItem, listQueues, listItems, readItem];
