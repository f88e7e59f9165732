/**
 * The vocabulary of a machine: the words and keys it knows. They tell nothing of anybody, and they are what
 * it decides by; so a journal in which every other text is replaced still leads to the same states.
 */

import { z } from 'zod';
import { type DurableDefinition, listDefinitions, serializeDefinition } from '../durable/definition.ts';
import { catalogue } from '../errors.ts';

export interface Vocabulary {
	/** Whether the text is a word of the machine, or an id that Statecraft made. */
	knowsText(text: string): boolean;
	knowsKey(key: string): boolean;
}

/** Words by which events say what happened, and which no context keeps. */
const eventWords = [
	...['finished', 'cancelled', 'failed', 'interrupted', 'soft', 'hard', 'graceful', 'kill'],
	...['retry', 'drop', 'restart', 'raise', 'resume', 'stop', 'rest'],
	...['resumed', 'checkpoint', 'fresh', 'disabled', 'removed', 'edited', 'agentEnded', 'exhausted'],
];

/** Keys of events that no context has. */
const eventKeys = [
	...[
		'optionId',
		'decline',
		'code',
		'message',
		'retryable',
		'detail',
		'failure',
		'usage',
		'inputTokens',
		'outputTokens',
	],
	...['contextUsed', 'contextSize', 'cost', 'amount', 'currency', 'replyTo', 'address', 'token', 'before', 'begun'],
	...['prompts', 'passed', 'exitCode', 'durationMs', 'name', 'output', 'summary', 'lost', 'workflows', 'sourceId'],
];

const prefixes = 'agt|run|pmt|req|tok|wfl|dsp|itm|qit|grp|tsk|sup|chk|aud';
const id = `(?:${prefixes})_[0-9a-z]{1,32}(?:_[0-9a-z]{1,8}){0,3}`;
/** Ids, addresses, and the tokens, keys and names that machines make of ids. */
const made = new RegExp(
	`^(?:[a-z]{1,20}:main|(?:[a-z]{1,20}[: ])?${id}(?:/(?:${id}|[a-z]{1,20}(?:-[0-9]+)*|[0-9]+))*)$`,
);

const known = new WeakMap<DurableDefinition, Vocabulary>();

export function vocabularyOf(definition: DurableDefinition): Vocabulary {
	const vocabulary = known.get(definition) ?? createVocabulary(definition);
	known.set(definition, vocabulary);
	return vocabulary;
}

function createVocabulary(definition: DurableDefinition): Vocabulary {
	const words = new Set<string>([...eventWords, ...Object.keys(catalogue)]);
	const keys = new Set<string>(eventKeys);
	// What children are given, and tell, comes in their words.
	for (const { machine, context } of listDefinitions(definition)) {
		collectWords(JSON.parse(serializeDefinition(machine)), words);
		if (!(context instanceof z.ZodType)) continue;
		collectSchema(z.toJSONSchema(context, { unrepresentable: 'any', io: 'input' }), words, keys);
	}
	return {
		knowsText: (text) => text === '' || words.has(text) || made.test(text),
		knowsKey: (key) => keys.has(key) || made.test(key),
	};
}

/** Names of states, events, actions, guards and delays; descriptions are no words. */
function collectWords(value: unknown, into: Set<string>): void {
	if (typeof value === 'string') into.add(value);
	if (typeof value !== 'object' || value === null) return;
	for (const [key, inner] of Object.entries(value)) {
		into.add(key);
		if (key !== 'description') collectWords(inner, into);
	}
}

function collectSchema(schema: unknown, words: Set<string>, keys: Set<string>): void {
	if (typeof schema !== 'object' || schema === null) return;
	const { properties, enum: choices, const: only } = schema as Readonly<Record<string, unknown>>;
	for (const name of Object.keys(properties ?? {})) keys.add(name);
	for (const word of [...(Array.isArray(choices) ? choices : []), only]) if (typeof word === 'string') words.add(word);
	for (const inner of Object.values(schema)) collectSchema(inner, words, keys);
}
