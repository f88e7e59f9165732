/**
 * Reads one page of a repository's issues or pull requests. Every failure is a `PollError`.
 *
 * 1. The token goes to the configured API and nowhere else: of a link to the next page only the query
 *    is followed.
 * 2. Nothing waits for ever: a request, with its whole answer, has a deadline and ends with the signal.
 */

import { Octokit } from '@octokit/core';
import type { Clock } from '../../durable/clock.ts';
import { describeRefusal, describeSilence, findRefusal, type GithubQuestion } from './github-failures.ts';
import { type GithubEntry, parseEntries } from './github-items.ts';
import { type AnswerHeaders, type GithubLimits, readLimits } from './github-limits.ts';
import { PollError } from './poll-error.ts';

export interface GithubClientDeps {
	/** Of the REST API, without a trailing slash. */
	readonly baseUrl: string;
	readonly token: string | undefined;
	/** GitHub wants to know who asks. */
	readonly userAgent: string;
	readonly clock: Pick<Clock, 'now'>;
	/** How long an answer may take; 30,000 by default. */
	readonly timeoutMs?: number;
}

export interface PageRequest {
	readonly owner: string;
	readonly repo: string;
	readonly kind: 'issues' | 'pulls';
	readonly query: string;
	/** Of the page as it was read before. */
	readonly etag: string | undefined;
	readonly signal: AbortSignal;
}

export type GithubPage =
	| {
			readonly kind: 'read';
			readonly entries: readonly GithubEntry[];
			readonly etag: string | null;
			/** The query of the next page; null on the last one. */
			readonly next: string | null;
			readonly limits: GithubLimits;
	  }
	/** As it was when it had the etag. */
	| { readonly kind: 'unchanged'; readonly limits: GithubLimits }
	/** GitHub no longer takes the query, as it does with a place in a list that has changed since. */
	| { readonly kind: 'expired'; readonly error: PollError };

export interface GithubClient {
	readPage(request: PageRequest): Promise<GithubPage>;
}

const silentLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export function createGithubClient(deps: GithubClientDeps): GithubClient {
	const { baseUrl, token, userAgent, clock, timeoutMs = 30_000 } = deps;
	const octokit = new Octokit({ baseUrl, userAgent, log: silentLog, ...(token !== undefined && { auth: token }) });

	async function get({ owner, repo, kind, query, etag }: PageRequest, signal: AbortSignal) {
		const { headers, data } = await octokit.request({
			method: 'GET',
			url: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}/${kind}?${query}`,
			headers: { 'x-github-api-version': '2022-11-28', ...(etag !== undefined && { 'if-none-match': etag }) },
			// Octokit's own parser takes some strings for numbers: what people wrote has to stay as it is.
			request: { signal, log: silentLog, parseSuccessResponseBody: false },
		});
		return { headers: headers as AnswerHeaders, text: await readText(data) };
	}

	/** What a request without a page came to: as good an answer as any, or a failure. */
	function explain(thrown: unknown, request: PageRequest, deadline: AbortSignal): GithubPage {
		if (thrown instanceof PollError) throw thrown;
		if (request.signal.aborted) throw new PollError('shutting_down', 'Reading GitHub was cut short.');
		const question: GithubQuestion = { baseUrl, token, ...request };
		if (deadline.aborted) throw describeSilence(question, `no whole answer within ${timeoutMs / 1_000} s`);
		const refusal = findRefusal(thrown);
		if (refusal === undefined) throw describeSilence(question, thrown);
		const now = clock.now();
		if (refusal.status === 304) return { kind: 'unchanged', limits: readLimits(refusal.headers, now) };
		const error = describeRefusal(question, refusal, now);
		if (refusal.status === 422) return { kind: 'expired', error };
		throw error;
	}

	return {
		async readPage(request) {
			const deadline = AbortSignal.timeout(timeoutMs);
			try {
				const { headers, text } = await get(request, AbortSignal.any([request.signal, deadline]));
				const etag = headers.etag === undefined ? null : String(headers.etag);
				const limits = readLimits(headers, clock.now());
				return { kind: 'read', entries: parseEntries(text), etag, next: findNextQuery(headers.link), limits };
			} catch (thrown) {
				return explain(thrown, request, deadline);
			}
		},
	};
}

/** The body of an answer: a stream, or an empty string where there is none. */
async function readText(data: unknown): Promise<string> {
	return data instanceof ReadableStream ? await new Response(data).text() : '';
}

/** The query of the link to the next page. Lists that are long have cursors in it, so it is never made up. */
function findNextQuery(link: string | number | undefined): string | null {
	const next = /<([^<>]*)>\s*;[^,<]*\brel="?next\b/i.exec(String(link ?? ''))?.[1];
	return next !== undefined && URL.canParse(next) ? new URL(next).search.slice(1) : null;
}

function ignore(): void {}
