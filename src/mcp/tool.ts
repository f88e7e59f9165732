/**
 * Tools: what a model may ask of Statecraft, each with words that a model understands. Owns how a call ends:
 * in a sentence, or in an error that says what to do instead.
 *
 * A model calls again what it does not know to be done, for instance after a crash. So a call that would
 * change anything a second time has a key: the model's own, or what the call says within its turn.
 */

import { createHash } from 'node:crypto';
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AgentView, PromptView } from '../agents/views.ts';
import { catalogue, type StatecraftError, toStatecraftError } from '../errors.ts';

/** The agent that calls, as it stands. */
export interface Caller {
	readonly agent: AgentView;
	/** Names the turn in progress; the same when an interrupted one is taken up again. */
	readonly turn: string;
	/** Tool policy of that turn alone. */
	readonly turnPolicy: PromptView['policy'];
}

export interface ToolSpec<Input extends z.ZodType> {
	readonly name: string;
	readonly title: string;
	/** For the model: what it does, when to use it, what happens next. */
	readonly description: string;
	readonly input: Input;
	readonly isReadOnly?: boolean;
	/** Answers what the model is told; rejects with a StatecraftError. */
	run(input: z.output<Input>, caller: Caller): Promise<string>;
}

export interface Tool extends Pick<ToolSpec<z.ZodType>, 'name'> {
	register(server: McpServer, caller: Caller, onBug: OnBug): void;
}

/** Told of errors that are our own fault. */
export type OnBug = (tool: string, error: StatecraftError) => void;

export function defineTool<Input extends z.ZodObject>(spec: ToolSpec<Input>): Tool {
	const { name, title, description, input, isReadOnly = false } = spec;
	return {
		name,
		register(server, caller, onBug) {
			const annotations = { readOnlyHint: isReadOnly, destructiveHint: false, openWorldHint: false };
			server.registerTool(
				name,
				{ title, description, inputSchema: input as z.ZodObject, annotations },
				async (given) => {
					try {
						return say(await spec.run(given as z.output<Input>, caller));
					} catch (thrown) {
						const error = toStatecraftError(thrown);
						if (error.kind === 'bug') onBug(name, error);
						return { ...say(explain(error)), isError: true };
					}
				},
			);
		},
	};
}

function say(text: string): CallToolResult {
	return { content: [{ type: 'text', text }] };
}

const advice: Partial<Readonly<Record<StatecraftError['kind'], string>>> = {
	transient: 'Nothing was changed; try again later.',
	terminal: 'A human has to mend this; do not try again before.',
};

function explain({ code, kind, message, extras }: StatecraftError): string {
	if (kind === 'bug') return 'internal: Something went wrong inside Statecraft. You may try once more.';
	const { hint, expected } = extras;
	return [
		`${code}: ${catalogue[code].title}. ${message}`,
		...(expected === undefined ? [] : [`Expected: ${JSON.stringify(expected)}`]),
		...(hint === undefined ? [] : [`Hint: ${hint}`]),
		...(advice[kind] === undefined ? [] : [advice[kind]]),
	].join('\n');
}

export const keyField = z
	.string()
	.min(1)
	.max(200)
	.exactOptional()
	.describe(
		'Your own name for this call. Repeat a call with the same key and it is done once only. ' +
			'Without a key, the same call within one turn is done once only.',
	);

/** What names a call among all of the agent's, by its key or else by its turn and content. */
export function callKey(tool: string, { turn }: Caller, { key, ...content }: { readonly key?: string }): string {
	const what = key === undefined ? ['turn', turn, content] : ['key', key];
	return `${tool}/${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32)}`;
}
