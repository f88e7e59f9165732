/** What an operator does with a server over its API, and how they wait for what comes of it. */

import { type ApiClient, createApiClient } from '../../src/cli/client.ts';
import { type Problem, ServerProblem } from '../../src/cli/failure.ts';
import type { AgentResource, PromptResource, RequestResource } from '../../src/cli/resources.ts';
import type { Run } from './api-shapes.ts';
import { type EventLog, followEvents } from './event-log.ts';

export interface Operator {
	readonly api: ApiClient;
	readonly events: EventLog;
	/** Makes a demo agent, told to keep its sessions where the test finds them. */
	create(name: string, body?: Readonly<Record<string, unknown>>): Promise<AgentResource>;
	/** Makes one and waits until it is idle. */
	hire(name: string, body?: Readonly<Record<string, unknown>>): Promise<AgentResource>;
	/** Waits until the agent is in the state: `idle`, `busy.awaitingInput`. */
	reached(agentId: string, state: string): Promise<AgentResource>;
	/** Waits until the agent is in the state in this generation or a later one. */
	reachedAgain(agentId: string, state: string, generation: number): Promise<AgentResource>;
	ask(agentId: string, text: string, body?: Readonly<Record<string, unknown>>): Promise<PromptResource>;
	/** Waits until the prompt's turn has begun. */
	begun(promptId: string): Promise<PromptResource>;
	/** Waits until the prompt is in none but this status. */
	became(promptId: string, status: PromptResource['status']): Promise<PromptResource>;
	/** Waits until the prompt is settled, whichever way. */
	settled(promptId: string): Promise<PromptResource>;
	/** Waits for the agent's open request. */
	request(agentId: string): Promise<RequestResource>;
	runs(agentId: string): Promise<readonly Run[]>;
	post<T>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<T>;
	close(): Promise<void>;
}

export interface OperatorOptions {
	readonly url: string;
	readonly token: string;
	/** Working directory of agents. */
	readonly directory: string;
	/** Where demo agents keep their sessions. */
	readonly sessionDirectory: string;
}

export function createOperator({ url, token, directory, sessionDirectory }: OperatorOptions): Operator {
	const api = createApiClient({ url, token });
	const events = followEvents(api);
	const driver = { kind: 'demo', env: { STATECRAFT_DEMO_DIR: sessionDirectory } };

	const create: Operator['create'] = (name, body = {}) => api.createAgent({ name, driver, cwd: directory, ...body });

	const reachedAgain: Operator['reachedAgain'] = (agentId, state, generation) =>
		events.until(`${agentId} is ${state}`, async () => {
			const agent = await api.agent(agentId);
			return isIn(agent, state) && agent.generation >= generation ? agent : undefined;
		});

	const promptIs = (promptId: string, what: string, fits: (prompt: PromptResource) => boolean) =>
		events.until(`${promptId} ${what}`, async () => {
			const prompt = await api.prompt(promptId);
			return fits(prompt) ? prompt : undefined;
		});

	return {
		api,
		events,
		create,
		async hire(name, body) {
			const { id } = await create(name, body);
			return reachedAgain(id, 'idle', 1);
		},
		reached: (agentId, state) => reachedAgain(agentId, state, 0),
		reachedAgain,
		ask: (agentId, text, body = {}) => api.submitPrompt(agentId, { text, ...body }),
		begun: (promptId) => promptIs(promptId, 'begins', ({ status }) => status !== 'queued'),
		became: (promptId, status) => promptIs(promptId, `is ${status}`, (prompt) => prompt.status === status),
		settled: (promptId) => promptIs(promptId, 'is settled', isSettled),
		request: (agentId) =>
			events.until(`a request of ${agentId}`, async () => {
				const { items } = await api.requests({ status: 'open', agentId });
				return items[0];
			}),
		runs: async (agentId) => (await api.http.request<{ items: Run[] }>('GET', `/agents/${agentId}/runs`)).items,
		post: (path, body, headers = {}) => api.http.request('POST', path, { body, headers }),
		close: () => events.stop(),
	};
}

export function isSettled({ status }: PromptResource): boolean {
	return status !== 'queued' && status !== 'running';
}

/** State and substate as one path. */
export function stateOf({ executionState, substate }: AgentResource): string {
	return substate === null ? executionState : `${executionState}.${substate}`;
}

function isIn(agent: AgentResource, state: string): boolean {
	const path = stateOf(agent);
	return path === state || path.startsWith(`${state}.`);
}

/** The problem with which the server refuses; fails when it does not refuse. */
export async function refusalOf(attempt: Promise<unknown>): Promise<Problem> {
	try {
		await attempt;
	} catch (error) {
		if (error instanceof ServerProblem) return error.problem;
		throw error;
	}
	throw new Error('It was not refused');
}
