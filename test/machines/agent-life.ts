/** Short lives for examples: events one after the other, each checked, one second apart. */

import type { AnyEventObject } from 'xstate';
import type { AgentCommandEvent, AgentInput, ReplyTo } from '../../machines/agent-model.ts';
import type { Told } from '../../src/durable/definition.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { crash } from './agent-events.ts';
import { createInput } from './agent-inputs.ts';
import { checkStep } from './agent-invariants.ts';
import { type AgentStep, agentSteps, contextOf, projectStep } from './agent-steps.ts';
import type { AskedAction } from './machine-steps.ts';

export interface AgentLife {
	readonly state: string;
	readonly context: ReturnType<typeof contextOf>;
	/** The last step. */
	readonly step: AgentStep;
	/** Whether it would take the event now. */
	can(event: AgentCommandEvent): boolean;
	/** Takes events that it must not refuse; answers itself as it is then. */
	take(...events: readonly AgentCommandEvent[]): AgentLife;
	/** What the last step asked for, by name. */
	asked(name: string): ReadonlyArray<AskedAction['params']>;
	/** Topics that the last step tells. */
	topics(): readonly string[];
	/** Events that the last step tells other actors, by their address. */
	told(): ReadonlyArray<readonly [to: string, event: AnyEventObject]>;
	/** What the last step writes into the agent's row. */
	row(): Readonly<Record<string, unknown>>;
}

export function begin(choice: Parameters<typeof createInput>[0] = {}): AgentLife {
	return beginAs(createInput({ maxRestarts: 3, maxQueuedPrompts: 3, ...choice }));
}

export function beginAs(input: AgentInput): AgentLife {
	return lifeAt(agentSteps.create(input, 0));
}

function lifeAt(step: AgentStep): AgentLife {
	checkStep(step);
	const at = step.event.at + 1_000;
	return {
		state: formatState(step.after.value),
		context: contextOf(step.after),
		step,
		can: (event) => step.after.can({ ...event, at }),
		take(...events) {
			const [event, ...rest] = events;
			if (!event) return lifeAt(step);
			const next = agentSteps.take(step.after, event, at);
			if (!next.accepted) throw new Error(`${formatState(step.after.value)} refuses ${event.type}`);
			return rest.length === 0 ? lifeAt(next) : lifeAt(next).take(...rest);
		},
		asked: (name) => step.actions.filter(({ type }) => type === name).map(({ params }) => params),
		topics: () => projectStep(step).events.map(({ topic }) => topic),
		told() {
			const sent = step.actions.filter(({ type }) => type === 'tell').map(({ params }) => params as unknown as Told);
			return [...sent, ...projectStep(step).messages].map(({ to, event }) => [to, event]);
		},
		row() {
			const record = projectStep(step).records.find(({ table }) => table === 'agents');
			return record?.op === 'update' ? record.set : {};
		},
	};
}

/** Events of an example; of the first run, unless another generation is given. */
export const spawn: AgentCommandEvent = { type: 'SPAWN' };
export const stop: AgentCommandEvent = { type: 'STOP' };
export const suspend: AgentCommandEvent = { type: 'SUSPEND' };
export const resume: AgentCommandEvent = { type: 'RESUME' };
export const restartIt: AgentCommandEvent = { type: 'RESTART' };

export function connected(generation = 1, resumed = false): AgentCommandEvent {
	return { type: 'CONNECTED', generation, sessionId: 'session', resumed };
}

export function prompt(
	id: string,
	choice: { repeatable?: boolean; start?: boolean; replyTo?: ReplyTo } = {},
): AgentCommandEvent {
	return { type: 'PROMPT', promptId: id, repeatable: false, ...choice };
}

export function finished(id: string, generation = 1): AgentCommandEvent {
	return { type: 'RESULT', generation, promptId: id, outcome: 'finished' };
}

export function crashed(generation = 1): AgentCommandEvent {
	return { type: 'PROCESS_EXITED', generation, clean: false, failure: crash };
}

export function asks(id: string, generation = 1): AgentCommandEvent {
	return { type: 'INPUT_REQUESTED', generation, requestId: id, fingerprint: id };
}

export function answer(id: string, optionId = 'yes'): AgentCommandEvent {
	return { type: 'ANSWER', requestId: id, answer: { optionId } };
}

/** A timer of the state that is reached, as if it were due. */
export function due(delay: string, path: string): AgentCommandEvent {
	return { type: `xstate.after.${delay}.agent.${path}` } as unknown as AgentCommandEvent;
}
