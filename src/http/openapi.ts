/** The OpenAPI 3.1 document, from the very routes and schemas that serve requests. */

import { z } from 'zod';
import { catalogue, type ErrorCode } from '../errors.ts';
import type { ResponseSpec, RouteSpec } from './route.ts';

type JsonObject = Record<string, unknown>;

/** Of the API, not of the program. */
const apiVersion = '1.0.0';

/** What every route may answer; routes with a token, a body or a change add theirs. */
const tokenErrors: readonly ErrorCode[] = ['unauthorized', 'forbidden'];
const rawBodyErrors: readonly ErrorCode[] = ['invalid_request', 'body_too_large', 'unsupported_media_type'];
const bodyErrors: readonly ErrorCode[] = ['malformed_json', ...rawBodyErrors];

export function describeApi(specs: readonly RouteSpec[]): JsonObject {
	const schemas: JsonObject = { Problem: describeProblem() };
	const paths: Record<string, JsonObject> = {};
	for (const spec of specs) {
		paths[spec.path] = { ...paths[spec.path], [spec.method]: describeOperation(spec, schemas) };
	}
	return {
		openapi: '3.1.0',
		info: {
			title: 'Statecraft',
			version: apiVersion,
			description: 'Fleets of AI coding agents as durable state machines.',
		},
		paths,
		components: {
			schemas: Object.fromEntries(Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1))),
			securitySchemes: {
				bearer: { type: 'http', scheme: 'bearer' },
				query: { type: 'apiKey', in: 'query', name: 'token', description: 'Event streams and WebSockets only.' },
			},
		},
	};
}

function describeOperation(spec: RouteSpec, schemas: JsonObject): JsonObject {
	return {
		operationId: nameOperation(spec),
		summary: spec.summary,
		tags: [spec.tag],
		...(spec.scope === 'public' ? {} : { security: [{ bearer: [] }], 'x-scope': spec.scope }),
		parameters: [
			...describeParameters(spec.params, 'path', schemas),
			...describeParameters(spec.query, 'query', schemas),
			...describeHeaders(spec),
		],
		...(spec.body === undefined ? {} : { requestBody: describeBody(spec.body, schemas) }),
		...(spec.rawBody === true ? { requestBody: rawBody } : {}),
		responses: describeResponses(spec, schemas),
	};
}

/** `post /agents/{id}/prompts` is `postAgentsIdPrompts`. */
function nameOperation({ method, path }: RouteSpec): string {
	const words = path.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '');
	return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

function describeParameters(schema: z.ZodType | undefined, place: 'path' | 'query', schemas: JsonObject): JsonObject[] {
	if (schema === undefined) return [];
	const { properties = {}, required = [] } = toJsonSchema(schema, 'input', schemas) as {
		properties?: Record<string, JsonObject>;
		required?: string[];
	};
	return Object.entries(properties).map(([name, { description, ...property }]) => ({
		name,
		in: place,
		required: place === 'path' || required.includes(name),
		...(description === undefined ? {} : { description }),
		schema: property,
	}));
}

function describeHeaders({ method, keyed, responses }: RouteSpec): JsonObject[] {
	const headers: Array<readonly [string, string]> = [];
	if (keyed !== undefined) headers.push(['Idempotency-Key', 'A repetition with the same key is not done again.']);
	if (method !== 'get' && keyed !== undefined)
		headers.push(['If-Match', 'Version in quotes: the change is made only if the resource still has it.']);
	if (responses[200]?.description.includes('text/event-stream') === true)
		headers.push(['Last-Event-ID', 'Seq of the last event seen: the stream goes on after it.']);
	return headers.map(([name, description]) => ({ name, in: 'header', description, schema: { type: 'string' } }));
}

/** Whatever the sender sends: what matters is that it comes as it was signed. */
const rawBody: JsonObject = { required: true, content: { '*/*': {} } };

function describeBody(schema: z.ZodType, schemas: JsonObject): JsonObject {
	const json = toJsonSchema(schema, 'input', schemas);
	return { required: !schema.safeParse({}).success, content: { 'application/json': { schema: json } } };
}

function describeResponses(spec: RouteSpec, schemas: JsonObject): JsonObject {
	const answers = Object.entries(spec.responses).map(([status, response]) => [
		status,
		describeResponse(response, schemas),
	]);
	return Object.fromEntries([...answers, ...describeErrors(spec)]);
}

function describeResponse({ description, schema, contentType }: ResponseSpec, schemas: JsonObject): JsonObject {
	if (schema === undefined && contentType === undefined) return { description };
	const content = schema === undefined ? { type: 'string' } : toJsonSchema(schema, 'output', schemas);
	return { description, content: { [contentType ?? 'application/json']: { schema: content } } };
}

/** One response for each status, naming every code that has it. */
function describeErrors(spec: RouteSpec): Array<[string, JsonObject]> {
	const codes: ErrorCode[] = [
		...(spec.scope === 'public' ? [] : tokenErrors),
		...((spec.params ?? spec.query ?? spec.body) ? (['invalid_request'] as const) : []),
		...(spec.body === undefined ? [] : bodyErrors),
		...(spec.rawBody === true ? rawBodyErrors : []),
		...(spec.method === 'get' ? [] : (['not_ready', 'store_unavailable', 'shutting_down'] as const)),
		...(spec.keyed === undefined ? [] : (['idempotency_key_reused'] as const)),
		...(spec.errors ?? []),
		'internal',
	];
	const byStatus = new Map<number, ErrorCode[]>();
	for (const code of new Set(codes)) {
		const { status } = catalogue[code];
		byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
	}
	return [...byStatus].map(([status, same]) => [
		String(status),
		{
			description: same.map((code) => `\`${code}\`: ${catalogue[code].title}`).join('; '),
			content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
		},
	]);
}

function describeProblem(): JsonObject {
	return {
		type: 'object',
		properties: {
			type: { type: 'string', description: '`urn:statecraft:error:<code>`' },
			title: { type: 'string' },
			status: { type: 'integer' },
			detail: { type: 'string', description: 'What happened this time, and what to do.' },
			code: { type: 'string', enum: Object.keys(catalogue) },
			state: { type: 'string', description: 'State the actor is in.' },
			possibleEvents: { type: 'array', items: { type: 'string' } },
			expected: {},
			actual: {},
			issues: {
				type: 'array',
				items: {
					type: 'object',
					properties: { path: { type: 'string' }, message: { type: 'string' } },
					required: ['path', 'message'],
				},
			},
			hint: { type: 'string' },
			errorId: { type: 'string', description: 'Finds a bug in the log.' },
		},
		required: ['type', 'title', 'status', 'detail', 'code'],
	};
}

/** JSON Schema of a zod schema; named schemas inside it move to the components. */
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: JsonObject): JsonObject {
	const { $schema: _dialect, $defs = {}, ...json } = z.toJSONSchema(schema, { io }) as JsonObject;
	for (const [name, definition] of Object.entries($defs as JsonObject)) schemas[name] = moveReferences(definition);
	return moveReferences(json) as JsonObject;
}

function moveReferences(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(moveReferences);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [
			key,
			key === '$ref' && typeof inner === 'string'
				? inner.replace('#/$defs/', '#/components/schemas/')
				: moveReferences(inner),
		]),
	);
}
