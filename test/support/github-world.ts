/** A GitHub on loopback and a workflow that polls it, as its runner would. */

import { afterEach } from 'vitest';
import { createGithubSource } from '../../src/workflows/triggers/github.ts';
import type { GithubTrigger } from '../../src/workflows/triggers/github-items.ts';
import { PollError } from '../../src/workflows/triggers/poll-error.ts';
import type { PollResult } from '../../src/workflows/triggers/source.ts';
import { createGithubServer, type GithubServer, type GithubServerOptions } from './github-server.ts';
import { createManualClock, startOfTime } from './manual-clock.ts';

export const minuteMs = 60_000;
export const issuesTrigger: GithubTrigger = { type: 'github_issues', owner: 'acme', repo: 'rocket' };
export const pullsTrigger: GithubTrigger = { type: 'github_pull_requests', owner: 'acme', repo: 'rocket' };

const servers: GithubServer[] = [];
afterEach(async () => {
	await Promise.all(servers.splice(0).map((server) => server.stop()));
});

export interface GithubWorldOptions extends GithubServerOptions {
	/** The token with which it asks. */
	readonly asks?: string;
	readonly timeoutMs?: number;
	/** Instead of the server's. */
	readonly baseUrl?: string;
}

/** Another server, such as a link may lead to. */
export async function createElsewhere(): Promise<GithubServer> {
	const server = await createGithubServer({ startsAt: startOfTime });
	servers.push(server);
	return server;
}

/** A GitHub and a workflow that polls it; its clock stands still between polls unless moved. */
export async function createGithubWorld({ asks, timeoutMs, baseUrl, ...options }: GithubWorldOptions = {}) {
	const server = await createGithubServer({ startsAt: startOfTime, ...options });
	servers.push(server);
	const clock = createManualClock();
	const source = createGithubSource({
		baseUrl: baseUrl ?? server.url,
		token: asks,
		userAgent: 'statecraft/test',
		clock,
		...(timeoutMs !== undefined && { timeoutMs }),
	});
	const stopping = new AbortController();
	let cursor: unknown = null;

	/** As the runner does: the cursor is JSON and is stored with every poll that succeeds. */
	async function poll(trigger: GithubTrigger = issuesTrigger): Promise<PollResult> {
		const result = await source.poll({
			workflowId: 'wfl_1',
			agentId: 'agt_1',
			trigger,
			cursor,
			now: clock.now(),
			since: startOfTime,
			signal: stopping.signal,
		});
		cursor = JSON.parse(JSON.stringify(result.cursor));
		return result;
	}

	async function pollLater(trigger?: GithubTrigger): Promise<readonly string[]> {
		clock.advance(minuteMs);
		return idsOf(await poll(trigger));
	}

	async function failToPoll(trigger?: GithubTrigger): Promise<PollError> {
		clock.advance(minuteMs);
		const thrown = await poll(trigger).catch((error: unknown) => error);
		if (!(thrown instanceof PollError)) throw new Error(`Not a poll error: ${JSON.stringify(thrown)}`);
		return thrown;
	}

	return { server, clock, poll, pollLater, failToPoll, stop: () => stopping.abort() };
}

export function idsOf({ items }: PollResult): readonly string[] {
	return items.map(({ sourceId }) => sourceId);
}
