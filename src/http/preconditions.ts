/** `If-Match`: a change is made only if the resource still has the version the client has seen. */

import { StatecraftError } from '../errors.ts';

const entityTag = /^(?:W\/)?"(\d{1,15})"$/;

/** The version asked for; undefined for none and for `*`. Anything else that is no version is refused. */
export function parseIfMatch(header: string | undefined): number | undefined {
	const text = header?.trim();
	if (text === undefined || text === '*') return undefined;
	const version = entityTag.exec(text)?.[1];
	if (version === undefined)
		throw new StatecraftError('invalid_request', 'If-Match takes one version in quotes, such as "7"', {
			issues: [{ path: 'headers.if-match', message: `"${text}" is no version in quotes` }],
		});
	return Number(version);
}

export function formatEntityTag(version: number): string {
	return `"${version}"`;
}
