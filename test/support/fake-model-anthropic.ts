/** The fake model's answer in the words of the Anthropic Messages API. */
import type { ServerResponse } from 'node:http';
import { type Answer, createAnswerId, fakeUsage } from './fake-model-answer.ts';
import { type StreamEvent, sendEvents, sendJson } from './fake-model-stream.ts';

const usage = { input_tokens: fakeUsage.inputTokens, output_tokens: fakeUsage.outputTokens };

/** Answers `POST /v1/messages`. */
export async function sendAnthropicMessage(
	response: ServerResponse,
	model: string,
	stream: boolean,
	answer: Answer,
): Promise<void> {
	const message = {
		id: createAnswerId('msg'),
		type: 'message',
		role: 'assistant',
		model,
		content: [] as unknown[],
		stop_reason: null as string | null,
		stop_sequence: null,
		usage,
	};
	const stop_reason = answer.kind === 'tool' ? 'tool_use' : 'end_turn';
	if (!stream) return sendJson(response, { ...message, content: [toBlock(answer)], stop_reason });
	const events = [
		{ type: 'message_start', message },
		{ type: 'content_block_start', index: 0, content_block: toEmptyBlock(answer) },
		...toDeltas(answer).map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
		{ type: 'content_block_stop', index: 0 },
		{ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
		{ type: 'message_stop' },
	].map((data): StreamEvent => ({ event: data.type, data }));
	return sendEvents(response, events, answer.kind === 'text' ? answer.pauseMs : 0);
}

function toBlock(answer: Answer): unknown {
	if (answer.kind === 'text') return { type: 'text', text: answer.deltas.join('') };
	return { type: 'tool_use', ...answer.call };
}

function toEmptyBlock(answer: Answer): unknown {
	if (answer.kind === 'text') return { type: 'text', text: '' };
	return { type: 'tool_use', ...answer.call, input: {} };
}

function toDeltas(answer: Answer): unknown[] {
	if (answer.kind === 'text') return answer.deltas.map((text) => ({ type: 'text_delta', text }));
	return [{ type: 'input_json_delta', partial_json: JSON.stringify(answer.call.input) }];
}
