/** Asks which agent is to have something. */

import { useState } from 'react';
import { usePage } from '../connection/session-context.ts';
import { selectAgents } from '../store/selectors.ts';
import { AgentOptions } from './agent-options.tsx';
import { sortByName } from './agent-order.ts';
import { Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';

export interface ChooseAgentProps {
	readonly title: string;
	/** What becomes of it. */
	readonly hint: string;
	/** Ids of agents that cannot have it, or have it already. */
	readonly except: ReadonlySet<string | null>;
	readonly onChoose: (agentId: string) => Promise<unknown>;
	readonly onClose: () => void;
}

export function ChooseAgent({ title, hint, except, onChoose, onClose }: ChooseAgentProps) {
	const agents = usePage(selectAgents);
	const others = sortByName(agents.filter(({ id }) => !except.has(id)));
	const [agentId, setAgentId] = useState(others[0]?.id ?? '');
	const [problem, setProblem] = useState<string | null>(null);

	function check(): boolean {
		setProblem(agentId === '' ? 'There is no other agent that could have it: create one first.' : null);
		return agentId !== '';
	}

	return (
		<FormDialog title={title} action="Assign" check={check} onSend={() => onChoose(agentId)} onClose={onClose}>
			<Field label="Agent" hint={hint} problem={problem}>
				<select data-autofocus value={agentId} onChange={(event) => setAgentId(event.target.value)}>
					<AgentOptions agents={others} />
				</select>
			</Field>
		</FormDialog>
	);
}
