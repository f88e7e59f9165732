/** The missions, those that need a person first. */

import { useMemo, useState } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icons.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { WhatIsThis } from '../components/what-is-this.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { Supervisor } from '../store/resources.ts';
import { listOf } from '../store/selectors.ts';
import { CreateMission } from './create-mission.tsx';
import { missionTitle, orderMissions } from './mission.ts';
import { MissionProgress } from './mission-progress.tsx';

const selectSupervisors = listOf('supervisor');

const about = (
	<p>
		A supervisor is an agent with a mission that outlives its turns: it reports progress, spawns tasks for other agents,
		asks you when it has to, and is taken up where it stood after every restart.
	</p>
);

export function MissionList() {
	const supervisors = usePage(selectSupervisors);
	const isLoaded = usePage((context) => context.isLoaded);
	const [isCreating, setIsCreating] = useState(false);
	const missions = useMemo(() => orderMissions(supervisors), [supervisors]);
	const create = (
		<Button needs="admin" look="primary" icon={<Icon name="plus" />} onClick={() => setIsCreating(true)}>
			New mission
		</Button>
	);
	return (
		<>
			<header className="screen-head">
				<h1>Supervisors</h1>
				<div className="screen-actions">{create}</div>
			</header>
			{missions.length > 0 && <WhatIsThis>{about}</WhatIsThis>}
			{isLoaded && missions.length === 0 ? (
				<EmptyState title="No missions yet" actions={create}>
					{about}
				</EmptyState>
			) : (
				<ul className="card-list">
					{missions.map((supervisor) => (
						<li key={supervisor.id}>
							<MissionCard supervisor={supervisor} />
						</li>
					))}
				</ul>
			)}
			{isCreating && <CreateMission onClose={() => setIsCreating(false)} />}
		</>
	);
}

function MissionCard({ supervisor }: { readonly supervisor: Supervisor }) {
	const agent = useResource('agent', supervisor.agentId);
	const { id, state, currentActivity, pendingQuestions, errorMessage, updatedAt } = supervisor;
	return (
		<a className="card" href={linkTo(['supervisors', id])}>
			<span className="card-line">
				<StateBadge state={state} />
				<span className="mission-card-title">{showOnOneLine(missionTitle(supervisor), 160)}</span>
			</span>
			<MissionProgress supervisor={supervisor} />
			<span className="card-line mission-card-foot muted">
				<span>{agent?.name ?? supervisor.agentId}</span>
				{pendingQuestions.length > 0 && (
					<strong className="mission-asks">
						{pendingQuestions.length === 1 ? '1 question' : `${pendingQuestions.length} questions`} for you
					</strong>
				)}
				{currentActivity && <span className="truncate">{showOnOneLine(currentActivity, 120)}</span>}
				{errorMessage && <span className="truncate trouble">{showOnOneLine(errorMessage, 160)}</span>}
				<Time at={updatedAt} />
			</span>
		</a>
	);
}
