/**
 * Spans as the parts here make them: whole, once they are over. Their ids are worked out from what they are
 * about, so that nothing of a trace is stored, and a trace goes on after a restart where it was.
 */

import { createHash } from 'node:crypto';

export interface SpanReference {
	/** 32 hexadecimal digits. */
	readonly traceId: string;
	/** 16 hexadecimal digits. */
	readonly spanId: string;
}

export interface FinishedSpan extends SpanReference {
	/** Null for the root of its trace. */
	readonly parentSpanId: string | null;
	readonly name: string;
	readonly kind: 'internal' | 'server';
	/** Epoch milliseconds. */
	readonly startAt: number;
	readonly endAt: number;
	/** Never what people or agents say: ids, states, names, numbers. Those that are undefined are left out. */
	readonly attributes: Readonly<Record<string, string | number | readonly string[] | undefined>>;
	readonly links?: readonly SpanReference[];
	/** What it failed with; absent where it did not. */
	readonly error?: string | undefined;
}

export type RecordSpan = (span: FinishedSpan) => void;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const ulidPattern = new RegExp(`_([0-7][${alphabet}]{25})$`);

/** The trace of what has this id: the 128 bits of its ULID. */
export function traceIdOf(id: string): string {
	const bits = readUlid(id);
	return bits === undefined ? hash(id, 32) : bits.toString(16).padStart(32, '0');
}

/** When the id was made, epoch milliseconds; undefined where it does not say. */
export function timeOf(id: string): number | undefined {
	const bits = readUlid(id);
	return bits === undefined ? undefined : Number(bits >> 80n);
}

/** The id of the span that has these names: always the same. */
export function spanIdOf(...names: ReadonlyArray<string | number>): string {
	return hash(names.join('\n'), 16);
}

/** The root of the trace of what has this id. */
export function rootOf(id: string): SpanReference {
	return { traceId: traceIdOf(id), spanId: spanIdOf(id) };
}

function readUlid(id: string): bigint | undefined {
	const ulid = ulidPattern.exec(id)?.[1];
	if (ulid === undefined) return undefined;
	return [...ulid].reduce((bits, digit) => (bits << 5n) | BigInt(alphabet.indexOf(digit)), 0n);
}

function hash(text: string, digits: number): string {
	return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
