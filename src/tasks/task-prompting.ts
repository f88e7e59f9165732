/**
 * How a task speaks to its agent: hands over prompts, asks after them and takes them back. Each may run
 * again after a crash: a prompt is submitted under its key, and taking back what has ended changes nothing.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import { holdsPrompt, settledByRow } from '../../machines/prompt-settlement.ts';
import {
	type InstructionKind,
	type OutstandingPrompt,
	type TaskCommandEvent,
	taskName,
	taskPromptKey,
} from '../../machines/task-model.ts';
import type { AgentService } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import type { Serial } from '../durable/serial.ts';
import { createFailure, toStatecraftError } from '../errors.ts';
import { taskAddress } from './address.ts';
import { renderTaskPrompt } from './prompts.ts';
import type { TaskReads, TaskView } from './views.ts';
import type { Worktrees } from './worktrees.ts';

export interface TaskPromptingDeps {
	readonly reads: Pick<TaskReads, 'task'> & Pick<Reads, 'prompt' | 'promptByKey'>;
	readonly worktrees: Pick<Worktrees, 'restore'>;
	readonly serial: Serial;
	/** Made after the system, which needs these effects. */
	agents(): Pick<AgentService, 'submitPrompt' | 'cancelPrompt'>;
	/** The agent's committed context; undefined while its actor is not there. */
	contextOf(agentId: string): AgentContext | undefined;
}

export interface PromptParams {
	readonly taskId: string;
	readonly agentId: string;
	readonly number: number;
	readonly kind: InstructionKind;
	readonly attempt: number;
}

type Outcome = Promise<TaskCommandEvent | undefined>;

export interface TaskPrompting {
	submitPrompt(params: PromptParams): Outcome;
	checkPrompt(params: OutstandingPrompt): Outcome;
	withdrawPrompt(params: OutstandingPrompt): Outcome;
}

export function createTaskPrompting(deps: TaskPromptingDeps): TaskPrompting {
	const { reads, worktrees, serial } = deps;

	async function handOver(task: TaskView, params: PromptParams): Promise<string> {
		const { agentId, kind, attempt } = params;
		const token = taskPromptKey(task.id, params.number);
		const first = await reads.promptByKey(agentId, token);
		if (first) return first.id;
		await serial(taskName(task.id), () => worktrees.restore({ ...task, taskId: task.id }));
		const { id } = await deps.agents().submitPrompt(
			agentId,
			{
				text: renderTaskPrompt(task, kind, attempt),
				idempotencyKey: token,
				replyTo: { address: taskAddress(task.id), token },
			},
			{ by: taskName(task.id) },
		);
		return id;
	}

	const checkPrompt: TaskPrompting['checkPrompt'] = async ({ promptId, token }) => {
		if (promptId === null) return undefined;
		// The row first: a prompt that is settled in between is told by the agent.
		const prompt = await reads.prompt(promptId);
		if (!prompt) return settledByRow(undefined, promptId, token);
		const context = deps.contextOf(prompt.agentId);
		if (!context || holdsPrompt(context, promptId)) return undefined;
		return settledByRow(await reads.prompt(promptId), promptId, token);
	};

	return {
		async submitPrompt(params) {
			const token = taskPromptKey(params.taskId, params.number);
			try {
				const task = await reads.task(params.taskId);
				if (!task) return undefined;
				return { type: 'PROMPTED', token, promptId: await handOver(task, params) };
			} catch (thrown) {
				const { code, message } = toStatecraftError(thrown);
				return { type: 'PROMPT_REFUSED', token, failure: createFailure(code, message) };
			}
		},
		checkPrompt,
		async withdrawPrompt(params) {
			// Handed over at this very moment: asked again once its id is known.
			if (params.promptId === null) return undefined;
			try {
				await deps.agents().cancelPrompt(params.promptId, { by: taskName(params.taskId) });
				return undefined;
			} catch (thrown) {
				const { kind } = toStatecraftError(thrown);
				if (kind === 'transient') throw thrown;
				return checkPrompt(params);
			}
		},
	};
}
