/** Messages as Claude Code sends them, for scripted agents: only what differs from test to test is given. */
import { sessionId } from './scripted-stream-json-agent.ts';

const usage = { input_tokens: 11, cache_creation_input_tokens: 3, cache_read_input_tokens: 5, output_tokens: 7 };
const model = 'claude-opus-4-8';

export function init(overrides: object = {}): object {
	return {
		type: 'system',
		subtype: 'init',
		session_id: sessionId,
		model,
		claude_code_version: '2.1.197',
		...overrides,
	};
}

export function assistant(content: readonly object[], overrides: object = {}): object {
	const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content, usage };
	return { type: 'assistant', message, parent_tool_use_id: null, session_id: sessionId, ...overrides };
}

export function says(text: string): object {
	return assistant([{ type: 'text', text }]);
}

export function usesTool(name: string, input: object, id = 'toolu_1'): object {
	return assistant([{ type: 'tool_use', id, name, input }]);
}

export function toolResult(content: string, isError = false): object {
	const block = { type: 'tool_result', tool_use_id: 'toolu_1', content, is_error: isError };
	return { type: 'user', message: { role: 'user', content: [block] }, session_id: sessionId };
}

export function streamEvent(event: object): object {
	return { type: 'stream_event', event, parent_tool_use_id: null, session_id: sessionId };
}

export function textDelta(text: string): object {
	return streamEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
}

export function result(overrides: object = {}): object {
	return {
		type: 'result',
		subtype: 'success',
		is_error: false,
		api_error_status: null,
		result: 'done',
		stop_reason: 'end_turn',
		terminal_reason: 'completed',
		session_id: sessionId,
		total_cost_usd: 0.0125,
		usage,
		modelUsage: { 'claude-opus-4-8[1m]': { contextWindow: 1_000_000 } },
		...overrides,
	};
}

export function abortedResult(): object {
	return result({
		subtype: 'error_during_execution',
		is_error: true,
		result: undefined,
		stop_reason: null,
		terminal_reason: 'aborted_streaming',
		errors: ['[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=null'],
	});
}

export function canUseTool(requestId: string, overrides: object = {}): object {
	const request = {
		subtype: 'can_use_tool',
		tool_name: 'Bash',
		input: { command: 'touch a.txt', description: 'run a command' },
		tool_use_id: 'toolu_1',
		permission_suggestions: [],
		...overrides,
	};
	return { type: 'control_request', request_id: requestId, request };
}

export function asksUser(requestId: string, questions: readonly object[]): object {
	return canUseTool(requestId, { tool_name: 'AskUserQuestion', input: { questions } });
}
