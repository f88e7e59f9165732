/**
 * Patterns of a tool policy: `Read`, `mcp__github__*`, `Bash(git status)`, `Write(docs/**)`.
 *
 * Tools go by different names in different protocols; those that do the same are one: `Bash` is also what
 * ACP calls `execute`, `Write` is whatever changes files. What stands in parentheses is a command for
 * `Bash` and a path for `Write`, `Read` and `Search`; no other tool takes it.
 */

import { type CommandPattern, parseCommandPattern } from './shell-command.ts';

export type ToolKind = 'bash' | 'write' | 'read' | 'search';

export interface Pattern {
	/** As it was written. */
	readonly text: string;
	/** In small letters; `*` stands for any run of characters. */
	readonly tool: string;
	/** What kind of tool it names; null for others and for several. */
	readonly kind: ToolKind | null;
	readonly command: CommandPattern | null;
	readonly path: string | null;
}

const kinds: Readonly<Record<string, ToolKind>> = {
	bash: 'bash',
	execute: 'bash',
	write: 'write',
	edit: 'write',
	multiedit: 'write',
	notebookedit: 'write',
	delete: 'write',
	move: 'write',
	read: 'read',
	notebookread: 'read',
	search: 'search',
	grep: 'search',
	glob: 'search',
	ls: 'search',
};

/** What a tool of this name does; null where it is not known. */
export function kindOf(tool: string): ToolKind | null {
	const name = tool.toLowerCase();
	return Object.hasOwn(kinds, name) ? (kinds[name] ?? null) : null;
}

/** Throws an Error that says what is wrong with the pattern. */
export function parsePattern(text: string): Pattern {
	const [, name = '', argument] = /^([\w.:*-]{1,200})(?:\(([^\n]*)\))?$/.exec(text) ?? [];
	if (name === '') throw new Error('A pattern is a tool, or a tool with a command or path: Bash(git status)');
	const tool = name.toLowerCase();
	const kind = kindOf(tool);
	const bare: Pattern = { text, tool, kind, command: null, path: null };
	if (argument === undefined) return bare;
	if (kind === null) throw new Error('Only Bash takes a command, and only Write, Read and Search take a path');
	if (kind === 'bash') return { ...bare, command: parseCommandPattern(argument) };
	return { ...bare, path: checkPathPattern(argument) };
}

function checkPathPattern(path: string): string {
	if (path === '' || /[[\]{}!\\~$\p{Cc}]/u.test(path)) throw new Error('A path is made of names, *, ? and **');
	const segments = path.split('/');
	if (segments.includes('..')) throw new Error('A path may not go up with ..');
	if (segments.some((segment) => segment.includes('**') && segment !== '**'))
		throw new Error('** stands for whole directories: docs/**');
	return path;
}

/** Whether the pattern names a tool of one of these names, whatever it is used for. */
export function namesTool({ tool, kind }: Pattern, names: readonly string[]): boolean {
	if (tool.includes('*')) return names.some((name) => isLike(tool, name.toLowerCase()));
	return names.some((name) => name.toLowerCase() === tool || (kind !== null && kindOf(name) === kind));
}

function isLike(glob: string, name: string): boolean {
	const [first = '', ...rest] = glob.split('*');
	const last = rest.pop() ?? '';
	if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
	let at = first.length;
	const end = name.length - last.length;
	for (const part of rest) {
		const found = name.indexOf(part, at);
		if (found < 0 || found + part.length > end) return false;
		at = found + part.length;
	}
	return true;
}
