/**
 * Redaction of what is free in form: everything that is no word, key, id or number of the machine itself
 * is replaced.
 *
 * 1. Shape stays: the same keys, lengths, nulls and types.
 * 2. `createPseudonyms`: the same text always becomes the same placeholder, and two texts never become
 *    one, so that whatever a machine compares compares as before.
 */

import type { AnyEventObject } from 'xstate';
import type { DurableDefinition } from '../durable/definition.ts';
import { redacted } from '../durable/disclosure.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

interface Replacement {
	text(text: string): string;
	key(key: string): string;
	/** Of a number that somebody said. */
	readonly number: unknown;
}

/** What people and agents say: no number in there is the machine's. */
const freeForms: ReadonlySet<string> = new Set(['answer', 'detail', 'cursor', 'metadata']);

/** Parameters of an effect, as third parties may see them. */
export function redactParams(definition: DurableDefinition, params: unknown): unknown {
	const by: Replacement = { text: () => redacted, key: () => redacted, number: redacted };
	const vocabulary = vocabularyOf(definition);
	return isRecord(params) ? replaceFields(params, vocabulary, by) : replace(params, vocabulary, by, false);
}

/** Replaces the texts of a journal's events, one after the other. */
export function createPseudonyms(definition: DurableDefinition): (event: AnyEventObject) => AnyEventObject {
	const vocabulary = vocabularyOf(definition);
	const by: Replacement = { text: createNames('text'), key: createNames('key'), number: 0 };
	return ({ type, input, ...event }) => ({
		...replaceFields(event, vocabulary, by),
		...(input !== undefined && { input: isRecord(input) ? replaceFields(input, vocabulary, by) : input }),
		type,
	});
}

/** The first level of events, inputs and parameters: its keys are ours, whatever the machine knows. */
function replaceFields(record: Readonly<Record<string, unknown>>, vocabulary: Vocabulary, by: Replacement) {
	return Object.fromEntries(
		Object.entries(record).map(([key, inner]) => [key, replace(inner, vocabulary, by, freeForms.has(key))]),
	);
}

function createNames(kind: string): (original: string) => string {
	const names = new Map<string, string>();
	return (original) => {
		const name = names.get(original) ?? `${kind}-${names.size + 1}`;
		names.set(original, name);
		return name;
	};
}

function replace(value: unknown, vocabulary: Vocabulary, by: Replacement, isFree: boolean): unknown {
	if (typeof value === 'string') return vocabulary.knowsText(value) ? value : by.text(value);
	if (typeof value === 'number') return isFree ? by.number : value;
	if (Array.isArray(value)) return value.map((element) => replace(element, vocabulary, by, isFree));
	if (!isRecord(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => {
			const isKnown = vocabulary.knowsKey(key);
			const isInnerFree = isFree || !isKnown || freeForms.has(key);
			return [isKnown ? key : by.key(key), replace(inner, vocabulary, by, isInnerFree)];
		}),
	);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
