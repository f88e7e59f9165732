/** Logging: one line for each request, never a body, a token or a query string. */

import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { type Logger, pino } from 'pino';

/** Places where secrets may stand in what parts log. */
const secretPaths = ['token', '*.token', 'env', '*.env', '*.*.env', 'headers.authorization', '*.headers.authorization'];

/** The process's logger: JSON lines on stderr, for stdout belongs to the command line's answers. */
export function createLogger(level: string, destination: pino.DestinationStream = pino.destination(2)): Logger {
	return pino({ level, redact: { paths: secretPaths, censor: '***' }, base: null }, destination);
}

const requestIdPattern = /^[\w.-]{1,64}$/;

/** Gives each request an id (the client's where it sends a decent one) and logs how it ended. */
export function logRequests(
	logger: Logger,
	observe: (route: string, status: number, seconds: number) => void,
): RequestHandler {
	return (request, response, next) => {
		const given = request.get('x-request-id');
		const requestId = given !== undefined && requestIdPattern.test(given) ? given : randomUUID();
		response.setHeader('X-Request-Id', requestId);
		const startedAt = performance.now();
		// `close` comes once for every response, also when the client went away.
		response.once('close', () => {
			const ms = performance.now() - startedAt;
			const { statusCode: status, locals } = response;
			observe(`${request.method} ${locals.route ?? 'unknown'}`, status, ms / 1000);
			logger[status >= 500 ? 'error' : 'debug'](
				{ requestId, method: request.method, path: request.path, status, ms: Math.round(ms), by: locals.by },
				'request',
			);
		});
		next();
	};
}
