/** The fleet: every agent, and what may be done with it. */

import { usePage } from '../connection/session-context.ts';
import { selectAgents } from '../store/selectors.ts';

export function FleetScreen() {
	const agents = usePage(selectAgents);
	return (
		<>
			<h1>Fleet</h1>
			<ul>
				{agents.map((agent) => (
					<li key={agent.id}>
						{agent.name} {agent.executionState}
					</li>
				))}
			</ul>
		</>
	);
}
