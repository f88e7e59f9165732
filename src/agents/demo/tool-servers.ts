/**
 * Tools of the MCP servers that the client named: as much of MCP over Streamable HTTP as a script needs.
 * Each call opens a conversation of its own, so nothing is kept that could go stale.
 */
import type { McpServer } from '@agentclientprotocol/sdk';
import { z } from 'zod';

export interface ToolServers {
	/** Resolves with what the tool said; rejects with its error, or when no server has it. */
	call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<string>;
}

type HttpServer = Extract<McpServer, { type: 'http' }>;
type Ask = (method: string, params: object) => Promise<unknown>;

const protocolVersion = '2025-06-18';
const listSchema = z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })) });
const resultSchema = z.looseObject({
	content: z.array(z.looseObject({ text: z.string().optional() })),
	isError: z.boolean().optional(),
});
const answerSchema = z.looseObject({
	id: z.number().optional(),
	result: z.unknown().optional(),
	error: z.looseObject({ message: z.string() }).optional(),
});

export function createToolServers(servers: readonly McpServer[]): ToolServers {
	const reachable = servers.filter((server): server is HttpServer => 'type' in server && server.type === 'http');
	return {
		async call(tool, input, signal) {
			for (const server of reachable) {
				const ask = await open(server, signal);
				const { tools } = listSchema.parse(await ask('tools/list', {}));
				if (!tools.some(({ name }) => name === tool)) continue;
				const result = resultSchema.parse(await ask('tools/call', { name: tool, arguments: input }));
				const text = result.content.map((part) => part.text ?? '').join('\n');
				if (result.isError === true) throw new Error(text);
				return text;
			}
			throw new Error(`no server has the tool ${tool}`);
		},
	};
}

/** Shakes hands with the server, and answers how it is asked from then on. */
async function open({ url, headers }: HttpServer, signal: AbortSignal): Promise<Ask> {
	let lastId = 0;
	const sent = new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' });
	for (const { name, value } of headers) sent.set(name, value);

	async function post(message: object): Promise<Response> {
		const body = JSON.stringify({ jsonrpc: '2.0', ...message });
		const response = await fetch(url, { method: 'POST', headers: sent, body, signal });
		if (!response.ok) throw new Error(`the tool server answers ${response.status}`);
		const session = response.headers.get('mcp-session-id');
		if (session !== null) sent.set('mcp-session-id', session);
		return response;
	}

	async function ask(method: string, params: object): Promise<unknown> {
		lastId += 1;
		const id = lastId;
		const answer = (await readAnswers(await post({ id, method, params }))).find((candidate) => candidate.id === id);
		if (answer?.error) throw new Error(answer.error.message);
		return answer?.result;
	}

	const clientInfo = { name: 'statecraft-demo', version: '1' };
	await ask('initialize', { protocolVersion, capabilities: {}, clientInfo });
	sent.set('mcp-protocol-version', protocolVersion);
	await post({ method: 'notifications/initialized' });
	return ask;
}

/** A single JSON message, or a stream of server-sent events that ends. */
async function readAnswers(response: Response): Promise<Array<z.infer<typeof answerSchema>>> {
	const text = await response.text();
	const isStream = response.headers.get('content-type')?.includes('text/event-stream') ?? false;
	const messages = isStream ? [...text.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) => data) : [text];
	return messages.map((message) => answerSchema.parse(JSON.parse(message)));
}
