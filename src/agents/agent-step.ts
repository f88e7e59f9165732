/** A step of an agent as its projections see it, and what they gather from it. */

import type { AgentContext, AgentEvent } from '../../machines/agent-model.ts';
import type { Told } from '../durable/definition.ts';
import type { DomainEvent, DomainRecord } from '../durable/store.ts';
import { createEvent, type EventPayload, type EventTopic } from '../events/catalogue.ts';

export interface AgentStep {
	readonly agentId: string;
	/** Null for the agent's first step. */
	readonly before: AgentContext | null;
	readonly after: AgentContext;
	readonly event: AgentEvent;
	/** Epoch milliseconds. */
	readonly at: number;
}

/** Rows, events and messages of one step. */
export interface Gathered {
	readonly records: DomainRecord[];
	readonly events: DomainEvent[];
	readonly messages: Told[];
}

/** Adds an event of the catalogue to what the step writes. */
export function tell<T extends EventTopic>(step: AgentStep, into: Gathered, topic: T, payload: EventPayload<T>): void {
	into.events.push(createEvent(topic, step.agentId, step.at, payload));
}
