/**
 * How wide text will be, without a page to try it on. Names of events, guards and actions are set in a
 * font in which every letter is as wide as every other; names of states by a table that is a little more
 * generous than the widest of the usual sans-serif fonts, so that no text leaves its box wherever it is
 * shown, and the same text is as wide on every platform.
 */

/** Width of one letter of a monospaced font, in parts of its size: the widest of the usual ones. */
const monospaceEm = 0.603;

const boldEm: ReadonlyArray<readonly [letters: RegExp, em: number]> = [
	[/[iljI.,:;'|! ]/, 0.38],
	[/[ftr()[\]/-]/, 0.48],
	[/[mwMW@%]/, 1.05],
	[/[A-Z&_#]/, 0.78],
	[/[\u0020-\u007e]/, 0.7],
];

/** In pixels, of text set in the font of the names of states. */
export function measureName(text: string, size: number): number {
	return sum(text, (letter) => boldEm.find(([letters]) => letters.test(letter))?.[1] ?? 1.1) * size;
}

/** In pixels, of text set in the monospaced font. */
export function measureCode(text: string, size: number): number {
	return sum(text, (letter) => (letter > '\u02ff' ? 2 : 1)) * monospaceEm * size;
}

function sum(text: string, measure: (letter: string) => number): number {
	return [...text].reduce((total, letter) => total + measure(letter), 0);
}
