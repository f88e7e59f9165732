/**
 * Signed deliveries: HMAC-SHA256 of the raw body under the workflow's secret, in the form GitHub sends,
 * `sha256=<64 hex digits>`. Who cannot sign learns nothing of the secret: digests are compared whole, in
 * a time that does not depend on them, and no message holds one.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { StatecraftError } from '../errors.ts';

export interface SignedDelivery {
	readonly secret: string;
	/** The body as it came in, before anything has parsed it. */
	readonly rawBody: Buffer;
	readonly source: 'github' | 'any';
	header(name: string): string | undefined;
}

const githubHeader = 'X-Hub-Signature-256';
/** The headers a signature may be in; the first that is there counts. */
const signatureHeaders = {
	github: [githubHeader],
	any: ['X-Statecraft-Signature', githubHeader],
} as const satisfies Record<SignedDelivery['source'], readonly string[]>;

/** Throws `signature_invalid` unless whoever sent the body knows the secret. */
export function verifySignature({ secret, rawBody, source, header }: SignedDelivery): void {
	// First: what takes long takes it whether or not the headers are right.
	const expected = createHmac('sha256', secret).update(rawBody).digest();
	const names = signatureHeaders[source];
	const name = names.find((candidate) => header(candidate) !== undefined);
	if (name === undefined) throw refuse(`The signature is missing: send it in ${names.join(' or ')}`);
	const hex = /^sha256=([0-9a-f]{64})$/i.exec(header(name) ?? '')?.[1];
	if (hex === undefined) throw refuse(`${name} is not of the form sha256=<64 hex digits>`);
	if (!timingSafeEqual(expected, Buffer.from(hex, 'hex')))
		throw refuse(`${name} does not fit the body: sign exactly the bytes that are sent, with the workflow's secret`);
}

function refuse(detail: string): StatecraftError {
	return new StatecraftError('signature_invalid', detail);
}
