/** Shapes that the payloads of several topics share. */

import { z } from 'zod';

/** Why something failed; `code` is one of the error catalogue. */
export const failurePayload = z.object({
	code: z.string(),
	message: z.string(),
	retryable: z.boolean(),
	detail: z.record(z.string(), z.unknown()).readonly().optional(),
});

/** Tokens, context and cost as the agent reports them. */
export const usagePayload = z.looseObject({
	inputTokens: z.number().optional(),
	outputTokens: z.number().optional(),
	contextUsed: z.number().optional(),
	contextSize: z.number().optional(),
	cost: z.object({ amount: z.number(), currency: z.string() }).optional(),
});

const toolStatus = z.enum(['pending', 'in_progress', 'completed', 'failed']);

/** What an agent says while it works: `AgentOutput` of the drivers, each under a topic of its own. */
export const outputPayloads = {
	message: z.looseObject({ type: z.literal('message'), text: z.string(), messageId: z.string().optional() }),
	thought: z.looseObject({ type: z.literal('thought'), text: z.string(), messageId: z.string().optional() }),
	tool_call: z.looseObject({
		type: z.literal('tool_call'),
		toolCallId: z.string(),
		title: z.string(),
		kind: z.string(),
		status: toolStatus,
		input: z.unknown().optional(),
		output: z.unknown().optional(),
		locations: z
			.array(z.object({ path: z.string(), line: z.number().optional() }))
			.readonly()
			.optional(),
	}),
	tool_call_update: z.looseObject({
		type: z.literal('tool_call_update'),
		toolCallId: z.string(),
		status: toolStatus.optional(),
		title: z.string().optional(),
		input: z.unknown().optional(),
		output: z.unknown().optional(),
	}),
	plan: z.looseObject({
		type: z.literal('plan'),
		entries: z.array(z.object({ content: z.string(), priority: z.string(), status: z.string() })).readonly(),
	}),
	usage: z.looseObject({ type: z.literal('usage'), usage: usagePayload }),
	log: z.looseObject({ type: z.literal('log'), stream: z.enum(['stdout', 'stderr']), text: z.string() }),
	other: z.looseObject({ type: z.literal('other'), name: z.string(), data: z.unknown() }),
} as const;
