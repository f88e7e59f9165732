/** YAML that remembers where everything stands, so that what is wrong is told as `file:line:column`. */

import {
	type Document,
	isAlias,
	isMap,
	isScalar,
	isSeq,
	LineCounter,
	type Node,
	type ParsedNode,
	parseAllDocuments,
	visit,
} from 'yaml';
import { StatecraftError } from '../errors.ts';

export type YamlPath = ReadonlyArray<string | number>;

/** Something wrong with a file, and where. */
export interface Fault {
	/** `file:line:column`. */
	readonly at: string;
	readonly message: string;
}

export interface YamlDocument {
	/** As plain JSON. */
	readonly value: unknown;
	/** Where the path begins, or as far towards it as there is anything: `file:line:column`. */
	locate(path: YamlPath): string;
}

/** The documents of a file that are not empty; fails with `invalid_request` on what is not YAML. */
export function parseYaml(text: string, file: string): readonly YamlDocument[] {
	const lines = new LineCounter();
	const at = (offset: number): string => {
		const { line, col } = lines.linePos(offset);
		return `${file}:${line}:${col}`;
	};
	const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
	const documents = Array.isArray(parsed) ? parsed : [];
	const faults = documents.flatMap((document) => findFaults(document, at));
	if (faults.length > 0) throw createFileError(file, faults);
	return documents
		.filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null))
		.map((document) => ({
			value: toPlainValue(document, file, at),
			locate: (path) => at(findOffset(document, path)),
		}));
}

/** The error that tells everything that is wrong with a file at once. */
export function createFileError(file: string, faults: readonly Fault[]): StatecraftError {
	const issues = faults.map(({ at, message }) => ({ path: at, message }));
	const [only, ...others] = issues;
	const detail =
		only !== undefined && others.length === 0
			? `${only.path}: ${only.message}`
			: `${file} cannot be used: ${issues.length} things are wrong with it`;
	return new StatecraftError('invalid_request', detail, { issues });
}

function findFaults(document: Document, at: (offset: number) => string): Fault[] {
	const faults: Fault[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
		at: at(pos[0]),
		message,
	}));
	visit(document, {
		Alias(_key, alias) {
			if (alias.resolve(document) !== undefined) return;
			faults.push({ at: at(alias.range?.[0] ?? 0), message: `There is no anchor &${alias.source} before this alias` });
		},
	});
	return faults;
}

function toPlainValue(document: Document, file: string, at: (offset: number) => string): unknown {
	try {
		return document.toJS();
	} catch (thrown) {
		// What is left to go wrong: aliases that multiply beyond measure.
		const message = thrown instanceof Error ? thrown.message : String(thrown);
		throw createFileError(file, [{ at: at(document.range?.[0] ?? 0), message }]);
	}
}

/** Of a value in a map this is where its key stands. */
function findOffset(document: Document, path: YamlPath): number {
	let node: unknown = document.contents;
	let offset = startOf(node) ?? document.range?.[0] ?? 0;
	for (const step of path) {
		const entry = enter(isAlias(node) ? node.resolve(document) : node, step);
		if (entry === undefined) return offset;
		node = entry.value;
		offset = startOf(entry.place) ?? offset;
	}
	return offset;
}

function enter(node: unknown, step: string | number): { readonly place: unknown; readonly value: unknown } | undefined {
	if (isSeq(node)) {
		const value = node.items[Number(step)];
		return value === undefined ? undefined : { place: value, value };
	}
	if (!isMap(node)) return undefined;
	const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
	return pair === undefined ? undefined : { place: pair.key, value: pair.value };
}

function startOf(node: unknown): number | undefined {
	return (node as Node | ParsedNode | null)?.range?.[0];
}
