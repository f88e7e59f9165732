/**
 * A route as data: what it takes, answers and demands, and what it does. `mount.ts` puts it on Express
 * and `openapi.ts` describes it, both from here, so that the two cannot drift. Knows no framework:
 * the parts' `routes.ts` files import this one file of the HTTP layer.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Conditions } from '../agents/service.ts';
import type { Listing, Page } from '../agents/views.ts';
import type { ErrorCode } from '../errors.ts';

/** What a token may do; `admin` may do everything. */
export type Scope = 'read' | 'prompt' | 'answer' | 'admin';

/** Who asks. */
export interface Principal {
	/** Name of the token, for the audit. */
	readonly name: string;
	readonly scopes: ReadonlySet<Scope>;
}

export interface ResponseSpec {
	readonly description: string;
	readonly schema?: z.ZodType;
	/** `application/json` unless told otherwise. */
	readonly contentType?: string;
}

export interface RouteSpec<P = unknown, Q = unknown, B = unknown> {
	readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
	/** With parameters in braces: `/agents/{id}`. */
	readonly path: `/${string}`;
	/** `public` needs no token. */
	readonly scope: Scope | 'public';
	/** Group in the OpenAPI document. */
	readonly tag: string;
	readonly summary: string;
	readonly params?: z.ZodType<P>;
	readonly query?: z.ZodType<Q>;
	/** A request without a body is validated as `{}`. */
	readonly body?: z.ZodType<B>;
	/** In place of `body`: takes the bytes as they came, of whatever type, for whoever signs them. */
	readonly rawBody?: true;
	readonly responses: Readonly<Record<number, ResponseSpec>>;
	/** Codes, besides those every route may answer, worth documenting. */
	readonly errors?: readonly ErrorCode[];
	/**
	 * Makes `Idempotency-Key` work: status of the first answer, and path of the resource that answers a
	 * repetition, given the id of what was made or changed. Absent where nothing can be answered again.
	 */
	readonly keyed?: { readonly status: number; readonly resource: (id: string) => string };
}

export interface RouteRequest<P = unknown, Q = unknown, B = unknown> {
	readonly params: P;
	readonly query: Q;
	readonly body: B;
	/** As it came over the wire; empty unless the route asks for it. */
	readonly rawBody: Buffer;
	readonly principal: Principal;
	/** Aborted when the client goes away or the server closes. */
	readonly signal: AbortSignal;
	/** `host:port` as the client knows us. */
	readonly host: string;
	header(name: string): string | undefined;
	/** Whether the client would rather have `type` than JSON. */
	prefers(type: string): boolean;
	/** What a change is conditional on: If-Match, the body's wishes, who asks, the idempotency key. */
	conditions(asked?: { readonly expectedState?: string; readonly reason?: string }): Conditions;
}

export interface JsonReply {
	readonly status: number;
	readonly body?: unknown;
	/** Answered as ETag. */
	readonly version?: number;
	readonly headers?: Readonly<Record<string, string>>;
}

/** Text as it stands, for what is not JSON. */
export interface TextReply {
	readonly status: number;
	readonly text: string;
	readonly contentType: string;
}

/** Takes over the response, for streams; resolves when it has ended. */
export interface StreamReply {
	readonly stream: (exchange: {
		readonly request: IncomingMessage;
		readonly response: ServerResponse;
	}) => Promise<void>;
}

export type Reply = JsonReply | TextReply | StreamReply;

/** A route of whatever shape; `D` is what its handler needs to do its work. */
export interface Route<D> {
	readonly spec: RouteSpec;
	readonly handle: (request: RouteRequest, deps: D) => Promise<Reply>;
}

/** Pairs a spec with its handler. The handler gets what the spec's schemas put out. */
export function route<D, P = unknown, Q = unknown, B = unknown>(
	spec: RouteSpec<P, Q, B>,
	handler: (request: RouteRequest<P, Q, B>, deps: D) => Promise<Reply>,
): Route<D> {
	// Safe: the mount validates with these very schemas before it calls.
	return { spec, handle: (request, deps) => handler(request as RouteRequest<P, Q, B>, deps) };
}

/** A page of a listing, each item as `render` shows it. */
export function answerListing<T>(
	listing: Listing<T>,
	render: (item: T) => unknown,
	{ limit, offset }: Page,
): JsonReply {
	return { status: 200, body: { items: listing.items.map(render), total: listing.total, limit, offset } };
}

/** A page of what is at hand as a whole. */
export function answerAll<T>(all: readonly T[], render: (item: T) => unknown, page: Page): JsonReply {
	const items = all.slice(page.offset, page.offset + page.limit);
	return answerListing({ items, total: all.length }, render, page);
}
