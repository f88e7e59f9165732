/** Renders rows about agents into what the API answers. */

import type { z } from 'zod';
import type { Clock } from '../durable/clock.ts';
import { renderFailure, renderTime, renderTimeOrNull } from '../http/fields.ts';
import { readPolicy } from '../requests/policy/schema.ts';
import { readBudget } from './budget.ts';
import type { agentResource, runResource, snapshotResource, transitionResource } from './schemas.ts';
import type { promptResource } from './schemas-prompts.ts';
import { maskDriver, maskEnvironments } from './secrets.ts';
import type { InterruptedTurnPolicy } from './service.ts';
import { computeStaleness, lastSeenAt, type SignsOfLife } from './staleness.ts';
import type { AgentView, PromptView, RunView, SnapshotView, TransitionView } from './views.ts';

export type AgentRenderer = (agent: AgentView) => z.input<typeof agentResource>;

export interface AgentRendererDeps {
	readonly clock: Clock;
	/** How often an agent should show a sign of life. */
	readonly heartbeatIntervalMs: number;
	readonly signsOfLife: (agentId: string) => SignsOfLife | null;
	readonly currentActivity: (agent: AgentView) => string | null;
}

export function createAgentRenderer(deps: AgentRendererDeps): AgentRenderer {
	const { clock, heartbeatIntervalMs, signsOfLife, currentActivity } = deps;
	return (agent) => ({
		id: agent.id,
		name: agent.name,
		driver: copyDriver(agent),
		cwd: agent.cwd,
		executionState: agent.executionState,
		substate: agent.substate,
		status: agent.status,
		activity: agent.executionState === 'busy' ? 'busy' : 'idle',
		currentActivity: currentActivity(agent),
		tags: [...agent.tags],
		version: agent.version,
		generation: agent.generation,
		pid: agent.pid,
		sessionId: agent.sessionId,
		startedAt: renderTimeOrNull(agent.startedAt),
		completedAt: renderTimeOrNull(agent.completedAt),
		error: renderFailure(agent.error),
		restart: agent.restart,
		interruptedTurn: agent.interruptedTurn as InterruptedTurnPolicy,
		policy: agent.policy && readPolicy(agent.policy),
		budget: readBudget(agent.budget),
		staleness: computeStaleness(agent, signsOfLife(agent.id), clock.now(), heartbeatIntervalMs),
		lastSeenAt: renderTimeOrNull(lastSeenAt(agent, signsOfLife(agent.id))),
		usage: agent.usage,
		openRequests: agent.openRequests,
		queuedPrompts: agent.queuedPrompts,
		labels: agent.labels,
		createdAt: renderTime(agent.createdAt),
		updatedAt: renderTime(agent.updatedAt),
	});
}

function copyDriver(agent: AgentView): z.input<typeof agentResource>['driver'] {
	const { args, ...driver } = maskDriver(agent.driver);
	return { ...driver, ...(args === undefined ? {} : { args: [...args] }) };
}

export function renderPrompt(prompt: PromptView): z.input<typeof promptResource> {
	return {
		id: prompt.id,
		agentId: prompt.agentId,
		status: prompt.status,
		text: prompt.text,
		idempotencyKey: prompt.idempotencyKey,
		repeatable: prompt.repeatable,
		generation: prompt.generation,
		result: prompt.result,
		error: renderFailure(prompt.error),
		createdAt: renderTime(prompt.createdAt),
		startedAt: renderTimeOrNull(prompt.startedAt),
		finishedAt: renderTimeOrNull(prompt.finishedAt),
	};
}

export function renderRun(run: RunView): z.input<typeof runResource> {
	return {
		id: run.id,
		agentId: run.agentId,
		generation: run.generation,
		state: run.state,
		pid: run.pid,
		startedAt: renderTime(run.startedAt),
		completedAt: renderTimeOrNull(run.completedAt),
		exitCode: run.exitCode,
		signal: run.signal,
		error: renderFailure(run.error),
	};
}

export function renderTransition(transition: TransitionView): z.input<typeof transitionResource> {
	return {
		seq: transition.seq,
		actor: transition.address,
		version: transition.version,
		from: transition.from,
		to: transition.to,
		event: maskEnvironments(transition.event) as Record<string, unknown>,
		trigger: transition.trigger,
		cause: transition.cause,
		generation: transition.generation,
		at: renderTime(transition.at),
	};
}

export function renderSnapshot(snapshot: SnapshotView): z.input<typeof snapshotResource> {
	const { address, machineId, machineVersion, definitionHash, version } = snapshot;
	const masked = maskEnvironments(snapshot.snapshot);
	return { actor: address, machineId, machineVersion, definitionHash, version, snapshot: masked };
}
