/**
 * Where the demo agent plays a turn: speaks to the client in ACP. Each method reports one thing and waits
 * until it has been written.
 */
import { randomUUID } from 'node:crypto';
import {
	type AgentContext,
	CreateElicitationResponse,
	type RequestPermissionRequest,
	type SessionNotification,
	type ToolKind,
} from '@agentclientprotocol/sdk';
import type { PlanEntry } from './plan.ts';
import type { ToolServers } from './tool-servers.ts';

export type PermissionAnswer = 'allowed' | 'rejected' | 'cancelled';
export type QuestionAnswer = { readonly answer: string } | 'declined' | 'cancelled';

export interface Stage {
	/** Says a piece of the reply as it stands. */
	speak(text: string): Promise<void>;
	think(text: string): Promise<void>;
	plan(entries: readonly PlanEntry[]): Promise<void>;
	usage(tokens: number): Promise<void>;
	/** Uses a tool that does nothing, and does it well. */
	useTool(title: string): Promise<void>;
	/** Calls a tool of a server, and shows it; resolves with its answer, or with why there is none. */
	callTool(tool: string, input: Readonly<Record<string, unknown>>): Promise<string>;
	/** Shows a tool call, asks whether it may run, and shows what became of it. */
	askPermission(title: string): Promise<PermissionAnswer>;
	/** Null when the client cannot be asked. */
	askQuestion(question: string): Promise<QuestionAnswer | null>;
	/** What has been said in this turn. */
	reply(): string;
}

const contextSize = 200_000;
const permissionOptions = [
	{ optionId: 'allow', name: 'Allow once', kind: 'allow_once' },
	{ optionId: 'always', name: 'Always allow', kind: 'allow_always' },
	{ optionId: 'reject', name: 'Reject', kind: 'reject_once' },
] as const;

export interface StageParts {
	readonly client: AgentContext;
	readonly sessionId: string;
	/** Whether the client takes questions. */
	readonly canAsk: boolean;
	readonly tools: ToolServers;
	/** Aborted when the client cancels the turn. */
	readonly signal: AbortSignal;
}

export function createStage({ client, sessionId, canAsk, tools, signal }: StageParts): Stage {
	const pieces: string[] = [];

	function update(update: SessionNotification['update']): Promise<void> {
		return client.notify('session/update', { sessionId, update });
	}

	async function beginTool(title: string, kind: ToolKind, rawInput: object = { title }): Promise<string> {
		const toolCallId = `call_${randomUUID()}`;
		await update({ sessionUpdate: 'tool_call', toolCallId, title, kind, status: 'pending', rawInput });
		return toolCallId;
	}

	function endTool(toolCallId: string, status: 'completed' | 'failed', output: string): Promise<void> {
		return update({ sessionUpdate: 'tool_call_update', toolCallId, status, rawOutput: { output } });
	}

	return {
		speak(text) {
			pieces.push(text);
			return update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
		},
		think(text) {
			return update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text } });
		},
		plan(entries) {
			const told = entries.map((entry) => ({ ...entry, priority: 'medium' as const }));
			return update({ sessionUpdate: 'plan', entries: told });
		},
		usage(tokens) {
			return update({ sessionUpdate: 'usage_update', used: tokens, size: contextSize });
		},
		async useTool(title) {
			const toolCallId = await beginTool(title, 'other');
			await update({ sessionUpdate: 'tool_call_update', toolCallId, status: 'in_progress' });
			await endTool(toolCallId, 'completed', `${title}: done`);
		},
		async callTool(tool, input) {
			const toolCallId = await beginTool(tool, 'other', input);
			try {
				const answer = await tools.call(tool, input, signal);
				await endTool(toolCallId, 'completed', answer);
				return answer;
			} catch (error) {
				signal.throwIfAborted();
				const reason = error instanceof Error ? error.message : String(error);
				await endTool(toolCallId, 'failed', reason);
				return `${tool} failed: ${reason}`;
			}
		},
		async askPermission(title) {
			const toolCallId = await beginTool(title, 'execute');
			const toolCall = { toolCallId, title, kind: 'execute', rawInput: { title, command: title } } as const;
			const request: RequestPermissionRequest = { sessionId, toolCall, options: [...permissionOptions] };
			const options = { cancellationSignal: signal };
			const { outcome } = await client.request('session/request_permission', request, options);
			const option = permissionOptions.find(
				(known) => outcome.outcome === 'selected' && known.optionId === outcome.optionId,
			);
			const isAllowed = option?.kind === 'allow_once' || option?.kind === 'allow_always';
			await endTool(toolCallId, isAllowed ? 'completed' : 'failed', isAllowed ? 'done' : 'not permitted');
			if (outcome.outcome === 'cancelled') return 'cancelled';
			return isAllowed ? 'allowed' : 'rejected';
		},
		async askQuestion(question) {
			if (!canAsk) return null;
			const answer = await client.request(
				'elicitation/create',
				{
					sessionId,
					mode: 'form',
					message: question,
					requestedSchema: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
				},
				{ cancellationSignal: signal },
			);
			if (CreateElicitationResponse.isAccept(answer)) return { answer: String(answer.content?.answer ?? '') };
			return answer.action === 'decline' ? 'declined' : 'cancelled';
		},
		reply: () => pieces.join(''),
	};
}
