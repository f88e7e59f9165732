/** One mission: how far it is, what it asks, the tasks it has spawned, and its save points. */

import { useState } from 'react';
import { Detail } from '../components/detail.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { KeptScope, KeptStates } from '../content/kept-state.tsx';
import { LongPlain } from '../content/long-text-view.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { AgentStateBadge } from '../fleet/agent-state-badge.tsx';
import { RequestCard } from '../inbox/request-card.tsx';
import { linkTo } from '../shell/router.ts';
import type { Supervisor } from '../store/resources.ts';
import { detailsOf, titleLimit } from '../tasks/board.ts';
import { TaskCard } from '../tasks/task-card.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { missionTitle, restorationWords } from './mission.ts';
import { MissionActions } from './mission-actions.tsx';
import { MissionProgress } from './mission-progress.tsx';

export function MissionView({ id }: { readonly id: string }) {
	const supervisor = useResource('supervisor', id);
	const isLoaded = usePage((context) => context.isLoaded);
	if (supervisor !== undefined) {
		return (
			<KeptStates>
				<Mission supervisor={supervisor} />
			</KeptStates>
		);
	}
	if (!isLoaded) return <p className="muted">Loading…</p>;
	return (
		<EmptyState title="There is no such mission" actions={<a href={linkTo(['supervisors'])}>To the missions</a>}>
			<p>It may have been removed.</p>
		</EmptyState>
	);
}

function Mission({ supervisor }: { readonly supervisor: Supervisor }) {
	const [error, setError] = useState<unknown>(null);
	const { id, state, mission, currentActivity, errorMessage } = supervisor;
	const details = detailsOf({ description: mission });
	return (
		<Detail
			list={{ title: 'Supervisors', link: linkTo(['supervisors']) }}
			id={id}
			title={showOnOneLine(missionTitle(supervisor), titleLimit)}
			head={
				<>
					<StateBadge state={state} />
					<MissionActions supervisor={supervisor} onError={setError} />
				</>
			}
			notes={
				<>
					<ErrorNote error={error} onDismiss={() => setError(null)} />
					{errorMessage && <p className="detail-notes">{showOnOneLine(errorMessage, 2_000)}</p>}
				</>
			}
			facts={<MissionFacts supervisor={supervisor} />}
		>
			<section className="detail-section" aria-label="Progress">
				<MissionProgress supervisor={supervisor} />
				{currentActivity && <p>{showOnOneLine(currentActivity, 1_000)}</p>}
				<Restored supervisor={supervisor} />
			</section>
			<Questions supervisor={supervisor} />
			<Tasks ids={supervisor.spawnedTaskIds} />
			{details !== '' && (
				<section className="detail-section">
					<h2>Mission</h2>
					<KeptScope name="mission">
						<LongPlain text={details} />
					</KeptScope>
				</section>
			)}
			<Checkpoints supervisor={supervisor} />
		</Detail>
	);
}

/** Said where it is seen: what was under way may have been cut short. */
function Restored({ supervisor }: { readonly supervisor: Supervisor }) {
	const why = restorationWords(supervisor);
	if (why === null) return null;
	return (
		<p className="muted">
			Restored <Time at={supervisor.lastRestoredAt} />, because {why}.
		</p>
	);
}

function Questions({ supervisor: { pendingQuestions } }: { readonly supervisor: Supervisor }) {
	const requests = usePage(({ resources }) => resources.request);
	if (pendingQuestions.length === 0) return null;
	return (
		<section className="detail-section">
			<h2>It asks you</h2>
			{pendingQuestions.map(({ id, question }) => {
				const request = requests.get(id);
				// The request comes by the same stream, a moment earlier or later.
				if (request === undefined) return <p key={id}>{showOnOneLine(question, 500)}</p>;
				return <RequestCard key={id} request={request} hasAgentLink={false} />;
			})}
		</section>
	);
}

function Tasks({ ids }: { readonly ids: readonly string[] }) {
	const tasks = usePage(({ resources }) => resources.task);
	if (ids.length === 0) return null;
	return (
		<section className="detail-section">
			<h2>Tasks</h2>
			<ul className="card-list mission-tasks">
				{ids.map((id) => {
					const task = tasks.get(id);
					return <li key={id}>{task ? <TaskCard task={task} /> : <span className="muted mono">{id} is gone</span>}</li>;
				})}
			</ul>
		</section>
	);
}

function MissionFacts({ supervisor }: { readonly supervisor: Supervisor }) {
	const agent = useResource('agent', supervisor.agentId);
	return (
		<Facts>
			<Fact name="Agent">
				<a href={linkTo(['agents', supervisor.agentId])}>{agent?.name ?? supervisor.agentId}</a>
				{agent && <AgentStateBadge agent={agent} />}
			</Fact>
			<Fact name="Restored">
				{supervisor.restorationCount === 0
					? 'never'
					: `${supervisor.restorationCount} ${supervisor.restorationCount === 1 ? 'time' : 'times'}`}
			</Fact>
			<Fact name="Begun">
				<Time at={supervisor.createdAt} />
			</Fact>
			<Fact name="Last change">
				<Time at={supervisor.updatedAt} />
			</Fact>
		</Facts>
	);
}
