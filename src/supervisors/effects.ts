/**
 * What supervisors' machines ask for: telling agents, taking prompts back, reading what was said, and
 * looking after tasks.
 *
 * 1. Every effect may run again after a crash: a note is submitted under its key, so that a repetition
 *    finds the first prompt; taking back what was taken back changes nothing; the others only read.
 * 2. An agent that is not there refuses, and the machine waits for it. What may pass is tried again.
 */

import type {
	KnownSession,
	Note,
	SupervisorCommandEvent,
	SupervisorContext,
	TaskEnd,
} from '../../machines/supervisor-model.ts';
import { supervisorName } from '../../machines/supervisor-model.ts';
import type { AgentService } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import type { EffectContext, EffectDefinition } from '../durable/definition.ts';
import { patiently } from '../durable/patience.ts';
import { createFailure, type ErrorCode, toStatecraftError } from '../errors.ts';
import type { TaskReads, TaskView } from '../tasks/views.ts';
import { supervisorIdOf } from './address.ts';
import { renderNote } from './messages.ts';

export interface SupervisorEffectsDeps {
	readonly reads: Pick<Reads, 'agent' | 'prompt'> & Pick<TaskReads, 'tasksByIds'>;
	/** Made after the system, which needs these effects. */
	agents(): Pick<AgentService, 'submitPrompt' | 'cancelPrompt'>;
	/** The supervisor's committed context; undefined while its actor is not there. */
	contextOf(address: string): SupervisorContext | undefined;
}

type Outcome = Promise<SupervisorCommandEvent | undefined>;

/** The agent will not take a prompt before something is done about it. */
const absences: ReadonlySet<ErrorCode> = new Set([
	'agent_not_running',
	'agent_not_found',
	'actor_quarantined',
	'actor_stopped',
]);

/** The prompt is past being taken back. */
const bygone: ReadonlySet<ErrorCode> = new Set(['prompt_settled', 'prompt_not_found', ...absences]);

export function createSupervisorEffects(deps: SupervisorEffectsDeps): Readonly<Record<string, EffectDefinition>> {
	const { reads, agents, contextOf } = deps;

	async function promptAgent(params: { agentId: string; note: Note }, { address }: EffectContext): Outcome {
		const { agentId, note } = params;
		const { key } = note;
		const known = contextOf(address);
		// The mission has ended, or gone to another agent.
		if (!known || known.current?.note.key !== key || known.agentId !== agentId) return undefined;
		const start = note.kind === 'restoration' && note.start;
		const prompt = { text: renderNote(known, note), idempotencyKey: key, replyTo: { address, token: key }, start };
		try {
			const { id: promptId } = await agents().submitPrompt(agentId, prompt, { by: supervisorName(known.supervisorId) });
			return { type: 'PROMPTED', key, agentId, promptId };
		} catch (thrown) {
			const { code, message } = toStatecraftError(thrown);
			if (!absences.has(code)) throw thrown;
			return { type: 'PROMPT_REFUSED', key, failure: createFailure(code, message) };
		}
	}

	async function withdrawPrompt({ promptId }: { promptId: string }, { address }: EffectContext): Outcome {
		try {
			await agents().cancelPrompt(promptId, { by: supervisorName(supervisorIdOf(address) ?? address) });
		} catch (thrown) {
			if (!bygone.has(toStatecraftError(thrown).code)) throw thrown;
		}
		return undefined;
	}

	async function recallTurn({ agentId, promptId }: { agentId: string; promptId: string }): Outcome {
		const prompt = await reads.prompt(promptId);
		if (!prompt) return undefined;
		const said = { promptId, prompt: cut(prompt.text), reply: prompt.result ? cut(prompt.result.text) : null };
		return { type: 'TURN_NOTED', ...said, session: await findSession(agentId) };
	}

	async function findSession(agentId: string): Promise<KnownSession | null> {
		const agent = await reads.agent(agentId);
		return agent?.sessionId ? { id: agent.sessionId, generation: agent.generation } : null;
	}

	async function checkTasks({ taskIds }: { taskIds: readonly string[] }): Outcome {
		const ends = findEnds(taskIds, await reads.tasksByIds(taskIds));
		return ends.length === 0 ? undefined : { type: 'TASKS_ENDED', ends };
	}

	return {
		promptAgent: { ...patiently, run: promptAgent },
		withdrawPrompt: { ...patiently, run: withdrawPrompt },
		recallTurn: { ...patiently, run: recallTurn },
		checkTasks: { ...patiently, run: checkTasks },
	};
}

/** Those of the tasks that have ended; one that is not there any more is as good as failed. */
export function findEnds(taskIds: readonly string[], tasks: readonly TaskView[]): readonly TaskEnd[] {
	return taskIds.flatMap((taskId): TaskEnd[] => {
		const task = tasks.find(({ id }) => id === taskId);
		if (!task) return [{ taskId, state: 'failed', summary: 'The task is gone.' }];
		if (task.state === 'completed') return [{ taskId, state: 'completed', summary: null }];
		return task.state === 'failed' ? [{ taskId, state: 'failed', summary: task.error?.message ?? null }] : [];
	});
}

/** Enough to know what it was about. */
const rememberedLength = 1_000;

function cut(text: string): string {
	return text.length > rememberedLength ? `${text.slice(0, rememberedLength)} …` : text;
}
