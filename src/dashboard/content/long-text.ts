/** Where long texts are cut before somebody asks for all of them. Pure. */

import { cutText } from './visible-text.ts';

export interface TextCut {
	readonly head: string;
	/** What comes after what is left out; empty where nothing is. */
	readonly tail: string;
	/** Characters left out. */
	readonly omitted: number;
}

export interface TextLimits {
	readonly characters: number;
	readonly lines: number;
	/** Characters shown of the end. */
	readonly tail?: number;
}

/** Cuts at the end of a line where there is one near. */
export function cutLongText(text: string, { characters, lines, tail = 0 }: TextLimits): TextCut {
	const end = Math.min(
		findLineEnd(text, lines),
		text.length > characters ? cutText(text, characters).length : text.length,
	);
	// A little more than the limit is shown whole: a button would take as much room.
	if (text.length - end <= Math.max(tail, characters / 10)) return { head: text, tail: '', omitted: 0 };
	const lineEnd = text.lastIndexOf('\n', end);
	const headEnd = lineEnd > end / 2 ? lineEnd : end;
	const tailStart = tail === 0 ? text.length : findTailStart(text, text.length - tail, headEnd);
	return { head: text.slice(0, headEnd), tail: text.slice(tailStart), omitted: tailStart - headEnd };
}

/** Where line number `lines` ends; the length of the text when it has no more. */
function findLineEnd(text: string, lines: number): number {
	let at = -1;
	for (let line = 0; line < lines; line++) {
		at = text.indexOf('\n', at + 1);
		if (at < 0) return text.length;
	}
	return at;
}

function findTailStart(text: string, from: number, least: number): number {
	const lineStart = text.indexOf('\n', from);
	const start = lineStart >= 0 && lineStart < text.length - 1 ? lineStart + 1 : from;
	const whole = /[\udc00-\udfff]/.test(text.charAt(start)) ? start + 1 : start;
	return Math.max(whole, least);
}

/** The end of a markdown text, so that it is read as it was: what began within a block of code is code. */
export function reopenFence(text: string, tail: string): string {
	const fences = text.slice(0, text.length - tail.length).match(/^ {0,3}```/gm)?.length ?? 0;
	return fences % 2 === 1 ? `\`\`\`\n${tail}` : tail;
}

/** `1,234 characters` or `2.5 MB`. */
export function describeLength(length: number): string {
	if (length < 100_000) return `${length.toLocaleString('en')} characters`;
	return `${(length / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })} million characters`;
}

/** Text too long to be handed to the browser in one piece, in pieces that end with lines where they can. */
export function splitPieces(text: string, size: number): string[] {
	return cutPieces(text, size, ['\n']);
}

/** Markdown in pieces that can be read one by one: they end between blocks where they can. */
export function splitMarkdown(text: string, size: number): string[] {
	let before = '';
	return cutPieces(text, size, ['\n\n', '\n']).map((piece) => {
		before += piece;
		return reopenFence(before, piece);
	});
}

/** `ends` are what pieces should end with, the best first. */
function cutPieces(text: string, size: number, ends: readonly string[]): string[] {
	const pieces: string[] = [];
	for (let start = 0; start < text.length; ) {
		const most =
			start + size >= text.length ? text.length : start + cutText(text.slice(start, start + size), size).length;
		const cut = most === text.length ? most : findCut(text, start, most, ends);
		pieces.push(text.slice(start, cut));
		start = cut;
	}
	return pieces;
}

function findCut(text: string, start: number, most: number, ends: readonly string[]): number {
	for (const end of ends) {
		const at = text.lastIndexOf(end, most - end.length);
		if (at >= start) return at + end.length;
	}
	return most;
}
