/**
 * The catalogue of system events: every topic that is stored, broadcast and streamed, with what its
 * `data` holds. Payloads may carry more than is listed; what is listed is always there.
 */

import { z } from 'zod';
import type { DomainEvent } from '../durable/store.ts';
import { failurePayload, outputPayloads, usagePayload } from './payloads.ts';

const promptId = z.string();
const runId = z.string();
const requestId = z.string();
const generation = z.number().int();
const workflowId = z.string();
const groupId = z.string();
const taskId = z.string();
const supervisorId = z.string();
const runnerState = z.enum(['waiting', 'dispatching', 'backingOff']);
const dispatchFields = { dispatchId: z.string(), workflowId, sourceId: z.string() };
/** Epoch milliseconds; null: it is left as it is. */
const nextAttemptAt = z.number().nullable();

const budgetFields = { kind: z.enum(['cost', 'tokens', 'turnSeconds']), limit: z.number(), spent: z.number() };

export const eventCatalogue = {
	/** An agent was made; nothing is launched yet. */
	'agent.created': z.looseObject({ name: z.string() }),
	/** An agent's machine took a step that changed its state; `trigger` says why. */
	'agent.state.changed': z.looseObject({
		from: z.string().nullable(),
		to: z.string(),
		trigger: z.string().nullable(),
		version: z.number().int(),
		generation: generation.nullable(),
	}),
	/** An agent's configuration, or something else shown of it that is no state, was changed. */
	'agent.updated': z.looseObject({ changed: z.array(z.string()).readonly() }),
	/** An agent was removed with its prompts, runs and requests. */
	'agent.deleted': z.looseObject({ name: z.string() }),
	/** A new process of the agent is up and its row committed, whoever asked for the restart. */
	'agent.restarted': z.looseObject({ generation, trigger: z.string().nullable() }),
	/** An agent that should show signs of life shows none; `policy` says what is done about it. */
	'agent.unresponsive': z.looseObject({ generation, silentMs: z.number(), policy: z.enum(['notify', 'restart']) }),
	/** An agent failed too often, or for good, and rests until a human looks at it. */
	'agent.escalated': z.looseObject({ error: failurePayload }),

	/** The agent said something to the user. */
	'agent.output.message': outputPayloads.message,
	/** The agent thought aloud. */
	'agent.output.thought': outputPayloads.thought,
	/** The agent began to use a tool. */
	'agent.output.tool_call': outputPayloads.tool_call,
	/** A tool call went on or ended. */
	'agent.output.tool_call_update': outputPayloads.tool_call_update,
	/** The agent's plan, whole each time. */
	'agent.output.plan': outputPayloads.plan,
	/** Tokens, context and cost so far. */
	'agent.output.usage': outputPayloads.usage,
	/** A line of the agent's process that is no message of its protocol. */
	'agent.output.log': outputPayloads.log,
	/** Anything else the protocol reports, as it came. */
	'agent.output.other': outputPayloads.other,

	/** A launch began. */
	'run.started': z.looseObject({ runId, generation }),
	/** A launch went on or ended. */
	'run.state.changed': z.looseObject({
		runId,
		generation,
		from: z.string().nullable(),
		to: z.string(),
		error: failurePayload.nullable().optional(),
	}),
	/** The process of a launch has ended, and how. */
	'run.exited': z.looseObject({
		runId,
		exitCode: z.number().int().nullable(),
		signal: z.string().nullable(),
	}),

	/** A prompt was accepted and waits its turn. */
	'prompt.queued': z.looseObject({ promptId }),
	/** The agent works on a prompt. */
	'prompt.started': z.looseObject({ promptId, generation }),
	/** A turn ended well. */
	'prompt.finished': z.looseObject({
		promptId,
		stopReason: z.string().nullable(),
		usage: usagePayload.nullable().optional(),
	}),
	/** The process or connection ended in the middle of a turn. */
	'prompt.interrupted': z.looseObject({ promptId, error: failurePayload.nullable().optional() }),
	/** Somebody cancelled a prompt, queued or running. */
	'prompt.cancelled': z.looseObject({ promptId }),
	/** A turn ended badly. */
	'prompt.failed': z.looseObject({ promptId, error: failurePayload }),

	/** An agent has spent as much as people want to know of: told once for each limit, for turns once in each. */
	'budget.warned': z.looseObject(budgetFields),
	/** An agent has spent what it may: it is suspended, and a human is asked. */
	'budget.exceeded': z.looseObject(budgetFields),

	/** A policy decided on a permission in place of a human; `rule` is the one that did. */
	'permission.decided': z.looseObject({
		promptId: promptId.nullable(),
		title: z.string(),
		decision: z.enum(['allow', 'deny']),
		rule: z.string(),
	}),
	/** An agent asks a human for permission or an answer. */
	'request.opened': z.looseObject({ requestId, kind: z.enum(['permission', 'question']), title: z.string() }),
	/** A human answered; `answer` is what was said. */
	'request.answered': z.looseObject({ requestId, answer: z.unknown(), answeredBy: z.string().nullable() }),
	/** The agent no longer wants an answer. */
	'request.withdrawn': z.looseObject({ requestId, note: z.string().nullable() }),
	/** Nobody answered in time; the agent's policy decided: `answer` is what the agent is told. */
	'request.timed_out': z.looseObject({ requestId, answer: z.unknown() }),
	/** Nobody answered in time, and the request stays open all the same: told once. */
	'request.overdue': z.looseObject({ requestId }),

	/** A workflow was made. */
	'workflow.created': z.looseObject({ workflowId, name: z.string() }),
	/** A workflow's configuration was changed: edited, enabled, disabled. */
	'workflow.updated': z.looseObject({ workflowId, changed: z.array(z.string()).readonly(), enabled: z.boolean() }),
	/** A workflow was removed with its dispatches. */
	'workflow.deleted': z.looseObject({ workflowId, name: z.string() }),
	/** A workflow's runner does something else now; `state` is null when it has none any more. */
	'workflow.runner.changed': z.looseObject({
		workflowId,
		state: runnerState.nullable(),
		reason: z.string().nullable(),
		error: failurePayload.nullable(),
	}),
	/** Something else shown of a workflow's runner or its dispatch was changed: when it looks again, its prompt. */
	'workflow.runner.updated': z.looseObject({ workflowId, dispatchId: z.string().nullable() }),
	/** A work item was accepted and waits to be dispatched. */
	'dispatch.created': z.looseObject({ ...dispatchFields, title: z.string() }),
	/** A dispatch was taken up: its prompt is being submitted. */
	'dispatch.dispatched': z.looseObject({ ...dispatchFields, attempt: z.number().int() }),
	/** The prompt of a dispatch finished. */
	'dispatch.completed': z.looseObject({ ...dispatchFields, promptId }),
	/** An attempt failed; with `nextAttemptAt` it will be tried again, without it rests. */
	'dispatch.failed': z.looseObject({ ...dispatchFields, error: failurePayload, nextAttemptAt }),
	/** An attempt was cut short by a crash or a restart; `nextAttemptAt` as for `dispatch.failed`. */
	'dispatch.interrupted': z.looseObject({ ...dispatchFields, error: failurePayload.nullable(), nextAttemptAt }),
	/** A dispatch will not be tried: its prompt was cancelled, it rendered to nothing, another stands for its item. */
	'dispatch.skipped': z.looseObject({ ...dispatchFields, error: failurePayload }),
	/** A dispatch waits again, its attempt undone: its agent went away before it began, or somebody sent it again. */
	'dispatch.released': z.looseObject({ ...dispatchFields, nextAttemptAt }),
	/** An item was added to a queue. */
	'queue.item.added': z.looseObject({ queue: z.string(), itemId: z.string() }),

	/** A task was made, with its branch and worktree. */
	'task.created': z.looseObject({ taskId, description: z.string() }),
	/** A task's machine changed its state; told in the transaction of the change. */
	'task.state.changed': z.looseObject({
		taskId,
		from: z.string().nullable(),
		to: z.string(),
		trigger: z.string().nullable(),
		/** Names the step: address and version. */
		correlationId: z.string(),
	}),
	/** A task's machine took a step in which its state stayed; `changed` may be empty but for its version. */
	'task.updated': z.looseObject({ taskId, changed: z.array(z.string()).readonly() }),
	/** A task was removed with its branch and worktree. */
	'task.cleaned': z.looseObject({ taskId }),

	/** A supervisor was made. */
	'supervisor.created': z.looseObject({ supervisorId, mission: z.string() }),
	/** A supervisor's machine changed its state. */
	'supervisor.state.changed': z.looseObject({
		supervisorId,
		from: z.string().nullable(),
		to: z.string(),
		trigger: z.string().nullable(),
	}),
	/** Something else shown of a supervisor was changed: its tasks, its questions, its version. */
	'supervisor.updated': z.looseObject({ supervisorId }),
	/** A supervisor told of its activity or progress. */
	'supervisor.progress': z.looseObject({
		supervisorId,
		activity: z.string().nullable(),
		progress: z.number(),
	}),
	/** A supervisor was restored. */
	'supervisor.restored': z.looseObject({
		supervisorId,
		source: z.enum(['daemon_restart', 'agent_restart', 'task_reassignment', 'manual']),
		recovery: z.enum(['resumed', 'checkpoint', 'fresh']),
		restorationCount: z.number().int(),
	}),
	/** A supervisor that had ended was removed. */
	'supervisor.deleted': z.looseObject({ supervisorId }),

	/** A group of agents was made. */
	'group.created': z.looseObject({ groupId, name: z.string() }),
	/** A group was changed, or its machine changed its state. */
	'group.updated': z.looseObject({ groupId, state: z.string() }),
	/** A group restarts its other members because one has failed. */
	'group.restarting': z.looseObject({ groupId, failedAgentId: z.string(), agentIds: z.array(z.string()).readonly() }),
	/** A group's members failed too often: it leaves the others alone until a human looks at it. */
	'group.escalated': z.looseObject({ groupId, failedAgentId: z.string() }),
	/** A group was removed; its agents stay. */
	'group.deleted': z.looseObject({ groupId, name: z.string() }),

	/** Statecraft is up and has reconciled; `recovered` counts what it found interrupted, by outcome. */
	'system.started': z.looseObject({ recovered: z.record(z.string(), z.number()) }),
	/** Statecraft is shutting down in good order. */
	'system.stopping': z.looseObject({}),
} as const;

export type EventTopic = keyof typeof eventCatalogue;
export type EventPayload<T extends EventTopic> = z.input<(typeof eventCatalogue)[T]>;

/** Builds an event of the catalogue; `agentId` is null for events of the system. */
export function createEvent<T extends EventTopic>(
	topic: T,
	agentId: string | null,
	at: number,
	payload: EventPayload<T>,
): DomainEvent {
	return { topic, agentId, at, data: JSON.stringify(payload) };
}
