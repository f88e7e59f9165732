/**
 * What a model request asks for: the conversation of any of the three model APIs brought to one
 * shape, and the directives that tests write into their prompts. The last text of the user decides;
 * what agents add by themselves (reminders, notes about interruptions) is passed over, and a request
 * to go on with an interrupted turn stands for the text before it.
 */
import { z } from 'zod';

/** What a prompt asks the fake model to do. */
export interface Directives {
	/** `REPLY:text`, to the end of the line. */
	readonly reply: string | null;
	/** `TOOL:command`, to the end of the line: run this with the agent's shell tool, once. */
	readonly shellCommand: string | null;
	/** `BACKGROUND:command`: the same, but the agent goes on while it runs (Claude Code). */
	readonly backgroundCommand: string | null;
	/** `ASK:question?red|blue`: put this to the user with the agent's question tool, once. */
	readonly question: { readonly text: string; readonly choices: readonly string[] } | null;
	/** `CALL:tool {json}`, to the end of the line: call the tool whose name ends so, once. */
	readonly toolCall: { readonly tool: string; readonly input: Readonly<Record<string, unknown>> } | null;
	/** `WAIT:ms` before anything is answered. */
	readonly waitMs: number;
	/** `FAIL:status`: answer with this HTTP status. */
	readonly failStatus: number | null;
	/** `CHUNKS:n`: the answer comes as n deltas, the reply numbered in each. */
	readonly chunks: number;
	/** `PAUSE:ms` between deltas. */
	readonly pauseMs: number;
}

/** One request to the model, whatever API it came through. */
export interface Conversation {
	readonly model: string;
	readonly stream: boolean;
	/** Names of the tools the model may call. */
	readonly tools: readonly string[];
	readonly directives: Directives;
	/** Output of the tools called since the user's last text; null when none was. */
	readonly toolOutput: string | null;
}

type Utterance = { readonly kind: 'user' | 'tool'; readonly text: string };

const partSchema = z.looseObject({
	type: z.string().optional(),
	text: z.string().optional(),
	content: z.unknown().optional(),
});
const messageSchema = z.looseObject({
	role: z.string().optional(),
	type: z.string().optional(),
	content: z.unknown().optional(),
	output: z.unknown().optional(),
});
const toolSchema = z.looseObject({
	name: z.string().optional(),
	function: z.looseObject({ name: z.string() }).optional(),
});
const bodySchema = z.looseObject({
	model: z.string().default('fake'),
	stream: z.boolean().default(false),
	tools: z.array(toolSchema).default([]),
	messages: z.array(messageSchema).optional(),
	input: z.union([z.string(), z.array(messageSchema)]).optional(),
});

/** Reads the body of a Messages, Chat Completions or Responses request. */
export function readConversation(body: unknown): Conversation {
	const { model, stream, tools, messages, input } = bodySchema.parse(body);
	const history = messages ?? (typeof input === 'string' ? [{ role: 'user', content: input }] : (input ?? []));
	const utterances = history.flatMap((message) => readUtterances(message));
	const lastUser = utterances.findLastIndex((utterance) => utterance.kind === 'user');
	const wasResumed = isContinuation(utterances[lastUser]);
	const asked = wasResumed
		? utterances.findLast((each) => each.kind === 'user' && !isContinuation(each))
		: utterances[lastUser];
	const directives = readDirectives(asked?.text ?? '');
	const answers = utterances.slice(lastUser + 1);
	return {
		model,
		stream,
		tools: tools.flatMap((tool) => tool.function?.name ?? tool.name ?? []),
		// What an interrupted turn waited for has come in the meantime.
		directives: wasResumed ? { ...directives, waitMs: 0 } : directives,
		toolOutput: answers.length === 0 ? null : answers.map((answer) => answer.text).join('\n'),
	};
}

function readUtterances(message: z.infer<typeof messageSchema>): Utterance[] {
	if (message.type === 'function_call_output') return [{ kind: 'tool', text: readText(message.output) }];
	if (message.role === 'tool') return [{ kind: 'tool', text: readText(message.content) }];
	if (message.role !== 'user') return [];
	const parts = z.array(partSchema).safeParse(message.content);
	if (!parts.success) return sayAsUser(readText(message.content));
	return parts.data.flatMap((part) =>
		part.type === 'tool_result'
			? [{ kind: 'tool' as const, text: readText(part.content) }]
			: sayAsUser(part.text ?? ''),
	);
}

/** Statecraft's request to go on with an interrupted turn: the model does again what it was asked before. */
function isContinuation(utterance: Utterance | undefined): boolean {
	return utterance?.kind === 'user' && utterance.text.startsWith('[Statecraft] You were interrupted');
}

/** What Claude Code says in the user's name about a turn that was cut short. */
const notes = ['[Request interrupted by user', 'Continue from where you left off.'];

/** Agents put reminders and notes of their own into the user's mouth. */
function sayAsUser(text: string): Utterance[] {
	const ownWords = text.replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim();
	if (ownWords === '' || notes.some((note) => ownWords.startsWith(note))) return [];
	return [{ kind: 'user', text: ownWords }];
}

function readText(content: unknown): string {
	if (typeof content === 'string') return content;
	const parts = z.array(partSchema).safeParse(content);
	return parts.success ? parts.data.map((part) => part.text ?? '').join('') : '';
}

function readDirectives(text: string): Directives {
	const line = (key: string) => text.match(new RegExp(`\\b${key}:([^\\n]*)`))?.[1]?.trim() ?? null;
	const number = (key: string) => Number(text.match(new RegExp(`\\b${key}:(\\d+)`))?.[1] ?? 0);
	const [, tool, input = '{}'] = /^(\w+)\s*(\{.*\})?/.exec(line('CALL') ?? '') ?? [];
	const [question, choices] = line('ASK')?.split('?') ?? [];
	return {
		reply: line('REPLY'),
		shellCommand: line('TOOL'),
		backgroundCommand: line('BACKGROUND'),
		question: question === undefined ? null : { text: `${question}?`, choices: (choices ?? 'yes|no').split('|') },
		toolCall: tool === undefined ? null : { tool, input: JSON.parse(input) },
		waitMs: number('WAIT'),
		failStatus: number('FAIL') || null,
		chunks: number('CHUNKS'),
		pauseMs: number('PAUSE'),
	};
}
