/**
 * The trigger `agent_idle`: an agent has been ready, with no turn in progress, for a number of seconds.
 *
 * 1. One item for each stretch of idleness: it is named after when the stretch began.
 */

import type { AgentView, Reads } from '../../agents/views.ts';
import { PollError } from './poll-error.ts';
import type { TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { createWorkItem } from './work-item.ts';

/** The source id of the last stretch that was told. */
type IdleCursor = string | null;

export function createAgentIdleSource(reads: Pick<Reads, 'agent'>): TriggerSource<TriggerOf<'agent_idle'>, IdleCursor> {
	return {
		async poll({ trigger, agentId, cursor, now }) {
			const watched = trigger.agent ?? agentId;
			const agent = await reads.agent(watched);
			if (!agent) throw new PollError('trigger_failed', `There is no agent ${watched} any more: set another one.`);
			const sourceId = `idle:${agent.id}:${agent.stateChangedAt}`;
			if (!isReady(agent) || sourceId === cursor) return { items: [], cursor, nextPollAt: null };
			const at = Math.ceil(agent.stateChangedAt + trigger.seconds * 1_000);
			if (now < at) return { items: [], cursor, nextPollAt: at };
			const idleSince = new Date(agent.stateChangedAt).toISOString();
			const item = createWorkItem({
				sourceId,
				title: `${agent.name} has been idle since ${idleSince}`,
				at,
				metadata: { agentId: agent.id, agentName: agent.name, idleSince, seconds: trigger.seconds },
			});
			return { items: [item], cursor: sourceId, nextPollAt: null };
		},
		interests: (trigger, agentId) => [{ topic: 'agent.state.changed', agentId: trigger.agent ?? agentId }],
	};
}

function isReady({ executionState, substate }: AgentView): boolean {
	return executionState === 'idle' && substate === 'ready';
}
