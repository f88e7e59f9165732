/**
 * GitHub's REST API for issues and pull requests on loopback, as far as it is polled: states, labels,
 * order, pages with Link headers, etags, rate limits of both kinds, tokens, and every way to fail. What
 * happens in it happens through its methods, each at a second of its own, so that "updated" has an order.
 */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface GithubRequest {
	readonly method: string;
	readonly path: string;
	readonly query: Readonly<Record<string, string>>;
	readonly headers: IncomingMessage['headers'];
	/** Null until it was answered, and for good if it never was. */
	status: number | null;
}

export interface NewIssue {
	readonly title: string;
	readonly body?: string | null;
	readonly labels?: readonly string[];
	/** Null: the account is gone. */
	readonly author?: string | null;
	/** Epoch milliseconds. */
	readonly createdAt?: number;
}

export interface NewPull extends NewIssue {
	readonly head?: string;
	readonly base?: string;
	readonly draft?: boolean;
}

/** How requests are limited from now on; null for not at all. */
export type GithubLimit =
	/** The hourly one: counts down with every answer but 304. */
	| { readonly remaining: number; readonly resetInSeconds: number; readonly status?: 403 | 429 }
	/** The secondary one: refuses at once. */
	| { readonly secondary: 403 | 429; readonly retryAfterSeconds?: number }
	| null;

/** An answer that takes the place of the proper one. */
export interface OddAnswer {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** `drop` cuts the connection, `hang` answers nothing, `stall` stops in the middle of the body. */
	readonly fate?: 'drop' | 'hang' | 'stall';
}

export interface GithubServer {
	/** Without a trailing slash: what STATECRAFT_GITHUB_API_URL is set to. */
	readonly url: string;
	/** In order, with those that were refused. */
	readonly requests: readonly GithubRequest[];
	/** Both answer the number: issues and pull requests share one sequence, as on GitHub. */
	addIssue(issue: NewIssue): number;
	addPull(pull: NewPull): number;
	label(number: number, ...names: readonly string[]): void;
	close(number: number): void;
	reopen(number: number): void;
	/** As a comment does: it is updated, and nothing else. */
	touch(number: number): void;
	limit(limit: GithubLimit): void;
	/** Answers requests oddly: all of them, or those that `when` is true of. Null ends it. */
	misbehave(answer: OddAnswer | null, when?: (request: GithubRequest) => boolean): void;
	/** Resolves when so many requests have come in. */
	untilAsked(count: number): Promise<void>;
	stop(): Promise<void>;
}

export interface GithubServerOptions {
	/** `acme/rocket` by default; there is no other. */
	readonly repository?: string;
	/** Only requests with this token are answered. */
	readonly token?: string;
	/** When its own clock begins, epoch milliseconds, which moves only when something happens; by default it keeps up with ours. */
	readonly startsAt?: number;
}

interface Entry {
	readonly number: number;
	readonly isPull: boolean;
	readonly given: NewPull;
	labels: string[];
	state: 'open' | 'closed';
	readonly createdAt: number;
	updatedAt: number;
}

