/**
 * Output meant for a terminal, as runs of text with the names of CSS classes: colours and weights are
 * kept, everything else a terminal would obey is left out. Nothing here is ever HTML.
 */

import Anser from 'anser';
import { showInvisible } from './visible-text.ts';

export interface TextRun {
	readonly text: string;
	/** Of `content.css`; empty for plain text. */
	readonly classes: string;
}

const esc = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);
/** Titles, links and device strings; and escapes that begin no sequence. Anser leaves out the sequences it does not show. */
const strings = new RegExp(`${esc}[\\]PX^_][^${bell}${esc}]*(?:${bell}|${esc}\\\\)?`, 'g');
const otherEscapes = new RegExp(`${esc}(?!\\[)[ -/]*[0-~]?`, 'g');

export function readTerminalText(text: string): readonly TextRun[] {
	const coloured = overwriteLines(text.replace(strings, '').replace(otherEscapes, ''));
	if (!coloured.includes(esc)) return [{ text: showInvisible(coloured), classes: '' }];
	return Anser.ansiToJson(coloured, { json: true, remove_empty: true }).map((run) => ({
		text: showInvisible(run.content),
		classes: nameClasses(run),
	}));
}

/** Progress is drawn by writing a line again and again: only what was written last is left of it. */
function overwriteLines(text: string): string {
	if (!text.includes('\r')) return text;
	return text
		.replace(/\r+\n/g, '\n')
		.split('\n')
		.map((line) => line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1))
		.join('\n');
}

/** Hidden text is shown all the same, and nothing blinks. */
const shownDecorations: ReadonlySet<string> = new Set(['bold', 'dim', 'italic', 'underline', 'strikethrough']);

function nameClasses({ fg, bg, decorations }: Anser.AnserJsonEntry): string {
	const names = decorations.filter((name) => shownDecorations.has(name)).map((name) => `term-${name}`);
	if (fg) names.push(`term-fg-${findHue(fg)}`);
	if (bg) names.push(`term-bg-${findHue(bg)}`);
	return names.join(' ');
}

/** The hues there are classes for, in light and dark: of the 16 million, these are always readable. */
const hues: ReadonlyArray<readonly [string, number, number, number]> = [
	['gray', 85, 85, 85],
	['gray', 160, 160, 160],
	['strong', 0, 0, 0],
	['strong', 255, 255, 255],
	['red', 187, 0, 0],
	['red', 255, 85, 85],
	['green', 0, 187, 0],
	['green', 0, 255, 0],
	['yellow', 187, 187, 0],
	['yellow', 255, 255, 85],
	['yellow', 255, 150, 0],
	['blue', 0, 0, 187],
	['blue', 85, 85, 255],
	['magenta', 187, 0, 187],
	['magenta', 255, 85, 255],
	['cyan', 0, 187, 187],
	['cyan', 85, 255, 255],
];

/** `colour` is three numbers such as `187, 0, 0`. */
function findHue(colour: string): string {
	const [red = 0, green = 0, blue = 0] = colour.split(',').map(Number);
	let best = 'strong';
	let least = Number.POSITIVE_INFINITY;
	for (const [name, r, g, b] of hues) {
		const distance = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
		if (distance < least) [best, least] = [name, distance];
	}
	return best;
}
