/** The agents to choose from in a `<select>`: by name, with their states where those matter. */

import { wordOfState } from '../fleet/agent-state.ts';
import type { Agent } from '../store/resources.ts';
import { visibleName } from './agent-name.tsx';
import { sortByName } from './agent-order.ts';

export interface AgentOptionsProps {
	readonly agents: ReadonlyArray<Pick<Agent, 'id' | 'name' | 'executionState' | 'substate'>>;
	readonly hasState?: boolean;
}

export function AgentOptions({ agents, hasState = true }: AgentOptionsProps) {
	return sortByName(agents).map((agent) => (
		<option key={agent.id} value={agent.id}>
			{visibleName(agent.name)}
			{hasState && ` (${wordOfState(agent).label})`}
		</option>
	));
}
