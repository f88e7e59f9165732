/**
 * The REST API from the page: JSON in and out, errors as `ApiError` in the words of the server.
 *
 * Posts that make something carry an `Idempotency-Key`, so that whoever sends one again after an answer
 * was lost does not make it twice.
 */

import type { ErrorCode } from '../../errors.ts';

export interface Problem {
	readonly status: number;
	readonly code: ErrorCode;
	readonly title: string;
	readonly detail: string;
	readonly hint?: string;
	readonly issues?: ReadonlyArray<{ readonly path: string; readonly message: string }>;
	readonly state?: string;
	readonly possibleEvents?: readonly string[];
	readonly expected?: unknown;
	readonly actual?: unknown;
}

/** An answer that says no, or that did not come; `message` is the detail. */
export class ApiError extends Error {
	override readonly name = 'ApiError';
	readonly problem: Problem;

	constructor(problem: Problem, options?: ErrorOptions) {
		super(problem.detail, options);
		this.problem = problem;
	}

	get code(): ErrorCode {
		return this.problem.code;
	}
}

export type QueryValue = string | number | boolean | undefined | ReadonlyArray<string | number>;

export interface CallOptions {
	readonly query?: Readonly<Record<string, QueryValue>>;
	readonly signal?: AbortSignal;
	/** For posts: sent again under the same key, nothing is done twice. */
	readonly key?: string;
	/** `If-Match`: the version the change is meant for. */
	readonly ifVersion?: number;
}

/** Calls; each rejects with an `ApiError`, or with the signal's reason when it is aborted. */
export interface Api {
	get<T>(path: string, options?: CallOptions): Promise<T>;
	/** Without `key` it carries a fresh one. */
	post<T>(path: string, body?: unknown, options?: CallOptions): Promise<T>;
	put<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
	patch<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
	delete<T = void>(path: string, body?: unknown, options?: CallOptions): Promise<T>;
	/** What is no JSON: a diagram, an export. */
	text(path: string, options?: CallOptions): Promise<string>;
}

export interface ApiDeps {
	readonly token: string;
	readonly fetch?: typeof globalThis.fetch;
	/** Told when the server does not take the token. */
	readonly onUnauthorized?: () => void;
}

export function createApi({ token, fetch = globalThis.fetch.bind(globalThis), onUnauthorized }: ApiDeps): Api {
	async function call(method: string, path: string, body: unknown, options: CallOptions): Promise<Response> {
		const headers = new Headers({ Authorization: `Bearer ${token}`, Accept: 'application/json' });
		if (body !== undefined) headers.set('Content-Type', 'application/json');
		if (method === 'POST') headers.set('Idempotency-Key', options.key ?? createKey());
		if (options.ifVersion !== undefined) headers.set('If-Match', `"${options.ifVersion}"`);
		const init: RequestInit = { method, headers, cache: 'no-store' };
		if (body !== undefined) init.body = JSON.stringify(body);
		if (options.signal) init.signal = options.signal;
		const response = await send(fetch, `${path}${renderQuery(options.query)}`, init);
		if (response.ok) return response;
		const error = new ApiError(await readProblem(response));
		if (response.status === 401) onUnauthorized?.();
		throw error;
	}

	async function callJson<T>(method: string, path: string, body: unknown, options: CallOptions = {}): Promise<T> {
		const response = await call(method, path, body, options);
		const text = await response.text();
		return (text === '' ? undefined : JSON.parse(text)) as T;
	}

	return {
		get: (path, options) => callJson('GET', path, undefined, options),
		post: (path, body, options) => callJson('POST', path, body ?? {}, options),
		put: (path, body, options) => callJson('PUT', path, body, options),
		patch: (path, body, options) => callJson('PATCH', path, body, options),
		delete: (path, body, options) => callJson('DELETE', path, body, options),
		text: async (path, options = {}) => (await call('GET', path, undefined, options)).text(),
	};
}

/** A fresh idempotency key; to be kept while the same post is tried again. */
export function createKey(): string {
	// Not `randomUUID`: that is missing where the page is served over plain HTTP from another host.
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

async function send(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
	try {
		return await fetch(url, init);
	} catch (cause) {
		if (init.signal?.aborted) throw cause;
		throw new ApiError(unreachable, { cause });
	}
}

const unreachable: Problem = {
	status: 0,
	code: 'server_unreachable',
	title: 'Statecraft does not answer',
	detail: 'Nothing was heard of the server. What you asked for may or may not have been done.',
	hint: 'Is it running? `npm start` starts it; this page comes back by itself.',
};

async function readProblem(response: Response): Promise<Problem> {
	const text = await response.text().catch(() => '');
	try {
		const body = JSON.parse(text) as Problem;
		if (typeof body.code === 'string' && typeof body.title === 'string') return { ...body, status: response.status };
	} catch {
		// Not ours: a proxy in front, perhaps.
	}
	const title = `The server answered ${response.status} ${response.statusText}`.trim();
	return { status: response.status, code: 'internal', title, detail: text.slice(0, 500) || title };
}

export function renderQuery(query: CallOptions['query'] = {}): string {
	const fields = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value === undefined) continue;
		for (const one of Array.isArray(value) ? value : [value]) fields.append(name, String(one));
	}
	const text = fields.toString();
	return text === '' ? '' : `?${text}`;
}
