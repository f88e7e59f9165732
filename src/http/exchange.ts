/** Between Express and a route: makes the route's input of a request, and an answer of its reply. */

import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Conditions } from '../agents/service.ts';
import type { Clock } from '../durable/clock.ts';
import { StatecraftError } from '../errors.ts';
import type { UsedKey } from './idempotency.ts';
import { formatEntityTag, parseIfMatch } from './preconditions.ts';
import type { JsonReply, Principal, Reply, RouteRequest, RouteSpec } from './route.ts';
import { validate } from './validation.ts';

export interface InputSources {
	readonly body: ReadBody;
	readonly principal: Principal;
	readonly key: UsedKey | undefined;
	readonly clock: Clock;
	/** Aborted when the server closes. */
	readonly closing: AbortSignal;
}

const jsonTypes = ['application/json', 'application/*+json'];

/** Parsing has no limit, but whatever walks or writes what was parsed runs out of stack. */
const deepest = 100;

/** The body in the form the route asks for. */
export interface ReadBody {
	/** Undefined for a request without a body, or a route that takes none. */
	readonly json: unknown;
	readonly raw: Buffer;
}

export type BodyReader = (spec: RouteSpec, request: Request, response: Response) => Promise<ReadBody>;

const nothing: ReadBody = { json: undefined, raw: Buffer.alloc(0) };

/** Reads bodies up to the limit; rejects with `body_too_large` those beyond it. */
export function createBodyReader(limitBytes: number): BodyReader {
	const parseJson = toPromise(express.json({ limit: limitBytes, type: jsonTypes }));
	// What was compressed would be handed over as other bytes than those that came.
	const readRaw = toPromise(express.raw({ limit: limitBytes, type: () => true, inflate: false }));
	return async (spec, request, response) => {
		if (spec.rawBody === true) {
			const raw = await readRaw(request, response);
			return Buffer.isBuffer(raw) ? { ...nothing, raw } : nothing;
		}
		if (spec.body === undefined) return nothing;
		// Clients say `Content-Length: 0` for a POST without a body, and no type.
		const hasBody = request.get('content-length') !== '0';
		if (hasBody && request.is(jsonTypes) === false)
			throw new StatecraftError('unsupported_media_type', 'Send Content-Type: application/json');
		const json = await parseJson(request, response);
		if (isDeeper(json, deepest))
			throw new StatecraftError('invalid_request', `The body is nested deeper than ${deepest} levels`);
		return { ...nothing, json };
	};
}

function isDeeper(value: unknown, levels: number): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function toPromise(parse: RequestHandler): (request: Request, response: Response) => Promise<unknown> {
	return (request, response) =>
		new Promise((resolve, reject) => {
			parse(request, response, (error?: unknown) => (error === undefined ? resolve(request.body) : reject(error)));
		});
}

/** Validates path, query and body; rejects with `invalid_request`. */
export function readInput(spec: RouteSpec, request: Request, response: Response, sources: InputSources): RouteRequest {
	const { token: _token, ...query } = request.query;
	const expectedVersion = parseIfMatch(request.get('if-match'));
	const signal = createSignal(response, sources.closing);
	return {
		params: spec.params === undefined ? {} : validate(spec.params, request.params, 'params'),
		query: spec.query === undefined ? {} : validate(spec.query, query, 'query'),
		body: spec.body === undefined ? {} : validate(spec.body, sources.body.json ?? {}, 'body'),
		rawBody: sources.body.raw,
		principal: sources.principal,
		signal,
		host: request.get('host') ?? '',
		header: (name) => request.get(name),
		// A HEAD has no body, and a stream that has none would never end.
		prefers: (type) => request.method !== 'HEAD' && request.accepts(['application/json', type]) === type,
		conditions: (asked = {}) => ({
			by: sources.principal.name,
			...asked,
			...(expectedVersion === undefined ? {} : { expectedVersion }),
			...recordKey(spec, sources),
		}),
	};
}

function recordKey({ keyed }: RouteSpec, { key, clock }: InputSources): Pick<Conditions, 'records'> {
	if (key === undefined || keyed === undefined) return {};
	return {
		records: (id) => [key.record({ status: keyed.status, resource: keyed.resource(id) }, clock.now())],
	};
}

/** Aborted when the client goes away or the server closes; lets go of the server's signal at the end. */
function createSignal(response: Response, closing: AbortSignal): AbortSignal {
	const controller = new AbortController();
	const abort = () => controller.abort();
	if (closing.aborted || response.closed) abort();
	closing.addEventListener('abort', abort, { once: true });
	response.once('close', () => {
		closing.removeEventListener('abort', abort);
		abort();
	});
	return controller.signal;
}

/** Sends a reply. With `check`, an answer that its schema does not describe is a bug. */
export async function sendReply(
	reply: Reply,
	spec: RouteSpec,
	request: Request,
	response: Response,
	check: boolean,
): Promise<void> {
	if ('stream' in reply) return reply.stream({ request, response });
	if ('text' in reply) {
		response.status(reply.status).type(reply.contentType).send(reply.text);
		return;
	}
	if (check) checkAnswer(reply, spec);
	response.status(reply.status).set(reply.headers ?? {});
	if (reply.version !== undefined) response.set('ETag', formatEntityTag(reply.version));
	if (reply.body === undefined) response.end();
	else response.json(reply.body);
}

function checkAnswer(reply: JsonReply, { method, path, responses }: RouteSpec): void {
	const described = responses[reply.status];
	const schema = described?.schema;
	// As the client will see it: what JSON drops is not there.
	const body: unknown = reply.body === undefined ? undefined : JSON.parse(JSON.stringify(reply.body));
	const faults = schema === undefined ? [] : (schema.safeParse(body).error?.issues ?? []);
	if (described !== undefined && faults.length === 0) return;
	const what = described === undefined ? 'is not documented' : JSON.stringify(faults);
	throw new StatecraftError('internal', `${method} ${path} answers ${reply.status}: ${what}`);
}
