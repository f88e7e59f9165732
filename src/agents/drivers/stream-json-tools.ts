/** Claude Code's own tools as people and ACP name them: a title, a kind, the files they touch. */
import { z } from 'zod';
import type { AgentOutput } from './driver.ts';
import type { ToolUseBlock } from './stream-json-messages.ts';

type ToolInput = Readonly<Record<string, unknown>>;

const kinds: Readonly<Record<string, string>> = {
	Read: 'read',
	NotebookRead: 'read',
	Edit: 'edit',
	MultiEdit: 'edit',
	Write: 'edit',
	NotebookEdit: 'edit',
	Bash: 'execute',
	BashOutput: 'execute',
	KillShell: 'execute',
	Glob: 'search',
	Grep: 'search',
	LS: 'search',
	WebFetch: 'fetch',
	WebSearch: 'fetch',
	Task: 'think',
};

/** Where a tool keeps what it is about, the most telling first. */
const subjects = ['command', 'file_path', 'notebook_path', 'path', 'pattern', 'url', 'query', 'description'];

const todoList = z.object({ todos: z.array(z.object({ content: z.string(), status: z.string() })) });

/** One line for people: `Bash: npm test`. */
export function describeTool(name: string, input: ToolInput): string {
	for (const key of subjects) {
		const subject = input[key];
		if (typeof subject === 'string' && subject !== '') return `${name}: ${subject.split('\n')[0]}`;
	}
	return name;
}

/** Reports a tool call that the model has just made; a to-do list is told as the plan that it is. */
export function readToolCall(block: ToolUseBlock): AgentOutput[] {
	const { file_path: file, notebook_path: notebook } = block.input;
	const path = file ?? notebook;
	const call: AgentOutput = {
		type: 'tool_call',
		toolCallId: block.id,
		title: describeTool(block.name, block.input),
		kind: kinds[block.name] ?? 'other',
		status: 'pending',
		input: block.input,
		...(typeof path === 'string' ? { locations: [{ path }] } : {}),
	};
	const todos = block.name === 'TodoWrite' ? todoList.safeParse(block.input) : null;
	if (!todos?.success) return [call];
	const entries = todos.data.todos.map(({ content, status }) => ({ content, status, priority: 'medium' }));
	return [call, { type: 'plan', entries }];
}
