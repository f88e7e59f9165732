/**
 * Templates: how a work item becomes the text of a prompt. LiquidJS, strict, and alone: nothing is read
 * from files, and only the template's own source is ever parsed.
 *
 * 1. Text of a work item is data. It is copied into the prompt as it is, once: not parsed, not escaped.
 * 2. A template sees a JSON copy of what it is rendered with: no method, no getter, no prototype.
 * 3. What can be known to fail is refused when the template is parsed. What depends on the item fails
 *    when it is rendered, as an error of the catalogue.
 * 4. A render ends: its time, the memory it asks for and the length of its result are limited.
 * 5. Agents take a prompt that begins with a slash for a command of their own. The template may give one,
 *    by its first words; an item that begins like one has a line put before it.
 *
 * Control characters stay, NUL too: prompts travel as JSON. Half a surrogate pair, which UTF-8 does not
 * know, becomes U+FFFD, as it would in the store. Dates are printed in UTC unless a zone is asked for.
 */

import {
	Liquid,
	LiquidError,
	type Template as LiquidTemplate,
	type StaticAnalysis,
	type TagToken,
	TokenKind,
} from 'liquidjs';
import { StatecraftError } from '../errors.ts';
import type { WorkItem } from './views.ts';

/** All that a template can use. What is null prints as nothing. */
export interface TemplateScope {
	readonly item: Pick<WorkItem, 'sourceId' | 'title' | 'body' | 'url' | 'labels' | 'metadata'>;
	readonly workflow: { readonly id: string; readonly name: string };
	readonly agent: { readonly id: string; readonly name: string; readonly cwd: string };
	/** `attempt` is 1 for the first. */
	readonly dispatch: { readonly id: string; readonly attempt: number };
	/** ISO 8601. */
	readonly now: string;
}

export interface Template {
	/**
	 * The prompt. Throws `template_invalid` when the template does not fit this item or asks for too much,
	 * `prompt_too_large` above `maxBytes` of UTF-8 (1 MiB by default), `prompt_blank` for nothing but blanks.
	 */
	render(scope: TemplateScope, maxBytes?: number): string;
}

type Names = { readonly [Name in keyof TemplateScope]: ReadonlyArray<keyof TemplateScope[Name]> };

/** Names of variables and their properties; what `metadata` holds differs from item to item. */
const variables = {
	item: ['sourceId', 'title', 'body', 'url', 'labels', 'metadata'],
	workflow: ['id', 'name'],
	agent: ['id', 'name', 'cwd'],
	dispatch: ['id', 'attempt'],
	now: [],
} as const satisfies Names;

const maxSourceBytes = 64 * 1024;
const maxPromptBytes = 1024 * 1024;
const maxRenderMs = 1_000;
/** Characters and elements that a render may make, besides copying: sixteen filters over the longest body. */
const maxAllocations = 16 * 1024 * 1024;

const command = /^\s*\//;
/** Stands before what an item says where it would be a command. */
const dataLine = 'Work item:\n';
/** Tags that print nothing where they stand. */
const silentTags: ReadonlySet<string> = new Set(['assign', 'capture', 'comment', '#']);

const liquid = createEngine();

function createEngine(): Liquid {
	const engine = new Liquid({
		strictVariables: true,
		strictFilters: true,
		ownPropertyOnly: true,
		// What an item may lack can be asked for with `if`, and given a `default`.
		lenientIf: true,
		// In place of the file system.
		templates: {},
		timezoneOffset: 0,
		locale: 'en-US',
		parseLimit: maxSourceBytes,
		renderLimit: maxRenderMs,
		memoryLimit: maxAllocations,
	});
	for (const name of ['include', 'render', 'layout', 'block']) {
		engine.registerTag(name, {
			parse() {
				throw new Error(`templates stand alone: "${name}" is not available`);
			},
			render() {},
		});
	}
	// They parse their argument while rendering: text of an item could become template.
	for (const name of Object.keys(engine.filters).filter((filter) => filter.endsWith('_exp'))) {
		engine.unregisterFilter(name);
	}
	return engine;
}

interface Problem {
	/** Null where none can be told. */
	readonly line: number | null;
	readonly message: string;
}

