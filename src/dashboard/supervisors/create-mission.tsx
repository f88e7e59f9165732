/** Gives an agent a mission. */

import { useMemo, useState } from 'react';
import { AgentOptions } from '../components/agent-options.tsx';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { createKey } from '../connection/api.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import { linkTo, navigate } from '../shell/router.ts';
import type { Supervisor } from '../store/resources.ts';
import { listOf, selectAgents } from '../store/selectors.ts';
import { findBusyAgents } from './mission.ts';

const selectSupervisors = listOf('supervisor');

export function CreateMission({ onClose }: { readonly onClose: () => void }) {
	const api = useApi();
	const agents = usePage(selectAgents);
	const supervisors = usePage(selectSupervisors);
	const taken = findBusyAgents(supervisors);
	const free = agents.filter(({ id }) => !taken.has(id));
	const [agent, setAgent] = useState(free[0]?.id ?? '');
	const [mission, setMission] = useState('');
	const [problem, setProblem] = useState<{ agent?: string; mission?: string }>({});
	const key = useMemo(createKey, []);

	function check(): boolean {
		const found = {
			...(agent === '' && { agent: 'Every agent has a mission already, or there is none: create one first.' }),
			...(mission.trim() === '' && { mission: 'Say what is to be achieved.' }),
		};
		setProblem(found);
		return Object.keys(found).length === 0;
	}

	async function send(): Promise<void> {
		const { id } = await api.post<Supervisor>('/supervisors', { agent, mission: mission.trim() }, { key });
		navigate(linkTo(['supervisors', id]));
	}

	return (
		<FormDialog title="New mission" size="wide" action="Begin it" check={check} onSend={send} onClose={onClose}>
			<Field
				label="Mission"
				hint="What is to be achieved, as the agent reads it. It may spawn tasks for other agents, and ask you."
				problem={problem.mission}
			>
				<textarea data-autofocus rows={8} value={mission} onChange={(event) => setMission(event.target.value)} />
			</Field>
			<Field label="Agent" hint="An agent has one mission at a time." problem={problem.agent}>
				<select value={agent} onChange={(event) => setAgent(event.target.value)}>
					<AgentOptions agents={free} />
				</select>
			</Field>
		</FormDialog>
	);
}
