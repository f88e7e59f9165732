/**
 * Permissions as Claude Code asks for them (`can_use_tool`), and what it is told.
 *
 * 1. Only the options allow_once and allow_always allow; anything unclear is refused.
 * 2. Allowing hands the tool's input back as it came: some releases want it, and none takes null.
 */
import { z } from 'zod';
import { StatecraftError } from '../../errors.ts';
import type { AgentRequest, RequestAnswer, RequestOption } from './driver.ts';
import { fingerprintRequest } from './fingerprint.ts';
import { describeTool } from './stream-json-tools.ts';

const suggestion = z.looseObject({
	type: z.string(),
	behavior: z.string().optional(),
	destination: z.string().optional(),
	mode: z.string().optional(),
	directories: z.array(z.string()).optional(),
	rules: z.array(z.looseObject({ toolName: z.string(), ruleContent: z.string().optional() })).optional(),
});
type Suggestion = z.infer<typeof suggestion>;

export const toolPermission = z.looseObject({
	subtype: z.literal('can_use_tool'),
	tool_name: z.string(),
	input: z.record(z.string(), z.unknown()),
	tool_use_id: z.string().nullish(),
	title: z.string().nullish(),
	description: z.string().nullish(),
	blocked_path: z.string().nullish(),
	decision_reason: z.string().nullish(),
	permission_suggestions: z.array(suggestion).nullish().catch(null),
});
export type ToolPermission = z.infer<typeof toolPermission>;

/** Tells an agent no; `interrupt` ends its turn as well. */
export function deny(message: string, interrupt = false): Readonly<Record<string, unknown>> {
	return { behavior: 'deny', message, interrupt };
}

/** What people are asked. */
export function describePermission(key: string, ask: ToolPermission): AgentRequest {
	const title = ask.title ?? describeTool(ask.tool_name, ask.input);
	return {
		key,
		kind: 'permission',
		title,
		detail: {
			toolName: ask.tool_name,
			input: ask.input,
			...(ask.tool_use_id ? { toolUseId: ask.tool_use_id } : {}),
			...(ask.description ? { description: ask.description } : {}),
			...(ask.blocked_path ? { blockedPath: ask.blocked_path } : {}),
			...(ask.decision_reason ? { reason: ask.decision_reason } : {}),
		},
		options: listOptions(ask),
		fingerprint: fingerprintRequest('permission', title, { toolName: ask.tool_name, input: ask.input }),
	};
}

/** What the agent is told; throws `invalid_request` for an answer that is none of the options. */
export function encodePermission(ask: ToolPermission, answer: RequestAnswer): unknown {
	if ('cancelled' in answer) return deny('The turn was cancelled.', true);
	if ('decline' in answer) return deny('The user declined.');
	const optionId = 'optionId' in answer ? answer.optionId : null;
	const option = listOptions(ask).find((candidate) => candidate.optionId === optionId);
	if (option?.kind === 'reject_once') return deny('The user does not want this tool to be used.');
	if (option?.kind === 'allow_once') return { behavior: 'allow', updatedInput: ask.input };
	if (option?.kind === 'allow_always') {
		return { behavior: 'allow', updatedInput: ask.input, updatedPermissions: grant(chooseLasting(ask)) };
	}
	const expected = listOptions(ask).map((candidate) => candidate.optionId);
	throw new StatecraftError('invalid_request', 'A permission is answered with one of its options', {
		expected,
		actual: optionId,
	});
}

function listOptions(ask: ToolPermission): RequestOption[] {
	const lasting = chooseLasting(ask);
	return [
		{ optionId: 'allow_once', name: 'Allow once', kind: 'allow_once' },
		...(lasting.length === 0
			? []
			: [{ optionId: 'allow_always', name: `Always allow (${describe(lasting)})`, kind: 'allow_always' } as const]),
		{ optionId: 'reject_once', name: 'Reject', kind: 'reject_once' },
	];
}

/**
 * What "always" grants. Claude Code suggests several grants at once, from a rule for this command to a
 * mode that allows every edit; the rules suffice where there are any, and nobody asked for more.
 */
function chooseLasting(ask: ToolPermission): readonly Suggestion[] {
	const suggestions = ask.permission_suggestions ?? [];
	const rules = suggestions.filter(({ type, behavior }) => type === 'addRules' && behavior === 'allow');
	return rules.length > 0 ? rules : suggestions;
}

/**
 * Rules are meant for the project's settings, which Claude Code writes but does not heed in a directory that
 * nobody has told it to trust; so they are given to the session as well.
 */
function grant(suggestions: readonly Suggestion[]): readonly Suggestion[] {
	const forSession = suggestions.filter(({ type, destination }) => type === 'addRules' && destination !== 'session');
	return [...suggestions, ...forSession.map((rules) => ({ ...rules, destination: 'session' }))];
}

function describe(suggestions: readonly Suggestion[]): string {
	return suggestions.map(describeSuggestion).join(', ');
}

function describeSuggestion({ type, rules, mode, directories }: Suggestion): string {
	if (rules !== undefined) {
		return rules.map((rule) => (rule.ruleContent ? `${rule.toolName}: ${rule.ruleContent}` : rule.toolName)).join(', ');
	}
	return mode ?? directories?.join(', ') ?? type;
}
