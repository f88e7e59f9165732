/** The client's part about tasks. */

import type { z } from 'zod';
import type { createTaskBody, taskDiffResource, taskResource } from '../tasks/schemas.ts';
import type { HttpConnection, Query } from './http-connection.ts';
import { listAll, segment } from './listings.ts';
import type { ListingResource } from './resources.ts';

export type TaskResource = z.output<typeof taskResource>;
export type TaskDiffResource = z.output<typeof taskDiffResource>;
export type TaskBody = z.input<typeof createTaskBody>;

/** Commands of `POST /tasks/{id}/…` and what each takes. */
export interface TaskCommands {
	readonly approve: { readonly reason?: string };
	readonly 'request-changes': { readonly comment: string };
	readonly merge: { readonly reason?: string };
	readonly retry: { readonly reason?: string };
	readonly assign: { readonly agent: string };
	readonly cancel: { readonly reason?: string };
	readonly 'clean-up': { readonly reason?: string };
	readonly fail: { readonly reason: string };
	readonly submit: { readonly reason?: string };
}

export interface TaskClient {
	/** The highest priority first, then the oldest. */
	tasks(filter?: Query): Promise<ListingResource<TaskResource>>;
	task(id: string): Promise<TaskResource>;
	createTask(body: TaskBody): Promise<TaskResource>;
	commandTask<C extends keyof TaskCommands>(id: string, command: C, body: TaskCommands[C]): Promise<TaskResource>;
	taskDiff(id: string): Promise<TaskDiffResource>;
}

export function createTaskClient(http: HttpConnection): TaskClient {
	const path = (id: string): string => `/tasks/${segment(id)}`;
	return {
		tasks: (filter) => listAll(http, '/tasks', filter),
		task: (id) => http.request('GET', path(id)),
		createTask: (body) => http.request('POST', '/tasks', { body }),
		commandTask: (id, command, body) => http.request('POST', `${path(id)}/${command}`, { body }),
		taskDiff: (id) => http.request('GET', `${path(id)}/diff`),
	};
}
