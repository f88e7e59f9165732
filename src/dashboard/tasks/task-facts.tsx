/** Where a task lives and to whom it belongs. */

import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { Task } from '../store/resources.ts';
import { titleOf } from './board.ts';
import { TaskStateBadge } from './task-state-badge.tsx';

export function TaskFacts({ task }: { readonly task: Task }) {
	const agent = useResource('agent', task.agentId);
	const supervisor = useResource('supervisor', task.supervisorId);
	return (
		<Facts>
			<Fact name="Agent">
				{task.agentId === null ? (
					'nobody yet'
				) : (
					<a href={linkTo(['agents', task.agentId])}>{agent?.name ?? task.agentId}</a>
				)}
				{task.staleness !== 'ok' && <StateBadge state={task.staleness} />}
			</Fact>
			{task.supervisorId !== null && (
				<Fact name="Mission">
					<a href={linkTo(['supervisors', task.supervisorId])}>
						{supervisor ? showOnOneLine(supervisor.mission, 80) : task.supervisorId}
					</a>
				</Fact>
			)}
			<Fact name="Repository">
				<span className="mono">{task.repository}</span>
			</Fact>
			<Fact name="Branch">
				<span className="mono">{task.branch}</span> <span className="muted">from</span>{' '}
				<span className="mono">{task.baseBranch}</span>
			</Fact>
			<Fact name="Worktree">
				<span className="mono">{task.worktree}</span>
				<CopyButton text={task.worktree} what="path of the worktree" />
			</Fact>
			{task.dependsOn.length > 0 && (
				<Fact name="Depends on">
					<ul className="plain-list">
						{task.dependsOn.map((id) => (
							<li key={id}>
								<Dependency id={id} />
							</li>
						))}
					</ul>
				</Fact>
			)}
			<Fact name="Priority">{task.priority}</Fact>
			{task.attempt !== null && <Fact name="Attempt">{task.attempt}</Fact>}
			{task.mergeCommit !== null && (
				<Fact name="Merged as">
					<span className="mono">{task.mergeCommit.slice(0, 12)}</span>
				</Fact>
			)}
			<Fact name="In this state since">
				<Time at={task.stateChangedAt} />
			</Fact>
			<Fact name="Made">
				<Time at={task.createdAt} />
			</Fact>
		</Facts>
	);
}

function Dependency({ id }: { readonly id: string }) {
	const task = usePage(({ resources }) => resources.task.get(id));
	return (
		<>
			<a href={linkTo(['tasks', id])}>{task ? showOnOneLine(titleOf(task), 60) : id}</a>{' '}
			{task && <TaskStateBadge task={task} />}
		</>
	);
}
