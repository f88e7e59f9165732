/**
 * One server with a workflow of every trigger, and the doors through which their work comes in: a
 * repository, signed deliveries, a queue, people, other agents, and the clock.
 */

import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createGithubServer, type GithubServer } from '../support/github-server.ts';
import { type OpenServerProcess, openServerProcess } from '../support/server-process.ts';
import { createWorkflowDesk, type DispatchAnswer, type WorkflowDesk } from '../support/workflow-desk.ts';

/** What agents are there for: one works for all workflows but the clock's, the others are watched. */
const roles = ['worker', 'ticker', 'idler', 'patient', 'asker'] as const;
type Role = (typeof roles)[number];

export interface TriggerScene {
	readonly server: OpenServerProcess;
	readonly desk: WorkflowDesk;
	readonly github: GithubServer;
	readonly agents: Readonly<Record<Role, string>>;
	/** Every item of the workflow, oldest first, once there are so many and all are completed. */
	completed(workflow: string, count: number): Promise<readonly DispatchAnswer[]>;
	/** Delivers a webhook, as a sender that knows this secret. */
	deliver(workflow: string, delivery: Delivery): Promise<{ readonly status: number; readonly body: unknown }>;
	/** Asks the asker's human, who allows it. */
	settleQuestion(title: string): Promise<void>;
	/** Answers what the asker's human has open. */
	answer(): Promise<void>;
	/** `kill -9`, and a boot when the clocks say that so much time has passed. */
	crashFor(awayMs: number, meanwhile: () => void): Promise<void>;
	close(failed: boolean): Promise<void>;
}

export interface Delivery {
	readonly id: string;
	readonly payload: unknown;
	readonly event?: string;
	readonly key?: string;
}

export const secret = 'open sesame, please';
const laterServer = fileURLToPath(new URL('../../dist/test/support/later-server.js', import.meta.url));
const minuteMs = 60_000;
const repository = { owner: 'acme', repo: 'rocket', pollSeconds: 10 };

/** Every trigger by the name of its workflow. */
function describeTriggers(now: number): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
	const parts = [
		{ type: 'request_answered', agent: 'asker', contains: 'gather' },
		{ type: 'dispatch_result', workflow: 'upstream', status: ['completed'] },
	];
	// Fires thrice within the next hour, and not at its ends.
	const minutes = [29, 30, 31].map((ahead) => new Date(now + ahead * minuteMs).getUTCMinutes()).join(',');
	return {
		issues: { type: 'github_issues', ...repository },
		pulls: { type: 'github_pull_requests', ...repository },
		soon: { type: 'delay', runAt: new Date(now + 1_000).toISOString() },
		later: { type: 'delay', runAt: new Date(now + 30 * minuteMs).toISOString() },
		skipping: { type: 'cron', expression: `${minutes} * * * *`, missed: 'skip' },
		catching: { type: 'cron', expression: `${minutes} * * * *`, missed: 'once' },
		ours: { type: 'webhook', secret },
		hub: { type: 'webhook', secret, source: 'github', events: ['issues.opened'] },
		upstream: { type: 'manual' },
		jobs: { type: 'queue', queue: 'jobs' },
		idle: { type: 'agent_idle', agent: 'idler', seconds: 0.2 },
		lives: { type: 'agent_lifecycle', agent: 'patient', events: ['connected', 'restarted', 'stopped', 'failed'] },
		chain: { type: 'dispatch_result', workflow: 'upstream', status: ['completed'] },
		answered: { type: 'request_answered', agent: 'asker', kind: 'permission' },
		all: { type: 'composite', mode: 'all', triggers: parts, withinSeconds: 86_400 },
		any: { type: 'composite', mode: 'any', triggers: parts },
	};
}

export async function openTriggerScene(): Promise<TriggerScene> {
	const github = await createGithubServer();
	github.addIssue({ title: 'issue 1' });
	github.addPull({ title: 'pull 1' });
	const server = await openServerProcess({ githubApiUrl: github.url });
	const desk = createWorkflowDesk(server);
	const backoffMs = { initial: 1, max: 2 };
	const hired = await Promise.all(
		roles.map(async (role) => {
			const interruptedTurn = role === 'asker' ? 'retry' : 'fail';
			const body = { restart: { policy: 'permanent', backoffMs }, interruptedTurn };
			return [role, (await server.hire(role, body)).id] as const;
		}),
	);
	const agents = Object.fromEntries(hired) as Record<Role, string>;

	const ids = new Map<string, string>();
	async function stand(name: string, agent: Role, trigger: unknown): Promise<void> {
		const template = 'say {{ workflow.name }}: {{ item.title }}\n';
		ids.set(name, (await desk.standing(agent, { name, trigger, template })).id);
	}
	for (const [name, trigger] of Object.entries(describeTriggers(Date.now()))) await stand(name, 'worker', trigger);
	await stand('clock', 'ticker', { type: 'cron', expression: '* * * * * *' });

	function idOf(workflow: string): string {
		const id = ids.get(workflow);
		if (id === undefined) throw new Error(`There is no workflow ${workflow}`);
		return id;
	}

	async function answer(): Promise<void> {
		const { id, options } = await server.request(agents.asker);
		await server.api.answer(id, { optionId: options[0]?.optionId ?? '' });
	}

	return {
		server,
		desk,
		github,
		agents,
		completed: (workflow, count) =>
			server.events.until(`${count} items of ${workflow} are completed`, async () => {
				const dispatches = await desk.dispatches(idOf(workflow));
				const isDone = dispatches.length >= count && dispatches.every(({ status }) => status === 'completed');
				return isDone ? dispatches : undefined;
			}),
		async deliver(workflow, { id, payload, event, key = secret }) {
			const body = JSON.stringify(payload);
			const signature = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
			const headers: Record<string, string> =
				event === undefined
					? { 'X-Statecraft-Signature': signature, 'X-Statecraft-Delivery': id }
					: { 'X-Hub-Signature-256': signature, 'X-GitHub-Delivery': id, 'X-GitHub-Event': event };
			const response = await fetch(`${server.url}/webhooks/${idOf(workflow)}`, { method: 'POST', headers, body });
			return { status: response.status, body: await response.json() };
		},
		async settleQuestion(title) {
			const { id } = await server.ask(agents.asker, `permission ${title}`);
			await answer();
			await server.became(id, 'finished');
		},
		answer,
		async crashFor(awayMs, meanwhile) {
			await server.crash();
			meanwhile();
			await server.boot({ program: laterServer, environment: { AHEAD_MS: String(awayMs) } });
		},
		async close(failed) {
			await server.close(failed);
			await github.stop();
		},
	};
}
