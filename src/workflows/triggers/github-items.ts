/** Issues and pull requests as GitHub lists them, and the work items they are. Text in them is data: it is passed on as it is. */

import { z } from 'zod';
import type { WorkItem } from '../views.ts';
import { PollError } from './poll-error.ts';
import type { TriggerOf } from './trigger-config.ts';

export type GithubTrigger = TriggerOf<'github_issues' | 'github_pull_requests'>;

const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'Not a time');
const branch = z.object({ ref: z.string() });
const label = z.union([z.string(), z.object({ name: z.string().nullish() }).transform(({ name }) => name ?? '')]);

/** What is read of an entry; GitHub tells much more. */
const entrySchema = z.object({
	number: z.int().positive(),
	title: z.string(),
	body: z.string().nullish(),
	html_url: z.string(),
	state: z.string(),
	/** Null where the account is gone. */
	user: z.object({ login: z.string() }).nullish(),
	labels: z.array(label).transform((names) => names.filter((name) => name !== '')),
	created_at: time,
	updated_at: time,
	/** There on issues that are pull requests. */
	pull_request: z.unknown().optional(),
	draft: z.boolean().nullish(),
	head: branch.nullish(),
	base: branch.nullish(),
});

export type GithubEntry = z.output<typeof entrySchema>;

/** Rejects with `trigger_failed` what is not a list of issues or pull requests. */
export function parseEntries(text: string): readonly GithubEntry[] {
	const parsed = z.array(entrySchema).safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'not understood' };
	const where = path.length === 0 ? 'the answer' : path.join('.');
	throw new PollError('trigger_failed', `${strange}: ${where}: ${message}`);
}

const strange = 'GitHub answered something other than a list; check STATECRAFT_GITHUB_API_URL';

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (thrown) {
		throw new PollError('trigger_failed', `${strange}: it is not JSON`, null, { cause: thrown });
	}
}

/** Whether the trigger is about the entry: its kind, its state, and every label, in any case as on GitHub. */
export function matches(trigger: GithubTrigger, entry: GithubEntry): boolean {
	if (trigger.type === 'github_issues' && entry.pull_request) return false;
	const state = trigger.state ?? 'open';
	if (state !== 'all' && entry.state !== state) return false;
	const has = new Set(entry.labels.map((name) => name.toLowerCase()));
	return (trigger.labels ?? []).every((name) => has.has(name.toLowerCase()));
}

export function toGithubItem(trigger: GithubTrigger, entry: GithubEntry): WorkItem {
	const isPull = trigger.type === 'github_pull_requests';
	return {
		// With the repository: a workflow that is pointed at another one meets the same numbers again.
		sourceId: `${isPull ? 'pull' : 'issue'}:${trigger.owner}/${trigger.repo}#${entry.number}`,
		title: entry.title,
		body: entry.body ?? null,
		url: entry.html_url,
		labels: entry.labels,
		metadata: {
			number: entry.number,
			author: entry.user?.login ?? null,
			state: entry.state,
			repository: `${trigger.owner}/${trigger.repo}`,
			createdAt: entry.created_at,
			updatedAt: entry.updated_at,
			...(isPull && {
				head: entry.head?.ref ?? null,
				base: entry.base?.ref ?? null,
				draft: entry.draft ?? false,
			}),
		},
	};
}
