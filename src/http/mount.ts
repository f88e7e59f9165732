/**
 * Puts routes on Express. For each request, in this order: token and scope, readiness, body, validation,
 * idempotency key, handler, answer.
 */

import type { Express, Request, Response } from 'express';
import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import { StatecraftError } from '../errors.ts';
import { type Authenticator, anonymous, createAdmission, watchAdmission } from './auth.ts';
import { createBodyReader, readInput, sendReply } from './exchange.ts';
import { type FirstAnswer, openKey, runOnce, type UsedKey } from './idempotency.ts';
import type { JsonReply, Principal, Reply, Route, RouteRequest, RouteSpec } from './route.ts';

export interface MountDeps {
	readonly reads: Pick<Reads, 'idempotencyKey'>;
	readonly authenticator: Authenticator;
	readonly clock: Clock;
	readonly bodyLimitBytes: number;
	/** Changes are refused with `not_ready` before. */
	isReady(): boolean;
	/** Why no change can be taken now; absent, or undefined, while they can. */
	readonly trouble?: (() => StatecraftError | undefined) | undefined;
	/** Aborted when the server closes. */
	readonly closing: AbortSignal;
	/** How often a stream's token is looked at again. */
	readonly recheckIntervalMs: number;
	/** Whether answers are validated against their schemas: for tests. */
	readonly checkAnswers: boolean;
}

/** Mounts the routes; every other method of their paths answers `method_not_allowed`. */
export function mountRoutes<D>(app: Express, routes: ReadonlyArray<Route<D>>, routeDeps: D, deps: MountDeps): void {
	const readBody = createBodyReader(deps.bodyLimitBytes);
	const methodsByPath = new Map<string, string[]>();

	async function answer({ spec, handle }: Route<D>, request: Request, response: Response): Promise<void> {
		response.locals.route = spec.path;
		const admit = createAdmittance(spec, request, deps.authenticator);
		const principal = await admit();
		response.locals.by = principal.name;
		if (spec.method !== 'get' && !deps.isReady())
			throw new StatecraftError('not_ready', 'Changes are taken once reconciliation is done: try again in a moment');
		const trouble = spec.method === 'get' ? undefined : deps.trouble?.();
		if (trouble !== undefined) throw trouble;
		const body = await readBody(spec, request, response);
		const key = readKey(spec, request, principal, body.json);
		const input = readInput(spec, request, response, { ...deps, body, principal, key });
		const run = () => handle(input, routeDeps);
		const reply = key === undefined ? await run() : await runOnce(key, run, (first) => repeat(first, input));
		// What goes on for ever ends with the token that opened it.
		const stopWatching =
			'stream' in reply ? watchAdmission(admit, deps.recheckIntervalMs, () => response.destroy()) : () => undefined;
		await sendReply(reply, spec, request, response, deps.checkAnswers).finally(stopWatching);
	}

	/** Answers a repetition with the resource as it stands now, through the route that serves it. */
	async function repeat(first: FirstAnswer, input: RouteRequest): Promise<Reply> {
		const headers = { 'Idempotency-Replayed': 'true' };
		if (first.status === 204) return { status: 204, headers };
		for (const { spec, handle } of routes) {
			const params = spec.method === 'get' ? matchPath(spec.path, first.resource) : undefined;
			if (params === undefined) continue;
			const reply = (await handle({ ...input, params, query: {}, body: {} }, routeDeps)) as JsonReply;
			return { ...reply, status: first.status, headers };
		}
		throw new StatecraftError('internal', `No route serves ${first.resource}`);
	}

	function readKey(spec: RouteSpec, request: Request, principal: Principal, body: unknown): UsedKey | undefined {
		const key = request.get('idempotency-key');
		if (key === undefined || spec.keyed === undefined) return undefined;
		return openKey({ by: principal.name, key, method: request.method, url: request.originalUrl, body }, deps.reads);
	}

	for (const route of routes) {
		const { method, path } = route.spec;
		methodsByPath.set(path, [...(methodsByPath.get(path) ?? []), method.toUpperCase()]);
		app.route(toExpressPath(path))[method]((request, response) => answer(route, request, response));
	}
	for (const [path, methods] of methodsByPath) refuseOtherMethods(app, path, methods);
}

function createAdmittance(spec: RouteSpec, request: Request, authenticator: Authenticator): () => Promise<Principal> {
	if (spec.scope === 'public') return async () => anonymous;
	const isStream = request.headers.accept?.includes('text/event-stream') ?? false;
	return createAdmission(authenticator, request, spec.scope, isStream);
}

function refuseOtherMethods(app: Express, path: string, methods: readonly string[]): void {
	const allow = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
	app.all(toExpressPath(path), (request, response) => {
		response.set('Allow', allow.join(', '));
		throw new StatecraftError('method_not_allowed', `${path} answers ${allow.join(', ')}, not ${request.method}`);
	});
}

/** `/agents/{id}` in the way of Express: `/agents/:id`. */
function toExpressPath(path: string): string {
	return path.replace(/\{(\w+)\}/g, ':$1');
}

/** The parameters with which a path fits a route's; undefined if it does not. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
	const expression = pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
	const groups = new RegExp(`^${expression}$`).exec(path);
	if (groups === null) return undefined;
	return Object.fromEntries(
		Object.entries(groups.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]),
	);
}
