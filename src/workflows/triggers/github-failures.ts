/** Failures to read GitHub, in words that say what to do. None of them shows the token. */

import { type AnswerHeaders, findLimitEnd, readLimits } from './github-limits.ts';
import { PollError } from './poll-error.ts';

/** What was asked, and as whom. */
export interface GithubQuestion {
	readonly baseUrl: string;
	readonly token: string | undefined;
	readonly owner: string;
	readonly repo: string;
	readonly kind: 'issues' | 'pulls';
}

/** An answer that is a refusal. */
export interface Refusal {
	readonly status: number;
	readonly headers: AnswerHeaders;
	/** What GitHub says about it. */
	readonly message: string;
}

/** The answer in what Octokit throws; undefined where no answer came. */
export function findRefusal(thrown: unknown): Refusal | undefined {
	if (!(thrown instanceof Error) || !('status' in thrown) || !('response' in thrown)) return undefined;
	const { response, status, message } = thrown as Error & { status: unknown; response: { headers: AnswerHeaders } };
	return typeof status === 'number' && response ? { status, headers: response.headers, message } : undefined;
}

export function describeRefusal(question: GithubQuestion, refusal: Refusal, now: number): PollError {
	const { status, headers, message } = refusal;
	const limits = readLimits(headers, now);
	const said = quote(message, question.token);
	const limitEnd = findLimitEnd(status, message, limits, now);
	if (limitEnd !== null) {
		const until = new Date(limitEnd).toISOString();
		const advice = question.token === undefined ? ' Set GITHUB_TOKEN for a higher limit.' : '';
		return new PollError('rate_limited', `GitHub allows no more requests until ${until}.${advice} ${said}`, limitEnd);
	}
	return new PollError('trigger_failed', `${advise(question, status)} ${said}`, limits.retryAt);
}

/** For a request that got no whole answer. */
export function describeSilence({ baseUrl, token }: GithubQuestion, thrown: unknown): PollError {
	const reason = thrown instanceof Error ? thrown.message : String(thrown);
	return new PollError('trigger_failed', `GitHub could not be read at ${baseUrl}: ${clean(reason, token)}`);
}

function advise({ token, owner, repo, kind }: GithubQuestion, status: number): string {
	const what = `${kind === 'issues' ? 'issues' : 'pull requests'} of ${owner}/${repo}`;
	const hasToken = token !== undefined;
	switch (status) {
		case 401:
			return hasToken
				? 'GitHub does not accept the token: set GITHUB_TOKEN to one that is valid.'
				: 'GitHub wants a token: set GITHUB_TOKEN.';
		case 403:
			return hasToken
				? `The token in GITHUB_TOKEN may not read the ${what}: give it read access to them.`
				: `The ${what} may not be read without a token: set GITHUB_TOKEN.`;
		case 404:
			return hasToken
				? `There is no repository ${owner}/${repo} that the token in GITHUB_TOKEN can see: check owner and repo, or give the token access.`
				: `There is no public repository ${owner}/${repo}: check owner and repo; if it is private, set GITHUB_TOKEN.`;
		default:
			return `GitHub answered ${status} when asked for the ${what}.`;
	}
}

function quote(message: string, token: string | undefined): string {
	const text = clean(message, token);
	return text === '' ? 'It gave no reason.' : `It says: ${text}`;
}

/** One short line, without control characters, whatever the other side wrote. */
function clean(text: string, token: string | undefined): string {
	const safe = token === undefined ? text : text.replaceAll(token, '***');
	return safe
		.replace(/[\p{Cc}\s]+/gu, ' ')
		.trim()
		.slice(0, 300);
}
