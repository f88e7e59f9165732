/**
 * What a manifest would change about something that is there already. A field the manifest does not
 * name is left as it is, and so is what the server does not show: secrets, answered as `***`.
 */

import { isDeepStrictEqual } from 'node:util';
import { secretMask } from '../agents/secrets.ts';
import type { YamlPath } from './located-yaml.ts';
import { isSecretPlace, maskSecrets } from './manifest-secrets.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Secrets in it are masked. Undefined stands for nothing. */
export interface FieldChange {
	/** `driver.env.TOKEN`. */
	readonly field: string;
	readonly from: unknown;
	readonly to: unknown;
}

export interface Comparison {
	/** Fields that are replaced as a whole: what the manifest leaves out of these goes. */
	readonly whole: readonly string[];
	/** Take secrets for changed, since nobody can tell. */
	readonly resendSecrets: boolean;
}

/** The fields in which `wanted` differs from what is there. */
export function findChanges(wanted: Fields, actual: Fields, comparison: Comparison): FieldChange[] {
	return Object.entries(wanted)
		.filter(([, value]) => value !== undefined)
		.flatMap(([key, value]) => compare([key], value, actual[key], comparison));
}

function compare(path: YamlPath, wanted: unknown, actual: unknown, comparison: Comparison): FieldChange[] {
	if (isSecretPlace(path) && typeof wanted === 'string' && actual === secretMask)
		return comparison.resendSecrets ? [describe(path, wanted, actual)] : [];
	if (isDeepStrictEqual(wanted, actual)) return [];
	const keys = innerKeys(path, wanted, actual, comparison);
	if (keys === undefined) return [describe(path, wanted, actual)];
	return keys.flatMap((key) => compare([...path, key], (wanted as Fields)[key], (actual as Fields)[key], comparison));
}

/** The keys to compare one by one; undefined when the values are to be compared as they are. */
function innerKeys(
	[field = '']: YamlPath,
	wanted: unknown,
	actual: unknown,
	{ whole }: Comparison,
): readonly string[] | undefined {
	if (Array.isArray(wanted) && Array.isArray(actual))
		return wanted.length === actual.length && wanted.some(isObject) ? Object.keys(wanted) : undefined;
	if (!isObject(wanted) || !isObject(actual)) return undefined;
	const wantedKeys = Object.keys(wanted);
	return whole.includes(String(field)) ? [...new Set([...wantedKeys, ...Object.keys(actual)])] : wantedKeys;
}

function describe(path: YamlPath, wanted: unknown, actual: unknown): FieldChange {
	return { field: path.join('.'), from: maskSecrets(actual, path), to: maskSecrets(wanted, path) };
}

function isObject(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
