/** Sending agents' machines what people ask of them, with refusals in words that people understand. */

import type { AgentCommandEvent, AgentContext } from '../../machines/agent-model.ts';
import type { Acknowledgement } from '../durable/step-job.ts';
import type { DurableActor, DurableSystem, SendOptions } from '../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { agentAddress } from './address.ts';
import { splitState } from './projection.ts';
import type { AgentCommand, Conditions, Suspension } from './service.ts';

export interface AgentCommands {
	/** Rejects with `agent_not_found`, `event_refused`, `stale_state` or `actor_quarantined`. */
	send(agentId: string, event: AgentCommandEvent, options?: SendOptions): Promise<Acknowledgement>;
	/** The live actor; throws `agent_not_found` or `actor_quarantined`. */
	require(agentId: string): DurableActor;
}

export function createAgentCommands(system: DurableSystem): AgentCommands {
	return {
		async send(agentId, event, options = {}) {
			try {
				return await system.send(agentAddress(agentId), event, options);
			} catch (thrown) {
				const error = toStatecraftError(thrown);
				if (error.code === 'actor_not_found') throw noSuchAgent(agentId);
				throw error.code === 'event_refused' ? explainRefusal(error, system.get(agentAddress(agentId))) : error;
			}
		},
		require(agentId) {
			const actor = system.get(agentAddress(agentId));
			if (actor) return actor;
			const reason = system.quarantineReason(agentAddress(agentId));
			if (reason === undefined) throw noSuchAgent(agentId);
			throw new StatecraftError('actor_quarantined', `agent ${agentId} could not be restored: ${reason}`, {
				hint: 'statecraft doctor',
			});
		},
	};
}

/** Events that people send; the others are a driver's, and no help to anybody who asks what is possible. */
const eventsOfPeople = ['SPAWN', 'STOP', 'KILL', 'RESTART', 'SUSPEND', 'RESUME', 'CANCEL', 'PROMPT', 'CONFIGURE'];

function explainRefusal(error: StatecraftError, actor: DurableActor | undefined): StatecraftError {
	const snapshot = actor?.getSnapshot();
	const possibleEvents = eventsOfPeople.filter((type) => snapshot?.can({ type, settings: {} }));
	return new StatecraftError('event_refused', error.message, { ...error.extras, possibleEvents }, { cause: error });
}

function noSuchAgent(agentId: string): StatecraftError {
	return new StatecraftError('agent_not_found', `there is no agent ${agentId}`);
}

/** Conditions of a request as options of the send that carries it out. */
export function toSendOptions(conditions: Conditions, id: string): SendOptions {
	return {
		expectedState: conditions.expectedState,
		expectedVersion: conditions.expectedVersion,
		...(conditions.records && { records: conditions.records(id) }),
	};
}

/** Who asked and why, for the journal. */
export function attribution({ by, reason }: Conditions): { readonly by: string; readonly reason?: string } {
	return reason === undefined ? { by } : { by, reason };
}

/** The event for a command, given where the agent is. */
export function toEvent(
	command: AgentCommand,
	actor: DurableActor,
	conditions: Conditions & Suspension,
): AgentCommandEvent {
	const who = attribution(conditions);
	switch (command) {
		case 'start':
			return splitState(actor.getSnapshot())[0] === 'pending' ? { type: 'SPAWN', ...who } : startAgain(actor, who);
		case 'stop':
			return { type: 'STOP', ...who };
		case 'restart':
			return { type: 'RESTART', ...who };
		case 'suspend':
			return { type: 'SUSPEND', ...who, ...(conditions.until !== undefined && { until: conditions.until }) };
		case 'resume':
			return { type: 'RESUME', ...who };
		case 'cancel':
			return { type: 'CANCEL', ...who };
		case 'kill':
			return { type: 'KILL', ...who };
		default:
			return command satisfies never;
	}
}

/** Starting an agent that is at work would restart it: that is not what was asked. */
function startAgain(actor: DurableActor, who: ReturnType<typeof attribution>): AgentCommandEvent {
	const isLive = (actor.getSnapshot().context as AgentContext).run?.endedAt === null;
	return isLive ? { type: 'SPAWN', ...who } : { type: 'RESTART', ...who };
}
