/**
 * The demo agent as an ACP agent: sessions, turns, cancellation. A real one, only that its model is a script.
 *
 * 1. One turn per session at a time; `session/cancel` ends it with the stop reason `cancelled`.
 * 2. Every session can be restored by another process: with its history (`session/load`) or without.
 */
import {
	type AgentApp,
	type AgentContext,
	agent,
	type ContentBlock,
	type McpServer,
	RequestError,
} from '@agentclientprotocol/sdk';
import type { Memory, RememberedSession } from './memory.ts';
import { playPrompt, type Surroundings } from './play.ts';
import { createStage } from './stage.ts';
import { createToolServers, type ToolServers } from './tool-servers.ts';

export interface DemoAgentDeps {
	readonly memory: Memory;
	readonly version: string;
	readonly process: Pick<Surroundings, 'writeRaw' | 'exit'>;
}

interface OpenSession {
	readonly remembered: RememberedSession;
	readonly tools: ToolServers;
	turn: AbortController | null;
}

const agentCapabilities = {
	loadSession: true,
	mcpCapabilities: { http: true, sse: false },
	promptCapabilities: { image: false, audio: false, embeddedContext: false },
	sessionCapabilities: { resume: {}, close: {} },
};

export function createDemoAgent({ memory, version, process }: DemoAgentDeps): AgentApp {
	const sessions = new Map<string, OpenSession>();
	let canAsk = false;

	function open(remembered: RememberedSession, servers: readonly McpServer[]): OpenSession {
		const session = { remembered, tools: createToolServers(servers), turn: null };
		sessions.set(remembered.sessionId, session);
		return session;
	}

	async function reopen(sessionId: string, servers: readonly McpServer[] = []): Promise<OpenSession> {
		const remembered = await memory.recall(sessionId);
		if (remembered === null) throw RequestError.sessionNotFound(sessionId);
		return open(remembered, servers);
	}

	async function prompt(session: OpenSession, text: string, client: AgentContext): Promise<'end_turn' | 'cancelled'> {
		if (session.turn !== null) throw RequestError.invalidRequest(undefined, 'a turn is in progress');
		const { remembered } = session;
		const turn = new AbortController();
		session.turn = turn;
		const { sessionId } = remembered;
		const stage = createStage({ client, sessionId, canAsk, tools: session.tools, signal: turn.signal });
		const earlierTurns = remembered.turns.length;
		const entry = { prompt: text, reply: '' };
		remembered.turns.push(entry);
		await memory.keep(remembered);
		try {
			await playPrompt(text, stage, { ...process, earlierTurns, signal: turn.signal });
			return 'end_turn';
		} catch (error) {
			if (turn.signal.aborted) return 'cancelled';
			throw error;
		} finally {
			session.turn = null;
			entry.reply = stage.reply();
			await memory.keep(remembered);
		}
	}

	return agent({ name: 'statecraft-demo' })
		.onRequest('initialize', ({ params }) => {
			canAsk = Boolean(params.clientCapabilities?.elicitation?.form);
			const agentInfo = { name: 'statecraft-demo', title: 'Statecraft demo agent', version };
			return { protocolVersion: 1, agentCapabilities, agentInfo, authMethods: [] };
		})
		.onRequest('session/new', async ({ params }) => {
			const { remembered } = open(await memory.create(), params.mcpServers);
			return { sessionId: remembered.sessionId };
		})
		.onRequest('session/resume', async ({ params }) => {
			await reopen(params.sessionId, params.mcpServers);
			return {};
		})
		.onRequest('session/load', async ({ params, client }) => {
			const { remembered } = await reopen(params.sessionId, params.mcpServers);
			await replay(remembered, client);
			return {};
		})
		.onRequest('session/close', ({ params }) => {
			sessions.get(params.sessionId)?.turn?.abort();
			sessions.delete(params.sessionId);
			return {};
		})
		.onRequest('session/prompt', async ({ params, client }) => {
			const session = sessions.get(params.sessionId);
			if (session === undefined) throw RequestError.sessionNotFound(params.sessionId);
			return { stopReason: await prompt(session, readText(params.prompt), client) };
		})
		.onNotification('session/cancel', ({ params }) => {
			sessions.get(params.sessionId)?.turn?.abort();
		});
}

function readText(blocks: readonly ContentBlock[]): string {
	return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
}

async function replay({ sessionId, turns }: RememberedSession, client: AgentContext): Promise<void> {
	const tell = (sessionUpdate: 'user_message_chunk' | 'agent_message_chunk', text: string) =>
		client.notify('session/update', { sessionId, update: { sessionUpdate, content: { type: 'text', text } } });
	for (const { prompt, reply } of turns) {
		await tell('user_message_chunk', prompt);
		if (reply !== '') await tell('agent_message_chunk', reply);
	}
}
