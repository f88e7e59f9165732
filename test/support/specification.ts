/** Reads `machines/SPEC.md`: its rules and its tables. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Specification {
	/** Ids in the order of the document, `AG4`. */
	readonly ruleIds: readonly string[];
	/** Rows of the first table below a heading, without its head; backticks taken off. */
	table(heading: string): readonly (readonly string[])[];
}

export function readSpecification(): Specification {
	const text = readFileSync(fileURLToPath(new URL('../../machines/SPEC.md', import.meta.url)), 'utf8');
	const lines = text.split('\n');
	return {
		ruleIds: lines.flatMap((line) => /^- \*\*([A-Z]+\d+)\*\* /.exec(line)?.[1] ?? []),
		table(heading) {
			const below = lines.slice(lines.findIndex((line) => line.replace(/^#+ /, '') === heading) + 1);
			const start = below.findIndex((line) => line.startsWith('| --- '));
			const length = below.slice(start).findIndex((line) => !line.startsWith('|'));
			return below.slice(start + 1, start + length).map(readRow);
		},
	};
}

function readRow(line: string): readonly string[] {
	const cells = line.split('|').slice(1, -1);
	return cells.map((cell) => cell.trim().replaceAll('`', ''));
}
