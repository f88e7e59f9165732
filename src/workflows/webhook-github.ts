/** What GitHub's events are about, in the words of a work item. An event that is not known here has a title and its payload. */

import { type PayloadFields, readLabels, readRecord, readText, type WebhookPayload } from './webhook-payload.ts';

/** What an event may be about, and where in it the title is; the first that the payload has counts. */
const subjects: ReadonlyArray<readonly [key: string, ...titles: readonly string[]]> = [
	['pull_request', 'title'],
	['issue', 'title'],
	['discussion', 'title'],
	['release', 'name', 'tag_name'],
	['milestone', 'title'],
	['workflow_run', 'display_title', 'name'],
	['check_run', 'name'],
	['alert', 'title'],
];

/** What is said about a subject: its text and its address count rather than the subject's. */
const remarks = ['comment', 'review'];

/** Whether a name in `events`, such as `issues` or `issues.opened`, is that of the event. */
export function namesEvent(wanted: string, event: string, action: string | null): boolean {
	return wanted === event || (action !== null && wanted === `${event}.${action}`);
}

export function describeGithubPayload(event: string, action: string | null, payload: WebhookPayload): PayloadFields {
	if (event === 'push') return describePush(payload);
	const [key, ...titles] = subjects.find(([name]) => readRecord(payload, name) !== undefined) ?? [''];
	const subject = readRecord(payload, key);
	const remark = remarks.map((name) => readRecord(payload, name)).find((found) => found !== undefined);
	const name = action === null ? event : `${event}.${action}`;
	const about = remark ?? subject;
	return {
		title: readText(subject, ...titles) ?? `${name} in ${nameRepository(payload)}`,
		body: readText(about, 'body'),
		url: readText(about, 'html_url') ?? readText(subject, 'html_url') ?? repositoryUrl(payload),
		labels: readLabels(subject),
	};
}

/** The branch and the last commit; the messages of all of them are the body. */
function describePush(payload: WebhookPayload): PayloadFields {
	const ref = readText(payload, 'ref')?.replace(/^refs\/(heads|tags)\//, '') ?? nameRepository(payload);
	const last = readText(readRecord(payload, 'head_commit'), 'message')?.split('\n', 1)[0];
	const commits: readonly unknown[] = Array.isArray(payload.commits) ? payload.commits : [];
	const messages = commits.flatMap((commit) => readText(commit as WebhookPayload, 'message') ?? []);
	return {
		title: last === undefined ? `Push to ${ref}` : `Push to ${ref}: ${last}`,
		body: messages.length === 0 ? null : messages.join('\n\n'),
		url: readText(payload, 'compare') ?? repositoryUrl(payload),
		labels: [],
	};
}

function nameRepository(payload: WebhookPayload): string {
	const owner = readRecord(payload, 'repository') ?? readRecord(payload, 'organization');
	return readText(owner, 'full_name', 'login') ?? 'GitHub';
}

function repositoryUrl(payload: WebhookPayload): string | null {
	return readText(readRecord(payload, 'repository'), 'html_url');
}
