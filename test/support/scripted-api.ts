/**
 * A small server that speaks the API as a client sees it: canned resources, whatever a test scripts on
 * top, and an event log over pages and SSE. Records every request.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DriverOffer } from '../../src/agents/drivers/driver-offers.ts';
import type { AgentResource, EventResource, PromptResource, RequestResource } from '../../src/cli/resources.ts';

export interface RecordedRequest {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: unknown;
}

export interface ScriptedAnswer {
	readonly status?: number;
	readonly body?: unknown;
}

export type Handler = (request: RecordedRequest, parameters: readonly string[]) => ScriptedAnswer | 'hang up';

export interface ScriptedApi {
	readonly url: string;
	readonly port: number;
	readonly token: string;
	readonly requests: readonly RecordedRequest[];
	/** Answers `method path` with the handler; `*` in the path stands for one segment. Later ones win. */
	on(method: string, path: string, handler: Handler): void;
	/** Appends to the event log and tells whoever follows it. */
	emit(topic: string, data: unknown, agentId?: string): EventResource;
	/** Drops every event stream, as a crash of the server does. */
	cutStreams(): void;
	/** Resolves when a recorded request matches. */
	seen(method: string, path: string, count?: number): Promise<RecordedRequest>;
	close(): Promise<void>;
}

export const time = '2026-01-02T03:04:05.678Z';

export function scriptedAgent(overrides: Partial<AgentResource> = {}): AgentResource {
	return {
		id: 'agt_1',
		name: 'helper',
		driver: { kind: 'demo' },
		cwd: '/tmp',
		executionState: 'idle',
		substate: 'ready',
		status: 'running',
		activity: 'idle',
		currentActivity: null,
		tags: ['alive', 'available'],
		version: 3,
		generation: 1,
		pid: 42,
		sessionId: 'ses_1',
		startedAt: time,
		completedAt: null,
		error: null,
		restart: { policy: 'transient', maxRestarts: 3, withinSeconds: 60 },
		interruptedTurn: 'fail',
		policy: null,
		budget: null,
		staleness: 'ok',
		lastSeenAt: time,
		usage: null,
		openRequests: 0,
		queuedPrompts: 0,
		labels: {},
		createdAt: time,
		updatedAt: time,
		...overrides,
	};
}

const scriptedDriver: DriverOffer = {
	kind: 'demo',
	protocol: 'acp',
	transport: 'stdio',
	command: '/opt/demo',
	args: [],
	installed: true,
	hint: null,
};

export function scriptedPrompt(overrides: Partial<PromptResource> = {}): PromptResource {
	return {
		id: 'pmt_1',
		agentId: 'agt_1',
		status: 'queued',
		text: 'hello',
		idempotencyKey: null,
		repeatable: false,
		generation: null,
		result: null,
		error: null,
		createdAt: time,
		startedAt: null,
		finishedAt: null,
		...overrides,
	};
}

export function scriptedRequest(overrides: Partial<RequestResource> = {}): RequestResource {
	return {
		id: 'req_1',
		agentId: 'agt_1',
		runId: 'run_1',
		kind: 'permission',
		title: 'Run the tests',
		detail: {},
		options: [
			{ optionId: 'always', name: 'Always allow', kind: 'allow_always' },
			{ optionId: 'once', name: 'Allow once', kind: 'allow_once' },
			{ optionId: 'no', name: 'Reject', kind: 'reject_once' },
		],
		status: 'open',
		answer: null,
		answeredBy: null,
		origin: 'agent',
		delivery: 'turn',
		askedAt: time,
		deadlineAt: null,
		...overrides,
	};
}

export function listing<T>(items: readonly T[]): { items: readonly T[]; total: number; limit: number; offset: number } {
	return { items, total: items.length, limit: 200, offset: 0 };
}

export function problem(status: number, code: string, extras: object = {}): ScriptedAnswer {
	return { status, body: { type: `urn:statecraft:error:${code}`, title: code, status, code, detail: code, ...extras } };
}

