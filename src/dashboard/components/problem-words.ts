/** The server's complaints in words that are said once each. Pure. */

import type { Problem } from '../connection/api.ts';

export interface ProblemWords {
	readonly title: string;
	/** What it adds to the title; null when that is nothing. */
	readonly detail: string | null;
	readonly issues: ReadonlyArray<{ readonly field: string; readonly message: string }>;
}

export function wordsOfProblem({
	title,
	detail,
	issues = [],
}: Pick<Problem, 'title' | 'detail' | 'issues'>): ProblemWords {
	// The detail of a refused form is nothing but its issues in one line.
	const repeats =
		isSame(detail, title) || (issues.length > 0 && issues.every(({ message }) => detail.includes(message)));
	return {
		title: title.replace(/[.\s]+$/, ''),
		detail: repeats ? null : detail,
		issues: issues
			.filter(({ message }, _, { length }) => length > 1 || !isSame(message, repeats ? title : detail))
			.map(({ path, message }) => ({ field: nameField(path), message })),
	};
}

/** `body.driver.maxTurns` is the field `driver, max turns`; `body.gates.0` the first of the gates. */
export function nameField(path: string): string {
	return path
		.replace(/^(body|query|params|headers|message)(\.|$)/, '')
		.split('.')
		.filter(Boolean)
		.map((part) => (/^\d+$/.test(part) ? `no. ${Number(part) + 1}` : splitWords(part)))
		.join(', ');
}

function splitWords(name: string): string {
	return name
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.replace(/[_-]/g, ' ')
		.toLowerCase();
}

function isSame(a: string, b: string): boolean {
	const plain = (text: string) => text.replace(/[.\s]+$/, '').toLowerCase();
	return plain(a) === plain(b);
}
