/**
 * What GitHub's answers say about how much may still be asked. Its clock need not be ours: a moment it
 * names is taken as a distance from the moment it answered.
 */

/** Headers of an answer, by lower-case name. */
export type AnswerHeaders = Readonly<Record<string, string | number | undefined>>;

export interface GithubLimits {
	/** Requests left until `resetAt`; null where GitHub does not say, as a server without limits. */
	readonly remaining: number | null;
	/** Epoch milliseconds of our clock. */
	readonly resetAt: number | null;
	/** Until when it asks to be left alone, epoch milliseconds of our clock. */
	readonly retryAt: number | null;
}

/** GitHub's windows are an hour at most; whatever names a later moment is not believed. */
const longestWaitMs = 24 * 3_600_000;
/** What GitHub asks for where it limits without saying until when. */
const unspecifiedWaitMs = 60_000;

export function readLimits(headers: AnswerHeaders, now: number): GithubLimits {
	const answeredAt = Date.parse(String(headers.date ?? ''));
	const serverNow = Number.isNaN(answeredAt) ? now : answeredAt;
	const toOurs = (at: number) => now + Math.min(Math.max(at - serverNow, 0), longestWaitMs);
	const resetSeconds = readNumber(headers['x-ratelimit-reset']);
	const retryAt = readRetryAfter(headers['retry-after'], serverNow);
	return {
		remaining: readNumber(headers['x-ratelimit-remaining']),
		resetAt: resetSeconds === null ? null : toOurs(resetSeconds * 1_000),
		retryAt: retryAt === null ? null : toOurs(retryAt),
	};
}

/** When to ask again after a refusal for too many requests; null for a refusal for another reason. */
export function findLimitEnd(status: number, message: string, limits: GithubLimits, now: number): number | null {
	if (status !== 403 && status !== 429) return null;
	if (limits.retryAt !== null) return limits.retryAt;
	if (limits.remaining === 0 && limits.resetAt !== null) return limits.resetAt;
	const isLimit = status === 429 || /rate limit|abuse/i.test(message);
	return isLimit ? now + unspecifiedWaitMs : null;
}

/** Seconds, or a date, as HTTP has it; answers epoch milliseconds of the server's clock. */
function readRetryAfter(header: string | number | undefined, serverNow: number): number | null {
	const seconds = readNumber(header);
	if (seconds !== null) return serverNow + seconds * 1_000;
	const at = Date.parse(String(header ?? ''));
	return Number.isNaN(at) ? null : at;
}

function readNumber(header: string | number | undefined): number | null {
	const text = String(header ?? '').trim();
	return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
