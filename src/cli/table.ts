/** Plain, aligned columns. */

import { paint } from './paint.ts';
import { toPlainText } from './plain-text.ts';

export interface Column<Row> {
	readonly title: string;
	readonly value: (row: Row) => string | number | null | undefined;
	/** Applied after aligning, so that colour does not count as width. */
	readonly style?: (text: string) => string;
}

/** Renders rows under their titles; `empty` stands for no rows at all. */
export function renderTable<Row>(rows: readonly Row[], columns: ReadonlyArray<Column<Row>>, empty: string): string {
	if (rows.length === 0) return paint.dim(empty);
	const cells = rows.map((row) => columns.map((column) => cellText(column.value(row))));
	const widths = columns.map((column, index) =>
		Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)),
	);
	const header = columns.map((column, index) => pad(column.title, widths, index, columns.length));
	const body = cells.map((line) =>
		line.map((text, index) => {
			const padded = pad(text, widths, index, columns.length);
			return columns[index]?.style?.(padded) ?? padded;
		}),
	);
	return [paint.bold(header.join('  ')), ...body.map((line) => line.join('  '))].join('\n');
}

/** Names and values, one pair a line; pairs without a value are left out. */
export function renderFacts(facts: ReadonlyArray<readonly [string, string | number | null | undefined]>): string {
	const present = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
	const width = Math.max(0, ...present.map(([name]) => name.length));
	return present.map(([name, value]) => `${paint.dim(name.padEnd(width))}  ${value}`).join('\n');
}

/** One line: what comes from agents may hold line breaks and terminal control sequences. */
export function oneLine(text: string, limit = 80): string {
	const flat = toPlainText(text).replace(/\s+/g, ' ').trim();
	return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}

function cellText(value: string | number | null | undefined): string {
	return value === null || value === undefined || value === '' ? '-' : oneLine(String(value));
}

function pad(text: string, widths: readonly number[], index: number, count: number): string {
	return index === count - 1 ? text : text.padEnd(widths[index] ?? 0);
}
