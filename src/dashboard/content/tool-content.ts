/**
 * What a tool call's input and output look like to people. Agents have no common shape for them: known
 * ones are shown as what they are (diffs, commands, text), anything else as its fields or as JSON. Pure.
 */

import { diffTexts, type FileDiff, readUnifiedDiff } from './line-diff.ts';

export type ToolSection =
	| { readonly kind: 'diff'; readonly diff: FileDiff }
	/** As a terminal shows it. */
	| { readonly kind: 'text'; readonly text: string }
	| { readonly kind: 'fields'; readonly fields: ReadonlyArray<readonly [name: string, value: string]> };

export interface ToolContent {
	readonly input: readonly ToolSection[];
	readonly output: readonly ToolSection[];
}

type Fields = Readonly<Record<string, unknown>>;

/** `title` is shown already: an input that says nothing else is left out. */
export function readToolContent(title: string, input: unknown, output: unknown): ToolContent {
	const outcome = readOutput(output);
	const asked = readInput(title, input);
	// What was done tells line numbers; what was asked for need not be shown again.
	const isTold = outcome.some(({ kind }) => kind === 'diff');
	return { input: isTold ? asked.filter(({ kind }) => kind !== 'diff') : asked, output: outcome };
}

function readInput(title: string, input: unknown): ToolSection[] {
	if (!isFields(input)) return isNothing(input) ? [] : [{ kind: 'text', text: renderValue(input) }];
	const diffs = readEdits(input);
	const rest = Object.entries(input).filter(
		([name, value]) => !isNothing(value) && value !== title && !(diffs.length > 0 && editFields.has(name)),
	);
	const fields: ToolSection[] =
		rest.length === 0 ? [] : [{ kind: 'fields', fields: rest.map(([name, value]) => [name, renderValue(value)]) }];
	return [...fields, ...diffs];
}

const editFields: ReadonlySet<string> = new Set([
	...['file_path', 'filePath', 'path', 'old_string', 'oldString', 'new_string', 'newString', 'content', 'edits'],
]);

/** An edit as Claude Code, opencode and others ask for it: a text for another, several of them, or a whole file. */
function readEdits(input: Fields): ToolSection[] {
	const path = pickString(input, 'file_path', 'filePath', 'path');
	if (path === undefined) return [];
	if (Array.isArray(input.edits)) return input.edits.filter(isFields).flatMap((edit) => readEdit(path, edit));
	const whole = pickString(input, 'content');
	const edit = readEdit(path, input);
	if (edit.length > 0 || whole === undefined) return edit;
	return [{ kind: 'diff', diff: diffTexts(path, null, whole) }];
}

function readEdit(path: string, edit: Fields): ToolSection[] {
	const oldText = pickString(edit, 'old_string', 'oldString');
	const newText = pickString(edit, 'new_string', 'newString');
	if (oldText === undefined || newText === undefined) return [];
	return [{ kind: 'diff', diff: diffTexts(path, oldText, newText) }];
}

function readOutput(output: unknown): ToolSection[] {
	if (isNothing(output)) return [];
	if (typeof output === 'string') return [{ kind: 'text', text: output }];
	if (Array.isArray(output)) return output.flatMap(readBlock);
	if (!isFields(output)) return [{ kind: 'text', text: renderValue(output) }];
	const diffs = readReportedDiff(output);
	const text = joinStreams(output);
	if (text !== undefined) return [...diffs, ...(text === '' ? [] : [{ kind: 'text', text } as const])];
	if (Array.isArray(output.content)) return [...diffs, ...output.content.flatMap(readBlock)];
	return diffs.length > 0 ? diffs : [{ kind: 'text', text: renderValue(output) }];
}

/** A block of content, as ACP and MCP have them. */
function readBlock(block: unknown): ToolSection[] {
	if (typeof block === 'string') return [{ kind: 'text', text: block }];
	if (!isFields(block)) return [{ kind: 'text', text: renderValue(block) }];
	switch (block.type) {
		case 'text':
			return [{ kind: 'text', text: String(block.text ?? '') }];
		case 'content':
			return readBlock(block.content);
		case 'diff': {
			const { path, oldText, newText } = block;
			const before = typeof oldText === 'string' ? oldText : null;
			return [{ kind: 'diff', diff: diffTexts(String(path ?? ''), before, String(newText ?? '')) }];
		}
		case 'image':
		case 'audio':
			return [{ kind: 'text', text: `[${block.type}, ${String(block.mimeType ?? 'of unknown type')}: not shown]` }];
		default:
			return [{ kind: 'text', text: renderValue(block) }];
	}
}

/** opencode's edits tell what they changed as a unified diff. */
function readReportedDiff(output: Fields): ToolSection[] {
	const holders = [output, output.metadata].filter(isFields);
	const text = holders.map((holder) => pickString(holder, 'diff', 'patch')).find((diff) => diff !== undefined);
	return text === undefined ? [] : readUnifiedDiff(text).map((diff) => ({ kind: 'diff', diff }));
}

/** What a program wrote; undefined for an output that is none. */
function joinStreams(output: Fields): string | undefined {
	const text = pickString(output, 'output', 'formatted_output', 'aggregated_output', 'text');
	if (text !== undefined) return text;
	const streams = [output.stdout, output.stderr].filter((stream) => typeof stream === 'string');
	return streams.length === 0 ? undefined : streams.filter((stream) => stream !== '').join('\n');
}

/** Text as it is; anything else as JSON. */
export function renderValue(value: unknown): string {
	if (typeof value === 'string') return value;
	try {
		return JSON.stringify(value, null, 2) ?? String(value);
	} catch {
		return '[nested too deeply to be shown]';
	}
}

function pickString(fields: Fields, ...names: readonly string[]): string | undefined {
	for (const name of names) {
		const value = fields[name];
		if (typeof value === 'string') return value;
	}
	return undefined;
}

function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
	return value === undefined || value === null || (isFields(value) && Object.keys(value).length === 0);
}
