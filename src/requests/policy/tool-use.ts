/** What a permission is asked for, read from what the agent's protocol tells of it. */

import { kindOf, type ToolKind } from './pattern.ts';

export interface ToolUse {
	/** Names of the tool that are certain. */
	readonly names: readonly string[];
	/** Names that it goes by as well: good enough to forbid it. */
	readonly alsoKnownAs: readonly string[];
	readonly kind: ToolKind | null;
	/** What a shell is to run; null where it does not say. */
	readonly command: string | null;
	/** What files it is about. */
	readonly paths: readonly string[];
	/** There is more to it than can be judged here. */
	readonly isUnclear: boolean;
}

/** A permission as a driver describes it. */
interface Permission {
	readonly title: string;
	readonly detail: Readonly<Record<string, unknown>>;
}

const pathKey = /path|file|dir|folder|location|source|destination|target|uri/i;

export function readToolUse({ title, detail }: Permission): ToolUse {
	const { names, alsoKnownAs } = readNames(title, detail);
	const [name = ''] = names;
	const kind = kindOf(name);
	const input = isRecord(detail.input) ? detail.input : {};
	const found = [...collectPaths(input), ...collectPaths({ location: detail.locations, path: pathsOfDiffs(detail) })];
	return {
		names,
		alsoKnownAs,
		kind,
		command: kind === 'bash' && typeof input.command === 'string' ? input.command : null,
		// To search without saying where is to search where one is.
		paths: kind === 'search' && found.length === 0 ? ['.'] : [...new Set(found)],
		isUnclear: Boolean(input.dangerouslyDisableSandbox) || (kind === 'search' && leavesItsPlace(input)),
	};
}

/** Claude Code names its tools. ACP says what kind of tool it is; of one that is of no kind, the title is the name. */
function readNames(title: string, { toolName, tool }: Permission['detail']): Pick<ToolUse, 'names' | 'alsoKnownAs'> {
	if (typeof toolName === 'string') return { names: [toolName], alsoKnownAs: [] };
	const alsoKnownAs = [title];
	if (typeof tool === 'string' && tool !== 'other') return { names: [tool], alsoKnownAs };
	const isName = /^[\w.:-]+$/.test(title) && kindOf(title) === null;
	return { names: isName ? [title] : [], alsoKnownAs };
}

function pathsOfDiffs({ content }: Permission['detail']): readonly unknown[] {
	if (!Array.isArray(content)) return [];
	return content.filter(isRecord).map((block) => block.path);
}

/** Texts below a name that stands for a path, at any depth. */
function collectPaths(value: unknown, isPath = false): readonly string[] {
	if (typeof value === 'string') return isPath ? [value] : [];
	if (Array.isArray(value)) return value.flatMap((item) => collectPaths(item, isPath));
	if (!isRecord(value)) return [];
	return Object.entries(value).flatMap(([key, inner]) =>
		collectPaths(inner, pathKey.test(key) || (isPath && typeof inner !== 'string')),
	);
}

/** A pattern of names may lead out of the directory that is searched. */
function leavesItsPlace({ pattern, glob }: Readonly<Record<string, unknown>>): boolean {
	return [pattern, glob].some((text) => typeof text === 'string' && /^[/~]|\.\./.test(text));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
