/**
 * Prompts: submitted, awaited, cancelled. A prompt's row rides with the event that queues it, so it is
 * accepted and queued, or neither.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { Writes } from '../durable/definition.ts';
import type { DomainRecord } from '../durable/store.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import { createId } from '../ids.ts';
import { type AgentCommands, attribution, toSendOptions } from './agent-commands.ts';
import type { AgentService, Conditions, SubmitPrompt } from './service.ts';
import type { PromptView, Reads } from './views.ts';

export interface PromptServiceDeps {
	readonly commands: AgentCommands;
	readonly reads: Reads;
	readonly bus: EventBus;
	readonly clock: Clock;
}

export interface PromptService {
	/** As `submitPrompt`; `writes` are those of the same transaction, and of none when the key was used before. */
	submit(
		agentId: string,
		prompt: SubmitPrompt,
		conditions: Conditions,
		writes?: Pick<Writes, 'records' | 'events'>,
	): ReturnType<AgentService['submitPrompt']>;
	readonly wait: AgentService['waitForPrompt'];
	readonly cancel: AgentService['cancelPrompt'];
	/** The row of a new prompt. */
	row(id: string, agentId: string, prompt: SubmitPrompt, at: number): DomainRecord;
}

const settledTopics = new Set(['prompt.finished', 'prompt.failed', 'prompt.cancelled', 'prompt.interrupted']);

export function createPromptService({ commands, reads, bus, clock }: PromptServiceDeps): PromptService {
	function row(id: string, agentId: string, prompt: SubmitPrompt, at: number): DomainRecord {
		return {
			op: 'insert',
			table: 'prompts',
			row: {
				id,
				agent_id: agentId,
				status: 'queued',
				text: prompt.text,
				content: prompt.content ? JSON.stringify(prompt.content) : null,
				idempotency_key: prompt.idempotencyKey ?? null,
				repeatable: prompt.repeatable ?? false,
				policy: prompt.policy ? JSON.stringify(prompt.policy) : null,
				created_at: at,
			},
		};
	}

	async function findRepeated(agentId: string, key: string | undefined) {
		const first = key === undefined ? undefined : await reads.promptByKey(agentId, key);
		return first && { id: first.id, repeated: true };
	}

	const submit: PromptService['submit'] = async (agentId, prompt, conditions, writes = {}) => {
		const repeated = await findRepeated(agentId, prompt.idempotencyKey);
		if (repeated) return repeated;
		const at = clock.now();
		const id = createId('prompt', at);
		const options = toSendOptions(conditions, id);
		const { repeatable = false, start = false, replyTo } = prompt;
		const event = { type: 'PROMPT', promptId: id, repeatable, start, ...(replyTo && { replyTo }) } as const;
		try {
			const records = [row(id, agentId, prompt, at), ...(options.records ?? []), ...(writes.records ?? [])];
			await commands.send(agentId, event, { ...options, records, events: writes.events ?? [] });
			return { id, repeated: false };
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			// Somebody submitted it with the same key at the same time, and was first.
			const first = error.code === 'constraint_violated' && (await findRepeated(agentId, prompt.idempotencyKey));
			if (first) return first;
			throw error.code === 'event_refused' ? explainRefusal(agentId, error) : error;
		}
	};

	function explainRefusal(agentId: string, error: StatecraftError): StatecraftError {
		const { queue, settings } = commands.require(agentId).getSnapshot().context as AgentContext;
		if (queue.length >= settings.maxQueuedPrompts) {
			return new StatecraftError('queue_full', `${queue.length} prompts are waiting already`, { actual: queue.length });
		}
		return new StatecraftError('agent_not_running', `The agent is ${error.extras.state} and takes no prompts`, {
			...error.extras,
			hint: 'Start it first, or send the prompt with "start": true',
		});
	}

	const wait: AgentService['waitForPrompt'] = async (promptId, timeoutMs, signal) => {
		let done = () => {};
		const settled = new Promise<void>((resolve) => {
			done = resolve;
		});
		// Listen before reading, or a prompt settled in between would be missed.
		const unsubscribe = bus.subscribe((events) => {
			if (events.some(({ topic, data }) => settledTopics.has(topic) && data.includes(promptId))) done();
		});
		const cancelTimer = clock.setTimer(done, timeoutMs);
		signal.addEventListener('abort', done, { once: true });
		try {
			const now = await requirePrompt(promptId);
			if (signal.aborted || (now.status !== 'queued' && now.status !== 'running')) return now;
			await settled;
			return await requirePrompt(promptId);
		} finally {
			unsubscribe();
			cancelTimer();
			signal.removeEventListener('abort', done);
		}
	};

	async function requirePrompt(id: string): Promise<PromptView> {
		const prompt = await reads.prompt(id);
		if (!prompt) throw new StatecraftError('prompt_not_found', `there is no prompt ${id}`);
		return prompt;
	}

	const cancel: AgentService['cancelPrompt'] = async (promptId, conditions) => {
		const prompt = await requirePrompt(promptId);
		try {
			const { onlyQueued = false } = conditions;
			const event = { type: 'CANCEL_PROMPT', promptId, onlyQueued, ...attribution(conditions) } as const;
			await commands.send(prompt.agentId, event, toSendOptions(conditions, promptId));
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			if (error.code !== 'event_refused') throw error;
			const { status } = await requirePrompt(promptId);
			throw new StatecraftError('prompt_settled', `The prompt is ${status} and cannot be cancelled`, {
				actual: status,
			});
		}
	};

	return { submit, wait, cancel, row };
}
