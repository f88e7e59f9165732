/** What somebody has to see before answering: read from a request's detail. Pure. */

import { showInvisible } from '../content/visible-text.ts';
import type { OpenRequest } from '../store/resources.ts';

export interface DetailLine {
	readonly name: string;
	readonly text: string;
}

export interface RequestDetail {
	/** Name of the tool that is to be used. */
	readonly tool: string | null;
	/** What a shell is to run: the first thing to look at. */
	readonly command: string | null;
	readonly lines: readonly DetailLine[];
}

/** Names of the protocols' own, and what is shown elsewhere. */
const hidden: ReadonlySet<string> = new Set([
	...['toolCallId', 'toolUseId', 'tool', 'toolName', 'question', 'questions', 'requestedSchema', 'mode', 'promptId'],
]);
const longestText = 20_000;

export function readRequestDetail({ detail, title }: Pick<OpenRequest, 'detail' | 'title'>): RequestDetail {
	// The mission is a link beside it.
	const { input, supervisorId: _mission, ...rest } = detail;
	const fields = isRecord(input) ? input : input === undefined || input === null ? {} : { input };
	const command = typeof fields.command === 'string' && fields.command !== title ? fields.command : null;
	const shown = Object.entries({ ...rest, ...fields }).filter(
		([name, value]) => !hidden.has(name) && name !== 'command' && value !== title && !isEmpty(value),
	);
	return {
		tool: pickText(detail.toolName) ?? pickText(detail.tool),
		command,
		lines: shown.map(([name, value]) => ({ name: wordsOf(name), text: renderValue(value) })),
	};
}

function renderValue(value: unknown): string {
	const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
	const visible = showInvisible(text);
	if (visible.length <= longestText) return visible;
	return `${visible.slice(0, longestText)}\n… ${visible.length - longestText} more characters`;
}

function wordsOf(name: string): string {
	return name
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.replace(/_/g, ' ')
		.toLowerCase();
}

function isEmpty(value: unknown): boolean {
	return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function pickText(value: unknown): string | null {
	return typeof value === 'string' && value !== '' ? value : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
