/** The lines of a bundle, as they are written and as they are read again. */

import { z } from 'zod';
import { StatecraftError } from '../errors.ts';
import { differsResource } from './schemas.ts';

export const bundleFormat = 1;

const version = z.int().min(1);
const machine = z.object({ id: z.string(), version: z.int(), definitionHash: z.string() });
const departure = z.object({ since: version, reason: z.string() });

export const bundleHeader = z.object({
	type: z.literal('header'),
	format: z.literal(bundleFormat),
	/** Version of the program, of Node.js and of the operating system it was made with. */
	statecraft: z.string(),
	node: z.string(),
	system: z.string(),
	madeAt: z.iso.datetime(),
	actor: z.string(),
	machine,
	/** The machine, as Stately Studio reads it. */
	definition: z.unknown(),
	/** Why the actor was set aside; null while it was well. */
	quarantine: z.string().nullable(),
	transitions: z.int().min(0),
	/** Where the machine that made it would not go the way of the journal itself. */
	differs: z.array(differsResource),
});

export const bundleTransition = z.object({
	type: z.literal('transition'),
	address: z.string(),
	version,
	from: z.string().nullable(),
	to: z.string(),
	/** Every text that is no word of the machine is replaced. */
	event: z.looseObject({ type: z.string() }),
	trigger: z.string().nullable(),
	cause: z.string(),
	generation: z.int().nullable(),
	/** Epoch milliseconds. */
	at: z.number(),
});

export const bundleEnd = z.object({
	type: z.literal('end'),
	transitions: z.int().min(0),
	state: z.string(),
	tags: z.array(z.string()).nullable(),
	/** As it may be shown to third parties. */
	context: z.unknown(),
	/** How many of its lines lead where the journal says, and the first that does not. */
	replay: z.object({ agreed: z.int().min(0), departure: departure.nullable() }),
});

export type BundleHeader = z.output<typeof bundleHeader>;
export type BundleTransition = z.output<typeof bundleTransition>;
export type BundleEnd = z.output<typeof bundleEnd>;
export type BundleLine = BundleHeader | BundleTransition | BundleEnd;

export interface Bundle {
	readonly header: BundleHeader;
	readonly transitions: readonly BundleTransition[];
	/** Null where the file was cut short. */
	readonly end: BundleEnd | null;
}

/** Reads the text of a bundle; throws `bundle_invalid` with the line that is wrong. */
export function parseBundle(text: string): Bundle {
	const lines = text.split('\n').filter((line) => line.trim() !== '');
	const [first = '', ...rest] = lines;
	const header = parseLine(bundleHeader, first, 1);
	const last = rest.at(-1) ?? '';
	const isWhole = last.startsWith('{"type":"end"');
	const body = isWhole ? rest.slice(0, -1) : rest;
	return {
		header,
		transitions: body.map((line, index) => parseLine(bundleTransition, line, index + 2)),
		end: isWhole ? parseLine(bundleEnd, last, lines.length) : null,
	};
}

function parseLine<Line>(schema: z.ZodType<Line>, text: string, number: number): Line {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw invalid(number, 'it is no JSON');
	}
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw invalid(number, `${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

function invalid(number: number, what: string): StatecraftError {
	const hint = 'A bundle is what `statecraft history <agent> --bundle` writes.';
	return new StatecraftError('bundle_invalid', `Line ${number} of the bundle cannot be read: ${what}`, { hint });
}
