/**
 * Frames out of bytes: turns what a pipe delivers into lines of bounded length.
 *
 * 1. Bytes are joined before they are decoded, so a character split across two chunks stays whole.
 * 2. A line longer than `maxBytes` never sits in memory: its beginning is kept and told, the rest is dropped.
 * 3. Empty lines are skipped; a last line without a newline counts.
 */

/** Longest frame taken from an agent. */
export const maxFrameBytes = 8 * 1024 * 1024;

const newline = 0x0a;
/** What is kept of a line that is too long: enough to recognise it in a log. */
const keptPrefixBytes = 1024;

/** Collects the bytes of one line, whatever its length. */
function createLine(maxBytes: number) {
	let pieces: Buffer[] = [];
	let length = 0;
	let cut = false;

	function append(piece: Buffer): void {
		length += piece.length;
		if (length <= maxBytes) {
			pieces.push(piece);
		} else if (!cut) {
			// Copied, so that the chunks behind the prefix can be freed.
			pieces = [Buffer.from(Buffer.concat([...pieces, piece]).subarray(0, keptPrefixBytes))];
			cut = true;
		}
	}

	function take(): string {
		const text = Buffer.concat(pieces).toString('utf8');
		const line = cut ? `${text}… [${length} bytes, more than ${maxBytes}: dropped]` : text;
		pieces = [];
		length = 0;
		cut = false;
		return line.endsWith('\r') ? line.slice(0, -1) : line;
	}

	return { append, take };
}

/** Reads lines from a byte stream; pulling slowly holds the stream back. Ends with it, throws as it does. */
export async function* readLines(source: AsyncIterable<Buffer>, maxBytes = maxFrameBytes): AsyncGenerator<string> {
	const line = createLine(maxBytes);
	for await (const chunk of source) {
		let from = 0;
		for (let to = chunk.indexOf(newline); to !== -1; to = chunk.indexOf(newline, from)) {
			line.append(chunk.subarray(from, to));
			from = to + 1;
			const text = line.take();
			if (text !== '') yield text;
		}
		if (from < chunk.length) line.append(chunk.subarray(from));
	}
	const rest = line.take();
	if (rest !== '') yield rest;
}
