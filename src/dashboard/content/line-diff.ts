/** Differences between two texts, line by line, as hunks with a little of what surrounds them. Pure. */

import parseDiff from 'parse-diff';

export interface DiffLine {
	readonly kind: 'same' | 'add' | 'delete';
	readonly text: string;
	/** Line numbers from 1; null where it is not in that text, or nobody told. */
	readonly oldLine: number | null;
	readonly newLine: number | null;
}

export interface FileDiff {
	readonly path: string;
	readonly added: number;
	readonly removed: number;
	readonly hunks: ReadonlyArray<readonly DiffLine[]>;
}

/** Beyond so many comparisons the whole middle counts as replaced. */
const mostComparisons = 2_000_000;
const contextLines = 3;

/** `oldText` null: the file is new. */
export function diffTexts(path: string, oldText: string | null, newText: string): FileDiff {
	const lines = diffLines(oldText === null ? [] : splitLines(oldText), splitLines(newText));
	return createFileDiff(path, groupHunks(lines));
}

/** Reads a unified diff, of one file or several; what is none gives an empty list. */
export function readUnifiedDiff(text: string): readonly FileDiff[] {
	return parseDiff(text)
		.filter(({ chunks }) => chunks.length > 0)
		.map((file) => {
			const path = file.to && file.to !== '/dev/null' ? file.to : (file.from ?? '');
			const hunks = file.chunks.map(({ changes }) => changes.filter(isLine).map(readChange));
			return createFileDiff(path, hunks);
		});
}

/** `\ No newline at end of file` is no line of either text. */
function isLine({ content }: parseDiff.Change): boolean {
	return !content.startsWith('\\');
}

function readChange(change: parseDiff.Change): DiffLine {
	const text = change.content.slice(1);
	if (change.type === 'add') return { kind: 'add', text, oldLine: null, newLine: change.ln };
	if (change.type === 'del') return { kind: 'delete', text, oldLine: change.ln, newLine: null };
	return { kind: 'same', text, oldLine: change.ln1, newLine: change.ln2 };
}

function createFileDiff(path: string, hunks: ReadonlyArray<readonly DiffLine[]>): FileDiff {
	const count = (kind: DiffLine['kind']) =>
		hunks.reduce((sum, hunk) => sum + hunk.filter((line) => line.kind === kind).length, 0);
	return { path, added: count('add'), removed: count('delete'), hunks };
}

function splitLines(text: string): string[] {
	const lines = text.replace(/\r\n/g, '\n').split('\n');
	if (lines.at(-1) === '') lines.pop();
	return lines;
}

function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
	let start = 0;
	while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
	let end = 0;
	while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end))
		end += 1;
	const middle = diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end));
	const head = before.slice(0, start).map((text) => ['same', text] as const);
	const tail = before.slice(before.length - end).map((text) => ['same', text] as const);
	return numberLines([...head, ...middle, ...tail]);
}

type BareLine = readonly [DiffLine['kind'], string];

/** The longest common subsequence, by the textbook. */
function diffMiddle(before: readonly string[], after: readonly string[]): BareLine[] {
	const replaced = [
		...before.map((text): BareLine => ['delete', text]),
		...after.map((text): BareLine => ['add', text]),
	];
	if (before.length === 0 || after.length === 0 || before.length * after.length > mostComparisons) return replaced;
	const lengths = measureCommon(before, after);
	const width = after.length + 1;
	const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
	const lines: BareLine[] = [];
	let row = 0;
	let column = 0;
	while (row < before.length || column < after.length) {
		const [old, fresh] = [before[row], after[column]];
		if (old !== undefined && old === fresh) {
			lines.push(['same', old]);
			row += 1;
			column += 1;
		} else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
			lines.push(['delete', old]);
			row += 1;
		} else {
			lines.push(['add', fresh ?? '']);
			column += 1;
		}
	}
	return lines;
}

/** For each pair of places: how many lines the rests from there on have in common. */
function measureCommon(before: readonly string[], after: readonly string[]): Uint32Array {
	const width = after.length + 1;
	const lengths = new Uint32Array((before.length + 1) * width);
	for (let row = before.length - 1; row >= 0; row--) {
		for (let column = after.length - 1; column >= 0; column--) {
			const down = lengths[(row + 1) * width + column] ?? 0;
			const right = lengths[row * width + column + 1] ?? 0;
			const both = (lengths[(row + 1) * width + column + 1] ?? 0) + 1;
			lengths[row * width + column] = before[row] === after[column] ? both : Math.max(down, right);
		}
	}
	return lengths;
}

function numberLines(lines: readonly BareLine[]): DiffLine[] {
	let oldLine = 0;
	let newLine = 0;
	return lines.map(([kind, text]) => {
		if (kind !== 'add') oldLine += 1;
		if (kind !== 'delete') newLine += 1;
		return { kind, text, oldLine: kind === 'add' ? null : oldLine, newLine: kind === 'delete' ? null : newLine };
	});
}

/** Leaves out what is the same and far from any change. */
function groupHunks(lines: readonly DiffLine[]): DiffLine[][] {
	const hunks: DiffLine[][] = [];
	let lastKept = Number.NEGATIVE_INFINITY;
	const changed = lines.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]));
	let next = 0;
	lines.forEach((line, index) => {
		while ((changed[next] ?? Number.POSITIVE_INFINITY) < index - contextLines) next += 1;
		if (Math.abs((changed[next] ?? Number.POSITIVE_INFINITY) - index) > contextLines) return;
		if (index === lastKept + 1) hunks.at(-1)?.push(line);
		else hunks.push([line]);
		lastKept = index;
	});
	return hunks;
}
