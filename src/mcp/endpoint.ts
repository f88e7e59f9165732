/**
 * Where agents' programs call back: MCP over Streamable HTTP. Answers whoever holds the token of a live run;
 * the app in front of it has checked Host and Origin.
 *
 * 1. A token is good for its own agent, while the very run it was made for lives: it is void when the run's
 *    connection ends, and when the agent's stored state says that the run is over, whichever comes first.
 * 2. Each request is served by itself. No session is kept; what a client of the newest protocol keeps open
 *    (its subscriptions) is bounded, and closed with the run.
 */

import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { Request, RequestHandler } from 'express';
import type { Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import { readToken } from '../http/auth.ts';
import { packageVersion } from '../package.ts';
import { callBackPath, type LiveRun, type LiveRuns } from './live-runs.ts';
import { serverName } from './server-name.ts';
import type { Caller } from './tool.ts';
import { createTools, type ToolDeps } from './tools.ts';

const instructions =
	'Statecraft runs you, beside other agents, and restarts you where you were interrupted. With these tools you ask ' +
	'humans, tell them how your work goes, and give work to other agents. No tool waits for others: answers and ' +
	'results reach you as prompts. Calls may be repeated after an interruption; they are done once.';

export interface CallBackDeps extends ToolDeps {
	readonly runs: Pick<LiveRuns, 'find'>;
	readonly reads: ToolDeps['reads'] & Pick<Reads, 'prompts'>;
	readonly bodyLimitBytes: number;
	onError(where: string, error: Error): void;
}

export interface CallBackEndpoint {
	readonly path: string;
	readonly handle: RequestHandler;
}

/** Open subscriptions of one run. */
const maxSubscriptions = 4;

export function createCallBackEndpoint(deps: CallBackDeps): CallBackEndpoint {
	const { runs, reads, onError } = deps;
	const tools = createTools(deps);
	const handlers = new WeakMap<LiveRun, ReturnType<typeof toNodeHandler>>();

	/** Rejects with `unauthorized`. */
	async function authenticate(request: Request): Promise<{ readonly run: LiveRun; readonly caller: Caller }> {
		const token = readToken(request, false);
		const run = token === undefined ? undefined : runs.find(token);
		if (!run) throw new StatecraftError('unauthorized', 'Send the token of a live run: Authorization: Bearer <token>');
		const agent = await reads.agent(run.agentId);
		if (!agent || agent.generation !== run.generation || agent.status !== 'running')
			throw new StatecraftError('unauthorized', 'The run that this token was made for has ended');
		const { items } = await reads.prompts(agent.id, { status: 'running' }, { limit: 1, offset: 0 });
		const turn = items[0]?.id ?? `run ${run.generation}`;
		return { run, caller: { agent, turn, turnPolicy: items[0]?.policy ?? null } };
	}

	function createServer(caller: Caller): McpServer {
		const server = new McpServer({ name: serverName, version: packageVersion }, { instructions });
		for (const tool of tools) tool.register(server, caller, onBug);
		return server;
	}

	function onBug(tool: string, error: Error): void {
		onError(`tool ${tool}`, error);
	}

	function handlerOf(run: LiveRun): ReturnType<typeof toNodeHandler> {
		const known = handlers.get(run);
		if (known) return known;
		const maxRequestBodySize = deps.bodyLimitBytes;
		const handler = createMcpHandler(({ authInfo }) => createServer(authInfo?.extra?.caller as Caller), {
			maxSubscriptions,
			maxRequestBodySize,
		});
		run.ended.addEventListener('abort', () => void handler.close(), { once: true });
		const node = toNodeHandler(handler, { maxRequestBodySize });
		handlers.set(run, node);
		return node;
	}

	return {
		path: callBackPath,
		async handle(request, response) {
			response.locals.route = callBackPath;
			const { run, caller } = await authenticate(request);
			response.locals.by = caller.agent.name;
			// The handler of a run serves its requests; who calls, and in which turn, rides with each.
			const auth = { token: '', clientId: caller.agent.id, scopes: [], extra: { caller } };
			await handlerOf(run)(Object.assign(request, { auth }), response);
		},
	};
}
