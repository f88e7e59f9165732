/**
 * The fingerprint of a request to a human: the same when the same thing is asked again. Ids of tool
 * calls are no part of it, for an agent that was interrupted asks anew under a new id.
 */
import { createHash } from 'node:crypto';

/** Independent of the order of keys in `detail`. */
export function fingerprintRequest(kind: string, title: string, detail: unknown): string {
	const text = JSON.stringify([kind, title, detail], (_key, value: unknown) => sortKeys(value));
	return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function sortKeys(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
