/** What the fake model answers, before it is put into the words of one of the model APIs. */
import type { Conversation } from './fake-model-conversation.ts';

/** A call of one of the agent's own tools. */
export interface ToolCall {
	readonly id: string;
	readonly name: string;
	readonly input: Readonly<Record<string, unknown>>;
}

export type Answer =
	| { readonly kind: 'text'; readonly deltas: readonly string[]; readonly pauseMs: number }
	| { readonly kind: 'tool'; readonly call: ToolCall };

/** Counted so that every answer of a test run has ids of its own. */
let answerCount = 0;

/** A fresh id for a message, response or tool call. */
export function createAnswerId(prefix: string): string {
	answerCount += 1;
	return `${prefix}_fake${answerCount}`;
}

/** Token counts of every answer: the same each time, so that tests can reckon with them. */
export const fakeUsage = { inputTokens: 11, outputTokens: 7 } as const;

/** Decides the answer: a tool call when one is asked for, possible and not made yet; else text. */
export function decideAnswer(conversation: Conversation): Answer {
	const call = conversation.toolOutput === null ? chooseToolCall(conversation) : null;
	if (call !== null) return { kind: 'tool', call };
	return { kind: 'text', deltas: chooseDeltas(conversation), pauseMs: conversation.directives.pauseMs };
}

function chooseToolCall({ directives, tools }: Conversation): ToolCall | null {
	const { shellCommand, backgroundCommand, question, toolCall } = directives;
	const called = toolCall && tools.find((tool) => tool.endsWith(`_${toolCall.tool}`));
	if (toolCall && called) return { id: createAnswerId('toolu'), name: called, input: toolCall.input };
	const shell = tools.find((tool) => tool.toLowerCase() === 'bash');
	const command = shellCommand ?? backgroundCommand;
	if (command !== null && shell !== undefined) {
		const background = backgroundCommand === null ? {} : { run_in_background: true };
		const input = { command, description: 'run a command', ...background };
		return { id: createAnswerId('toolu'), name: shell, input };
	}
	if (question === null || !tools.includes('AskUserQuestion')) return null;
	const options = question.choices.map((label) => ({ label, description: label }));
	const questions = [{ question: question.text, header: 'Choice', options, multiSelect: false }];
	return { id: createAnswerId('toolu'), name: 'AskUserQuestion', input: { questions } };
}

function chooseDeltas({ directives, toolOutput }: Conversation): string[] {
	const byDefault = toolOutput === null ? 'Hello from the fake model.' : `The tool said: ${toolOutput}`;
	const text = directives.reply ?? byDefault;
	if (directives.chunks === 0) return [text];
	return Array.from({ length: directives.chunks }, (_, index) => `${text}-${index + 1} `);
}