export async function createGithubServer(options: GithubServerOptions = {}): Promise<GithubServer> {
	const { repository = 'acme/rocket', token, startsAt } = options;
	const entries: Entry[] = [];
	const requests: GithubRequest[] = [];
	const watchers = new Set<() => void>();
	let now = startsAt ?? Date.now();
	let limit: GithubLimit = null;
	let resetAt = 0;
	let odd: { readonly answer: OddAnswer; when(request: GithubRequest): boolean } | null = null;

	const tick = () => {
		now = Math.max(now + 1_000, startsAt === undefined ? Date.now() : 0);
		return now;
	};
	const find = (number: number) => {
		const entry = entries.find((candidate) => candidate.number === number);
		if (entry === undefined) throw new Error(`There is no ${number}`);
		return entry;
	};
	const change = (number: number, act: (entry: Entry) => void) => {
		const entry = find(number);
		act(entry);
		entry.updatedAt = tick();
	};
	const add = (given: NewPull, isPull: boolean) => {
		const createdAt = given.createdAt ?? tick();
		const number = entries.length + 1;
		const labels = [...(given.labels ?? [])];
		entries.push({ number, isPull, given, labels, state: 'open', createdAt, updatedAt: createdAt });
		return number;
	};

	function limitHeaders(): Record<string, string> {
		if (limit === null || 'secondary' in limit) return {};
		return {
			'x-ratelimit-limit': '60',
			'x-ratelimit-remaining': String(limit.remaining),
			'x-ratelimit-reset': String(Math.ceil(resetAt / 1_000)),
		};
	}

	function refuse(): Answer | null {
		if (limit === null) return null;
		if ('secondary' in limit) {
			const retryAfter = limit.retryAfterSeconds;
			return {
				status: limit.secondary,
				headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
				body: message('You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'),
			};
		}
		if (limit.remaining > 0) return null;
		const body = message('API rate limit exceeded for 127.0.0.1.');
		return { status: limit.status ?? 403, headers: limitHeaders(), body };
	}

	function list(request: GithubRequest, kind: string): Answer {
		const { query } = request;
		const selected = entries.filter((entry) => isSelected(entry, kind, query)).sort(compareBy(query));
		const perPage = Math.min(Number(query.per_page ?? 30), 100);
		const page = Number(query.page ?? 1);
		const shown = selected.slice((page - 1) * perPage, page * perPage);
		const body = JSON.stringify(shown.map((entry) => render(entry, kind, repository)));
		const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
		const headers: Record<string, string> = { etag, 'content-type': 'application/json; charset=utf-8' };
		if (page * perPage < selected.length)
			headers.link = link(request, kind, page, Math.ceil(selected.length / perPage));
		const isKnown = request.headers['if-none-match'] === etag;
		if (!isKnown && limit !== null && 'remaining' in limit) limit = { ...limit, remaining: limit.remaining - 1 };
		return { status: isKnown ? 304 : 200, headers: { ...headers, ...limitHeaders() }, body: isKnown ? '' : body };
	}

	/** As GitHub does it: through the repository's id. */
	function link({ query }: GithubRequest, kind: string, page: number, last: number): string {
		const to = (number: number) => {
			const parameters = new URLSearchParams({ ...query, page: String(number) });
			return `${url}/repositories/1300192/${kind}?${parameters}`;
		};
		return `<${to(page + 1)}>; rel="next", <${to(last)}>; rel="last"`;
	}

	function answer(request: GithubRequest): Answer {
		const authorization = request.headers.authorization;
		if (token !== undefined && authorization !== `token ${token}`) {
			return authorization === undefined ? notFound : { status: 401, headers: {}, body: message('Bad credentials') };
		}
		const kind = ['issues', 'pulls'].find((name) => request.path === `/repos/${repository}/${name}`);
		if (request.method !== 'GET' || kind === undefined) return notFound;
		return refuse() ?? list(request, kind);
	}

	const server = createServer((incoming, response) => {
		const request = record(incoming);
		requests.push(request);
		for (const watcher of watchers) watcher();
		const isOdd = odd?.when(request) === true;
		if (isOdd && odd) respondOddly(request, response, odd.answer);
		else respond(request, response, answer(request), now);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The GitHub server has no port');
	const url = `http://127.0.0.1:${address.port}`;

	return {
		url,
		requests,
		addIssue: (issue) => add(issue, false),
		addPull: (pull) => add(pull, true),
		label: (number, ...names) => change(number, (entry) => entry.labels.push(...names)),
		close: (number) =>
			change(number, (entry) => {
				entry.state = 'closed';
			}),
		reopen: (number) =>
			change(number, (entry) => {
				entry.state = 'open';
			}),
		touch: (number) => change(number, () => undefined),
		limit(next) {
			limit = next;
			if (next !== null && 'remaining' in next) resetAt = now + next.resetInSeconds * 1_000;
		},
		misbehave(answer, when = () => true) {
			odd = answer && { answer, when };
		},
		untilAsked: (count) =>
			new Promise((resolve) => {
				const check = () => {
					if (requests.length < count) return;
					watchers.delete(check);
					resolve();
				};
				watchers.add(check);
				check();
			}),
		stop: () =>
			new Promise((resolve, reject) => {
				if (!server.listening) return resolve();
				server.close((error) => (error === undefined ? resolve() : reject(error)));
				server.closeAllConnections();
			}),
	};
}

interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

const notFound: Answer = { status: 404, headers: {}, body: message('Not Found') };

function message(text: string): string {
	return JSON.stringify({ message: text, documentation_url: 'https://docs.github.com/rest' });
}

function record(incoming: IncomingMessage): GithubRequest {
	const url = new URL(incoming.url ?? '/', 'http://localhost');
	const query = Object.fromEntries(url.searchParams);
	return { method: incoming.method ?? '', path: url.pathname, query, headers: incoming.headers, status: null };
}

function respond(
	request: GithubRequest,
	response: ServerResponse,
	{ status, headers, body }: Answer,
	at: number,
): void {
	request.status = status;
	const isTyped = 'content-type' in headers;
	response.writeHead(status, {
		date: new Date(at).toUTCString(),
		...(!isTyped && status !== 304 && { 'content-type': 'application/json; charset=utf-8' }),
		...headers,
	});
	response.end(status === 304 ? undefined : body);
}

function respondOddly(request: GithubRequest, response: ServerResponse, answer: OddAnswer): void {
	const { status = 200, headers = {}, body = '', fate } = answer;
	if (fate === 'drop') response.destroy();
	else if (fate === 'stall') response.writeHead(status, { 'content-type': 'application/json', ...headers }).write('[');
	else if (fate === undefined) {
		request.status = status;
		response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
	}
}

function isSelected(entry: Entry, kind: string, query: GithubRequest['query']): boolean {
	if (kind === 'pulls' && !entry.isPull) return false;
	const state = query.state ?? 'open';
	if (state !== 'all' && entry.state !== state) return false;
	// The API for pull requests knows no labels.
	if (kind === 'pulls' || query.labels === undefined) return true;
	const has = entry.labels.map((name) => name.toLowerCase());
	return query.labels.split(',').every((name) => has.includes(name.toLowerCase()));
}

function compareBy({ sort, direction }: GithubRequest['query']): (one: Entry, other: Entry) => number {
	const key = sort === 'updated' ? 'updatedAt' : 'createdAt';
	const sign = direction === 'asc' ? 1 : -1;
	return (one, other) => sign * (one[key] - other[key] || one.number - other.number);
}

function render(entry: Entry, kind: string, repository: string): unknown {
	const { number, isPull, given } = entry;
	const page = `https://github.com/${repository}/${isPull ? 'pull' : 'issues'}/${number}`;
	const author = given.author === undefined ? 'octocat' : given.author;
	return {
		id: 1_000_000 + number,
		number,
		title: given.title,
		body: given.body ?? null,
		html_url: page,
		state: entry.state,
		user: author === null ? null : { login: author, type: 'User' },
		labels: entry.labels.map((name, index) => ({ id: index, name, color: 'ededed' })),
		created_at: toSeconds(entry.createdAt),
		updated_at: toSeconds(entry.updatedAt),
		...(isPull && kind === 'issues' && { pull_request: { html_url: page } }),
		...(kind === 'pulls' && {
			draft: given.draft ?? false,
			head: { ref: given.head ?? `change-${number}`, sha: 'c0ffee' },
			base: { ref: given.base ?? 'main', sha: 'f00d' },
		}),
	};
}

/** GitHub tells no fractions of a second. */
function toSeconds(at: number): string {
	return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
