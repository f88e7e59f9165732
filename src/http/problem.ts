/**
 * Errors on the wire: `application/problem+json` (RFC 9457). Whatever was thrown becomes an error of the
 * catalogue; what is our own fault tells the client an id and nothing else, and the log everything.
 */

import { randomUUID } from 'node:crypto';
import { catalogue, type ErrorCode, type ErrorExtras, StatecraftError, toStatecraftError } from '../errors.ts';

export interface Problem extends ErrorExtras {
	/** Stable for each code: `urn:statecraft:error:<code>`. */
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly detail: string;
	readonly code: ErrorCode;
	/** Finds a bug in the log. */
	readonly errorId?: string;
}

/** Errors of the body parser and the router, by their `type` or status. */
const foreignErrors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
	'entity.parse.failed': ['malformed_json', 'The body could not be parsed as a JSON object or array'],
	'entity.too.large': ['body_too_large', 'The body is longer than this server takes'],
	'charset.unsupported': ['unsupported_media_type', 'Send JSON in UTF-8'],
	'encoding.unsupported': ['unsupported_media_type', 'This content encoding is not known here'],
	'request.size.invalid': ['invalid_request', 'The body is not as long as Content-Length says'],
	'request.aborted': ['invalid_request', 'The request ended before its body was complete'],
};

/** Makes an error of the catalogue of whatever was thrown on the way of a request. */
export function toRequestError(thrown: unknown): StatecraftError {
	if (thrown instanceof StatecraftError) return thrown;
	if (!(thrown instanceof Error)) return toStatecraftError(thrown);
	const foreign = 'type' in thrown ? foreignErrors[String(thrown.type)] : undefined;
	if (foreign !== undefined) return new StatecraftError(foreign[0], foreign[1], {}, { cause: thrown });
	// The router: a parameter that is no valid percent-encoding. zlib: a body that does not inflate.
	if ('status' in thrown && thrown.status === 400)
		return new StatecraftError('invalid_request', 'The request could not be decoded', {}, { cause: thrown });
	return toStatecraftError(thrown);
}

/** Renders an error; `bug` errors are reported to `onBug` under an id, and reach the client without their words. */
export function renderProblem(
	error: StatecraftError,
	onBug: (errorId: string, error: StatecraftError) => void,
): Problem {
	const { title, status } = catalogue[error.code];
	const head = { type: `urn:statecraft:error:${error.code}`, title, status };
	if (error.kind !== 'bug') return { ...head, detail: error.message, code: error.code, ...error.extras };
	const errorId = `err_${randomUUID()}`;
	onBug(errorId, error);
	return { ...head, detail: `This is our fault. The log has it under ${errorId}.`, code: error.code, errorId };
}
