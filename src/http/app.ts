/** The Express app: what every request passes through, the routes, and what becomes of errors. */

import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { StatecraftError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestTracer } from '../telemetry/request-spans.ts';
import type { Guard } from './guard.ts';
import { logRequests } from './logging.ts';
import { type MountDeps, mountRoutes } from './mount.ts';
import { type PageDeps, servePage } from './page.ts';
import { renderProblem, toRequestError } from './problem.ts';
import { type RouteDeps, routes } from './routes.ts';

export interface AppDeps extends MountDeps {
	readonly guard: Guard;
	readonly logger: Logger;
	readonly metrics: Pick<Metrics, 'requestAnswered'>;
	/** Null where nothing is traced. */
	readonly traceRequests: RequestTracer | null;
	readonly routes: RouteDeps;
	readonly page: PageDeps;
	/** Agents call back here, with tokens of their own. */
	readonly callBacks: { readonly path: string; readonly handle: RequestHandler };
}

export function createApp(deps: AppDeps): Express {
	const { logger, metrics, guard, closing } = deps;
	const app = express();
	// Our ETags are versions; Express would hash bodies.
	app.set('etag', false);
	app.set('query parser', 'simple');
	app.use(logRequests(logger, metrics.requestAnswered));
	if (deps.traceRequests) app.use(deps.traceRequests);
	app.use(helmet());
	app.use(guardRequests(guard));
	app.use((_request, response, next) => {
		// Nothing here may be served from a cache, and a closing server keeps no connection.
		response.setHeader('Cache-Control', 'no-store');
		if (closing.aborted) response.setHeader('Connection', 'close');
		next();
	});
	app.use(servePage(deps.page));
	app.all(deps.callBacks.path, deps.callBacks.handle);
	mountRoutes(app, routes, deps.routes, deps);
	app.use((request) => {
		throw new StatecraftError('not_found', `There is nothing at ${request.path}`);
	});
	app.use(answerErrors(logger));
	return app;
}

/** Refuses foreign hosts and pages, and lets the pages that were allowed read the answers (CORS). */
function guardRequests(guard: Guard): RequestHandler {
	return (request, response, next) => {
		guard.check(request.headers);
		const { origin } = request.headers;
		if (origin === undefined || !guard.isConfiguredOrigin(origin)) return next();
		response.set({
			'Access-Control-Allow-Origin': origin,
			'Access-Control-Expose-Headers': 'ETag, Location, Idempotency-Replayed, X-Request-Id',
			'Cross-Origin-Resource-Policy': 'cross-origin',
			Vary: 'Origin',
		});
		if (request.method !== 'OPTIONS') return next();
		response.set({
			'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
			'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-Match, Idempotency-Key, Last-Event-ID',
			'Access-Control-Max-Age': '600',
		});
		response.status(204).end();
	};
}

function answerErrors(logger: Logger): ErrorRequestHandler {
	// Express knows an error handler by its four parameters.
	return (thrown: unknown, _request, response, _next) => {
		const error = toRequestError(thrown);
		const problem = renderProblem(error, (errorId) => logger.error({ errorId, err: error.cause ?? error }, 'bug'));
		if (response.headersSent) {
			response.destroy();
			return;
		}
		if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer realm="statecraft"');
		if (error.kind === 'transient') response.set('Retry-After', '1');
		response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
	};
}
