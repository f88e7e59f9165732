/** Requests to people, in text. */

import { paint, paintState } from './paint.ts';
import type { RequestResource } from './resources.ts';
import { type Column, oneLine, renderTable } from './table.ts';
import { formatAge, formatTime } from './times.ts';

export function renderRequests(requests: readonly RequestResource[], names: ReadonlyMap<string, string>): string {
	const columns: ReadonlyArray<Column<RequestResource>> = [
		{ title: 'ID', value: (request) => request.id },
		{ title: 'AGENT', value: (request) => names.get(request.agentId) ?? request.agentId },
		{ title: 'KIND', value: (request) => request.kind },
		{ title: 'FROM', value: ({ origin }) => origin },
		{ title: 'STATUS', value: (request) => request.status, style: styleStatus },
		{ title: 'AGE', value: (request) => formatAge(request.askedAt) },
		{ title: 'DEADLINE', value: deadlineText },
		{ title: 'TITLE', value: (request) => request.title },
		{ title: 'ANSWERS', value: answersText },
	];
	return renderTable(requests, columns, 'nobody waits for an answer');
}

/** A request in full, as it is put to the person at the terminal. */
export function renderRequest(request: RequestResource): string {
	const heading = headingOf(request);
	const deadline = deadlineText(request);
	const detail = oneLine(JSON.stringify(request.detail ?? {}), 600);
	const options = request.options.map(
		(option, index) => `  ${paint.bold(String(index + 1))} ${option.name} ${paint.dim(option.optionId)}`,
	);
	return [
		`${paint.warn(`? ${heading}:`)} ${oneLine(request.title, 400)} ${paint.dim(request.id)}`,
		...(deadline === '' ? [] : [paint.dim(`  until ${deadline}`)]),
		...(detail === '{}' ? [] : [paint.dim(`  ${detail}`)]),
		...options,
	].join('\n');
}

function headingOf({ kind, origin }: RequestResource): string {
	if (kind === 'permission') return 'asks permission';
	return origin === 'statecraft' ? 'Statecraft asks' : 'asks';
}

/** When the policy decides in place of a human. */
function deadlineText({ deadlineAt, status }: RequestResource): string {
	return deadlineAt === null || status !== 'open' ? '' : formatTime(deadlineAt);
}

function styleStatus(text: string): string {
	return text.replace(text.trim(), paintState(text.trim()));
}

function answersText(request: RequestResource): string {
	if (request.status !== 'open') return renderAnswer(request);
	return request.options.map((option) => option.optionId).join(' | ');
}

/** What was answered, as it was said. */
export function renderAnswer({ answer }: RequestResource): string {
	if (answer === null) return '';
	const { optionId, answer: given, decline } = answer as Readonly<Record<string, unknown>>;
	if (decline === true) return 'declined';
	const said = optionId ?? given ?? answer;
	return oneLine(typeof said === 'string' ? said : JSON.stringify(said), 200);
}
