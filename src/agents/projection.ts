/**
 * Projections: what an agent's step means for the rows and events that people see. Worked out from
 * the contexts before and after the step, written in the step's own transaction and nowhere else, so
 * rows cannot disagree with the machine.
 *
 * Owns the projected columns of `agents` and `runs`, the status of `prompts`, and of `requests`.
 */

import type { AnyMachineSnapshot } from 'xstate';
import type { AgentContext, AgentEvent, ExecutionState } from '../../machines/agent-model.ts';
import { legacyStatus, triggerOf } from '../../machines/agent-model.ts';
import type { StepView, Writes } from '../durable/definition.ts';
import { formatState } from '../durable/state-path.ts';
import { type AgentStep, type Gathered, tell } from './agent-step.ts';
import { projectAudit } from './audit-projection.ts';
import { isRaised, projectBudget } from './budget-projection.ts';
import { projectPrompts } from './prompt-projection.ts';
import { projectRequests } from './request-projection.ts';
import { projectRuns } from './run-projection.ts';

export function projectAgentStep(step: StepView): Writes {
	const after = step.next.context as AgentContext;
	const agentStep: AgentStep = {
		agentId: after.agentId,
		before: (step.previous?.context as AgentContext | undefined) ?? null,
		after,
		event: step.event as AgentEvent,
		at: step.at,
	};
	const gathered: Gathered = { records: [], events: [], messages: [] };
	projectAgent(step, agentStep, gathered);
	projectRuns(agentStep, gathered);
	projectPrompts(agentStep, gathered);
	projectRequests(agentStep, gathered);
	projectBudget(agentStep, gathered);
	projectAudit(agentStep, step.previous && formatState(step.previous.value), gathered);
	return gathered;
}

/** Top-level state and what lies below it: `['busy', 'awaitingInput']`. */
export function splitState(snapshot: AnyMachineSnapshot): readonly [ExecutionState, string | null] {
	const [top, nested] = formatState(snapshot.value).split('.');
	return [top as ExecutionState, nested ?? null];
}

function projectAgent(view: StepView, step: AgentStep, into: Gathered): void {
	const { after, at } = step;
	const [executionState, substate] = splitState(view.next);
	const from = view.previous && formatState(view.previous.value);
	const to = formatState(view.next.value);
	const moved = from !== to;
	into.records.push({
		op: 'update',
		table: 'agents',
		id: step.agentId,
		set: {
			execution_state: executionState,
			substate,
			status: legacyStatus(executionState),
			tags: JSON.stringify([...view.next.tags].sort()),
			version: view.version,
			generation: after.generation,
			pid: after.process?.pid ?? null,
			session_id: after.sessionId,
			queued_prompts: after.queue.length,
			open_requests: after.requests.filter(({ answer }) => answer === null).length,
			error: after.failure && JSON.stringify(after.failure),
			usage: after.usage && JSON.stringify(after.usage),
			started_at: after.run?.startedAt ?? null,
			completed_at: after.run?.endedAt ?? null,
			updated_at: at,
			...(moved && { state_changed_at: at }),
			...(isRaised(step) && { budget: JSON.stringify(after.settings.budget) }),
		},
	});
	if (moved) {
		const trigger = triggerOf(step.event);
		tell(step, into, 'agent.state.changed', { from, to, trigger, version: view.version, generation: after.generation });
	} else {
		tell(step, into, 'agent.updated', { changed: changedFields(step), version: view.version });
	}
	if (to === 'failed.resting' && moved && after.failure) tell(step, into, 'agent.escalated', { error: after.failure });
}

/** Names of what is shown of an agent and was changed by the step. */
function changedFields({ before, after }: AgentStep): string[] {
	const shown: ReadonlyArray<readonly [string, keyof AgentContext]> = [
		['queuedPrompts', 'queue'],
		['openRequests', 'requests'],
		['pid', 'process'],
		['sessionId', 'sessionId'],
		['usage', 'usage'],
		['restart', 'settings'],
	];
	return shown.filter(([, key]) => before?.[key] !== after[key]).map(([name]) => name);
}
