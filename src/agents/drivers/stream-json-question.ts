/**
 * Questions to a human over stream-json: Claude Code's AskUserQuestion tool, which asks through
 * `can_use_tool`, and forms of MCP servers (`elicitation`).
 */
import { z } from 'zod';
import { StatecraftError } from '../../errors.ts';
import type { AgentRequest, RequestAnswer, RequestOption } from './driver.ts';
import { fingerprintRequest } from './fingerprint.ts';
import { deny, type ToolPermission } from './stream-json-permission.ts';

const question = z.looseObject({
	question: z.string(),
	multiSelect: z.boolean().default(false),
	options: z.array(z.looseObject({ label: z.string(), description: z.string().optional() })).default([]),
});
const questionInput = z.looseObject({ questions: z.array(question).min(1) });
export type Question = z.infer<typeof question>;

export const elicitation = z.looseObject({
	subtype: z.literal('elicitation'),
	mcp_server_name: z.string(),
	message: z.string(),
	mode: z.string().nullish(),
	url: z.string().nullish(),
	requested_schema: z.unknown().optional(),
});
export type Elicitation = z.infer<typeof elicitation>;

/** The questions that a tool call puts to the user; null when it is an ordinary tool. */
export function readQuestions(ask: ToolPermission): readonly Question[] | null {
	if (ask.tool_name !== 'AskUserQuestion') return null;
	const input = questionInput.safeParse(ask.input);
	return input.success ? input.data.questions : null;
}

/** One question with choices can be answered with an option; several, or a free one, with `answer`. */
export function describeQuestions(key: string, questions: readonly Question[]): AgentRequest {
	const title = questions.map((each) => each.question).join(' ');
	return {
		key,
		kind: 'question',
		title,
		detail: { questions },
		options: listChoices(questions),
		fingerprint: fingerprintRequest('question', title, questions),
	};
}

/** The tool's own input, with the answers that people gave. */
export function encodeAnswers(ask: ToolPermission, questions: readonly Question[], answer: RequestAnswer): unknown {
	if ('cancelled' in answer) return deny('The turn was cancelled.', true);
	if ('decline' in answer) return deny('The user declined to answer.');
	const given = 'optionId' in answer ? readChoice(questions, answer.optionId) : answer.answer;
	return { behavior: 'allow', updatedInput: { ...ask.input, answers: fillIn(questions, given) } };
}

/** What people are asked on behalf of an MCP server. */
export function describeElicitation(key: string, ask: Elicitation): AgentRequest {
	const detail = {
		question: ask.message,
		server: ask.mcp_server_name,
		mode: ask.mode ?? 'form',
		...(ask.url ? { url: ask.url } : {}),
		...(ask.requested_schema === undefined ? {} : { requestedSchema: ask.requested_schema }),
	};
	const fingerprint = fingerprintRequest('question', ask.message, detail);
	return { key, kind: 'question', title: ask.message, detail, options: [], fingerprint };
}

/** The words of MCP: accept, decline or cancel. */
export function encodeElicitation(answer: RequestAnswer): unknown {
	if ('cancelled' in answer) return { action: 'cancel' };
	if ('decline' in answer) return { action: 'decline' };
	if (!('answer' in answer)) throw new StatecraftError('invalid_request', 'This question is answered with `answer`');
	return { action: 'accept', content: answer.answer };
}

function listChoices(questions: readonly Question[]): RequestOption[] {
	const [only, ...others] = questions;
	if (only === undefined || others.length > 0 || only.multiSelect) return [];
	return only.options.map(({ label }) => ({ optionId: label, name: label, kind: 'allow_once' }));
}

function readChoice(questions: readonly Question[], optionId: string): string {
	const expected = listChoices(questions).map((choice) => choice.optionId);
	if (expected.includes(optionId)) return optionId;
	throw new StatecraftError('invalid_request', 'There is no such choice', { expected, actual: optionId });
}

const reply = z.union([z.string(), z.array(z.string()).transform((labels) => labels.join(', '))]);
const replies = z.record(z.string(), reply);

/** A single question may be answered with the bare text; several by a record of question and text. */
function fillIn(questions: readonly Question[], given: unknown): Record<string, string> {
	const texts = questions.map((each) => each.question);
	const [only, ...others] = texts;
	const bare = reply.safeParse(given).data;
	if (bare !== undefined && only !== undefined && others.length === 0) return { [only]: bare };
	const record = replies.safeParse(given).data;
	if (record !== undefined && texts.every((text) => text in record)) return record;
	throw new StatecraftError('invalid_request', 'Answer every question, by its text', { expected: texts });
}
