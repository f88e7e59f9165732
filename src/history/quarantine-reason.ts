/** Why an actor was set aside, without what stood in its row. */

import type { DurableDefinition } from '../durable/definition.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

interface Issue {
	readonly code?: unknown;
	readonly path?: unknown;
}

export function redactReason(definition: DurableDefinition, reason: string): string {
	const vocabulary = vocabularyOf(definition);
	const issues = parseIssues(reason);
	if (issues) return issues.map((issue) => describeIssue(issue, vocabulary)).join('; ');
	// The parser of JSON quotes what it could not read, in quotes that need not fit.
	if (reason.includes('JSON')) return 'the stored snapshot is not valid JSON';
	return redactQuotes(definition, reason);
}

/** A message without what it quotes, unless that is a word of the machine. */
export function redactQuotes(definition: DurableDefinition, message: string): string {
	const vocabulary = vocabularyOf(definition);
	return message.replace(/(["'`])(.*?)\1/g, (whole, _quote, inner: string) => {
		return isKnown(inner, vocabulary) ? whole : '…';
	});
}

/** What a schema says of a context that does not fit. */
function parseIssues(reason: string): readonly Issue[] | undefined {
	try {
		const value: unknown = JSON.parse(reason);
		return Array.isArray(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function describeIssue({ code, path }: Issue, vocabulary: Vocabulary): string {
	const keys = (Array.isArray(path) ? path : []).map((key) =>
		typeof key === 'number' || isKnown(String(key), vocabulary) ? String(key) : '…',
	);
	return `${keys.join('.') || 'context'}: ${String(code)}`;
}

function isKnown(text: string, vocabulary: Vocabulary): boolean {
	return vocabulary.knowsText(text) || vocabulary.knowsKey(text);
}
