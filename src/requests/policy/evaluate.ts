/**
 * The decision on a permission, before a human is asked: allow, deny, or ask. Nothing here reads a clock
 * or waits; of the world it sees only links of files, through `Workplace`.
 *
 * 1. What is forbidden is forbidden, whatever else is allowed.
 * 2. What is not beyond doubt is neither allowed by a pattern nor let pass by a list of what is forbidden.
 * 3. The policy of a turn stands in place of the agent's, but what the agent's forbids stays forbidden.
 */

import { allowsPath, forbidsPath, type Workplace } from './paths.ts';
import { kindOf, namesTool, type Pattern, parsePattern } from './pattern.ts';
import type { ToolPolicy } from './schema.ts';
import { allowsCommand, forbidsCommand, readCommand } from './shell-command.ts';
import type { ToolUse } from './tool-use.ts';

export interface Verdict {
	readonly decision: 'allow' | 'deny' | 'ask';
	/** What decided: `deny Bash(rm *)`, `allow Read`, `mode allow_list`. */
	readonly rule: string;
}

/** @param turn the policy of the turn alone; null where only the agent's applies */
export function decide(agent: ToolPolicy, turn: ToolPolicy | null, use: ToolUse, place: Workplace): Verdict {
	if (turn === null) return evaluate(agent, use, place);
	const limit = findLimit(agent, use, place);
	if (limit?.decision === 'deny') return limit;
	const verdict = evaluate(turn, use, place);
	return verdict.decision === 'allow' && limit !== null ? limit : verdict;
}

function evaluate(policy: ToolPolicy, use: ToolUse, place: Workplace): Verdict {
	const limit = findLimit(policy, use, place);
	if (limit?.decision === 'deny') return limit;
	const allowed = 'allow' in policy ? policy.allow?.find((text) => allows(parsePattern(text), use, place)) : undefined;
	const verdict: Verdict =
		allowed === undefined ? byMode(policy.mode) : { decision: 'allow', rule: `allow ${allowed}` };
	return verdict.decision === 'allow' && limit !== null ? limit : verdict;
}

function byMode(mode: ToolPolicy['mode']): Verdict {
	const rule = `mode ${mode}`;
	switch (mode) {
		case 'allow_all':
		case 'deny_list':
			return { decision: 'allow', rule };
		case 'deny_all':
		case 'allow_list':
			return { decision: 'deny', rule };
		case 'require_approval':
			return { decision: 'ask', rule };
		default:
			return mode satisfies never;
	}
}

/** What stands against allowing it: that it is forbidden, or that it might be; null for nothing. */
function findLimit(policy: ToolPolicy, use: ToolUse, place: Workplace): Verdict | null {
	if (policy.mode === 'deny_all') return { decision: 'deny', rule: 'mode deny_all' };
	const judged = (policy.deny ?? []).map((text) => [text, forbids(parsePattern(text), use, place)] as const);
	const forbidding = judged.find(([, verdict]) => verdict === 'yes');
	if (forbidding) return { decision: 'deny', rule: `deny ${forbidding[0]}` };
	const doubt = judged.find(([, verdict]) => verdict === 'unclear');
	return doubt ? { decision: 'ask', rule: `unclear for deny ${doubt[0]}` } : null;
}

function allows(pattern: Pattern, use: ToolUse, place: Workplace): boolean {
	if (!namesTool(pattern, use.names) && pattern.tool !== '*') return false;
	if (pattern.command !== null) {
		const command = use.command === null || use.isUnclear ? null : readCommand(use.command);
		return command !== null && allowsCommand(pattern.command, command);
	}
	const { path } = pattern;
	if (path === null) return true;
	return !use.isUnclear && use.paths.length > 0 && use.paths.every((one) => allowsPath(path, one, place));
}

function forbids(pattern: Pattern, use: ToolUse, place: Workplace): 'yes' | 'no' | 'unclear' {
	const names = [...use.names, ...use.alsoKnownAs];
	if (pattern.tool !== '*' && !namesTool(pattern, names)) return 'no';
	if (pattern.command !== null) {
		if (use.isUnclear) return 'unclear';
		// Its title alone says that it is a shell.
		return kindOf(use.names[0] ?? '') === 'bash' ? forbidsCommand(pattern.command, use.command) : 'unclear';
	}
	const { path } = pattern;
	if (path === null) return 'yes';
	const verdicts = use.paths.map((one) => forbidsPath(path, one, place));
	if (verdicts.includes('yes')) return 'yes';
	return use.isUnclear || verdicts.length === 0 || verdicts.includes('unclear') ? 'unclear' : 'no';
}
