/**
 * Translates ACP's `session/update` into our own words. Reads leniently: an update of a kind or shape that is
 * not known here is passed on as `other`, never refused, for agents are ahead of specifications.
 */
import { z } from 'zod';
import type { AgentOutput, Usage } from './driver.ts';

const status = z.enum(['pending', 'in_progress', 'completed', 'failed']);
const content = z.looseObject({ type: z.string(), text: z.string().optional() });
const chunk = { content, messageId: z.string().nullish() };
const location = z.looseObject({ path: z.string(), line: z.number().nullish() });
const toolFields = {
	toolCallId: z.string(),
	rawInput: z.unknown().optional(),
	rawOutput: z.unknown().optional(),
	content: z.unknown().optional(),
};

const updateSchema = z.discriminatedUnion('sessionUpdate', [
	z.looseObject({ sessionUpdate: z.literal('agent_message_chunk'), ...chunk }),
	z.looseObject({ sessionUpdate: z.literal('agent_thought_chunk'), ...chunk }),
	z.looseObject({
		sessionUpdate: z.literal('tool_call'),
		...toolFields,
		title: z.string(),
		kind: z.string().default('other'),
		status: status.default('pending'),
		locations: z.array(location).optional(),
	}),
	z.looseObject({
		sessionUpdate: z.literal('tool_call_update'),
		...toolFields,
		title: z.string().nullish(),
		status: status.nullish(),
	}),
	z.looseObject({
		sessionUpdate: z.literal('plan'),
		entries: z.array(z.looseObject({ content: z.string(), priority: z.string(), status: z.string() })),
	}),
	z.looseObject({
		sessionUpdate: z.literal('usage_update'),
		used: z.number(),
		size: z.number(),
		cost: z.looseObject({ amount: z.number(), currency: z.string() }).nullish(),
	}),
]);

type Update = z.infer<typeof updateSchema>;
type ToolCallUpdate = Extract<Update, { sessionUpdate: 'tool_call' | 'tool_call_update' }>;

const notificationSchema = z.looseObject({
	sessionId: z.string(),
	update: z.looseObject({ sessionUpdate: z.string() }),
});

const promptUsageSchema = z.looseObject({
	usage: z.looseObject({ inputTokens: z.number(), outputTokens: z.number() }),
});

/** Kinds of updates that tell the conversation itself: what a replay of history repeats. */
const conversationKinds = new Set([
	...['user_message_chunk', 'agent_message_chunk', 'agent_thought_chunk'],
	...['tool_call', 'tool_call_update', 'plan'],
]);

export interface SessionUpdate {
	readonly sessionId: string;
	readonly output: AgentOutput;
	/** Part of the conversation, not a fact about the session. */
	readonly isConversation: boolean;
}

/** Reads the params of a `session/update`; null when they are none. */
export function translateUpdate(params: unknown): SessionUpdate | null {
	const notification = notificationSchema.safeParse(params).data;
	if (notification === undefined) return null;
	const { sessionId, update } = notification;
	const known = updateSchema.safeParse(update).data;
	const output = known === undefined ? null : translateKnown(known);
	return {
		sessionId,
		output: output ?? { type: 'other', name: update.sessionUpdate, data: update },
		isConversation: conversationKinds.has(update.sessionUpdate),
	};
}

/** Token counts of a turn, where the agent puts them into its answer to `session/prompt`. */
export function readPromptUsage(response: unknown): Usage | null {
	const usage = promptUsageSchema.safeParse(response).data?.usage;
	return usage === undefined ? null : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
}

/** Null for content that is no text. */
function translateKnown(update: Update): AgentOutput | null {
	switch (update.sessionUpdate) {
		case 'agent_message_chunk':
		case 'agent_thought_chunk': {
			if (update.content.type !== 'text' || update.content.text === undefined) return null;
			const type = update.sessionUpdate === 'agent_message_chunk' ? 'message' : 'thought';
			return { type, text: update.content.text, ...optional('messageId', update.messageId) };
		}
		case 'tool_call':
			return {
				type: 'tool_call',
				toolCallId: update.toolCallId,
				title: update.title,
				kind: update.kind,
				status: update.status,
				...translateToolData(update),
				...optional('locations', update.locations?.map(translateLocation)),
			};
		case 'tool_call_update':
			return {
				type: 'tool_call_update',
				toolCallId: update.toolCallId,
				...optional('title', update.title),
				...optional('status', update.status),
				...translateToolData(update),
			};
		case 'plan':
			return {
				type: 'plan',
				entries: update.entries.map(({ content, priority, status }) => ({ content, priority, status })),
			};
		case 'usage_update':
			return { type: 'usage', usage: translateUsage(update) };
		default:
			return update satisfies never;
	}
}

/**
 * `rawOutput` is the result as the tool gave it; `content` is what the agent shows of it, and the only
 * place where it tells what was changed in a file.
 */
function translateToolData({ rawInput, rawOutput, content }: ToolCallUpdate) {
	const output = showsDiff(content) ? content : (rawOutput ?? content);
	return { ...optional('input', rawInput), ...optional('output', output) };
}

function showsDiff(content: unknown): boolean {
	return Array.isArray(content) && content.some((block) => (block as { type?: unknown } | null)?.type === 'diff');
}

function translateLocation({ path, line }: z.infer<typeof location>) {
	return { path, ...optional('line', line) };
}

function translateUsage(update: Extract<Update, { sessionUpdate: 'usage_update' }>): Usage {
	const cost = update.cost ? { amount: update.cost.amount, currency: update.cost.currency } : undefined;
	return { contextUsed: update.used, contextSize: update.size, ...optional('cost', cost) };
}

/** A property that is there only when it has a value. */
function optional<K extends string, V>(name: K, value: V | null | undefined): { [P in K]?: V } {
	return value === null || value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}
