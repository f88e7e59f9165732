/** The trigger `agent_lifecycle`: an agent connected, restarted, stopped, failed or gave up. */

import type { AgentView, EventView, Reads } from '../../agents/views.ts';
import type { EventTopic } from '../../events/catalogue.ts';
import { payloadOf } from './event-payload.ts';
import { createEventSource, eventSourceId } from './event-source.ts';
import type { TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { findMissingAgent, watchedAgent } from './watched-agent.ts';
import { createWorkItem } from './work-item.ts';

type LifecycleTrigger = TriggerOf<'agent_lifecycle'>;
type LifecycleEvent = LifecycleTrigger['events'][number];

const topicOf = {
	connected: 'run.state.changed',
	restarted: 'agent.restarted',
	stopped: 'agent.state.changed',
	failed: 'agent.state.changed',
	escalated: 'agent.escalated',
} as const satisfies Record<LifecycleEvent, EventTopic>;

const words: Readonly<Record<LifecycleEvent, string>> = {
	connected: 'connected',
	restarted: 'was restarted',
	stopped: 'stopped',
	failed: 'failed',
	escalated: 'failed too often or for good',
};

/** What happened in an agent's life, and what is known of it besides. */
interface Step {
	readonly event: LifecycleEvent;
	readonly metadata: Readonly<Record<string, unknown>>;
}

export function createAgentLifecycleSource(
	reads: Pick<Reads, 'events' | 'lastEventSeq' | 'agent'>,
): TriggerSource<LifecycleTrigger, number> {
	return createEventSource<LifecycleTrigger>(reads, {
		topics: ({ events }) => [...new Set(events.map((event) => topicOf[event]))],
		agentId: watchedAgent,
		findProblem: (request) => findMissingAgent(reads, request),
		async toItem(stored, { trigger }) {
			const step = readStep(stored);
			if (!step || stored.agentId === null || !trigger.events.includes(step.event)) return undefined;
			const agent = await reads.agent(stored.agentId);
			const agentName = agent?.name ?? stored.agentId;
			const error = step.event === 'failed' ? whyFailed(agent, step) : null;
			return createWorkItem({
				sourceId: eventSourceId(stored),
				title: `${agentName} ${words[step.event]}`,
				at: stored.at,
				metadata: { event: step.event, agentId: stored.agentId, agentName, error, ...step.metadata },
			});
		},
	});
}

function readStep(stored: EventView): Step | undefined {
	const run = payloadOf(stored, 'run.state.changed');
	if (run?.to === 'running') return { event: 'connected', metadata: { generation: run.generation } };
	const restart = payloadOf(stored, 'agent.restarted');
	if (restart) return { event: 'restarted', metadata: { generation: restart.generation } };
	const escalation = payloadOf(stored, 'agent.escalated');
	if (escalation) return { event: 'escalated', metadata: { error: escalation.error } };
	const change = payloadOf(stored, 'agent.state.changed');
	if (!change) return undefined;
	const { from, to, trigger, generation } = change;
	const metadata = { from, to, trigger, generation };
	if (to === 'stopped') return { event: 'stopped', metadata };
	// From one state of failure to another it has not failed again.
	if (isFailed(to) && !isFailed(from)) return { event: 'failed', metadata };
	return undefined;
}

function isFailed(state: string | null): boolean {
	return state?.split('.')[0] === 'failed';
}

/** The agent's own word for it, as long as it is about this failure. */
function whyFailed(agent: AgentView | undefined, { metadata }: Step): AgentView['error'] {
	return agent?.executionState === 'failed' && agent.generation === metadata.generation ? agent.error : null;
}
