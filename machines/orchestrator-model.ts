/** The vocabulary of the orchestrator: context, events, triggers, and the pure rules it decides by. */

import type { EventObject } from 'xstate';
import { backoffWithJitter } from './backoff.ts';
import type { EndReason, RunnerInput, RunnerOutput } from './workflow-runner-model.ts';

/** There is one orchestrator, at this address; its runners' addresses are this, a slash, and the workflow's id. */
export const orchestratorAddress = 'orchestrator:main';

/** A workflow's runner that lives. */
export interface LiveRunner {
	readonly agentId: string;
}

export interface OrchestratorContext {
	/** By workflow id. */
	readonly runners: Readonly<Record<string, LiveRunner>>;
	/** Times at which runners of a workflow failed lately, epoch milliseconds, by workflow id. */
	readonly failures: Readonly<Record<string, readonly number[]>>;
}

interface AboutAgent {
	readonly agentId: string;
	/** The run that connected, or ended. */
	readonly generation: number;
}

export type OrchestratorCommandEvent =
	/** The agent's first process, or connection, is up and its row committed. */
	| ({ readonly type: 'AGENT_STARTED' } & AboutAgent)
	/** A later one is, whoever asked for the restart. */
	| ({ readonly type: 'AGENT_RESTARTED' } & AboutAgent)
	/** The agent was stopped, or has given up: nobody takes its prompts until it is started again. */
	| ({ readonly type: 'AGENT_ENDED' } & AboutAgent)
	/** A workflow was made, enabled or edited. */
	| { readonly type: 'WORKFLOW_SAVED'; readonly workflowId: string }
	/** A workflow was disabled or removed. */
	| {
			readonly type: 'WORKFLOW_ENDED';
			readonly workflowId: string;
			readonly reason: Extract<EndReason, 'disabled' | 'removed'>;
	  }
	/** Enabled workflows whose agent is there, as the store tells. */
	| { readonly type: 'WORKFLOWS_FOUND'; readonly workflows: readonly RunnerInput[] }
	| { readonly type: 'RUNNER_RETRY_DUE'; readonly workflowId: string };

export type OrchestratorEvent = OrchestratorCommandEvent & { readonly at: number };

/** Why a transition happened: the journal's closed vocabulary for the orchestrator. */
export const orchestratorTriggers = [
	'Created',
	'AgentStarted',
	'AgentRestarted',
	'AgentEnded',
	'WorkflowSaved',
	'WorkflowEnded',
	'WorkflowsFound',
	'RunnerRetryDue',
	'RunnerEnded',
	'RunnerFailed',
] as const;

export type OrchestratorTrigger = (typeof orchestratorTriggers)[number];

const triggerOfEvent: Readonly<Record<OrchestratorCommandEvent['type'], OrchestratorTrigger>> = {
	AGENT_STARTED: 'AgentStarted',
	AGENT_RESTARTED: 'AgentRestarted',
	AGENT_ENDED: 'AgentEnded',
	WORKFLOW_SAVED: 'WorkflowSaved',
	WORKFLOW_ENDED: 'WorkflowEnded',
	WORKFLOWS_FOUND: 'WorkflowsFound',
	RUNNER_RETRY_DUE: 'RunnerRetryDue',
};

/** The trigger of a step, from its event alone. */
export function triggerOfOrchestrator(event: EventObject): OrchestratorTrigger {
	if (event.type === 'xstate.init') return 'Created';
	if (event.type.startsWith('xstate.done.actor.')) return 'RunnerEnded';
	if (event.type.startsWith('xstate.error.actor.')) return 'RunnerFailed';
	return triggerOfEvent[event.type as OrchestratorCommandEvent['type']];
}

/** A runner is begun again after a failure at most this often within the window; then a restart of its agent, or an edit, does it. */
const failureIntensity = { max: 5, withinMs: 600_000 };
const failureBackoff = { initial: 1_000, max: 60_000 };

/** Times at which the workflow's runners failed within the window. */
function recentFailures({ failures }: OrchestratorContext, workflowId: string, at: number): readonly number[] {
	return (failures[workflowId] ?? []).filter((time) => time > at - failureIntensity.withinMs);
}

/** Notes one more failure, and forgets all that the window has left behind. */
export function addFailure(
	context: OrchestratorContext,
	workflowId: string,
	at: number,
): OrchestratorContext['failures'] {
	const recent = Object.keys(context.failures).map((id) => [id, recentFailures(context, id, at)] as const);
	return {
		...Object.fromEntries(recent.filter(([, times]) => times.length > 0)),
		[workflowId]: [...recentFailures(context, workflowId, at), at],
	};
}

export function mayRetryRunner(context: OrchestratorContext, workflowId: string, at: number): boolean {
	return recentFailures(context, workflowId, at).length < failureIntensity.max;
}

/** Milliseconds before a failed runner is begun again. */
export function runnerBackoffMs(context: OrchestratorContext, workflowId: string, at: number): number {
	const earlier = recentFailures(context, workflowId, at).length;
	return backoffWithJitter(failureBackoff, earlier, `${workflowId}/${earlier}`);
}

/** Tells a runner to end, as a message: a runner that is not there any more does not hear it, and nothing is lost. */
export function endRunner(workflowId: string, reason: EndReason) {
	return { type: 'tell', params: { to: `${orchestratorAddress}/${workflowId}`, event: { type: 'END', reason } } };
}

/** Those that have no runner yet. */
export function withoutRunner(context: OrchestratorContext, found: readonly RunnerInput[]): readonly RunnerInput[] {
	return found.filter(({ workflowId }) => !Object.hasOwn(context.runners, workflowId));
}

/** Ids of the workflows with a live runner whose agent this is. */
export function runnersOf(context: OrchestratorContext, agentId: string): readonly string[] {
	return Object.keys(context.runners).filter((workflowId) => context.runners[workflowId]?.agentId === agentId);
}

/** Whose end an event tells of; a runner's id is its workflow's. */
export function runnerOf(event: unknown): { readonly actorId: string } {
	return event as { readonly actorId: string };
}

/** What a runner that ended by itself says of its end. */
export function outputOf(event: unknown): RunnerOutput {
	return (event as { readonly output: RunnerOutput }).output;
}

/** The record without one key. */
export function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
	const { [key]: _gone, ...rest } = record;
	return rest;
}