/** @param port 0 takes a free one */
export async function createScriptedApi(port = 0, token = 'secret'): Promise<ScriptedApi> {
	const handlers: Array<{ method: string; pattern: RegExp; handler: Handler }> = [];
	const requests: RecordedRequest[] = [];
	const watchers = new Set<() => void>();
	const log: EventResource[] = [];
	const streams = new Set<ServerResponse>();

	const server = createServer(async (request, response) => {
		const recorded = await record(request);
		requests.push(recorded);
		for (const watch of watchers) watch();
		if (request.headers.authorization !== `Bearer ${token}` && !/^\/(health|ready)$/.test(recorded.path))
			return send(response, problem(401, 'unauthorized'));
		const isEvents = recorded.path.endsWith('/events');
		const wantsStream = request.headers.accept?.includes('text/event-stream') === true;
		if (isEvents && wantsStream) return follow(recorded, response);
		const answer = isEvents ? readEvents(recorded) : dispatch(recorded);
		return answer === 'hang up' ? request.socket.destroy() : send(response, answer);
	});
	function dispatch(request: RecordedRequest): ScriptedAnswer | 'hang up' {
		for (const { method, pattern, handler } of handlers.toReversed()) {
			const match = method === request.method ? pattern.exec(request.path) : null;
			if (match !== null) return handler(request, match.slice(1));
		}
		return problem(404, 'not_found');
	}

	function wanted({ path, query }: RecordedRequest): (event: EventResource) => boolean {
		const agentId = /^\/agents\/([^/]+)\/events$/.exec(path)?.[1];
		const after = Number(query.get('after') ?? 0);
		return (event) => event.seq > after && (agentId === undefined || event.agentId === agentId);
	}

	function readEvents(request: RecordedRequest): ScriptedAnswer {
		const limit = Number(request.query.get('limit') ?? 50);
		const items = log.filter(wanted(request)).slice(0, limit);
		return { body: { items, limit, cursor: items.at(-1)?.seq ?? 0, latest: log.length } };
	}

	function follow(request: RecordedRequest, response: ServerResponse): void {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		response.write('retry: 1000\n\n: hello\n\n');
		for (const event of log.filter(wanted(request))) response.write(sseText(event));
		streams.add(response);
		response.on('close', () => streams.delete(response));
	}

	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	const address = server.address() as AddressInfo;
	const api: ScriptedApi = {
		url: `http://127.0.0.1:${address.port}`,
		port: address.port,
		token,
		requests,
		on(method, path, handler) {
			handlers.push({ method, pattern: new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`), handler });
		},
		emit(topic, data, agentId = 'agt_1') {
			const event = { seq: log.length + 1, topic, agentId, at: time, data };
			log.push(event);
			for (const stream of streams) stream.write(sseText(event));
			return event;
		},
		cutStreams() {
			for (const stream of streams) stream.destroy();
		},
		seen(method, path, count = 1) {
			return new Promise((resolve) => {
				const look = (): void => {
					const found = requests.filter((request) => request.method === method && request.path === path)[count - 1];
					if (found === undefined) return;
					watchers.delete(look);
					resolve(found);
				};
				watchers.add(look);
				look();
			});
		},
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	scriptDefaults(api);
	return api;
}

function scriptDefaults(api: ScriptedApi): void {
	const agent = scriptedAgent();
	api.on('GET', '/health', () => ({ body: { status: 'ok' } }));
	api.on('GET', '/ready', () => ({ body: { status: 'ready' } }));
	api.on('GET', '/agents', () => ({ body: listing([agent]) }));
	api.on('GET', '/agents/*', (_request, [reference = '']) =>
		[agent.id, agent.name].includes(decodeURIComponent(reference))
			? { body: agent }
			: problem(404, 'agent_not_found', { detail: `There is no agent "${reference}"` }),
	);
	api.on('GET', '/requests', () => ({ body: listing([]) }));
	api.on('GET', '/drivers', () => ({ body: listing([scriptedDriver]) }));
	api.on('GET', '/quarantine', () => ({ body: listing([]) }));
}

function sseText(event: EventResource): string {
	return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

function send(response: ServerResponse, { status = 200, body }: ScriptedAnswer): void {
	const type = status >= 400 ? 'application/problem+json' : 'application/json';
	response.writeHead(status, { 'content-type': type });
	response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
	const url = new URL(request.url ?? '/', 'http://localhost');
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const text = Buffer.concat(chunks).toString();
	return {
		method: request.method ?? '',
		path: url.pathname,
		query: url.searchParams,
		headers: request.headers,
		body: text === '' ? undefined : JSON.parse(text),
	};
}
