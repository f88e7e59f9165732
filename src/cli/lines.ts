/** Splits a byte stream into lines with a bound on their length. */

import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
	/** Complete lines in `chunk`, together with what was left of the one before. */
	push(chunk: Buffer): string[];
}

/** Lines longer than `limit` characters are dropped whole and told to `onDropped`. */
export function createLineSplitter(limit: number, onDropped: (length: number) => void): LineSplitter {
	const decoder = new StringDecoder('utf8');
	let rest: string[] = [];
	let length = 0;

	function take(tail: string): string[] {
		const whole = length + tail.length;
		const line = whole > limit ? undefined : [...rest, tail].join('').replace(/\r$/, '');
		if (line === undefined) onDropped(whole);
		rest = [];
		length = 0;
		return line ? [line] : [];
	}

	return {
		push(chunk) {
			const parts = decoder.write(chunk).split('\n');
			const last = parts.pop() ?? '';
			const lines = parts.flatMap(take);
			length += last.length;
			if (length <= limit) rest.push(last);
			else rest = [];
			return lines;
		},
	};
}
