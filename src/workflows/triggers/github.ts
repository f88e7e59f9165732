/**
 * The triggers `github_issues` and `github_pull_requests`. They look at how things are, not at what has
 * happened: an issue that got its label, or was reopened, long after it was made is found like a new one.
 *
 * `open`: everything that is open and matches, however old: it waits to be done. `closed` and `all`: what
 * was touched since the workflow was created; the history of a repository is nobody's work.
 *
 * 1. Every poll reads the list from its newest change on, page by page, as many as `pagesPerPoll`; of a
 *    longer list it reads the first page and, in turns with later polls, the others. Pages move while
 *    they are read: what slipped from one to another is met at the next turn. An item is late at worst.
 * 2. A page that is as it was when it was last read yields nothing, and with a token costs nothing. Its
 *    etag is in the cursor, which is stored no sooner than the items that were read with it.
 * 3. It asks no more often than every `pollSeconds`, however often it is nudged, nor before the moment
 *    GitHub named: both are in the cursor.
 * 4. A cursor serves the list it was made for: another repository, state or label is read from the start.
 */

import { z } from 'zod';
import { createGithubClient, type GithubClientDeps, type GithubPage } from './github-client.ts';
import { type GithubEntry, type GithubTrigger, matches, toGithubItem } from './github-items.ts';
import type { GithubLimits } from './github-limits.ts';
import { PollError } from './poll-error.ts';
import type { PollRequest, TriggerSource } from './source.ts';

/** Pages, of a hundred each, that one poll reads at most. */
export const pagesPerPoll = 10;
const defaultPollSeconds = 60;

const knownPageSchema = z.object({ etag: z.string(), next: z.string().nullable() });

const cursorSchema = z.object({
	/** The list it is about. */
	list: z.string(),
	/** Epoch milliseconds. */
	polledAt: z.number(),
	/** GitHub is not asked before, epoch milliseconds. */
	notBefore: z.number(),
	/** Query of the page where the next poll goes on; null when the last one reached the end. */
	resume: z.string().nullable(),
	/** Pages read by the last poll, by their query. */
	pages: z.record(z.string(), knownPageSchema),
});

type KnownPage = z.output<typeof knownPageSchema>;
type GithubCursor = z.output<typeof cursorSchema>;

/** A page as one poll met it. */
interface Turn {
	readonly query: string;
	/** Empty for a page that was read before. */
	readonly entries: readonly GithubEntry[];
	/** Null where GitHub gave none. */
	readonly etag: string | null;
	readonly next: string | null;
	readonly limits: GithubLimits;
}

/** What one poll read, and where the next one goes on. */
interface Reading {
	readonly turns: readonly Turn[];
	readonly resume: string | null;
	readonly notBefore: number;
}

type GithubPoll = PollRequest<GithubTrigger>;

const unlimited: GithubLimits = { remaining: null, resetAt: null, retryAt: null };

