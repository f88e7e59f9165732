/** Makes a group, or changes one. */

import { useMemo, useState } from 'react';
import { AgentOptions } from '../components/agent-options.tsx';
import { Button } from '../components/button.tsx';
import { Disclosure } from '../components/disclosure.tsx';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { createKey } from '../connection/api.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Group } from '../store/resources.ts';
import { listOf, selectAgents } from '../store/selectors.ts';
import {
	draftOfGroup,
	findFreeAgents,
	findGroupProblems,
	type GroupDraft,
	type GroupProblems,
	moveEarlier,
	newGroupDraft,
	readGroup,
	type Strategy,
	strategyWords,
} from './group-draft.ts';

const selectGroups = listOf('group');

export interface GroupFormProps {
	/** Undefined: a new one. */
	readonly group?: Group | undefined;
	readonly onClose: () => void;
}

export function GroupForm({ group, onClose }: GroupFormProps) {
	const api = useApi();
	// As it was when editing began: what others change meanwhile is not to be undone unseen.
	const [before] = useState(group);
	const [draft, setDraft] = useState<GroupDraft>(() => (before === undefined ? newGroupDraft : draftOfGroup(before)));
	const [problems, setProblems] = useState<GroupProblems>({});
	const key = useMemo(createKey, []);

	function set(change: Partial<GroupDraft>): void {
		setDraft({ ...draft, ...change });
		setProblems({});
	}

	function check(): boolean {
		const found = findGroupProblems(draft);
		setProblems(found);
		return Object.keys(found).length === 0;
	}

	async function send(): Promise<void> {
		const body = readGroup(draft);
		if (before === undefined) await api.post<Group>('/groups', body, { key });
		else await api.put<Group>(`/groups/${encodeURIComponent(before.id)}`, body, { ifVersion: before.version });
		showToast(`${body.name} is saved`);
	}

	return (
		<FormDialog
			title={before === undefined ? 'New group' : `Change ${showOnOneLine(before.name, 60)}`}
			action={before === undefined ? 'Create' : 'Save'}
			check={check}
			onSend={send}
			onClose={onClose}
		>
			<Field label="Name" problem={problems.name}>
				<input
					type="text"
					data-autofocus
					maxLength={100}
					value={draft.name}
					onChange={(event) => set({ name: event.target.value })}
				/>
			</Field>
			<Field label="When a member fails">
				<select value={draft.strategy} onChange={(event) => set({ strategy: event.target.value as Strategy })}>
					{Object.entries(strategyWords).map(([strategy, words]) => (
						<option key={strategy} value={strategy}>
							{words}
						</option>
					))}
				</select>
			</Field>
			<Members
				groupId={before?.id}
				members={draft.members}
				problem={problems.members}
				onChange={(members) => set({ members })}
			/>
			<Disclosure summary="Limits" isOpenAtFirst={Boolean(problems.maxRestarts || problems.withinSeconds)}>
				<div className="form">
					<Field
						label="Restarts"
						hint="More within the time, and the group rests until somebody lets it go on."
						problem={problems.maxRestarts}
					>
						<input
							type="text"
							inputMode="numeric"
							value={draft.maxRestarts}
							onChange={(event) => set({ maxRestarts: event.target.value })}
						/>
					</Field>
					<Field label="Within (seconds)" problem={problems.withinSeconds}>
						<input
							type="text"
							inputMode="decimal"
							value={draft.withinSeconds}
							onChange={(event) => set({ withinSeconds: event.target.value })}
						/>
					</Field>
				</div>
			</Disclosure>
		</FormDialog>
	);
}

interface MembersProps {
	readonly groupId: string | undefined;
	readonly members: readonly string[];
	readonly problem: string | undefined;
	readonly onChange: (members: readonly string[]) => void;
}

function Members({ groupId, members, problem, onChange }: MembersProps) {
	const agents = usePage(selectAgents);
	const groups = usePage(selectGroups);
	const free = findFreeAgents(agents, groups, { groupId, members });
	const names = new Map(agents.map(({ id, name }) => [id, name]));
	return (
		<>
			<Field
				label="Add a member"
				hint="In the order in which one depends on the other. An agent can be in only one group."
				problem={problem}
			>
				<select
					value=""
					disabled={free.length === 0}
					onChange={(event) => event.target.value && onChange([...members, event.target.value])}
				>
					<option value="">{free.length === 0 ? 'No agent is free' : 'Choose an agent'}</option>
					<AgentOptions agents={free} hasState={false} />
				</select>
			</Field>
			{members.length > 0 && (
				<ol className="group-members" aria-label="Members">
					{members.map((id, index) => {
						const name = names.get(id) ?? id;
						return (
							<li key={id}>
								<span className="group-member-name">{name}</span>
								<Button
									size="small"
									look="quiet"
									disabled={index === 0}
									label={`Move ${name} up`}
									onClick={() => onChange(moveEarlier(members, id))}
								>
									Up
								</Button>
								<Button
									size="small"
									look="quiet"
									label={`Remove ${name}`}
									onClick={() => onChange(members.filter((one) => one !== id))}
								>
									Remove
								</Button>
							</li>
						);
					})}
				</ol>
			)}
		</>
	);
}
