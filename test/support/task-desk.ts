/** What an operator does with tasks over the API, and how they wait for what comes of it. */

import type { z } from 'zod';
import type { taskResource } from '../../src/tasks/schemas.ts';
import type { Operator } from './operator.ts';

export type TaskAnswer = z.output<typeof taskResource>;

export interface TaskDesk {
	create(body: Readonly<Record<string, unknown>>): Promise<TaskAnswer>;
	task(id: string): Promise<TaskAnswer>;
	/** One of the commands of `POST /tasks/{id}/…`; `key` is sent as its idempotency key. */
	ask(id: string, command: string, body?: Readonly<Record<string, unknown>>, key?: string): Promise<TaskAnswer>;
	/** Waits until the task is in this state, `working`, or does this in it, `working.checking`. */
	became(id: string, state: string): Promise<TaskAnswer>;
	/** States it went through, in order. */
	statesOf(id: string): readonly string[];
	/** Text of its nth prompt, from 1, once that has been submitted to the agent. */
	prompt(id: string, agentId: string, number: number): Promise<string>;
}

export function createTaskDesk({ api, events, post }: Pick<Operator, 'api' | 'events' | 'post'>): TaskDesk {
	const task: TaskDesk['task'] = (id) => api.http.request('GET', `/tasks/${id}`);
	return {
		create: (body) => post('/tasks', body),
		task,
		ask: (id, command, body = {}, key) =>
			post(`/tasks/${id}/${command}`, body, key === undefined ? {} : { 'idempotency-key': key }),
		became: (id, state) =>
			events.until(`${id} is ${state}`, async () => {
				const found = await task(id);
				return [found.state, `${found.state}.${found.activity}`].includes(state) ? found : undefined;
			}),
		statesOf: (id) =>
			events
				.ofTopic('task.state.changed')
				.map(({ data }) => data as { readonly taskId: string; readonly to: string })
				.filter(({ taskId }) => taskId === id)
				.map(({ to }) => to),
		prompt: (id, agentId, number) =>
			events.until(`prompt ${number} of ${id}`, async () => {
				const { items } = await api.http.request<{ items: Array<{ text: string; idempotencyKey: string | null }> }>(
					'GET',
					`/agents/${agentId}/prompts?limit=200`,
				);
				return items.find(({ idempotencyKey }) => idempotencyKey === `${id}/${number}`)?.text;
			}),
	};
}
