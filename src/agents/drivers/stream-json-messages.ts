/**
 * The messages of Claude Code's stream-json, as they come: one JSON object a frame, told apart by
 * `type`. Only what Statecraft reads is named; everything else is let through, for each release adds
 * fields and types.
 *
 * 1. A frame that is no message at all is null, and the caller's to log.
 * 2. A message that is not understood is `unknown`, never an error.
 */
import { z } from 'zod';

const textBlock = z.looseObject({ type: z.literal('text'), text: z.string() });
const thinkingBlock = z.looseObject({ type: z.literal('thinking'), thinking: z.string() });
const toolUseBlock = z.looseObject({
	type: z.literal('tool_use'),
	id: z.string(),
	name: z.string(),
	input: z.record(z.string(), z.unknown()),
});
const toolResultBlock = z.looseObject({
	type: z.literal('tool_result'),
	tool_use_id: z.string(),
	content: z.unknown(),
	is_error: z.boolean().nullish(),
});
const otherBlock = z.looseObject({ type: z.string() }).transform(() => ({ type: 'other' as const }));
const block = z.union([textBlock, thinkingBlock, toolUseBlock, toolResultBlock, otherBlock]);

const tokens = z.number().nullish();
const usage = z.looseObject({
	input_tokens: tokens,
	output_tokens: tokens,
	cache_creation_input_tokens: tokens,
	cache_read_input_tokens: tokens,
});

const system = z.looseObject({
	type: z.literal('system'),
	subtype: z.string(),
	session_id: z.string().optional(),
	claude_code_version: z.string().optional(),
});

const assistant = z.looseObject({
	type: z.literal('assistant'),
	message: z.looseObject({
		id: z.string().optional(),
		model: z.string().optional(),
		content: z.array(block),
		usage: usage.nullish(),
	}),
	/** Set when a sub-agent speaks: the tool call that started it. */
	parent_tool_use_id: z.string().nullish(),
	/** Why the model could not be asked: `authentication_failed`, `rate_limit`, `server_error`, … */
	error: z.string().nullish(),
});

const user = z.looseObject({
	type: z.literal('user'),
	message: z.looseObject({ content: z.union([z.string(), z.array(block)]) }),
});

const streamEvent = z.looseObject({
	type: z.literal('stream_event'),
	event: z.looseObject({
		type: z.string(),
		message: z.looseObject({ id: z.string().optional() }).optional(),
		delta: z
			.looseObject({ type: z.string().optional(), text: z.string().optional(), thinking: z.string().optional() })
			.optional(),
	}),
	parent_tool_use_id: z.string().nullish(),
});

const result = z.looseObject({
	type: z.literal('result'),
	subtype: z.string(),
	is_error: z.boolean().default(false),
	session_id: z.string().optional(),
	result: z.string().nullish(),
	errors: z.array(z.string()).nullish(),
	api_error_status: z.number().nullish(),
	stop_reason: z.string().nullish(),
	/** `completed`, `aborted_streaming`, `aborted_tools`, …; older releases do not tell. */
	terminal_reason: z.string().nullish(),
	/** Who began the turn; nobody, or `human`, for a prompt of ours. */
	origin: z.looseObject({ kind: z.string() }).nullish().catch(null),
	total_cost_usd: z.number().nullish(),
	usage: usage.nullish(),
	modelUsage: z.record(z.string(), z.looseObject({ contextWindow: z.number().nullish() })).nullish(),
});

const rateLimit = z.looseObject({
	type: z.literal('rate_limit_event'),
	rate_limit_info: z.looseObject({
		status: z.string(),
		/** Epoch seconds. */
		resetsAt: z.number().nullish(),
		/** The limit is reached and paid for beyond it: work goes on. */
		isUsingOverage: z.boolean().nullish(),
	}),
});

const controlRequest = z.looseObject({
	type: z.literal('control_request'),
	request_id: z.string(),
	request: z.looseObject({ subtype: z.string() }).catch({ subtype: 'unreadable' }),
});

const controlResponse = z.looseObject({
	type: z.literal('control_response'),
	response: z.looseObject({
		subtype: z.string(),
		request_id: z.string(),
		response: z.unknown().optional(),
		error: z.string().optional(),
		/** On the reply to `initialize` of an agent that was at work already: what it still waits for. */
		pending_permission_requests: z.array(controlRequest).nullish().catch(null),
	}),
});

const controlCancel = z.looseObject({ type: z.literal('control_cancel_request'), request_id: z.string() });
const keepAlive = z.looseObject({ type: z.literal('keep_alive') });

const known = z.discriminatedUnion('type', [
	system,
	assistant,
	user,
	streamEvent,
	result,
	rateLimit,
	controlRequest,
	controlResponse,
	controlCancel,
	keepAlive,
]);
const anyMessage = z.looseObject({ type: z.string() });

export type AssistantMessage = z.infer<typeof assistant>;
export type UserMessage = z.infer<typeof user>;
export type StreamEventMessage = z.infer<typeof streamEvent>;
export type SystemMessage = z.infer<typeof system>;
export type ResultMessage = z.infer<typeof result>;
export type RateLimitMessage = z.infer<typeof rateLimit>;
export type ControlRequestMessage = z.infer<typeof controlRequest>;
export type ControlResponseMessage = z.infer<typeof controlResponse>;
export type TokenUsage = z.infer<typeof usage>;
export type ToolUseBlock = z.infer<typeof toolUseBlock>;
export type StreamMessage =
	| z.infer<typeof known>
	| { readonly type: 'unknown'; readonly name: string; readonly data: unknown };

/** Reads one frame; null when it is no message of the protocol. */
export function readStreamMessage(frame: string): StreamMessage | null {
	const message = anyMessage.safeParse(parseJson(frame));
	if (!message.success) return null;
	const parsed = known.safeParse(message.data);
	return parsed.success ? parsed.data : { type: 'unknown', name: message.data.type, data: message.data };
}

function parseJson(frame: string): unknown {
	try {
		return JSON.parse(frame);
	} catch {
		// Programs print what they like; the caller logs it.
		return undefined;
	}
}
