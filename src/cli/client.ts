/** A small typed client of the API: one method per thing the commands do. */

import type { DriverOffer } from '../agents/drivers/driver-offers.ts';
import { type AuditClient, createAuditClient } from './audit-client.ts';
import { createEventStream, type EventStreamOptions } from './event-stream.ts';
import { createGroupClient, type GroupClient } from './group-client.ts';
import { createHttpConnection, type HttpConnection, type Query } from './http-connection.ts';
import { listAll, segment } from './listings.ts';
import type { MachineResource } from './machine-source.ts';
import type {
	AgentResource,
	AnswerBody,
	EventResource,
	KillAllResource,
	ListingResource,
	PatchedAgentResource,
	PromptResource,
	QuarantineResource,
	RequestResource,
	SnapshotResource,
	TokenResource,
	TransitionResource,
} from './resources.ts';
import type { Settings } from './settings.ts';
import { createSupervisorClient, type SupervisorClient } from './supervisor-client.ts';
import { createTaskClient, type TaskClient } from './task-client.ts';
import { createWorkflowClient, type WorkflowClient } from './workflow-client.ts';

export type Command = 'start' | 'stop' | 'restart' | 'suspend' | 'resume' | 'cancel' | 'kill';

export interface PromptBody {
	readonly text: string;
	readonly idempotencyKey?: string;
	readonly repeatable?: boolean;
	readonly start?: boolean;
}

export interface ApiClient extends WorkflowClient, GroupClient, TaskClient, AuditClient, SupervisorClient {
	readonly http: HttpConnection;
	/** True once the server has reconciled; rejects when nobody answers. */
	ready(): Promise<boolean>;
	agents(filter?: Query): Promise<ListingResource<AgentResource>>;
	/** By id or by name. */
	agent(reference: string): Promise<AgentResource>;
	createAgent(body: Readonly<Record<string, unknown>>): Promise<AgentResource>;
	patchAgent(id: string, change: Readonly<Record<string, unknown>>): Promise<PatchedAgentResource>;
	/** The agent's persisted XState snapshot. */
	snapshot(agentId: string): Promise<SnapshotResource>;
	command(id: string, command: Command, body: Readonly<Record<string, unknown>>): Promise<AgentResource>;
	removeAgent(id: string): Promise<void>;
	killAll(reason: string): Promise<KillAllResource>;
	/** Queues a prompt; with `waitSeconds` the answer may come when it has ended. */
	submitPrompt(agentId: string, body: PromptBody, waitSeconds?: number): Promise<PromptResource>;
	prompt(id: string): Promise<PromptResource>;
	requests(filter: Query): Promise<ListingResource<RequestResource>>;
	request(id: string): Promise<RequestResource>;
	answer(requestId: string, body: AnswerBody): Promise<RequestResource>;
	transitions(agentId: string): Promise<ListingResource<TransitionResource>>;
	/** Events of one agent, or of all when `agentId` is undefined, until the signal fires or, if so asked, the end. */
	events(agentId: string | undefined, options: EventStreamOptions): AsyncIterable<EventResource>;
	/** Seq of the last event there is: where a reader of what comes begins. */
	latestSeq(): Promise<number>;
	drivers(): Promise<ListingResource<DriverOffer>>;
	machines(): Promise<ListingResource<MachineResource>>;
	quarantined(): Promise<ListingResource<QuarantineResource>>;
	/** Restores a quarantined actor again, or starts it afresh. */
	repair(address: string, how: 'retry' | 'reset'): Promise<unknown>;
	tokens(): Promise<ListingResource<TokenResource>>;
	createToken(name: string, scopes: readonly string[]): Promise<TokenResource>;
	revokeToken(name: string): Promise<void>;
}

export function createApiClient(settings: Pick<Settings, 'url' | 'token'>): ApiClient {
	const http = createHttpConnection(settings);
	return {
		http,
		...createWorkflowClient(http),
		...createGroupClient(http),
		...createTaskClient(http),
		...createAuditClient(http),
		...createSupervisorClient(http),
		ready: () => isReady(http),
		agents: (filter) => listAll(http, '/agents', filter),
		agent: (reference) => http.request('GET', `/agents/${segment(reference)}`),
		createAgent: (body) => http.request('POST', '/agents', { body }),
		patchAgent: (id, change) => http.request('PATCH', `/agents/${segment(id)}`, { body: change }),
		snapshot: (agentId) => http.request('GET', `/agents/${segment(agentId)}/snapshot`),
		command: (id, command, body) => http.request('POST', `/agents/${segment(id)}/${command}`, { body }),
		removeAgent: (id) => http.request('DELETE', `/agents/${segment(id)}`),
		killAll: (reason) => http.request('POST', '/agents/kill-all', { body: { reason } }),
		submitPrompt: (agentId, body, wait) =>
			http.request('POST', `/agents/${segment(agentId)}/prompts`, { body, query: { wait } }),
		prompt: (id) => http.request('GET', `/prompts/${segment(id)}`),
		requests: (filter) => listAll(http, '/requests', filter),
		request: (id) => http.request('GET', `/requests/${segment(id)}`),
		answer: (id, body) => http.request('POST', `/requests/${segment(id)}/answer`, { body }),
		transitions: (agentId) => listAll(http, `/agents/${segment(agentId)}/transitions`),
		events: (agentId, options) => createEventStream(http, eventsPath(agentId), options),
		latestSeq: async () => (await http.request<{ latest: number }>('GET', '/events', { query: { limit: 1 } })).latest,
		drivers: () => listAll(http, '/drivers'),
		machines: () => listAll(http, '/machines'),
		quarantined: () => listAll(http, '/quarantine'),
		repair: (address, how) => http.request('POST', `/quarantine/${segment(address)}/${how}`),
		tokens: () => listAll(http, '/tokens'),
		createToken: (name, scopes) => http.request('POST', '/tokens', { body: { name, scopes } }),
		revokeToken: (name) => http.request('DELETE', `/tokens/${segment(name)}`),
	};
}

function eventsPath(agentId: string | undefined): string {
	return agentId === undefined ? '/events' : `/agents/${segment(agentId)}/events`;
}

async function isReady(http: HttpConnection): Promise<boolean> {
	await http.request('GET', '/health');
	return http.request('GET', '/ready').then(
		() => true,
		() => false,
	);
}