/** Checks a template and makes it ready. Throws `template_invalid` with an issue for each problem found. */
export function parseTemplate(source: string): Template {
	const bytes = Buffer.byteLength(source);
	if (bytes > maxSourceBytes) {
		throw createError([{ line: null, message: `it is ${bytes} bytes long; ${maxSourceBytes} are allowed` }]);
	}
	const template = parse(source);
	const mayCommand = beginsWithOwnWords(template);
	return {
		render(scope, maxBytes = maxPromptBytes) {
			const text = renderText(template, scope, maxBytes);
			return finish(command.test(text) && !mayCommand ? `${dataLine}${text}` : text, maxBytes);
		},
	};
}

/** Whether what a prompt begins with stands in the template itself. */
function beginsWithOwnWords(template: readonly LiquidTemplate[]): boolean {
	const first = template.find(({ token }) => {
		if (token.kind === TokenKind.HTML) return token.getText().trim() !== '';
		return token.kind !== TokenKind.Tag || !silentTags.has((token as TagToken).name);
	});
	return first?.token.kind === TokenKind.HTML;
}

function parse(source: string): LiquidTemplate[] {
	let problems: readonly Problem[];
	try {
		const template = liquid.parse(source);
		problems = findUnknownVariables(liquid.analyzeSync(template, { partials: false }));
		if (problems.length === 0) return template;
	} catch (thrown) {
		problems = [explain(thrown)];
	}
	throw createError(problems);
}

function findUnknownVariables({ globals }: StaticAnalysis): Problem[] {
	const problems = Object.values(globals)
		.flat()
		.flatMap(({ segments: [root, property], location }) => {
			const message = findUnknown(String(root), property);
			return message === undefined ? [] : [{ line: location.row, message }];
		});
	return problems.sort((a, b) => a.line - b.line);
}

function findUnknown(root: string, property: unknown): string | undefined {
	// A word of the `for` tag's own: `offset: continue`.
	if (root === 'continue' && property === undefined) return undefined;
	const properties = Object.entries<readonly string[]>(variables).find(([name]) => name === root)?.[1];
	if (properties === undefined) {
		return `there is no variable "${root}"; there are ${Object.keys(variables).join(', ')}, and what the template assigns`;
	}
	if (typeof property !== 'string' || properties.length === 0 || properties.includes(property)) return undefined;
	return `"${root}" has no "${property}"; it has ${properties.join(', ')}`;
}

function renderText(template: LiquidTemplate[], scope: TemplateScope, maxBytes: number): string {
	try {
		return String(liquid.renderSync(template, JSON.parse(JSON.stringify(scope))));
	} catch (thrown) {
		const problem = explain(thrown);
		if (problem.message === 'Invalid string length') throw createSizeError('far more bytes', maxBytes);
		throw createError([problem], {
			hint: 'Give what an item may lack a default, as in {{ item.metadata.owner | default: "nobody" }}',
		});
	}
}

function finish(text: string, maxBytes: number): string {
	// No UTF-8 is shorter: spares encoding what is far too long.
	if (text.length > maxBytes) throw createSizeError(`at least ${text.length} bytes`, maxBytes);
	const encoded = Buffer.from(text);
	if (encoded.length > maxBytes) throw createSizeError(`${encoded.length} bytes`, maxBytes);
	if (text.trim() === '') {
		throw new StatecraftError('prompt_blank', 'The template rendered to nothing for this item: no prompt is sent');
	}
	return encoded.toString();
}

/** Where and what, without the position that LiquidJS appends to its messages. */
function explain(thrown: unknown): Problem {
	if (!LiquidError.is(thrown))
		return { line: null, message: thrown instanceof Error ? thrown.message : String(thrown) };
	const message = thrown.originalError?.message ?? thrown.message.replace(/, line:\d+, col:\d+$/, '');
	return { line: thrown.token.getPosition()[0] ?? null, message };
}

function createError(problems: readonly Problem[], extras: { readonly hint?: string } = {}): StatecraftError {
	const told = problems.map(({ line, message }) => (line === null ? message : `line ${line}: ${message}`));
	return new StatecraftError('template_invalid', `The template cannot be used: ${told.join('; ')}`, {
		...extras,
		issues: problems.map(({ line, message }) => ({ path: line === null ? 'template' : `template:${line}`, message })),
	});
}

function createSizeError(actual: string, maxBytes: number): StatecraftError {
	return new StatecraftError(
		'prompt_too_large',
		`The rendered prompt has ${actual}; ${maxBytes} are allowed. Shorten what is long, as in {{ item.body | truncate: 20000 }}`,
	);
}
