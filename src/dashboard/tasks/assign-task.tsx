/** Gives a task to an agent. */

import { useState } from 'react';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { usePage } from '../connection/session-context.ts';
import type { Task } from '../store/resources.ts';
import { selectAgents } from '../store/selectors.ts';

export interface AssignTaskProps {
	readonly task: Task;
	readonly onAssign: (agentId: string) => Promise<void>;
	readonly onClose: () => void;
}

export function AssignTask({ task, onAssign, onClose }: AssignTaskProps) {
	const agents = usePage(selectAgents);
	const others = agents.filter(({ id }) => id !== task.agentId);
	const [agentId, setAgentId] = useState(others[0]?.id ?? '');
	const [problem, setProblem] = useState<string | null>(null);

	function check(): boolean {
		setProblem(agentId === '' ? 'There is no other agent: create one first.' : null);
		return agentId !== '';
	}

	return (
		<FormDialog title="Assign" action="Assign it" check={check} onSend={() => onAssign(agentId)} onClose={onClose}>
			<Field label="Agent" hint="The one before is taken off it first, in the middle of its turn." problem={problem}>
				<select data-autofocus value={agentId} onChange={(event) => setAgentId(event.target.value)}>
					{others.map(({ id, name, executionState }) => (
						<option key={id} value={id}>
							{name} ({executionState})
						</option>
					))}
				</select>
			</Field>
		</FormDialog>
	);
}
