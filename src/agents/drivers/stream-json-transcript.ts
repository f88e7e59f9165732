/**
 * What the agent says, turned into outputs. Owns the memory of what was told already within a
 * message, for text comes twice when partial messages are on: in deltas, then as the finished block.
 *
 * 1. No text is reported twice, and none is left out: what the deltas did not tell, the block does.
 * 2. Only the agent's own words are messages; those of its sub-agents are told as `subagent_message`.
 */
import type { AgentOutput } from './driver.ts';
import type {
	AssistantMessage,
	StreamEventMessage,
	TokenUsage,
	ToolUseBlock,
	UserMessage,
} from './stream-json-messages.ts';
import { readToolCall } from './stream-json-tools.ts';

/** What Claude Code signs its own words with: errors, and the answers of slash commands. */
const ownModel = '<synthetic>';

type Voice = 'message' | 'thought';

export interface Transcript {
	readDelta(message: StreamEventMessage): void;
	readAssistant(message: AssistantMessage): void;
	readUser(message: UserMessage): void;
	/** The agent's words since `restart`. */
	readonly text: string;
	/** Why the model could not be asked, as the last message had it. */
	readonly modelError: string | null;
	/** The last answer of the model: which one it was, and the tokens it took. */
	readonly lastAnswer: { readonly model: string; readonly usage: TokenUsage } | null;
	/** A new turn begins. */
	restart(): void;
}

/** Reports every output through `report`, in the order of the conversation. */
export function createTranscript(report: (output: AgentOutput) => void): Transcript {
	/** Told by deltas, not yet matched by a finished block. */
	const streamed: Record<Voice, string> = { message: '', thought: '' };
	let streamedId: string | undefined;
	let text = '';
	let modelError: string | null = null;
	let lastAnswer: Transcript['lastAnswer'] = null;

	function say(voice: Voice, words: string, messageId: string | undefined): void {
		if (words === '') return;
		if (voice === 'message') text += words;
		report({ type: voice, text: words, ...(messageId === undefined ? {} : { messageId }) });
	}

	function sayFinished(voice: Voice, words: string, messageId: string | undefined): void {
		const told = streamed[voice];
		const isTold = told !== '' && messageId === streamedId;
		if (isTold && told.startsWith(words)) {
			streamed[voice] = told.slice(words.length);
			return;
		}
		streamed[voice] = '';
		say(voice, isTold && words.startsWith(told) ? words.slice(told.length) : words, messageId);
	}

	function sayDelta(voice: Voice, words: string): void {
		streamed[voice] += words;
		say(voice, words, streamedId);
	}

	function reportTool(block: ToolUseBlock): void {
		for (const output of readToolCall(block)) report(output);
	}

	function reportSubagent(message: AssistantMessage): void {
		report({ type: 'other', name: 'subagent_message', data: message });
		for (const block of message.message.content) if (block.type === 'tool_use') reportTool(block);
	}

	return {
		readDelta({ event, parent_tool_use_id: parent }) {
			// A sub-agent's words come once more as finished blocks.
			if (parent) return;
			if (event.type === 'message_start') {
				streamedId = event.message?.id;
				streamed.message = '';
				streamed.thought = '';
			}
			if (event.delta?.type === 'text_delta') sayDelta('message', event.delta.text ?? '');
			if (event.delta?.type === 'thinking_delta') sayDelta('thought', event.delta.thinking ?? '');
		},
		readAssistant(message) {
			if (message.parent_tool_use_id) {
				reportSubagent(message);
				return;
			}
			const { id, model, content, usage } = message.message;
			modelError = message.error ?? null;
			if (usage && model !== undefined && model !== ownModel) lastAnswer = { model, usage };
			for (const block of content) {
				if (block.type === 'text') sayFinished('message', block.text, id);
				else if (block.type === 'thinking') sayFinished('thought', block.thinking, id);
				else if (block.type === 'tool_use') reportTool(block);
			}
		},
		readUser({ message: { content } }) {
			// Text is our own prompt come back, or a note to the model.
			if (typeof content === 'string') return;
			for (const block of content) {
				if (block.type !== 'tool_result') continue;
				const status = block.is_error ? 'failed' : 'completed';
				report({ type: 'tool_call_update', toolCallId: block.tool_use_id, status, output: block.content });
			}
		},
		get text() {
			return text;
		},
		get modelError() {
			return modelError;
		},
		get lastAnswer() {
			return lastAnswer;
		},
		restart() {
			text = '';
			modelError = null;
			lastAnswer = null;
		},
	};
}
