/** The client's part about workflows, their dispatches, and queues. */

import type { GivenItem, Preview } from '../workflows/service.ts';
import type { HttpConnection, Query } from './http-connection.ts';
import { listAll, segment } from './listings.ts';
import type { ListingResource } from './resources.ts';
import type {
	DispatchResource,
	QueueItemResource,
	QueueResource,
	WholeDispatchResource,
	WorkflowBody,
	WorkflowResource,
} from './workflow-resources.ts';

export interface PreviewBody {
	readonly template: string;
	readonly item?: unknown;
	/** Id or name. */
	readonly agent?: string;
}

export interface WorkflowClient {
	workflows(): Promise<ListingResource<WorkflowResource>>;
	/** By id or by name. */
	workflow(reference: string): Promise<WorkflowResource>;
	createWorkflow(body: WorkflowBody): Promise<WorkflowResource>;
	/** Refused with `stale_state` unless the workflow still has this version. */
	replaceWorkflow(id: string, body: WorkflowBody, version: number): Promise<WorkflowResource>;
	switchWorkflow(id: string, change: 'enable' | 'disable'): Promise<WorkflowResource>;
	removeWorkflow(id: string): Promise<void>;
	trigger(workflowId: string, item: GivenItem): Promise<WholeDispatchResource>;
	preview(body: PreviewBody): Promise<Preview>;
	/** Newest first. */
	dispatches(workflowId: string, filter?: Query): Promise<ListingResource<DispatchResource>>;
	dispatch(id: string): Promise<WholeDispatchResource>;
	retryDispatch(id: string): Promise<WholeDispatchResource>;
	queues(): Promise<ListingResource<QueueResource>>;
	queueItems(queue: string, filter?: Query): Promise<ListingResource<QueueItemResource>>;
	enqueue(queue: string, item: GivenItem): Promise<QueueItemResource>;
}

export function createWorkflowClient(http: HttpConnection): WorkflowClient {
	const workflowPath = (id: string): string => `/workflows/${segment(id)}`;
	return {
		workflows: () => listAll(http, '/workflows'),
		workflow: (reference) => http.request('GET', workflowPath(reference)),
		createWorkflow: (body) => http.request('POST', '/workflows', { body }),
		replaceWorkflow: (id, body, version) =>
			http.request('PUT', workflowPath(id), { body, headers: { 'if-match': `"${version}"` } }),
		switchWorkflow: (id, change) => http.request('POST', `${workflowPath(id)}/${change}`),
		removeWorkflow: (id) => http.request('DELETE', workflowPath(id)),
		trigger: (id, item) => http.request('POST', `${workflowPath(id)}/trigger`, { body: item }),
		preview: (body) => http.request('POST', '/workflows/preview', { body }),
		dispatches: (id, filter) => listAll(http, `${workflowPath(id)}/dispatches`, filter),
		dispatch: (id) => http.request('GET', `/dispatches/${segment(id)}`),
		retryDispatch: (id) => http.request('POST', `/dispatches/${segment(id)}/retry`),
		queues: () => listAll(http, '/queues'),
		queueItems: (queue, filter) => listAll(http, `/queues/${segment(queue)}`, filter),
		enqueue: (queue, item) => http.request('POST', `/queues/${segment(queue)}`, { body: item }),
	};
}
