/** The general form of a state change: from a target state and a trigger to the event that leads there. */

import type { AgentCommandEvent, AgentContext, AgentTrigger } from '../../machines/agent-model.ts';
import type { DurableActor } from '../durable/system.ts';
import { createFailure, StatecraftError } from '../errors.ts';

interface Change {
	readonly target: string;
	event(actor: DurableActor, who: { readonly by: string; readonly reason?: string }): AgentCommandEvent;
}

const generationOf = (actor: DurableActor) => (actor.getSnapshot().context as AgentContext).generation;

/** Triggers that people may pull; the others are facts that only a driver can know. */
const changes: Readonly<Partial<Record<AgentTrigger, Change>>> = {
	Spawn: { target: 'starting', event: (_, who) => ({ type: 'SPAWN', ...who }) },
	Restart: { target: 'starting', event: (_, who) => ({ type: 'RESTART', ...who }) },
	UserTerminated: { target: 'stopped', event: (_, who) => ({ type: 'STOP', ...who }) },
	Suspended: { target: 'idle.suspended', event: (_, who) => ({ type: 'SUSPEND', ...who }) },
	Resumed: { target: 'idle.ready', event: (_, who) => ({ type: 'RESUME', ...who }) },
	CancelRequested: { target: 'busy.cancelling', event: (_, who) => ({ type: 'CANCEL', ...who }) },
	Unresponsive: {
		target: 'failed',
		event: (actor, who) => ({
			type: 'UNRESPONSIVE',
			...who,
			generation: generationOf(actor),
			failure: createFailure('unresponsive', who.reason ?? `${who.by} declared the agent unresponsive.`),
		}),
	},
};

/** Throws `invalid_request` for a trigger that is none, or that leads elsewhere. */
export function toTransitionEvent(
	target: string,
	trigger: string,
	actor: DurableActor,
	who: { readonly by: string; readonly reason?: string },
): AgentCommandEvent {
	const change = changes[trigger as AgentTrigger];
	if (!change) {
		throw new StatecraftError('invalid_request', `${trigger} is not a trigger that can be pulled from outside`, {
			expected: Object.keys(changes),
			actual: trigger,
		});
	}
	if (change.target !== target && change.target.split('.')[0] !== target) {
		throw new StatecraftError('invalid_request', `${trigger} leads to ${change.target}, not to ${target}`, {
			expected: change.target,
			actual: target,
		});
	}
	return change.event(actor, who);
}
