/** The fake model's answer in the words of OpenAI's Chat Completions and Responses APIs. */
import type { ServerResponse } from 'node:http';
import { type Answer, createAnswerId, fakeUsage, type ToolCall } from './fake-model-answer.ts';
import { type StreamEvent, sendEvents, sendJson } from './fake-model-stream.ts';

const totalTokens = fakeUsage.inputTokens + fakeUsage.outputTokens;

/** Answers `POST /v1/chat/completions`. */
export async function sendChatCompletion(
	response: ServerResponse,
	model: string,
	stream: boolean,
	answer: Answer,
): Promise<void> {
	const base = { id: createAnswerId('chatcmpl'), object: 'chat.completion.chunk', created: 1, model };
	const usage = {
		prompt_tokens: fakeUsage.inputTokens,
		completion_tokens: fakeUsage.outputTokens,
		total_tokens: totalTokens,
	};
	const finish_reason = answer.kind === 'tool' ? 'tool_calls' : 'stop';
	if (!stream) {
		const message = { role: 'assistant', ...toChatMessage(answer) };
		return sendJson(response, {
			...base,
			object: 'chat.completion',
			choices: [{ index: 0, message, finish_reason }],
			usage,
		});
	}
	const chunk = (delta: unknown, reason: string | null) => ({
		...base,
		choices: [{ index: 0, delta, finish_reason: reason }],
	});
	const deltas = answer.kind === 'text' ? answer.deltas.map((content) => ({ content })) : [toChatMessage(answer)];
	const events: StreamEvent[] = [
		...deltas.map((delta) => ({ data: chunk({ role: 'assistant', ...delta }, null) })),
		{ data: { ...chunk({}, finish_reason), usage } },
		{ data: '[DONE]' },
	];
	return sendEvents(response, events, answer.kind === 'text' ? answer.pauseMs : 0);
}

/** Answers `POST /v1/responses`. */
export async function sendResponse(
	response: ServerResponse,
	model: string,
	stream: boolean,
	answer: Answer,
): Promise<void> {
	const item = toResponseItem(answer);
	const finished = {
		id: createAnswerId('resp'),
		object: 'response',
		model,
		status: 'completed',
		output: [item],
		usage: {
			input_tokens: fakeUsage.inputTokens,
			input_tokens_details: { cached_tokens: 0 },
			output_tokens: fakeUsage.outputTokens,
			output_tokens_details: { reasoning_tokens: 0 },
			total_tokens: totalTokens,
		},
	};
	if (!stream) return sendJson(response, finished);
	const events = [
		{ type: 'response.created', response: { ...finished, status: 'in_progress', output: [] } },
		{ type: 'response.output_item.added', output_index: 0, item: { ...item, ...emptied(answer) } },
		...toResponseDeltas(answer, item.id),
		{ type: 'response.output_item.done', output_index: 0, item },
		{ type: 'response.completed', response: finished },
	].map((data): StreamEvent => ({ event: data.type, data }));
	return sendEvents(response, events, answer.kind === 'text' ? answer.pauseMs : 0);
}

function toChatMessage(answer: Answer): Record<string, unknown> {
	if (answer.kind === 'text') return { content: answer.deltas.join('') };
	const { id, name, input } = answer.call;
	return { tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: JSON.stringify(input) } }] };
}

function toResponseItem(answer: Answer): { readonly id: string } & Record<string, unknown> {
	if (answer.kind === 'tool') return toFunctionCall(answer.call);
	const text = answer.deltas.join('');
	return {
		id: createAnswerId('msg'),
		type: 'message',
		role: 'assistant',
		status: 'completed',
		content: [{ type: 'output_text', text, annotations: [] }],
	};
}

function toFunctionCall({ id, name, input }: ToolCall): { readonly id: string } & Record<string, unknown> {
	const args = JSON.stringify(input);
	return { id: createAnswerId('fc'), type: 'function_call', status: 'completed', call_id: id, name, arguments: args };
}

function emptied(answer: Answer): Record<string, unknown> {
	return answer.kind === 'text' ? { status: 'in_progress', content: [] } : { status: 'in_progress', arguments: '' };
}

function toResponseDeltas(answer: Answer, itemId: string): Array<{ readonly type: string }> {
	const place = { item_id: itemId, output_index: 0 };
	if (answer.kind === 'tool') {
		const delta = JSON.stringify(answer.call.input);
		return [{ type: 'response.function_call_arguments.delta', ...place, delta } as { type: string }];
	}
	return answer.deltas.map(
		(delta) => ({ type: 'response.output_text.delta', ...place, content_index: 0, delta }) as { type: string },
	);
}
