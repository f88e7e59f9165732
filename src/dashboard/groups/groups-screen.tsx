/** Groups: agents that are restarted together. */

import './groups.css';
import { useMemo, useState } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icons.tsx';
import { usePage } from '../connection/session-context.ts';
import { listOf } from '../store/selectors.ts';
import { GroupCard } from './group-card.tsx';
import { GroupForm } from './group-form.tsx';

const selectGroups = listOf('group');

export function GroupsScreen() {
	const all = usePage(selectGroups);
	const isLoaded = usePage((context) => context.isLoaded);
	const [isCreating, setIsCreating] = useState(false);
	const groups = useMemo(() => [...all].sort((a, b) => a.name.localeCompare(b.name)), [all]);
	const create = (
		<Button needs="admin" look="primary" icon={<Icon name="plus" />} onClick={() => setIsCreating(true)}>
			New group
		</Button>
	);
	return (
		<>
			<header className="screen-head">
				<h1>Groups</h1>
				<div className="screen-actions">{create}</div>
			</header>
			{isLoaded && groups.length === 0 ? (
				<EmptyState title="No groups yet" actions={create}>
					<p>
						Agents of a group depend on each other: when one fails and is restarted, the group says who is restarted
						with it. An agent that is in no group is restarted alone.
					</p>
				</EmptyState>
			) : (
				<ul className="card-list groups">
					{groups.map((group) => (
						<li key={group.id}>
							<GroupCard group={group} />
						</li>
					))}
				</ul>
			)}
			{isCreating && <GroupForm onClose={() => setIsCreating(false)} />}
		</>
	);
}
