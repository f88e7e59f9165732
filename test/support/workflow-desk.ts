/** What an operator does with workflows over the API, and how they wait for what comes of it. */

import type { Operator } from './operator.ts';

/** A workflow as the API answers it; the fields that tests look at. */
export interface WorkflowAnswer {
	readonly id: string;
	readonly name: string;
	readonly agentId: string;
	readonly enabled: boolean;
	readonly version: number;
	readonly runner: {
		readonly state: string;
		readonly nextAt: string | null;
		readonly lastError: { readonly code: string; readonly message: string } | null;
	};
}

export interface DispatchAnswer {
	readonly id: string;
	readonly workflowId: string;
	readonly sourceId: string;
	readonly title: string;
	readonly status: string;
	readonly attempts: number;
	readonly nextAttemptAt: string | null;
	readonly promptId: string | null;
	readonly error: { readonly code: string; readonly message: string } | null;
}

export interface WorkflowDesk {
	/** Makes a workflow: by hand, with the item's body as the prompt, unless told otherwise. */
	standing(agent: string, body?: Readonly<Record<string, unknown>>): Promise<WorkflowAnswer>;
	workflow(id: string): Promise<WorkflowAnswer>;
	/** Hands in a work item. */
	trigger(workflowId: string, item?: Readonly<Record<string, unknown>>): Promise<DispatchAnswer>;
	dispatch(id: string): Promise<DispatchAnswer>;
	/** Oldest first. */
	dispatches(workflowId: string): Promise<readonly DispatchAnswer[]>;
	/** Waits until the dispatch is in this status. */
	became(dispatchId: string, status: string): Promise<DispatchAnswer>;
	/** Waits until the workflow's runner does this. */
	runnerIs(workflowId: string, state: string): Promise<WorkflowAnswer>;
}

export function createWorkflowDesk({ api, events, post }: Pick<Operator, 'api' | 'events' | 'post'>): WorkflowDesk {
	const get = <T>(path: string) => api.http.request<T>('GET', path);
	const workflow: WorkflowDesk['workflow'] = (id) => get(`/workflows/${id}`);
	const dispatch: WorkflowDesk['dispatch'] = (id) => get(`/dispatches/${id}`);
	return {
		standing: (agent, body = {}) =>
			post('/workflows', { name: 'rule', agent, trigger: { type: 'manual' }, template: '{{ item.body }}', ...body }),
		workflow,
		trigger: (workflowId, item = {}) => post(`/workflows/${workflowId}/trigger`, item),
		dispatch,
		dispatches: async (workflowId) => {
			const { items } = await get<{ items: DispatchAnswer[] }>(`/workflows/${workflowId}/dispatches?limit=200`);
			return items.reverse();
		},
		became: (id, status) =>
			events.until(`${id} is ${status}`, async () => {
				const found = await dispatch(id);
				return found.status === status ? found : undefined;
			}),
		runnerIs: (id, state) =>
			events.until(`the runner of ${id} is ${state}`, async () => {
				const found = await workflow(id);
				return found.runner.state === state ? found : undefined;
			}),
	};
}
