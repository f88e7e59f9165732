/** Renders figures: as text for the terminal, and as the table of `src/docs/performance.md`. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';
import type { Bench, Figure } from './bench.ts';
import type { MachineFacts } from './machine-facts.ts';
import type { Spread } from './statistics.ts';

export interface BenchResult {
	readonly bench: Bench;
	readonly figures: readonly Figure[];
}

export interface Report {
	readonly machine: MachineFacts;
	readonly results: readonly BenchResult[];
}

export function renderText({ machine, results }: Report): string {
	const lines = results.flatMap(({ bench, figures }) => ['', bench.title, ...figures.map(renderLine)]);
	return `${describeMachine(machine)}\n${lines.join('\n')}\n`;
}

function renderLine(figure: Figure): string {
	const { what, unit, value, baseline, ratio, target } = figure;
	const parts = [
		`  ${what}: ${formatSpread(value, unit)}`,
		...(baseline ? [`${baseline.what}: ${formatSpread(baseline.value, unit)}`] : []),
		...(ratio ? [`ratio ${formatSpread(ratio, '×')}`] : []),
		...(target ? [`target ${target.text}: ${target.met ? 'met' : 'MISSED'}`] : []),
	];
	return parts.join('; ');
}

const begin = '<!-- figures: written by `npm run bench -- --write` -->';
const end = '<!-- end of figures -->';

/** Puts the figures between their marks in the page; the text around them stays. */
export async function writePage(
	report: Report,
	path = join(packageRoot, 'src', 'docs', 'performance.md'),
): Promise<void> {
	const page = await readFile(path, 'utf8');
	const [from, to] = [page.indexOf(begin), page.indexOf(end)];
	if (from < 0 || to < from) throw new Error(`${path} has lost the marks around its figures`);
	await writeFile(path, `${page.slice(0, from)}${begin}\n\n${renderPage(report)}\n${page.slice(to)}`);
}

function renderPage({ machine, results }: Report): string {
	const sections = results.map(({ bench, figures }) => {
		const rows = figures.map(renderRow).join('\n');
		return `### ${bench.title}\n\n${bench.about}\n\n${tableHead}\n${rows}\n`;
	});
	return `${describeMachine(machine)}\n\n${sections.join('\n')}`;
}

const tableHead = '| What | Measured | Compared with | Ratio | Target |\n| --- | --- | --- | --- | --- |';

function renderRow({ what, unit, value, baseline, ratio, target }: Figure): string {
	const cells = [
		what,
		formatSpread(value, unit),
		baseline ? `${baseline.what}: ${formatSpread(baseline.value, unit)}` : '–',
		ratio ? formatSpread(ratio, '×') : '–',
		target ? `${target.text}: ${target.met ? 'met' : '**missed**'}` : '–',
	];
	return `| ${cells.join(' | ')} |`;
}

function describeMachine({ cores, memoryGiB, node, platform }: MachineFacts): string {
	return `${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}. Median of the rounds (least–most).`;
}

function formatSpread({ median, min, max }: Spread, unit: string): string {
	const digits = median >= 100 ? 0 : median >= 10 ? 1 : 2;
	const format = (value: number) =>
		value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
	const gap = unit.startsWith('/') ? '' : ' ';
	return min === max
		? `${format(median)}${gap}${unit}`
		: `${format(median)}${gap}${unit} (${format(min)}–${format(max)})`;
}
