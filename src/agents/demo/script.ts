/**
 * The demo agent's language: a prompt read as steps, one a line or between semicolons. Pure.
 *
 * 1. A prompt without a single known step is plain text. Beside known steps, other lines are said as they are.
 * 2. A verb counts only with what belongs to it: `wait for me` is text, `wait 2s` a step.
 */

export type Step =
	| { readonly verb: 'say' | 'think' | 'tool' | 'permission' | 'ask' | 'noise'; readonly text: string }
	| { readonly verb: 'call'; readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
	| { readonly verb: 'stream'; readonly count: number; readonly text: string }
	| { readonly verb: 'plan'; readonly entries: readonly string[] }
	| { readonly verb: 'wait'; readonly ms: number }
	| { readonly verb: 'crash'; readonly code: number }
	| { readonly verb: 'flood' | 'usage'; readonly count: number }
	| { readonly verb: 'exit' | 'hang' | 'remember' };

/** What each verb does, for those who ask. */
export const explanations: Readonly<Record<Step['verb'], string>> = {
	say: 'say <text>: says it',
	stream: 'stream <n> <text>: says it n times, in as many pieces',
	think: 'think <text>: thinks aloud',
	tool: 'tool <title>: uses a tool',
	call: 'call <tool> <json>: calls a tool of the servers it was given, and tells the answer',
	plan: 'plan <a> | <b> | <c>: shows a plan, and ticks it off with the steps that follow',
	permission: 'permission <title>: asks for permission and tells what was answered',
	ask: 'ask <question>: asks you a question',
	wait: 'wait <ms or 2s>: waits; can be cancelled',
	usage: 'usage <tokens>: reports that many tokens of context in use',
	remember: 'remember: tells how many turns of this session went before',
	flood: 'flood <n>: says n short pieces as fast as it can',
	noise: 'noise <text>: writes something to stdout that is no message',
	hang: 'hang: never answers again, whatever happens',
	crash: 'crash [code]: dies at once',
	exit: 'exit: ends properly, in the middle of its turn',
};

/** Null for plain text. */
export function parseScript(prompt: string): Step[] | null {
	const segments = prompt
		.split(/[\n;]/)
		.map((segment) => segment.trim())
		.filter((segment) => segment !== '');
	const steps = segments.map(parseStep);
	if (steps.every((step) => step === null)) return null;
	return steps.map((step, index) => step ?? { verb: 'say', text: segments[index] ?? '' });
}

function parseStep(segment: string): Step | null {
	const [, verb = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(segment) ?? [];
	if (verb === 'call') return parseCall(rest);
	return parseSimple(verb, rest) ?? parseNumbered(verb, rest);
}

function parseSimple(verb: string, rest: string): Step | null {
	switch (verb) {
		case 'say':
		case 'think':
		case 'tool':
		case 'permission':
		case 'ask':
		case 'noise':
			return rest === '' ? null : { verb, text: rest };
		case 'plan':
			return rest === '' ? null : { verb, entries: rest.split('|').map((entry) => entry.trim()) };
		case 'exit':
		case 'hang':
		case 'remember':
			return rest === '' ? { verb } : null;
		default:
			return null;
	}
}

function parseCall(rest: string): Step | null {
	const [, tool, json = '{}'] = /^(\w+)(?:\s+(\{.*\}))?$/.exec(rest) ?? [];
	if (tool === undefined) return null;
	try {
		return { verb: 'call', tool, input: JSON.parse(json) };
	} catch {
		return null;
	}
}

function parseNumbered(verb: string, rest: string): Step | null {
	switch (verb) {
		case 'stream': {
			const [, count, text] = /^(\d+)\s+(.+)$/.exec(rest) ?? [];
			return text === undefined ? null : { verb, count: Number(count), text };
		}
		case 'flood':
		case 'usage':
			return /^\d+$/.test(rest) ? { verb, count: Number(rest) } : null;
		case 'crash':
			return /^\d*$/.test(rest) ? { verb, code: rest === '' ? 1 : Number(rest) } : null;
		case 'wait': {
			const ms = parseDuration(rest);
			return ms === null ? null : { verb, ms };
		}
		default:
			return null;
	}
}

/** Milliseconds of `250`, `250ms` or `2s`; null for anything else. */
export function parseDuration(text: string): number | null {
	const [, amount, unit] = /^(\d+)(ms|s)?$/.exec(text) ?? [];
	if (amount === undefined) return null;
	return Number(amount) * (unit === 's' ? 1000 : 1);
}
