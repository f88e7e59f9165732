/**
 * What an operator does with an agent from its making to its end, so that every step can be sent again: the
 * agent is looked for first, all else carries a key. An operator whose server was killed in the midst plays it
 * once more, and nothing is done twice.
 */

import type { AgentResource, PromptResource } from '../../src/cli/resources.ts';
import { isSettled, type Operator } from './operator.ts';

/** What the server has acknowledged, across its lives. */
export interface Acknowledged {
	/** Ids of prompts, by their key. */
	readonly prompts: Map<string, string>;
	/** Answers, by the id of their request. */
	readonly answers: Map<string, string>;
	/** How often it was killed. */
	crashes: number;
}

export function createAcknowledged(): Acknowledged {
	return { prompts: new Map(), answers: new Map(), crashes: 0 };
}

export const prompts = {
	first: { text: 'permission dig deep', repeatable: true },
	second: { text: 'say bee', repeatable: false },
	third: { text: 'say sea', repeatable: false },
} as const;

const settings = { interruptedTurn: 'retry', restart: { policy: 'permanent', backoffMs: { initial: 1, max: 1 } } };

type PromptKey = keyof typeof prompts;

export interface ScenarioOptions {
	readonly told: Acknowledged;
	/** Told when the agent is at rest, before it is stopped. */
	readonly atRest?: (agent: AgentResource) => Promise<void>;
}

export async function playScenario(operator: Operator, { told, atRest }: ScenarioOptions): Promise<AgentResource> {
	const { api, events, post } = operator;

	const [made] = (await api.agents()).items;
	const { id } = made ?? (await operator.create('helper', settings));

	async function submit(key: PromptKey): Promise<PromptResource> {
		const prompt = await api.submitPrompt(id, { ...prompts[key], idempotencyKey: key });
		const known = told.prompts.get(key);
		if (known !== undefined && known !== prompt.id) throw new Error(`${key} was ${known} and is ${prompt.id} now`);
		told.prompts.set(key, prompt.id);
		return prompt;
	}

	/** Gives every permission that is asked for, until the prompt is settled. */
	function settle(promptId: string): Promise<PromptResource> {
		return events.until(`${promptId} is settled`, async () => {
			const prompt = await api.prompt(promptId);
			if (isSettled(prompt)) return prompt;
			const { items } = await api.requests({ status: 'open', agentId: id });
			for (const request of items) {
				await api.answer(request.id, { optionId: 'allow' });
				told.answers.set(request.id, 'allow');
			}
			return undefined;
		});
	}

	function command(name: 'restart' | 'stop'): Promise<AgentResource> {
		return post(`/agents/${id}/${name}`, {}, { 'idempotency-key': name });
	}

	function rested(): Promise<AgentResource> {
		return events.until('the agent is idle, or was stopped', async () => {
			const agent = await api.agent(id);
			return /^(idle|stopped)$/.test(agent.executionState) ? agent : undefined;
		});
	}

	const first = await submit('first');
	const second = await submit('second');
	await settle(first.id);
	await settle(second.id);
	await rested();
	await command('restart');
	await settle((await submit('third')).id);
	await atRest?.(await rested());
	await command('stop');
	return operator.reached(id, 'stopped');
}
