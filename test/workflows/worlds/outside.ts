/**
 * What the workflows' world has outside the database, and what outlives every process: agents that do
 * what their prompts say, and a repository whose issues are polled. Both keep count.
 *
 * What a prompt says: `work` ends at once, `linger` takes five seconds, `stumble 1` makes the agent crash
 * (and `stumble 2`, in the second attempt, does not). A process that dies takes its agents along.
 */

import { agentIdOf } from '../../../src/agents/address.ts';
import type { AgentEffects } from '../../../src/agents/agent-host.ts';
import { type AgentReports, createAgentReports } from '../../../src/agents/agent-reports.ts';
import type { Reads } from '../../../src/agents/views.ts';
import type { Clock } from '../../../src/durable/clock.ts';
import type { DurableSystem } from '../../../src/durable/system.ts';
import { createFailure } from '../../../src/errors.ts';
import { PollError } from '../../../src/workflows/triggers/poll-error.ts';
import type { TriggerSource } from '../../../src/workflows/triggers/source.ts';
import { createWorkItem } from '../../../src/workflows/triggers/work-item.ts';

export interface Delivery {
	readonly agentId: string;
	readonly generation: number;
	readonly promptId: string;
}

export interface Outside {
	/** Every prompt that was put before an agent. */
	readonly deliveries: readonly Delivery[];
	/** Ids of prompts that agents have done what they say. */
	readonly done: readonly string[];
	/** Opens an issue whose body is this; one that is there stays as it is. */
	openIssue(body: string): void;
	/** Reads issues, some of them twice. */
	readonly repository: TriggerSource;
	/** Whether it cannot be read. */
	repositoryIsAway: boolean;
	/** What agents' machines ask for, for a process of its own. */
	effectsFor(life: LifeOfAgents): AgentEffects;
}

export interface LifeOfAgents {
	readonly clock: Clock;
	readonly reads: Pick<Reads, 'prompt'>;
	system(): DurableSystem;
	/** Whether the process is gone, and its agents with it. */
	isOver(): boolean;
	onError(where: string, error: Error): void;
}

const lingerMs = 5_000;
const pollMs = 4_000;

export function createOutside(): Outside {
	const deliveries: Delivery[] = [];
	const done: string[] = [];
	const issues: string[] = [];

	/** The cursor is the number of issues read; the last of them is answered again. */
	const repository: TriggerSource = {
		async poll({ cursor, now }) {
			if (self.repositoryIsAway) throw new PollError('trigger_failed', 'The repository is away.');
			const from = Math.max(0, Number(cursor ?? 0) - 1);
			const items = issues.slice(from).map((body, index) =>
				createWorkItem({
					...{ sourceId: `issue ${from + index + 1}`, title: body, at: now, body },
					metadata: { number: from + index + 1 },
				}),
			);
			return { items, cursor: issues.length, nextPollAt: now + pollMs };
		},
	};

	async function work(life: LifeOfAgents, reports: AgentReports, delivery: Delivery): Promise<void> {
		const { agentId, generation, promptId } = delivery;
		const prompt = await life.reads.prompt(promptId);
		if (life.isOver()) return;
		if (prompt?.text === 'stumble 1') {
			const failure = createFailure('process_crashed', 'It stumbled.');
			await reports.send(agentId, { type: 'PROCESS_EXITED', generation, clean: false, failure });
			return;
		}
		if (prompt?.text.startsWith('linger')) {
			await new Promise<void>((resolve) => life.clock.setTimer(resolve, lingerMs));
		}
		done.push(promptId);
		await reports.send(agentId, { type: 'RESULT', generation, promptId, outcome: 'finished', stopReason: 'end_turn' });
	}

	const self: Outside = {
		deliveries,
		done,
		openIssue(body) {
			if (!issues.includes(body)) issues.push(body);
		},
		repository,
		repositoryIsAway: false,
		effectsFor(life) {
			const reports = createAgentReports(life);
			return {
				async launch({ generation }, { address }) {
					const sessionId = `${address}/${generation}`;
					await reports.send(agentIdOf(address), { type: 'CONNECTED', generation, sessionId, resumed: false });
					return undefined;
				},
				endRun: async () => undefined,
				async deliverPrompt({ generation, promptId }, { address }) {
					const delivery = { agentId: agentIdOf(address), generation, promptId };
					deliveries.push(delivery);
					void work(life, reports, delivery);
					return undefined;
				},
				cancelTurn: async () => undefined,
				deliverAnswer: async () => undefined,
			};
		},
	};
	return self;
}
