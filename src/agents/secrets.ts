/** Secrets of agents: never shown. Those of their environments are kept when the mask is sent back. */

import { StatecraftError } from '../errors.ts';
import { secretMask } from '../http/fields.ts';
import type { DriverConfigView } from './views.ts';

export { secretMask };

export function maskDriver(driver: DriverConfigView): DriverConfigView {
	return driver.env === undefined ? driver : { ...driver, env: maskValues(driver.env) };
}

/** Puts stored values where the mask was sent; rejects with `invalid_request` where there is none. */
export function unmaskDriver(sent: DriverConfigView, stored: DriverConfigView | undefined): DriverConfigView {
	if (sent.env === undefined) return sent;
	const env = Object.entries(sent.env).map(([name, value]) => {
		const kept = value === secretMask ? stored?.env?.[name] : value;
		if (kept !== undefined) return [name, kept];
		const message = `${secretMask} stands for the stored value, and there is none`;
		throw new StatecraftError('invalid_request', `${name}: ${message}`, {
			issues: [{ path: `body.driver.env.${name}`, message }],
		});
	});
	return { ...sent, env: Object.fromEntries(env) };
}

/** Masks the values of every `env` object, wherever it stands: in events and snapshots as they were stored. */
export function maskEnvironments(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(maskEnvironments);
	if (!isObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [
			key,
			key === 'env' && isObject(inner) ? maskValues(inner) : maskEnvironments(inner),
		]),
	);
}

/** What an agent said, without the secret if it stands in there. */
export function strike<Said>(said: Said, secret: string): Said {
	const text = JSON.stringify(said);
	return text.includes(secret) ? JSON.parse(text.replaceAll(secret, secretMask)) : said;
}

function maskValues(env: Readonly<Record<string, unknown>>): Record<string, string> {
	return Object.fromEntries(Object.keys(env).map((name) => [name, secretMask]));
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
