/** From what a person says to the body that answers a request. */

import { StatecraftError } from '../errors.ts';
import { parseTextOrJson } from './arguments.ts';
import type { AnswerBody, RequestOptionResource, RequestResource } from './resources.ts';

export interface AnswerChoice {
	readonly option?: string;
	readonly allow?: boolean;
	readonly reject?: boolean;
	readonly answer?: string;
	readonly decline?: boolean;
}

/** The body for exactly one choice; more or none is bad usage. */
export function answerBody(request: RequestResource, choice: AnswerChoice): AnswerBody {
	const given = Object.values(choice).filter((value) => value !== undefined && value !== false);
	if (given.length !== 1)
		throw new StatecraftError('invalid_request', 'say exactly one of --option, --allow, --reject, --answer, --decline');
	if (choice.option !== undefined) return { optionId: choice.option };
	if (choice.allow === true) return optionOfKind(request, 'allow');
	if (choice.reject === true) return optionOfKind(request, 'reject');
	if (choice.answer !== undefined) return { answer: parseTextOrJson(choice.answer) };
	return { decline: true };
}

/** A line typed at the terminal: an option by number, id or name, y or n, or free text to a question. */
export function answerFromLine(request: RequestResource, line: string): AnswerBody {
	const text = line.trim();
	if (request.options.length === 0) return { answer: parseTextOrJson(text) };
	const wanted = text.toLowerCase();
	const option =
		request.options[Number(text) - 1] ??
		request.options.find(({ optionId, name }) => [optionId.toLowerCase(), name.toLowerCase()].includes(wanted));
	if (option !== undefined) return { optionId: option.optionId };
	if (wanted === 'y' || wanted === 'yes') return optionOfKind(request, 'allow');
	if (wanted === 'n' || wanted === 'no') return optionOfKind(request, 'reject');
	throw new StatecraftError('invalid_request', `"${text}" is none of the answers: give a number, y or n`);
}

/** The narrowest option of a kind: once before always. Choices of a question are not allowed or rejected. */
function optionOfKind(request: RequestResource, kind: 'allow' | 'reject'): AnswerBody {
	const find = (scope: string): RequestOptionResource | undefined =>
		request.kind === 'permission' ? request.options.find((option) => option.kind === `${kind}_${scope}`) : undefined;
	const option = find('once') ?? find('always');
	if (option !== undefined) return { optionId: option.optionId };
	const offered = request.options.map(({ optionId }) => optionId).join(', ');
	throw new StatecraftError('invalid_request', `the request ${request.id} has no option to ${kind}`, {
		hint: offered ? `choose one with --option: ${offered}` : 'it is a question: use --answer or --decline',
	});
}
