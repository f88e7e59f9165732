/** One request to the API over fetch: JSON in, JSON out, every failure as an error that helps. */

import { StatecraftError } from '../errors.ts';
import { type Problem, ServerProblem } from './failure.ts';
import type { Settings } from './settings.ts';

/** An array repeats the parameter. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface RequestInput {
	readonly query?: Query;
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
	readonly signal?: AbortSignal | undefined;
}

export interface HttpConnection {
	/** Resolves with the parsed answer; rejects with `server_unreachable` or a ServerProblem. */
	request<T>(method: string, path: string, input?: RequestInput): Promise<T>;
	/** The response itself, its status already checked. */
	open(method: string, path: string, input?: RequestInput): Promise<Response>;
}

export function createHttpConnection({ url, token }: Pick<Settings, 'url' | 'token'>): HttpConnection {
	async function open(method: string, path: string, input: RequestInput = {}): Promise<Response> {
		const headers: Record<string, string> = { accept: 'application/json', ...input.headers };
		if (token !== undefined) headers.authorization = `Bearer ${token}`;
		if (input.body !== undefined) headers['content-type'] = 'application/json';
		const init: RequestInit = { method, headers, signal: input.signal ?? null };
		if (input.body !== undefined) init.body = JSON.stringify(input.body);
		const response = await unlessUnreachable(url, fetch(`${url}${path}${queryText(input.query)}`, init));
		if (!response.ok) throw new ServerProblem(await readProblem(url, response));
		return response;
	}

	return {
		open,
		async request<T>(method: string, path: string, input?: RequestInput): Promise<T> {
			const response = await open(method, path, input);
			const text = await unlessUnreachable(url, response.text());
			return (text === '' ? undefined : parseAnswer(url, text)) as T;
		},
	};
}

/** The error for a server that does not answer, or stops answering half-way. */
export function createUnreachable(url: string, cause: unknown): StatecraftError {
	const code = causeCode(cause);
	const refused = code === 'ECONNREFUSED';
	const detail = refused
		? `Statecraft is not running at ${url}: start it with \`npm start\``
		: `Statecraft cannot be reached at ${url} (${code ?? messageOf(cause)})`;
	const hint = refused ? 'is it elsewhere? name it with --url or STATECRAFT_URL' : 'check --url and the network';
	return new StatecraftError('server_unreachable', detail, { hint }, { cause });
}

async function unlessUnreachable<T>(url: string, attempt: Promise<T>): Promise<T> {
	try {
		return await attempt;
	} catch (error) {
		if (error instanceof Error && error.name === 'AbortError') throw error;
		throw createUnreachable(url, error);
	}
}

async function readProblem(url: string, response: Response): Promise<Problem> {
	const text = await response.text().catch(() => '');
	const parsed = parseObject(text);
	const fallback = {
		title: `HTTP ${response.status} ${response.statusText}`.trim(),
		status: response.status,
		code: 'unexpected_answer',
	};
	if (parsed === undefined || typeof parsed.code !== 'string')
		return { ...fallback, detail: `${url} answered ${fallback.title}, which is not an answer of Statecraft` };
	return { ...fallback, ...parsed };
}

function parseAnswer(url: string, text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		const detail = `${url} answered something that is not JSON: is it Statecraft that listens there?`;
		throw new StatecraftError('malformed_json', detail, {}, { cause });
	}
}

function parseObject(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		// Not JSON: the caller answers with the status alone.
		return undefined;
	}
}

function queryText(query: Query = {}): string {
	const parameters = new URLSearchParams();
	for (const [name, value] of Object.entries(query))
		for (const one of Array.isArray(value) ? value : [value])
			if (one !== undefined) parameters.append(name, String(one));
	return parameters.size === 0 ? '' : `?${parameters}`;
}

/** fetch wraps the system's error, sometimes in an AggregateError with one error per address. */
function causeCode(error: unknown): string | undefined {
	if (!(error instanceof Error)) return undefined;
	if ('code' in error && typeof error.code === 'string') return error.code;
	return causeCode(error.cause);
}

function messageOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause instanceof Error ? error.cause.message : error.message;
}
