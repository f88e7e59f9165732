/** From values of rows to values of views: times are numbers, JSON is parsed. */

/** Epoch milliseconds and counts fit a number for some hundred thousand years. */
export function toNumber(value: bigint): number {
	return Number(value);
}

export function toNumberOrNull(value: bigint | null): number | null {
	return value === null ? null : Number(value);
}

/** What was written as JSON by the part whose view it is; that makes it a `Value`. */
export function parseJson<Value>(text: string): Value {
	return JSON.parse(text);
}

export function parseJsonOrNull<Value>(text: string | null): Value | null {
	return text === null ? null : JSON.parse(text);
}
