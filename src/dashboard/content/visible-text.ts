/**
 * Text from agents, made fit to be looked at: what is invisible, or turns the reading order around, is
 * shown as a mark or left out, so that what people read is what there is.
 */

/** Turn the reading order around: with them a name or a command reads as another one. */
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Language tags: letters that nobody sees, and models read. */
const tags = /[\u{e0000}-\u{e007f}]+/gu;
/** Take no room. Joiners stay: scripts and emoji need them. */
const zeroWidth = /[\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]/gu;
const controls = /[^\P{Cc}\n\t]/gu;
/** More marks on one letter than any language has: they run into the lines above and below. */
const piledMarks = /(\p{M}{6})\p{M}+/gu;

/** Keeps line breaks and tabs. */
export function showInvisible(text: string): string {
	return text
		.replace(/\r\n?|[\u2028\u2029]/g, '\n')
		.replace(bidi, nameCharacter)
		.replace(tags, '⟨hidden text⟩')
		.replace(zeroWidth, '')
		.replace(controls, pictureControl)
		.replace(piledMarks, '$1');
}

/** On one line of at most `limit` characters. */
export function showOnOneLine(text: string, limit = 300): string {
	// Cut first: of a very long text no more is looked at than is shown.
	const line = showInvisible(text.slice(0, limit * 4))
		.replace(/\s+/g, ' ')
		.trim();
	const isWhole = line.length <= limit && text.length <= limit * 4;
	return isWhole ? line : `${cutText(line, limit - 1)}…`;
}

/** The first `length` characters, without half of one at the end. */
export function cutText(text: string, length: number): string {
	const cut = text.slice(0, length);
	return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

function nameCharacter(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** Control characters have pictures of their own: ␛ for escape. */
function pictureControl(character: string): string {
	const code = character.charCodeAt(0);
	if (code < 0x20) return String.fromCharCode(0x2400 + code);
	return code === 0x7f ? '␡' : nameCharacter(character);
}
