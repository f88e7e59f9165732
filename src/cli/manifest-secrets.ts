/**
 * Secrets in manifests: `${NAME}` stands for a variable of the environment where secrets live, in the
 * `env` of a driver and in the `secret` of a webhook, and nowhere else. `$${` is a plain `${`.
 */

import { secretMask } from '../agents/secrets.ts';
import type { YamlPath } from './located-yaml.ts';

/** The value of a variable; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/** Names of variables may hold anything, line breaks too. */
const secretField = /^(driver\.env\..+|trigger\.secret)$/s;
const resourcePrefix = /^(agents|workflows)\.\d+\./;

/** Whether a secret lives at this path of a manifest, or of an agent or workflow by itself. */
export function isSecretPlace(path: YamlPath): boolean {
	return secretField.test(path.join('.').replace(resourcePrefix, ''));
}

/** The value with `***` wherever a secret lives. */
export function maskSecrets(value: unknown, path: YamlPath): unknown {
	return mapStrings(value, path, (text, place) => (isSecretPlace(place) ? secretMask : text));
}

/** The document with its secrets filled in; `onMissing` learns of each variable that is not set. */
export function fillSecrets(
	value: unknown,
	environment: Environment,
	onMissing: (path: YamlPath, name: string) => void,
): unknown {
	return mapStrings(value, [], (text, path) =>
		isSecretPlace(path) ? interpolate(text, environment, (name) => onMissing(path, name)) : text,
	);
}

function mapStrings(value: unknown, path: YamlPath, change: (text: string, path: YamlPath) => string): unknown {
	if (typeof value === 'string') return change(value, path);
	if (Array.isArray(value)) return value.map((inner, index) => mapStrings(inner, [...path, index], change));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [key, mapStrings(inner, [...path, key], change)]),
	);
}

function interpolate(text: string, environment: Environment, onMissing: (name: string) => void): string {
	return text.replace(/\$?\$\{([^}]*)\}/g, (whole, name: string) => {
		if (whole.startsWith('$$')) return whole.slice(1);
		const value = environment(name);
		if (value !== undefined) return value;
		onMissing(name);
		return whole;
	});
}
