/** What a tool policy looks like: what an agent may use without asking, and what it may not use at all. */

import { z } from 'zod';
import { parsePattern } from './pattern.ts';

const pattern = z
	.string()
	.max(500)
	.superRefine((text, context) => {
		try {
			parsePattern(text);
		} catch (error) {
			context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
		}
	});
const patterns = z.array(pattern).min(1).max(500);
const deny = patterns.exactOptional().describe('Refused, whatever else is said.');
const allow = patterns.describe('Allowed without asking.');

const requests = z
	.strictObject({
		deadlineSeconds: z.number().positive().max(2_592_000).exactOptional().describe('How long a human is waited for.'),
		onDeadline: z
			.enum(['deny', 'allow', 'keep'])
			.exactOptional()
			.describe('What is answered when nobody has: no by default. Questions are never answered with yes.'),
	})
	.exactOptional();

export const toolPolicy = z
	.discriminatedUnion('mode', [
		z.strictObject({ mode: z.literal('allow_all'), deny, requests }),
		z.strictObject({ mode: z.literal('deny_all'), requests }),
		z.strictObject({ mode: z.literal('allow_list'), allow, deny, requests }),
		z.strictObject({ mode: z.literal('deny_list'), deny: patterns, requests }),
		z.strictObject({ mode: z.literal('require_approval'), allow: allow.exactOptional(), deny, requests }),
	])
	.meta({
		id: 'ToolPolicy',
		description:
			'What an agent may use: everything (allow_all), nothing (deny_all), what is listed (allow_list), all but what is listed (deny_list), or what a human allows (require_approval). Patterns: a tool (`Read`, `mcp__github__*`), a shell command (`Bash(git log *)`), a path (`Write(docs/**)`).',
	});

export type ToolPolicy = z.output<typeof toolPolicy>;

/** Of agents without a policy, and of those whose stored one cannot be read: a human is asked. */
export const defaultPolicy: ToolPolicy = { mode: 'require_approval' };

/** A policy as it is stored. */
export function readPolicy(stored: unknown): ToolPolicy {
	return toolPolicy.safeParse(stored).data ?? defaultPolicy;
}
