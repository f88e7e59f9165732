/** An agent's state as a badge. */

import { StateBadge } from '../components/state-badge.tsx';
import type { Agent } from '../store/resources.ts';
import { wordOfState } from './agent-state.ts';

export function AgentStateBadge({ agent }: { readonly agent: Pick<Agent, 'executionState' | 'substate'> }) {
	const { label, tone, title } = wordOfState(agent);
	return <StateBadge state={agent.executionState} label={label} tone={tone} title={title} />;
}