export function createGithubSource(deps: GithubClientDeps): TriggerSource<GithubTrigger> {
	const client = createGithubClient(deps);

	async function readPage(request: GithubPoll, query: string, known: KnownPage | undefined): Promise<Turn> {
		const { trigger, signal } = request;
		const { owner, repo } = trigger;
		const page = await client.readPage({ owner, repo, kind: kindOf(trigger), query, etag: known?.etag, signal });
		switch (page.kind) {
			case 'read':
				return { query, ...page, next: nextQuery(request, page) };
			case 'unchanged':
				return { query, entries: [], etag: known?.etag ?? null, next: known?.next ?? null, limits: page.limits };
			case 'expired':
				if (query === firstQuery(trigger)) throw page.error;
				// The list has changed too much to go on in it: the next poll begins anew.
				return { query, entries: [], etag: null, next: null, limits: unlimited };
			default:
				return page satisfies never;
		}
	}

	/** Reads the first page, then those from where the last poll stopped. */
	async function read(request: GithubPoll, cursor: GithubCursor | null): Promise<Reading> {
		const turns: Turn[] = [];
		let query: string | null = firstQuery(request.trigger);
		try {
			while (query !== null && turns.length < pagesPerPoll && turns.at(-1)?.limits.remaining !== 0) {
				const turn: Turn = await readPage(request, query, cursor?.pages[query]);
				const place: string | null = turns.length === 0 ? (cursor?.resume ?? turn.next) : turn.next;
				query = turn.next === null ? null : place;
				turns.push(turn);
			}
			return { turns, resume: query, notBefore: restUntil(turns) };
		} catch (thrown) {
			// What was read before is kept, and the next poll goes on where this one failed.
			const isKept = turns.some(({ entries }) => entries.length > 0) && !request.signal.aborted;
			if (!isKept || !(thrown instanceof PollError)) throw thrown;
			return { turns, resume: query, notBefore: Math.max(restUntil(turns), thrown.retryAt ?? 0) };
		}
	}

	return {
		async poll(request) {
			const { trigger, now } = request;
			const list = nameList(trigger);
			const cursor = takeCursor(request.cursor, list);
			const pauseMs = (trigger.pollSeconds ?? defaultPollSeconds) * 1_000;
			const dueAt = cursor === null ? 0 : Math.max(cursor.polledAt + pauseMs, cursor.notBefore);
			// A clock that was set back is no reason to wait.
			if (cursor !== null && now >= cursor.polledAt && now < dueAt) return { items: [], cursor, nextPollAt: dueAt };

			const { turns, resume, notBefore } = await read(request, cursor);
			const entries = turns.flatMap((turn) => turn.entries);
			return {
				items: select(request, entries).map((entry) => toGithubItem(trigger, entry)),
				cursor: { list, polledAt: now, notBefore, resume, pages: remember(turns) } satisfies GithubCursor,
				nextPollAt: Math.max(now + pauseMs, notBefore),
			};
		},
	};
}

function kindOf(trigger: GithubTrigger): 'issues' | 'pulls' {
	return trigger.type === 'github_issues' ? 'issues' : 'pulls';
}

function firstQuery(trigger: GithubTrigger): string {
	const query = new URLSearchParams({
		state: trigger.state ?? 'open',
		sort: 'updated',
		direction: 'desc',
		per_page: '100',
	});
	// Only issues can be asked for by label, and not by one with a comma; `matches` looks at all of them.
	const labels = (trigger.labels ?? []).filter((label) => !label.includes(','));
	if (trigger.type === 'github_issues' && labels.length > 0) query.set('labels', labels.join(','));
	return query.toString();
}

/** Two triggers that select the same have the same name for it. */
function nameList(trigger: GithubTrigger): string {
	const labels = [...(trigger.labels ?? [])].sort();
	return JSON.stringify([kindOf(trigger), trigger.owner, trigger.repo, trigger.state ?? 'open', labels]);
}

/** The cursor, if it is one of this list. Without one everything is read again, which loses nothing. */
function takeCursor(cursor: unknown, list: string): GithubCursor | null {
	const parsed = cursorSchema.safeParse(cursor);
	return parsed.success && parsed.data.list === list ? parsed.data : null;
}

/** The query of the next page that may hold something: changes come newest first. */
function nextQuery(request: GithubPoll, { entries, next }: GithubPage & { kind: 'read' }) {
	const oldest = entries.at(-1);
	return oldest === undefined || isNews(request, oldest) ? next : null;
}

/** Whether the entry is the workflow's business. GitHub counts whole seconds. */
function isNews({ trigger, since }: GithubPoll, entry: GithubEntry): boolean {
	const isStanding = (trigger.state ?? 'open') === 'open';
	return isStanding || Date.parse(entry.updated_at) >= Math.floor(since / 1_000) * 1_000;
}

/** Each entry that matches, once, the oldest first. */
function select(request: GithubPoll, entries: readonly GithubEntry[]): readonly GithubEntry[] {
	const wanted = entries.filter((entry) => isNews(request, entry) && matches(request.trigger, entry));
	const byNumber = new Map(wanted.map((entry) => [entry.number, entry]));
	return [...byNumber.values()].sort((one, other) => one.number - other.number);
}

function remember(turns: readonly Turn[]): GithubCursor['pages'] {
	const tagged = turns.flatMap(({ query, etag, next }) => (etag === null ? [] : [[query, { etag, next }] as const]));
	return Object.fromEntries(tagged);
}

/** Leaves enough requests for a whole poll of somebody who has the same token. */
function restUntil(turns: readonly Turn[]): number {
	const isScarce = ({ limits }: Turn) => limits.remaining !== null && limits.remaining < pagesPerPoll;
	return Math.max(0, ...turns.filter(isScarce).map(({ limits }) => limits.resetAt ?? 0));
}
