/**
 * What a question wants to know, read from its detail: Claude Code's lists of questions, the forms of ACP
 * and MCP, or simply a text. Whatever is not understood is asked as a text, so that every question can be
 * answered. Pure.
 */

import type { OpenRequest } from '../store/resources.ts';

export interface QuestionField {
	/** Key in the answer. */
	readonly name: string;
	readonly label: string;
	readonly hint: string | null;
	readonly input: 'text' | 'number' | 'flag' | 'one' | 'many';
	/** For `one` and `many`. */
	readonly choices: ReadonlyArray<{ readonly value: string; readonly words: string }>;
	readonly isNeeded: boolean;
}

/** How it is answered: a bare value for one free text, otherwise a record of fields. */
export interface QuestionForm {
	readonly isBare: boolean;
	readonly fields: readonly QuestionField[];
}

export type FieldValue = string | boolean | readonly string[];
export type FieldValues = Readonly<Record<string, FieldValue>>;

const bare: QuestionForm = {
	isBare: true,
	fields: [{ name: 'answer', label: 'Your answer', hint: null, input: 'text', choices: [], isNeeded: true }],
};

export function readQuestionForm({ detail }: Pick<OpenRequest, 'detail'>): QuestionForm {
	const asked = readRecords(detail.questions).map(readAsked).filter(isField);
	if (asked.length > 0) return { isBare: false, fields: asked };
	const schema = asRecord(detail.requestedSchema);
	const needed = new Set(Array.isArray(schema.required) ? schema.required : []);
	const fields = Object.entries(asRecord(schema.properties)).map(([name, property]) =>
		readProperty(name, asRecord(property), needed.has(name)),
	);
	const [only, ...others] = fields;
	if (only === undefined) return bare;
	return others.length === 0 && only.name === 'answer' && only.input === 'text'
		? { isBare: true, fields: [{ ...only, label: 'Your answer' }] }
		: { isBare: false, fields };
}

/** The value of `answer`; null when something needed is missing. */
export function renderAnswer({ isBare, fields }: QuestionForm, values: FieldValues): unknown {
	const given: Record<string, unknown> = {};
	for (const field of fields) {
		const value = renderValue(field, values[field.name]);
		if (value !== null) given[field.name] = value;
		else if (field.isNeeded) return null;
	}
	return isBare ? (given[fields[0]?.name ?? ''] ?? null) : given;
}

function renderValue({ input }: QuestionField, value: FieldValue | undefined): unknown {
	if (input === 'flag') return value === true;
	if (input === 'many') return Array.isArray(value) && value.length > 0 ? value : null;
	const text = typeof value === 'string' ? value.trim() : '';
	if (text === '') return null;
	if (input !== 'number') return text;
	const number = Number(text);
	return Number.isFinite(number) ? number : null;
}

/** One of Claude Code's questions. */
function readAsked(asked: Readonly<Record<string, unknown>>): QuestionField | null {
	if (typeof asked.question !== 'string') return null;
	const choices = readRecords(asked.options).flatMap(({ label, description }) =>
		typeof label === 'string'
			? [{ value: label, words: typeof description === 'string' ? `${label}: ${description}` : label }]
			: [],
	);
	return {
		name: asked.question,
		label: asked.question,
		hint: null,
		input: inputOf(choices.length, asked.multiSelect === true),
		choices,
		isNeeded: true,
	};
}

function inputOf(choices: number, isMultiple: boolean): QuestionField['input'] {
	if (choices === 0) return 'text';
	return isMultiple ? 'many' : 'one';
}

/** A property of a form's JSON schema. */
function readProperty(name: string, property: Readonly<Record<string, unknown>>, isNeeded: boolean): QuestionField {
	const { title, description, type } = property;
	const items = asRecord(property.items);
	const choices = type === 'array' ? readChoices(items) : readChoices(property);
	const input = choices.length > 0 ? inputOf(choices.length, type === 'array') : inputOfType(type);
	return {
		name,
		label: typeof title === 'string' ? title : name,
		hint: typeof description === 'string' ? description : null,
		input,
		choices,
		isNeeded: isNeeded && input !== 'flag',
	};
}

function inputOfType(type: unknown): QuestionField['input'] {
	if (type === 'boolean') return 'flag';
	return type === 'number' || type === 'integer' ? 'number' : 'text';
}

/** `enum`, `oneOf` and `anyOf` with `const`. */
function readChoices(schema: Readonly<Record<string, unknown>>): QuestionField['choices'] {
	if (Array.isArray(schema.enum)) {
		const names = Array.isArray(schema.enumNames) ? schema.enumNames : [];
		return schema.enum.map((value, index) => ({ value: String(value), words: String(names[index] ?? value) }));
	}
	return readRecords(schema.oneOf ?? schema.anyOf).flatMap(({ const: value, title }) =>
		value === undefined ? [] : [{ value: String(value), words: String(title ?? value) }],
	);
}

function isField(field: QuestionField | null): field is QuestionField {
	return field !== null;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function readRecords(value: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> {
	return Array.isArray(value) ? value.map(asRecord) : [];
}
