/** Readers of option values; each refuses what it does not understand as bad usage. */

import { type Command, InvalidArgumentError } from 'commander';

/** Collects repeated `--option key=value` into a record. */
export function collectPairs(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
	const at = text.indexOf('=');
	if (at < 1) throw new InvalidArgumentError('Expected the form name=value.');
	return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects a repeated option into a list. */
export function collectTexts(text: string, previous: readonly string[] = []): readonly string[] {
	return [...previous, text];
}

/** A whole number, below 0 too. */
export function parseInteger(text: string): number {
	if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
	return Number(text);
}

/** A whole number, 0 or more. */
export function parseCount(text: string): number {
	if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
	return Number(text);
}

/** Seconds, more than 0; fractions are welcome. */
export function parseSeconds(text: string): number {
	const seconds = Number(text);
	if (!(seconds > 0) || !Number.isFinite(seconds)) throw new InvalidArgumentError('Expected a number of seconds.');
	return seconds;
}

/** JSON where the text is an object, array or quoted string; anything else is the text itself. */
export function parseTextOrJson(text: string): unknown {
	if (!/^\s*[[{"]/.test(text)) return text;
	try {
		return JSON.parse(text);
	} catch {
		// Free text that happens to begin like JSON, for instance a quotation.
		return text;
	}
}

/** A JSON object. */
export function parseObject(text: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch {
		// Said below, together with JSON that is no object.
	}
	throw new InvalidArgumentError('Expected a JSON object.');
}

/** A default subcommand would take a misspelt one for its own stray argument. */
export function refuseStrayArguments(command: Command): void {
	const [stray] = command.args;
	if (stray !== undefined) command.error(`unknown command '${stray}' of '${command.parent?.name()}'`);
}
